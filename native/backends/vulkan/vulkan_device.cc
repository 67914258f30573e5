#include "backends/vulkan/vulkan_device.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <string_view>
#include <vector>

#include "backends/vulkan/kernels.h"
#include "backends/vulkan/operands.h"
#include "core/dynamic_map.h"
#include "core/nf4_tables.h"
#include "ops/indices.h"

namespace lensmith::vulkan {
namespace {

constexpr std::string_view kPlain = ":plain";

// What check_indices.comp writes, once: the first fault that is seen.
struct Fault {
  uint32_t happened;
  uint32_t op, operand;  // places in fault_names
  int32_t position, value, before, lowest, limit;
  uint32_t offsets;
};

// Names of ops and operands for reports, by the numbers that the device is given; of all devices
// in the process.
class FaultNames {
 public:
  uint32_t number_of(const char* name) {
    const std::lock_guard lock(mutex_);
    const auto found = std::find_if(names_.begin(), names_.end(),
                                    [&](const char* one) { return std::strcmp(one, name) == 0; });
    if (found != names_.end()) return static_cast<uint32_t>(found - names_.begin());
    names_.push_back(name);
    return static_cast<uint32_t>(names_.size() - 1);
  }

  const char* name_of(uint32_t number) {
    const std::lock_guard lock(mutex_);
    return number < names_.size() ? names_[number] : "?";
  }

 private:
  std::mutex mutex_;
  std::vector<const char*> names_;
};

FaultNames& fault_names() {
  static FaultNames names;
  return names;
}

uint32_t number_of(const char* name) { return fault_names().number_of(name); }

const Block& block_of(const Tensor& tensor) {
  return *static_cast<const Block*>(tensor.storage->data());
}

}  // namespace

LogicalDevice::LogicalDevice(const std::string& name, int64_t memory_bytes) {
  const std::vector<PhysicalDevice> devices = list_devices(instance);
  is_plain = name.ends_with(kPlain);
  physical =
      choose_device(devices, is_plain ? name.substr(0, name.size() - kPlain.size()) : name, &index);
  if (is_plain) physical.cooperative = {};
  if (memory_bytes > 0) physical.memory_bytes = std::min(physical.memory_bytes, memory_bytes);

  const float priority = 1;
  VkDeviceQueueCreateInfo queue{};
  queue.sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO;
  queue.queueFamilyIndex = physical.queue_family;
  queue.queueCount = 1;
  queue.pQueuePriorities = &priority;
  VkPhysicalDeviceBufferDeviceAddressFeatures addresses{};
  addresses.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_BUFFER_DEVICE_ADDRESS_FEATURES;
  addresses.bufferDeviceAddress = 1;
  CooperativeFeatures cooperative(physical.cooperative);
  addresses.pNext = cooperative.chain();
  std::vector<const char*>& extensions = cooperative.extensions;
  if (physical.is_portability_subset) extensions.push_back("VK_KHR_portability_subset");
  VkDeviceCreateInfo info{};
  info.sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO;
  info.pNext = &addresses;
  info.queueCreateInfoCount = 1;
  info.pQueueCreateInfos = &queue;
  info.enabledExtensionCount = static_cast<uint32_t>(extensions.size());
  info.ppEnabledExtensionNames = extensions.data();
  const InstanceApi& functions = instance.api();
  expect(functions.vkCreateDevice(physical.handle, &info, nullptr, &handle), "vkCreateDevice");
  api = load_device_api(functions, handle);
}

LogicalDevice::~LogicalDevice() {
  if (handle != nullptr) api.vkDestroyDevice(handle, nullptr);
}

VkDeviceSize LogicalDevice::memory_left() const {
  if (!physical.tells_budget) return kUnlimited;
  VkPhysicalDeviceMemoryBudgetPropertiesEXT budget{};
  budget.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MEMORY_BUDGET_PROPERTIES_EXT;
  VkPhysicalDeviceMemoryProperties2 memory{};
  memory.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MEMORY_PROPERTIES_2;
  memory.pNext = &budget;
  instance.api().vkGetPhysicalDeviceMemoryProperties2(physical.handle, &memory);
  return vulkan::memory_left(physical.memory_types, budget);
}

VulkanDevice::VulkanDevice(const std::string& name, int64_t memory_bytes)
    : device_(name, memory_bytes),
      memory_(device_.api, device_.handle, device_.physical.memory_types, MemoryKind::device,
              device_.physical.memory_bytes, [this] { return device_.memory_left(); }),
      allocator_(memory_),
      host_memory_(device_.api, device_.handle, device_.physical.memory_types, MemoryKind::host,
                   INT64_MAX, [] { return kUnlimited; }),
      host_allocator_(host_memory_),
      pipelines_(device_.api, device_.handle, device_.physical),
      commands_(device_.api, device_.handle, device_.physical, pipelines_.layout(), memory_) {
  constexpr size_t kCodeBytes = sizeof kNf4Code, kMapBytes = sizeof kDynamicMap;
  static_assert(sizeof kUnsignedDynamicMap == kMapBytes);
  constexpr size_t kTableBytes = kCodeBytes + 2 * kMapBytes;
  fault_ = memory_.make_slab(sizeof(Fault), MemoryKind::read_back);
  nf4_tables_ = memory_.make_slab(kTableBytes, MemoryKind::device);
  if (fault_ == nullptr || nf4_tables_ == nullptr) {
    free_slabs();
    fail_for_kernels(kTableBytes);
  }
  std::memset(fault_->host, 0, sizeof(Fault));
  const Block tables{nf4_tables_.get(), 0, nf4_tables_->size};
  commands_.upload(tables, 0, kNf4Code.data(), kCodeBytes);
  commands_.upload(tables, kCodeBytes, kDynamicMap.data(), kMapBytes);
  commands_.upload(tables, kCodeBytes + kMapBytes, kUnsignedDynamicMap.data(), kMapBytes);
}

VulkanDevice::~VulkanDevice() {
  device_.api.vkDeviceWaitIdle(device_.handle);
  free_slabs();
}

void VulkanDevice::free_slabs() {
  for (const std::unique_ptr<Slab>& scratch : scratch_)
    if (scratch != nullptr) memory_.free_slab(*scratch);
  if (counters_ != nullptr) memory_.free_slab(*counters_);
  if (fault_ != nullptr) memory_.free_slab(*fault_);
  if (nf4_tables_ != nullptr) memory_.free_slab(*nf4_tables_);
}

std::string VulkanDevice::name() const {
  const std::string name = "vulkan:" + std::to_string(device_.index);
  return device_.is_plain ? name + std::string(kPlain) : name;
}

std::string VulkanDevice::description() const {
  const int64_t mebibytes = device_.physical.memory_bytes >> 20;
  return device_.physical.name + ", " + std::to_string(mebibytes) + " MiB";
}

void VulkanDevice::upload(const Tensor& dst, const void* src) {
  const auto size = static_cast<size_t>(bytes_for(dst.dtype, dst.numel()));
  checks_.wrote(address_of(dst), address_of(dst) + size);
  commands_.upload(block_of(dst), static_cast<VkDeviceSize>(dst.offset_bytes), src, size);
}

void VulkanDevice::download(void* dst, const Tensor& src) {
  const auto size = static_cast<size_t>(bytes_for(src.dtype, src.numel()));
  if (src.storage->is_mapped_file()) {
    std::memcpy(dst, src.raw(), size);
    return;
  }
  commands_.download(dst, block_of(src), static_cast<VkDeviceSize>(src.offset_bytes), size);
}

void VulkanDevice::finish() {
  checks_.forget();
  commands_.finish();
  device_.instance.report_misuse();
  report_fault();
}

VkDeviceAddress VulkanDevice::scratch(size_t size_bytes, Scratch purpose) {
  std::unique_ptr<Slab>& slab = scratch_[static_cast<size_t>(purpose)];
  if (slab == nullptr || slab->size < size_bytes) grow(slab, size_bytes);
  order().touch({slab->address, slab->address + size_bytes, true});
  return slab->address;
}

VkDeviceAddress VulkanDevice::counters(size_t count) {
  const size_t bytes = 4 * count;
  if (counters_ == nullptr || counters_->size < bytes) {
    grow(counters_, bytes);
    const std::vector<char> zeros(counters_->size);
    commands_.upload(Block{counters_.get(), 0, counters_->size}, 0, zeros.data(), zeros.size());
  }
  order().touch({counters_->address, counters_->address + bytes, true});
  return counters_->address;
}

void VulkanDevice::grow(std::unique_ptr<Slab>& slab, size_t size_bytes) {
  commands_.finish();  // kernels that are on their way may use the old one
  if (slab != nullptr) memory_.free_slab(*slab);
  slab =
      memory_.make_slab(std::bit_ceil(std::max<size_t>(size_bytes, 1 << 16)), MemoryKind::device);
  if (slab == nullptr) slab = memory_.make_slab(size_bytes, MemoryKind::device);
  if (slab == nullptr) fail_for_kernels(size_bytes);
}

void VulkanDevice::fail_for_kernels(size_t size_bytes) const {
  throw Error("memory/out-of-memory", "There is not enough memory for a kernel's workspace.",
              std::to_string(size_bytes) + " more bytes", memory_.room(),
              "Use a smaller batch or a shorter sequence, or let more of the device's memory be "
              "used.");
}

const ElementPlaces& VulkanDevice::element_places() {
  if (!element_places_) element_places_ = ask_element_places();
  return *element_places_;
}

ElementPlaces VulkanDevice::ask_element_places() {
  const Cooperative& form = cooperative();
  if (is_disabled("places")) return {};
  const size_t bytes = size_t{4} * element_answer_words(form);
  const std::unique_ptr<Slab> answer = memory_.make_slab(bytes, MemoryKind::read_back);
  if (answer == nullptr) return {};
  const bool is_bf16 = form.element == DType::bf16;
  dispatch(is_bf16 ? Shader::element_places_coop_bf16 : Shader::element_places_coop_f16,
           {form.subgroup, form.m, form.n, form.k, kElementsAsked}, answer->address, Groups{});
  commands_.finish();
  const ElementPlaces places =
      read_element_places(form, static_cast<const uint32_t*>(answer->host));
  memory_.free_slab(*answer);
  return places;
}

void VulkanDevice::check_indices(const char* op, const char* operand, const Tensor& values,
                                 int64_t limit, int32_t lowest) {
  check(op, operand, values, lowest, limit, false);
}

void VulkanDevice::check_offsets(const char* op, const char* operand, const Tensor& values,
                                 int64_t rows) {
  check(op, operand, values, 0, rows, true);
}

void VulkanDevice::check(const char* op, const char* operand, const Tensor& values, int32_t lowest,
                         int64_t limit, bool offsets) {
  struct Push {
    VkDeviceAddress values, fault;
    uint32_t count, op, operand;
    int32_t lowest, limit;
    uint32_t offsets;
  };
  const int64_t count = values.numel();
  if (count == 0) return;
  const VkDeviceAddress begin = address_of(values);
  const VkDeviceAddress end = begin + uint64_t{4} * as_count(count);
  if (checks_.repeats({begin, end, lowest, limit, offsets})) return;
  const Push push{begin,
                  fault_->address,
                  as_count(count),
                  number_of(op),
                  number_of(operand),
                  lowest,
                  static_cast<int32_t>(limit),
                  offsets ? 1u : 0u};
  // Nothing waits for what it finds: kernels keep inside their operands whatever an index says.
  const Groups groups = linear_groups(count);
  commands_.dispatch_aside(pipelines_.get(Shader::check_indices, {}), &push, sizeof push, groups,
                           begin, end);
}

void VulkanDevice::report_fault() {
  Fault fault;
  std::memcpy(&fault, fault_->host, sizeof fault);
  if (fault.happened == 0) return;
  std::memset(fault_->host, 0, sizeof fault);
  const char* const op = fault_names().name_of(fault.op);
  const char* const operand = fault_names().name_of(fault.operand);
  // The CPU's own checks word the error, given the place that was found.
  if (fault.offsets == 0)
    fail_index(op, operand, fault.position, fault.value, fault.lowest, fault.limit);
  fail_offset(op, operand, fault.position, fault.value, fault.before, fault.limit);
}

}  // namespace lensmith::vulkan
