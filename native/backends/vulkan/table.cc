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

std::unique_ptr<Device> make_vulkan_device(const std::string& name) {
  return std::make_unique<vulkan::VulkanDevice>(name);
}

std::vector<DeviceFact> vulkan_devices() {
  const vulkan::Instance instance;
  std::vector<DeviceFact> facts;
  for (const vulkan::PhysicalDevice& device : vulkan::list_devices(instance)) {
    facts.push_back({"vulkan:" + std::to_string(facts.size()), device.name, device.memory_bytes,
                     device.is_software(), device.lacks});
  }
  return facts;
}

}  // namespace lensmith
