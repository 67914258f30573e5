// The op table of the backend, and how the engine opens it.
#include "backends/vulkan/kernels.h"
#include "backends/vulkan/operands.h"

namespace lensmith::vulkan {
namespace {

// Tells the order of commands what an op's kernels read and write: its operands, which are all that
// they are given, and scratch memory, which they ask for.
class Operands {
 public:
  template <class Args>
  Operands(VulkanDevice& device, const Args& args)
      : order_(device.order()), checks_(device.checks()) {
    order_.open();
    const_cast<Args&>(args).visit(*this);  // visitors may write; this one does not
  }
  ~Operands() { order_.close(); }
  Operands(const Operands&) = delete;
  Operands& operator=(const Operands&) = delete;

  void in(const Tensor& tensor) { touch(tensor, false); }
  void out(const Tensor& tensor) { touch(tensor, true); }
  void optional_in(const Tensor& tensor) { touch(tensor, false); }
  void optional_out(const Tensor& tensor) { touch(tensor, true); }
  void real(float) {}
  void real(double) {}
  void integer(int32_t) {}
  void word(uint32_t) {}
  void flag(bool) {}

 private:
  void touch(const Tensor& tensor, bool is_written) {
    if (!tensor.defined() || tensor.numel() == 0) return;
    int64_t last = 0;
    for (int i = 0; i < tensor.rank; ++i) last += (tensor.shape[i] - 1) * tensor.stride[i];
    const VkDeviceAddress begin = address_of(tensor);
    const auto bytes = static_cast<VkDeviceAddress>(bytes_for(tensor.dtype, last + 1));
    order_.touch({begin, begin + bytes, is_written});
    if (is_written) checks_.wrote(begin, begin + bytes);
  }

  Order& order_;
  Checks& checks_;
};

template <class Args>
void run(Device& device, const Args& args, void (*kernel)(VulkanDevice&, const Args&)) {
  auto& vulkan = static_cast<VulkanDevice&>(device);
  const Operands operands(vulkan, args);
  kernel(vulkan, args);
}

}  // namespace

const OpTable& VulkanDevice::ops() const {
  static constexpr OpTable table = {
#define OP(name, Args) \
  [](Device& device, const Args& args) { run<Args>(device, args, vulkan::name); },
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
