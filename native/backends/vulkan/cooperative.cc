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

// Sides that the kernels' tiles are multiples of.
constexpr uint32_t kLargestSide = 16;

struct Features {
  VkPhysicalDeviceCooperativeMatrixFeaturesKHR matrices{};
  VkPhysicalDeviceVulkanMemoryModelFeatures memory_model{};
  VkPhysicalDeviceShaderFloat16Int8Features half{};
  VkPhysicalDeviceShaderBfloat16FeaturesKHR bfloat{};
  VkPhysicalDeviceSubgroupSizeControlFeatures sizes{};
};

void query(const InstanceApi& api, VkPhysicalDevice device, Features& found) {
  found.matrices.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_COOPERATIVE_MATRIX_FEATURES_KHR;
  found.memory_model.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_MEMORY_MODEL_FEATURES;
  found.half.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SHADER_FLOAT16_INT8_FEATURES;
  found.bfloat.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SHADER_BFLOAT16_FEATURES_KHR;
  found.sizes.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_SIZE_CONTROL_FEATURES;
  found.matrices.pNext = &found.memory_model;
  found.memory_model.pNext = &found.half;
  void** end = &found.half.pNext;
  if (has_device_extension(api, device, kBfloat)) {
    *end = &found.bfloat;
    end = &found.bfloat.pNext;
  }
  if (has_device_extension(api, device, kSizeControl)) *end = &found.sizes;
  VkPhysicalDeviceFeatures2 features{};
  features.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2;
  features.pNext = &found.matrices;
  api.vkGetPhysicalDeviceFeatures2(device, &features);
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
uint32_t rank_of(const VkCooperativeMatrixPropertiesKHR& form, const Features& features) {
  const bool sums = form.CType == VK_COMPONENT_TYPE_FLOAT32_KHR &&
                    form.ResultType == VK_COMPONENT_TYPE_FLOAT32_KHR &&
                    form.saturatingAccumulation == 0 && form.scope == VK_SCOPE_SUBGROUP_KHR;
  const auto fits = [](uint32_t side) { return side % 8 == 0 && side <= kLargestSide; };
  if (!sums || form.AType != form.BType) return 0;
  if (!fits(form.MSize) || !fits(form.NSize) || !fits(form.KSize)) return 0;
  const uint32_t size = form.MSize * form.NSize * form.KSize;
  const bool is_bfloat = form.AType == VK_COMPONENT_TYPE_BFLOAT16_KHR &&
                         features.bfloat.shaderBFloat16CooperativeMatrix != 0 &&
                         !is_disabled("bf16");
  const bool is_half = form.AType == VK_COMPONENT_TYPE_FLOAT16_KHR &&
                       features.half.shaderFloat16 != 0 && !is_disabled("f16");
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

Cooperative cooperative_of(const InstanceApi& api, VkPhysicalDevice device, uint32_t subgroup) {
  Cooperative found;
  if (!has_device_extension(api, device, kMatrices) || is_disabled("cooperative")) return found;
  Features features;
  query(api, device, features);
  // Under that memory model the atomics of all other kernels need its device scope.
  const bool has_scopes = features.memory_model.vulkanMemoryModel != 0 &&
                          features.memory_model.vulkanMemoryModelDeviceScope != 0;
  if (features.matrices.cooperativeMatrix == 0 || !has_scopes) return found;
  uint32_t best = 0;
  for (const VkCooperativeMatrixPropertiesKHR& form : forms_of(api, device)) {
    const uint32_t rank = rank_of(form, features);
    if (rank <= best) continue;
    best = rank;
    found.element = form.AType == VK_COMPONENT_TYPE_BFLOAT16_KHR ? DType::bf16 : DType::f16;
    found.m = form.MSize, found.n = form.NSize, found.k = form.KSize;
  }
  found.usable = best > 0;
  found.subgroup = subgroup;
  found.has_size_control =
      features.sizes.subgroupSizeControl != 0 && features.sizes.computeFullSubgroups != 0;
  return found;
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
