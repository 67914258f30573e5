// Memory of the device: a few large allocations that blocks are cut from, because drivers allow
// only some thousand allocations and each is slow. The caching allocator stands on top.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "backends/vulkan/api.h"
#include "backends/vulkan/memory_types.h"
#include "core/allocator.h"

namespace lensmith::vulkan {

// One allocation with a buffer over all of it.
struct Slab {
  VkBuffer buffer = VK_NULL_HANDLE;
  VkDeviceMemory memory = VK_NULL_HANDLE;
  VkDeviceAddress address = 0;
  VkDeviceSize size = 0;
  void* host = nullptr;                             // when it is mapped
  bool is_counted = false;                          // among what may be used
  std::map<VkDeviceSize, VkDeviceSize> free_spans;  // offset to size, never two side by side
};

// What a storage's data() points at on this device.
struct Block {
  Slab* slab;
  VkDeviceSize offset, size;

  VkDeviceAddress address() const { return slab->address + offset; }
};

// How many bytes of the device's memory may be taken yet; asked before each slab of it.
using MemoryLeft = std::function<VkDeviceSize()>;

class SlabMemory final : public MemorySource {
 public:
  // kind: of the slabs that take() cuts. total_bytes: of the device, or what may be used of it: no
  // slab of its memory passes that, or what is left.
  SlabMemory(const DeviceApi& api, VkDevice device, const VkPhysicalDeviceMemoryProperties& types,
             MemoryKind kind, int64_t total_bytes, MemoryLeft left);
  ~SlabMemory() override;

  void* take(size_t bytes) override;  // a Block*, or null
  void give_back(void* block) override;
  std::string room() const override;

  // A slab of its own, outside of what take() cuts; null when there is no room.
  std::unique_ptr<Slab> make_slab(VkDeviceSize size, MemoryKind kind);
  void free_slab(Slab& slab);

 private:
  Block* cut(Slab& slab, VkDeviceSize size);
  std::unique_ptr<Slab> slab_for(VkDeviceSize size);

  const DeviceApi& api_;
  VkDevice device_;
  VkPhysicalDeviceMemoryProperties types_;
  MemoryKind kind_;
  int64_t total_bytes_;
  MemoryLeft left_;
  std::atomic<int64_t> taken_bytes_{0};  // in slabs of the device's memory
  // The smallest slab that was refused since one was given or went back, though the driver tells of
  // a larger heap: other programs have memory of it, too.
  static constexpr VkDeviceSize kNeverRefused = ~VkDeviceSize{0};
  std::atomic<VkDeviceSize> refused_bytes_{kNeverRefused};
  std::vector<std::unique_ptr<Slab>> slabs_;
};

}  // namespace lensmith::vulkan
