// The device of the Vulkan backend, and what its kernels work with.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>

#include "backends/vulkan/checks.h"
#include "backends/vulkan/commands.h"
#include "backends/vulkan/element_places.h"
#include "backends/vulkan/instance.h"
#include "backends/vulkan/memory.h"
#include "backends/vulkan/pipelines.h"
#include "core/device.h"

namespace lensmith::vulkan {

// Memory that kernels work in, by what it is for: a product may be part of a kernel that has some.
enum class Scratch { kernel, factors, parts, rest, sums };
inline constexpr size_t kScratches = 5;

// The device itself with its functions; outlives all that stands on it.
class LogicalDevice {
 public:
  LogicalDevice(const std::string& name, int64_t memory_bytes);
  ~LogicalDevice();
  LogicalDevice(const LogicalDevice&) = delete;
  LogicalDevice& operator=(const LogicalDevice&) = delete;

  Instance instance;
  size_t index = 0;
  bool is_plain = false;  // without cooperative matrices, whatever the driver says
  PhysicalDevice physical;
  VkDevice handle = nullptr;
  DeviceApi api;

  // See memory_left in memory_types.h.
  VkDeviceSize memory_left() const;
};

class VulkanDevice final : public Device {
 public:
  // name: as choose_device takes it; with `:plain` behind it the device passes for one without
  // cooperative matrices. memory_bytes: what may be used of its memory; 0: all.
  VulkanDevice(const std::string& name, int64_t memory_bytes);
  ~VulkanDevice() override;

  std::string name() const override;
  std::string description() const override;
  const OpTable& ops() const override;
  StorageRef allocate(size_t size_bytes) override { return allocator_.allocate(size_bytes); }
  CachingAllocator& allocator() override { return allocator_; }
  CachingAllocator& host_allocator() override { return host_allocator_; }
  int64_t memory_bytes() const override { return device_.physical.memory_bytes; }
  bool time_as(const char* op) override { return commands_.clock().time_as(op); }
  OpTimes take_times() override { return commands_.clock().take(); }
  CommandCounts take_command_counts() override { return commands_.take_counts(); }
  bool rounds_factors() const override { return cooperative().usable; }
  bool reads_mapped_files() const override { return false; }
  void upload(const Tensor& dst, const void* src) override;
  void download(void* dst, const Tensor& src) override;
  void finish() override;

  // What commands have to wait for: table.cc tells it of each op's operands.
  Order& order() { return commands_.order(); }
  // And of what each op writes, so that indices are checked once for all ops that read them.
  Checks& checks() { return checks_; }

  // ---- for kernels ----

  // constants specialise the shader; Push is laid out as its push-constant block. work: see
  // Commands::dispatch.
  template <class Push>
  void dispatch(Shader shader, std::initializer_list<uint32_t> constants, const Push& push,
                Groups groups, double work = 0) {
    static_assert(sizeof(Push) <= 128);
    if (groups.x == 0 || groups.y == 0 || groups.z == 0) return;
    commands_.dispatch(pipelines_.get(shader, constants), &push, sizeof push, groups, work);
  }
  // Memory for the kernel that is being recorded; the next kernel may use it again.
  VkDeviceAddress scratch(size_t size_bytes, Scratch purpose = Scratch::kernel);
  // So many words that are zero, for a kernel that leaves them so: it has them to itself, as it has
  // scratch memory.
  VkDeviceAddress counters(size_t count);
  // The codes of NF4, behind them the map of its scales (core/nf4_tables.h), and behind that the
  // unsigned map (core/dynamic_map.h).
  VkDeviceAddress nf4_tables() const { return nf4_tables_->address; }
  bool casts_addresses() const { return device_.physical.casts_addresses; }
  bool shares_between_groups() const { return device_.physical.shares_between_groups; }
  const Cooperative& cooperative() const { return device_.physical.cooperative; }
  // Asks the device the first time, and waits for it; only where cooperative() is usable.
  const ElementPlaces& element_places();
  bool is_software() const { return device_.physical.is_software(); }
  uint32_t cores() const { return device_.physical.cores; }
  uint32_t max_shared_bytes() const { return device_.physical.max_shared_bytes; }

  // Has values[0 .. count) checked on the device: lowest ≤ value < limit, or, for offsets, from 0
  // ascending to at most limit. What is wrong is reported by the next finish(), as the CPU would.
  // The same values are checked once until then, unless they are written.
  void check_indices(const char* op, const char* operand, const Tensor& values, int64_t limit,
                     int32_t lowest = 0);
  void check_offsets(const char* op, const char* operand, const Tensor& values, int64_t rows);

 private:
  void check(const char* op, const char* operand, const Tensor& values, int32_t lowest,
             int64_t limit, bool offsets);
  void report_fault();
  ElementPlaces ask_element_places();
  // Has `slab` hold so many bytes at least; what it held is gone.
  void grow(std::unique_ptr<Slab>& slab, size_t size_bytes);
  void free_slabs();
  [[noreturn]] void fail_for_kernels(size_t size_bytes) const;

  // In the order in which they may go.
  LogicalDevice device_;
  SlabMemory memory_;
  CachingAllocator allocator_;
  SlabMemory host_memory_;
  CachingAllocator host_allocator_;
  Pipelines pipelines_;
  Commands commands_;
  std::array<std::unique_ptr<Slab>, kScratches> scratch_;
  std::unique_ptr<Slab> counters_;
  std::unique_ptr<Slab> fault_;
  std::unique_ptr<Slab> nf4_tables_;
  std::optional<ElementPlaces> element_places_;
  Checks checks_;
};

}  // namespace lensmith::vulkan
