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

// bf16 before f16, which needs scaling to hold all values; then the largest. subgroup: the size
// that the device's subgroups have unless asked otherwise.
Cooperative cooperative_of(const InstanceApi& api, VkPhysicalDevice device, uint32_t subgroup);

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
