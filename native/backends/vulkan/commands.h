// The queue of the device: dispatches and copies are recorded one after the other and handed over
// in batches, ordered by barriers where one needs another's results: order.h.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>

#include "backends/vulkan/api.h"
#include "backends/vulkan/batch_length.h"
#include "backends/vulkan/clock.h"
#include "backends/vulkan/instance.h"
#include "backends/vulkan/memory.h"
#include "backends/vulkan/order.h"
#include "core/device.h"

namespace lensmith::vulkan {

struct Groups {
  uint32_t x = 1, y = 1, z = 1;
};

class Commands {
 public:
  Commands(const DeviceApi& api, VkDevice device, const PhysicalDevice& physical,
           VkPipelineLayout layout, SlabMemory& memory);
  ~Commands();
  Commands(const Commands&) = delete;
  Commands& operator=(const Commands&) = delete;

  // work: as work.h counts it, of kernels that have much and do not ask for their number of groups
  // along x.
  void dispatch(VkPipeline pipeline, const void* push, uint32_t push_bytes, const Groups& groups,
                double work = 0);
  // One that reads [begin, end) alone and writes what no other command looks at.
  void dispatch_aside(VkPipeline pipeline, const void* push, uint32_t push_bytes,
                      const Groups& groups, VkDeviceAddress begin, VkDeviceAddress end);
  // Through the staging memory, in pieces; `src` may go when this returns.
  void upload(const Block& dst, VkDeviceSize offset, const void* src, size_t bytes);
  void download(void* dst, const Block& src, VkDeviceSize offset, size_t bytes);
  // Hands over what is recorded and waits until the device is idle.
  void finish();
  Clock& clock() { return clock_; }
  Order& order() { return order_; }
  // Of work that was waited for since the last call. Called from any thread.
  CommandCounts take_counts();

 private:
  struct Batch {
    VkCommandBuffer buffer = nullptr;
    VkFence fence = VK_NULL_HANDLE;
    bool in_flight = false;
    Clock::Stamps stamps;
  };

  void open_batch();
  // The open command buffer, after a barrier where one is due.
  VkCommandBuffer record(bool waits, bool is_copy);
  void recorded(double work);  // a command in it
  // first_x: the number of the first group along x.
  void record_dispatch(bool waits, VkPipeline pipeline, const void* push, uint32_t push_bytes,
                       uint32_t first_x, const Groups& groups);
  void submit();
  VkResult hand_over(Batch& batch);
  void wait(Batch& batch);
  void copy(VkBuffer from, VkDeviceSize from_offset, VkBuffer to, VkDeviceSize to_offset,
            VkDeviceSize bytes);

  // Batches that the device may lag behind.
  static constexpr size_t kBatches = 4;

  const DeviceApi& api_;
  VkDevice device_;
  VkPipelineLayout layout_;
  SlabMemory& memory_;
  VkQueue queue_ = nullptr;
  VkCommandPool pool_ = VK_NULL_HANDLE;
  std::array<Batch, kBatches> batches_;
  size_t current_ = 0;
  int recorded_ = 0;
  double recorded_work_ = 0;
  double most_work_;  // at once
  BatchLength length_;
  bool was_copy_ = false;  // the command before; copies have a barrier on either side
  VkPipeline bound_ = VK_NULL_HANDLE;
  std::unique_ptr<Slab> staging_;    // of uploads
  std::unique_ptr<Slab> read_back_;  // of downloads
  VkDeviceSize staged_ = 0;          // bytes of staging_ in use by recorded uploads
  Clock clock_;
  Order order_;
  std::mutex counts_mutex_;
  CommandCounts counts_;       // of work that was waited for
  CommandCounts open_counts_;  // since the last wait
  // LENSMITH_VULKAN_LOSE_AFTER=N, for tests of what follows: the device counts as lost once it was
  // given N batches. Negative: never.
  int64_t batches_until_loss_ = -1;
};

}  // namespace lensmith::vulkan
