#include "backends/vulkan/cooperative.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <sstream>

namespace lensmith::vulkan {
namespace {

constexpr const char* kMatrices = "VK_KHR_cooperative_matrix";
constexpr const char* kBfloat = "VK_KHR_shader_bfloat16";
constexpr const char* kSizeControl = "VK_EXT_subgroup_size_control";

constexpr const char* kDots = "VK_KHR_shader_integer_dot_product";

constexpr uint32_t kAmd = 0x1002, kIntel = 0x8086;

// Sides that the kernels' tiles are multiples of.
constexpr uint32_t kLargestSide = 16;
// Of the kernels: groups of up to so many subgroups, in whole rows of small matrices.
constexpr uint32_t kSubgroups = 4, kMostSubgroups = 8;
constexpr uint32_t kSmallestSubgroup = 8, kLargestSubgroup = 64;
// Of the smallest tiles of matmul_coop.comp, by gemm_plan.cc.
constexpr uint32_t kSharedBytes = 24 << 10;
constexpr VkSubgroupFeatureFlags kOperations =
    VK_SUBGROUP_FEATURE_BASIC_BIT | VK_SUBGROUP_FEATURE_VOTE_BIT | VK_SUBGROUP_FEATURE_SHUFFLE_BIT;

void ask_features(const InstanceApi& api, VkPhysicalDevice device, CooperativeFacts& facts) {
  VkPhysicalDeviceCooperativeMatrixFeaturesKHR matrices{};
  matrices.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_COOPERATIVE_MATRIX_FEATURES_KHR;
  VkPhysicalDeviceVulkanMemoryModelFeatures memory_model{};
  memory_model.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_MEMORY_MODEL_FEATURES;
  VkPhysicalDeviceShaderFloat16Int8Features half{};
  half.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SHADER_FLOAT16_INT8_FEATURES;
  VkPhysicalDeviceShaderBfloat16FeaturesKHR bfloat{};
  bfloat.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SHADER_BFLOAT16_FEATURES_KHR;
  VkPhysicalDeviceSubgroupSizeControlFeatures sizes{};
  sizes.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_SIZE_CONTROL_FEATURES;
  matrices.pNext = &memory_model;
  memory_model.pNext = &half;
  void** end = &half.pNext;
  if (has_device_extension(api, device, kBfloat)) {
    *end = &bfloat;
    end = &bfloat.pNext;
  }
  if (has_device_extension(api, device, kSizeControl)) *end = &sizes;
  VkPhysicalDeviceFeatures2 features{};
  features.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2;
  features.pNext = &matrices;
  api.vkGetPhysicalDeviceFeatures2(device, &features);

  facts.has_matrices = matrices.cooperativeMatrix != 0;
  // Under that memory model the atomics of all other kernels need its device scope.
  facts.has_memory_model =
      memory_model.vulkanMemoryModel != 0 && memory_model.vulkanMemoryModelDeviceScope != 0;
  facts.has_half = half.shaderFloat16 != 0;
  facts.has_bfloat = bfloat.shaderBFloat16Type != 0 && bfloat.shaderBFloat16CooperativeMatrix != 0;
  facts.has_size_control = sizes.subgroupSizeControl != 0 && sizes.computeFullSubgroups != 0;
}

void ask_properties(const InstanceApi& api, VkPhysicalDevice device, CooperativeFacts& facts) {
  VkPhysicalDeviceDriverProperties driver{};
  driver.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_DRIVER_PROPERTIES;
  VkPhysicalDeviceSubgroupProperties subgroup{};
  subgroup.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_PROPERTIES;
  VkPhysicalDeviceSubgroupSizeControlProperties sizes{};
  sizes.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_SIZE_CONTROL_PROPERTIES;
  VkPhysicalDeviceShaderIntegerDotProductProperties dots{};
  dots.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SHADER_INTEGER_DOT_PRODUCT_PROPERTIES;
  driver.pNext = &subgroup;
  void** end = &subgroup.pNext;
  if (has_device_extension(api, device, kSizeControl)) {
    *end = &sizes;
    end = &sizes.pNext;
  }
  if (has_device_extension(api, device, kDots)) *end = &dots;
  VkPhysicalDeviceProperties2 all{};
  all.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2;
  all.pNext = &driver;
  api.vkGetPhysicalDeviceProperties2(device, &all);

  facts.vendor = all.properties.vendorID;
  facts.driver = driver.driverID;
  facts.is_integrated = all.properties.deviceType == VK_PHYSICAL_DEVICE_TYPE_INTEGRATED_GPU;
  facts.most_threads = std::min(all.properties.limits.maxComputeWorkGroupInvocations,
                                all.properties.limits.maxComputeWorkGroupSize[0]);
  facts.most_shared_bytes = all.properties.limits.maxComputeSharedMemorySize;
  facts.subgroup = subgroup.subgroupSize;
  facts.subgroup_stages = subgroup.supportedStages;
  facts.subgroup_operations = subgroup.supportedOperations;
  facts.smallest_subgroup = sizes.minSubgroupSize;
  facts.largest_subgroup = sizes.maxSubgroupSize;
  facts.most_subgroups = sizes.maxComputeWorkgroupSubgroups;
  facts.size_stages = sizes.requiredSubgroupSizeStages;
  facts.dots_mixed_signs = dots.integerDotProduct4x8BitPackedMixedSignednessAccelerated != 0;
}

// Subgroups of the size that the kernels are made for: asked for, or the only ones that there are.
bool has_subgroups(const CooperativeFacts& facts) {
  const uint32_t size = facts.subgroup;
  const bool does = (facts.subgroup_stages & VK_SHADER_STAGE_COMPUTE_BIT) != 0 &&
                    (facts.subgroup_operations & kOperations) == kOperations;
  const bool fits = (size & (size - 1)) == 0 && size >= kSmallestSubgroup &&
                    size <= kLargestSubgroup && kSubgroups * size <= facts.most_threads;
  if (!does || !fits) return false;
  // Where there is one size, or nobody tells of others, nothing has to be asked for.
  if (facts.smallest_subgroup == facts.largest_subgroup) return true;
  return facts.has_size_control && (facts.size_stages & VK_SHADER_STAGE_COMPUTE_BIT) != 0 &&
         size >= facts.smallest_subgroup && size <= facts.largest_subgroup &&
         facts.most_subgroups >= kMostSubgroups;
}

// Drivers offer matrices for cards without units for them, too, where they are slower than the
// kernels that do without.
bool has_units(const CooperativeFacts& facts) {
  if (facts.vendor == kAmd) return facts.dots_mixed_signs;
  // Those of the first generation (subgroups from 8 on) are fed too slowly, and drivers of cards
  // before it imitate them.
  if (facts.vendor == kIntel) return facts.smallest_subgroup >= 16;
  return true;
}

std::vector<VkCooperativeMatrixPropertiesKHR> forms_of(const InstanceApi& api,
                                                       VkPhysicalDevice device) {
  if (api.vkGetPhysicalDeviceCooperativeMatrixPropertiesKHR == nullptr) return {};
  uint32_t count = 0;
  api.vkGetPhysicalDeviceCooperativeMatrixPropertiesKHR(device, &count, nullptr);
  VkCooperativeMatrixPropertiesKHR form{};
  form.sType = VK_STRUCTURE_TYPE_COOPERATIVE_MATRIX_PROPERTIES_KHR;
  std::vector<VkCooperativeMatrixPropertiesKHR> forms(count, form);
  api.vkGetPhysicalDeviceCooperativeMatrixPropertiesKHR(device, &count, forms.data());
  return forms;
}

// 0: not for the kernels.
uint32_t rank_of(const VkCooperativeMatrixPropertiesKHR& form, const CooperativeFacts& facts) {
  const bool sums = form.CType == VK_COMPONENT_TYPE_FLOAT32_KHR &&
                    form.ResultType == VK_COMPONENT_TYPE_FLOAT32_KHR &&
                    form.saturatingAccumulation == 0 && form.scope == VK_SCOPE_SUBGROUP_KHR;
  const auto fits = [](uint32_t side) { return side > 0 && side % 8 == 0 && side <= kLargestSide; };
  if (!sums || form.AType != form.BType) return 0;
  if (!fits(form.MSize) || !fits(form.NSize) || !fits(form.KSize)) return 0;
  const uint32_t size = form.MSize * form.NSize * form.KSize;
  const bool is_bfloat = form.AType == VK_COMPONENT_TYPE_BFLOAT16_KHR && facts.has_bfloat;
  const bool is_half = form.AType == VK_COMPONENT_TYPE_FLOAT16_KHR && facts.has_half;
  if (is_bfloat) return (1u << 16) + size;
  return is_half ? size : 0;
}

}  // namespace

bool has_device_extension(const InstanceApi& api, VkPhysicalDevice device, const char* name) {
  uint32_t count = 0;
  api.vkEnumerateDeviceExtensionProperties(device, nullptr, &count, nullptr);
  std::vector<VkExtensionProperties> extensions(count);
  api.vkEnumerateDeviceExtensionProperties(device, nullptr, &count, extensions.data());
  return std::any_of(extensions.begin(), extensions.end(), [&](const VkExtensionProperties& one) {
    return std::strcmp(one.extensionName, name) == 0;
  });
}

bool is_disabled(const std::string& feature) {
  const char* const named = std::getenv("LENSMITH_VULKAN_DISABLE");
  if (named == nullptr) return false;
  std::istringstream list(named);
  for (std::string one; std::getline(list, one, ',');)
    if (one == feature) return true;
  return false;
}

bool offers_matrices(const CooperativeFacts& facts) {
  // AMD's own driver of processors with graphics ends the process when it is asked for its forms.
  const bool ends_process = facts.driver == VK_DRIVER_ID_AMD_PROPRIETARY && facts.is_integrated;
  return facts.has_matrices && facts.has_memory_model && !ends_process && has_units(facts) &&
         has_subgroups(facts) && facts.most_shared_bytes >= kSharedBytes;
}

Cooperative choose_cooperative(const CooperativeFacts& facts) {
  Cooperative found;
  if (!offers_matrices(facts)) return found;
  uint32_t best = 0;
  for (const VkCooperativeMatrixPropertiesKHR& form : facts.forms) {
    const uint32_t rank = rank_of(form, facts);
    if (rank <= best) continue;
    best = rank;
    found.element = form.AType == VK_COMPONENT_TYPE_BFLOAT16_KHR ? DType::bf16 : DType::f16;
    found.m = form.MSize, found.n = form.NSize, found.k = form.KSize;
  }
  found.usable = best > 0;
  found.subgroup = facts.subgroup;
  found.has_size_control = facts.has_size_control;
  return found;
}

Cooperative cooperative_of(const InstanceApi& api, VkPhysicalDevice device) {
  if (!has_device_extension(api, device, kMatrices) || is_disabled("cooperative")) return {};
  CooperativeFacts facts;
  ask_features(api, device, facts);
  ask_properties(api, device, facts);
  facts.has_bfloat = facts.has_bfloat && !is_disabled("bf16");
  facts.has_half = facts.has_half && !is_disabled("f16");
  if (offers_matrices(facts)) facts.forms = forms_of(api, device);
  return choose_cooperative(facts);
}

CooperativeFeatures::CooperativeFeatures(const Cooperative& cooperative) {
  if (!cooperative.usable) return;
  matrices_.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_COOPERATIVE_MATRIX_FEATURES_KHR;
  matrices_.cooperativeMatrix = 1;
  add(matrices_);
  memory_model_.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_MEMORY_MODEL_FEATURES;
  memory_model_.vulkanMemoryModel = 1;
  memory_model_.vulkanMemoryModelDeviceScope = 1;
  add(memory_model_);
  extensions.push_back(kMatrices);
  if (cooperative.element == DType::f16) {
    half_.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SHADER_FLOAT16_INT8_FEATURES;
    half_.shaderFloat16 = 1;
    add(half_);
  } else {
    bfloat_.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SHADER_BFLOAT16_FEATURES_KHR;
    bfloat_.shaderBFloat16Type = 1;
    bfloat_.shaderBFloat16CooperativeMatrix = 1;
    add(bfloat_);
    extensions.push_back(kBfloat);
  }
  if (cooperative.has_size_control) {
    sizes_.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_SIZE_CONTROL_FEATURES;
    sizes_.subgroupSizeControl = 1;
    sizes_.computeFullSubgroups = 1;
    add(sizes_);
    extensions.push_back(kSizeControl);
  }
}

}  // namespace lensmith::vulkan
