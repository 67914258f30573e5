// The op table of the backend, and how the engine opens it.
#include "backends/vulkan/kernels.h"

namespace lensmith::vulkan {

const OpTable& VulkanDevice::ops() const {
  static constexpr OpTable table = {
#define OP(name, Args) \
  [](Device& device, const Args& args) { vulkan::name(static_cast<VulkanDevice&>(device), args); },
#include "ops/ops.def"
  };
  return table;
}

}  // namespace lensmith::vulkan

namespace lensmith {

std::unique_ptr<Device> make_vulkan_device(const std::string& name, int64_t memory_bytes) {
  return std::make_unique<vulkan::VulkanDevice>(name, memory_bytes);
}

std::vector<DeviceFact> vulkan_devices() {
  const vulkan::Instance instance;
  std::vector<DeviceFact> facts;
  const std::vector<vulkan::PhysicalDevice> devices = vulkan::list_devices(instance);
  const size_t best = vulkan::best_device(devices);
  for (size_t i = 0; i < devices.size(); ++i) {
    const vulkan::PhysicalDevice& device = devices[i];
    facts.push_back({"vulkan:" + std::to_string(i), device.name, device.kind(), device.driver,
                     device.memory_bytes, device.features, device.is_software(), i == best,
                     device.lacks});
  }
  return facts;
}

}  // namespace lensmith
