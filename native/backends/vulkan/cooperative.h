// Cooperative matrices: products of small matrices that the threads of a subgroup compute together,
// on units made for them (VK_KHR_cooperative_matrix).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "backends/vulkan/api.h"
#include "core/dtype.h"

namespace lensmith::vulkan {

// The form that the kernels use; not usable where a device has none that suits them.
struct Cooperative {
  bool usable = false;
  DType element = DType::bf16;  // of the factors: bf16, or f16; sums are f32
  uint32_t m = 0, n = 0, k = 0;
  uint32_t subgroup = 0;  // threads that compute one together
  // Where subgroups come in several sizes, pipelines ask for the one above.
  bool has_size_control = false;
};

// What a device and its driver tell that decides on it.
struct CooperativeFacts {
  uint32_t vendor = 0;  // VkPhysicalDeviceProperties
  VkDriverId driver = VK_DRIVER_ID_MAX_ENUM;
  bool is_integrated = false;
  uint32_t most_threads = 0, most_shared_bytes = 0;  // of a group
  // Subgroups: their size unless asked otherwise, and what they can do.
  uint32_t subgroup = 0;
  VkShaderStageFlags subgroup_stages = 0;
  VkSubgroupFeatureFlags subgroup_operations = 0;
  // And which sizes may be asked for, of how many in a group; all 0 where nobody tells.
  uint32_t smallest_subgroup = 0, largest_subgroup = 0, most_subgroups = 0;
  VkShaderStageFlags size_stages = 0;
  bool has_size_control = false;  // the features for it
  bool has_matrices = false, has_memory_model = false, has_half = false, has_bfloat = false;
  // Dot products of bytes with and without a sign have an instruction of their own: how AMD's cards
  // with matrix units (RDNA 3 and later) differ from others.
  bool dots_mixed_signs = false;
  std::vector<VkCooperativeMatrixPropertiesKHR> forms;
};

// Whether its forms may be asked for and taken at their word; all but `forms` is known.
bool offers_matrices(const CooperativeFacts& facts);

// bf16 before f16, which needs scaling to hold all values; then the largest.
Cooperative choose_cooperative(const CooperativeFacts& facts);

// The same of what the driver says.
Cooperative cooperative_of(const InstanceApi& api, VkPhysicalDevice device);

// What has to be switched on when a device is made for it.
class CooperativeFeatures {
 public:
  explicit CooperativeFeatures(const Cooperative& cooperative);
  CooperativeFeatures(const CooperativeFeatures&) = delete;
  CooperativeFeatures& operator=(const CooperativeFeatures&) = delete;

  void* chain() { return first_; }  // for pNext; null when there is nothing
  std::vector<const char*> extensions;

 private:
  template <class Feature>
  void add(Feature& feature) {
    feature.pNext = first_;
    first_ = &feature;
  }

  void* first_ = nullptr;
  VkPhysicalDeviceCooperativeMatrixFeaturesKHR matrices_{};
  VkPhysicalDeviceVulkanMemoryModelFeatures memory_model_{};
  VkPhysicalDeviceShaderFloat16Int8Features half_{};
  VkPhysicalDeviceShaderBfloat16FeaturesKHR bfloat_{};
  VkPhysicalDeviceSubgroupSizeControlFeatures sizes_{};
};

bool has_device_extension(const InstanceApi& api, VkPhysicalDevice device, const char* name);

// Whether LENSMITH_VULKAN_DISABLE=cooperative,bf16,f16,places,casts,sharing names this feature:
// then the device passes for one without it, so that the way around it can be tried on any.
bool is_disabled(const std::string& feature);

}  // namespace lensmith::vulkan
