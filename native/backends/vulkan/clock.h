// Time that the device spends, by its own clock: each command is stamped before and after, and its
// time goes to the op that it belongs to. Stamps are only written while somebody asks for them.
#pragma once

#include <cstdint>
#include <mutex>
#include <vector>

#include "backends/vulkan/api.h"
#include "backends/vulkan/instance.h"
#include "core/device.h"

namespace lensmith::vulkan {

class Clock {
 public:
  // Of one batch of commands.
  struct Stamps {
    VkQueryPool pool = VK_NULL_HANDLE;  // made when it is first needed
    bool is_ready = false;              // reset in this batch
    std::vector<const char*> ops;       // of each pair of stamps in it
  };

  // commands: at most, of one batch.
  Clock(const DeviceApi& api, VkDevice device, const PhysicalDevice& physical, int commands);
  Clock(const Clock&) = delete;
  Clock& operator=(const Clock&) = delete;

  // As Device::time_as.
  bool time_as(const char* op);
  OpTimes take();
  bool is_timing() const { return op_ != nullptr; }

  void begin(Stamps& stamps, VkCommandBuffer buffer);      // a batch
  void stamp(Stamps& stamps, VkCommandBuffer buffer);      // before a command
  void stamp_end(Stamps& stamps, VkCommandBuffer buffer);  // behind it
  void collect(Stamps& stamps);                            // what a batch that is done took
  void release(Stamps& stamps);

 private:
  const DeviceApi& api_;
  VkDevice device_;
  uint32_t bits_;
  double milliseconds_;  // of one tick
  uint32_t most_stamps_;
  bool is_asked_ = false;
  const char* op_ = nullptr;
  bool is_open_ = false;  // a command is stamped before, and not yet behind
  std::mutex mutex_;      // over times_
  OpTimes times_;
};

}  // namespace lensmith::vulkan
