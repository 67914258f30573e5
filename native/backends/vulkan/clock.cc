#include "backends/vulkan/clock.h"

#include <utility>

namespace lensmith::vulkan {
namespace {

// Everything before is done: between two barriers, so is the command and nothing else.
constexpr VkPipelineStageFlagBits kDone = VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT;

}  // namespace

Clock::Clock(const DeviceApi& api, VkDevice device, const PhysicalDevice& physical, int commands)
    : api_(api),
      device_(device),
      bits_(physical.timestamp_bits),
      milliseconds_(static_cast<double>(physical.timestamp_ns) / 1e6),
      most_stamps_(2 * static_cast<uint32_t>(commands)) {}

bool Clock::time_as(const char* op) {
  if (bits_ == 0) return false;
  is_asked_ = true;
  op_ = op;
  if (op == nullptr) return true;
  const std::lock_guard lock(mutex_);
  times_[op].calls += 1;
  return true;
}

OpTimes Clock::take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(times_, {});
}

void Clock::begin(Stamps& stamps, VkCommandBuffer buffer) {
  stamps.ops.clear();
  stamps.is_ready = is_asked_;
  if (!is_asked_) return;
  if (stamps.pool == VK_NULL_HANDLE) {
    VkQueryPoolCreateInfo info{};
    info.sType = VK_STRUCTURE_TYPE_QUERY_POOL_CREATE_INFO;
    info.queryType = VK_QUERY_TYPE_TIMESTAMP;
    info.queryCount = most_stamps_;
    expect(api_.vkCreateQueryPool(device_, &info, nullptr, &stamps.pool), "vkCreateQueryPool");
  }
  api_.vkCmdResetQueryPool(buffer, stamps.pool, 0, most_stamps_);
}

// A batch that began before anybody asked has no pool ready: its commands go untimed.
void Clock::stamp(Stamps& stamps, VkCommandBuffer buffer) {
  const auto place = static_cast<uint32_t>(2 * stamps.ops.size());
  is_open_ = op_ != nullptr && stamps.is_ready && place < most_stamps_;
  if (!is_open_) return;
  stamps.ops.push_back(op_);
  api_.vkCmdWriteTimestamp(buffer, kDone, stamps.pool, place);
}

void Clock::stamp_end(Stamps& stamps, VkCommandBuffer buffer) {
  if (!std::exchange(is_open_, false)) return;
  const auto place = static_cast<uint32_t>(2 * stamps.ops.size() - 1);
  api_.vkCmdWriteTimestamp(buffer, kDone, stamps.pool, place);
}

void Clock::collect(Stamps& stamps) {
  if (stamps.ops.empty()) return;
  std::vector<uint64_t> ticks(2 * stamps.ops.size());
  const VkQueryResultFlags flags = VK_QUERY_RESULT_64_BIT | VK_QUERY_RESULT_WAIT_BIT;
  expect(api_.vkGetQueryPoolResults(device_, stamps.pool, 0, static_cast<uint32_t>(ticks.size()),
                                    ticks.size() * sizeof(uint64_t), ticks.data(), sizeof(uint64_t),
                                    flags),
         "vkGetQueryPoolResults");
  const uint64_t mask = bits_ >= 64 ? ~uint64_t{0} : (uint64_t{1} << bits_) - 1;
  const std::lock_guard lock(mutex_);
  for (size_t i = 0; i < stamps.ops.size(); ++i) {
    // The clock may have begun anew in between.
    const uint64_t passed = (ticks[2 * i + 1] - ticks[2 * i]) & mask;
    times_[stamps.ops[i]].milliseconds += static_cast<double>(passed) * milliseconds_;
  }
  stamps.ops.clear();
}

void Clock::release(Stamps& stamps) {
  if (stamps.pool != VK_NULL_HANDLE) api_.vkDestroyQueryPool(device_, stamps.pool, nullptr);
  stamps.pool = VK_NULL_HANDLE;
}

}  // namespace lensmith::vulkan
