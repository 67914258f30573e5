#include "backends/vulkan/commands.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "core/error.h"

namespace lensmith::vulkan {
namespace {

constexpr VkDeviceSize kStagingBytes = VkDeviceSize{16} << 20;

// Everything before is done and seen by everything after. Between kernels alone it names nothing
// but them: a driver may do more for copies, and what the host wrote is seen by all that is handed
// over later.
void full_barrier(const DeviceApi& api, VkCommandBuffer buffer, bool has_copies) {
  VkPipelineStageFlags stages = VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT;
  VkMemoryBarrier barrier{};
  barrier.sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER;
  barrier.srcAccessMask = VK_ACCESS_SHADER_WRITE_BIT;
  barrier.dstAccessMask = VK_ACCESS_SHADER_WRITE_BIT | VK_ACCESS_SHADER_READ_BIT;
  if (has_copies) {
    stages |= VK_PIPELINE_STAGE_TRANSFER_BIT;
    barrier.srcAccessMask |= VK_ACCESS_TRANSFER_WRITE_BIT;
    barrier.dstAccessMask |= VK_ACCESS_TRANSFER_WRITE_BIT | VK_ACCESS_TRANSFER_READ_BIT;
  }
  api.vkCmdPipelineBarrier(buffer, stages, stages, 0, 1, &barrier, 0, nullptr, 0, nullptr);
}

// What the device wrote is seen by the host once the fence is reached.
void host_barrier(const DeviceApi& api, VkCommandBuffer buffer) {
  VkMemoryBarrier barrier{};
  barrier.sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER;
  barrier.srcAccessMask = VK_ACCESS_SHADER_WRITE_BIT | VK_ACCESS_TRANSFER_WRITE_BIT;
  barrier.dstAccessMask = VK_ACCESS_HOST_READ_BIT;
  api.vkCmdPipelineBarrier(buffer,
                           VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT | VK_PIPELINE_STAGE_TRANSFER_BIT,
                           VK_PIPELINE_STAGE_HOST_BIT, 0, 1, &barrier, 0, nullptr, 0, nullptr);
}

int64_t batches_until_loss() {
  const char* const text = std::getenv("LENSMITH_VULKAN_LOSE_AFTER");
  return text == nullptr || *text == '\0' ? -1 : std::atoll(text);
}

}  // namespace

Commands::Commands(const DeviceApi& api, VkDevice device, const PhysicalDevice& physical,
                   VkPipelineLayout layout, SlabMemory& memory)
    : api_(api),
      device_(device),
      layout_(layout),
      memory_(memory),
      most_work_(physical.most_work),
      length_(physical.most_work),
      clock_(api, device, physical, BatchLength::kMost),
      batches_until_loss_(batches_until_loss()) {
  api_.vkGetDeviceQueue(device_, physical.queue_family, 0, &queue_);
  VkCommandPoolCreateInfo pool{};
  pool.sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO;
  pool.flags = VK_COMMAND_POOL_CREATE_RESET_COMMAND_BUFFER_BIT;
  pool.queueFamilyIndex = physical.queue_family;
  expect(api_.vkCreateCommandPool(device_, &pool, nullptr, &pool_), "vkCreateCommandPool");
  for (Batch& batch : batches_) {
    VkCommandBufferAllocateInfo info{};
    info.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO;
    info.commandPool = pool_;
    info.level = VK_COMMAND_BUFFER_LEVEL_PRIMARY;
    info.commandBufferCount = 1;
    expect(api_.vkAllocateCommandBuffers(device_, &info, &batch.buffer),
           "vkAllocateCommandBuffers");
    VkFenceCreateInfo fence{};
    fence.sType = VK_STRUCTURE_TYPE_FENCE_CREATE_INFO;
    expect(api_.vkCreateFence(device_, &fence, nullptr, &batch.fence), "vkCreateFence");
  }
  staging_ = memory_.make_slab(kStagingBytes, MemoryKind::host);
  read_back_ = memory_.make_slab(kStagingBytes, MemoryKind::read_back);
  if (staging_ == nullptr || read_back_ == nullptr) {
    throw Error("memory/out-of-memory", "There is no memory to stage uploads and downloads in.",
                std::to_string(2 * kStagingBytes) + " bytes that the device and the CPU both see");
  }
}

Commands::~Commands() {
  api_.vkDeviceWaitIdle(device_);
  for (const std::unique_ptr<Slab>* slab : {&staging_, &read_back_})
    if (*slab != nullptr) memory_.free_slab(**slab);
  for (Batch& batch : batches_) {
    clock_.release(batch.stamps);
    api_.vkDestroyFence(device_, batch.fence, nullptr);
  }
  api_.vkDestroyCommandPool(device_, pool_, nullptr);
}

void Commands::open_batch() {
  Batch& batch = batches_[current_];
  wait(batch);
  expect(api_.vkResetCommandBuffer(batch.buffer, 0), "vkResetCommandBuffer");
  VkCommandBufferBeginInfo info{};
  info.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO;
  info.flags = VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT;
  expect(api_.vkBeginCommandBuffer(batch.buffer, &info), "vkBeginCommandBuffer");
  bound_ = VK_NULL_HANDLE;
  clock_.begin(batch.stamps, batch.buffer);
}

VkCommandBuffer Commands::record(bool waits, bool is_copy) {
  const bool begins = recorded_ == 0;
  if (begins) open_batch();
  Batch& batch = batches_[current_];
  // Stamps tell commands apart only where barriers do; and a batch waits for the one before.
  if (waits || begins || clock_.is_timing()) {
    full_barrier(api_, batch.buffer, is_copy || was_copy_);
    ++open_counts_.barriers;
  }
  was_copy_ = is_copy;
  clock_.stamp(batch.stamps, batch.buffer);
  return batch.buffer;
}

void Commands::recorded(double work) {
  Batch& batch = batches_[current_];
  clock_.stamp_end(batch.stamps, batch.buffer);
  recorded_work_ += work;
  if (length_.is_full(++recorded_, recorded_work_)) submit();
}

void Commands::record_dispatch(bool waits, VkPipeline pipeline, const void* push,
                               uint32_t push_bytes, uint32_t first_x, const Groups& groups) {
  const VkCommandBuffer buffer = record(waits, false);
  if (bound_ != pipeline) {
    api_.vkCmdBindPipeline(buffer, VK_PIPELINE_BIND_POINT_COMPUTE, pipeline);
    bound_ = pipeline;
  }
  api_.vkCmdPushConstants(buffer, layout_, VK_SHADER_STAGE_COMPUTE_BIT, 0, push_bytes, push);
  if (first_x == 0)
    api_.vkCmdDispatch(buffer, groups.x, groups.y, groups.z);
  else
    api_.vkCmdDispatchBase(buffer, first_x, 0, 0, groups.x, groups.y, groups.z);
  ++open_counts_.dispatches;
}

void Commands::dispatch(VkPipeline pipeline, const void* push, uint32_t push_bytes,
                        const Groups& groups, double work) {
  const uint32_t pieces = pieces_of(work, most_work_, groups.x);
  const bool waits = order_.command();
  const auto begin = [&](uint32_t piece) {
    return static_cast<uint32_t>(uint64_t{groups.x} * piece / pieces);
  };
  for (uint32_t piece = 0; piece < pieces; ++piece) {
    const uint32_t first = begin(piece);
    record_dispatch(waits && piece == 0, pipeline, push, push_bytes, first,
                    {begin(piece + 1) - first, groups.y, groups.z});
    recorded(work / pieces);
  }
}

void Commands::dispatch_aside(VkPipeline pipeline, const void* push, uint32_t push_bytes,
                              const Groups& groups, VkDeviceAddress begin, VkDeviceAddress end) {
  record_dispatch(order_.aside(begin, end), pipeline, push, push_bytes, 0, groups);
  recorded(0);
}

void Commands::copy(VkBuffer from, VkDeviceSize from_offset, VkBuffer to, VkDeviceSize to_offset,
                    VkDeviceSize bytes) {
  const VkBufferCopy region{from_offset, to_offset, bytes};
  // It may be another op that is open: a copy belongs to none.
  order_.demand();
  api_.vkCmdCopyBuffer(record(order_.command(), true), from, to, 1, &region);
  order_.demand();
  ++open_counts_.copies;
  recorded(0);
}

void Commands::upload(const Block& dst, VkDeviceSize offset, const void* src, size_t bytes) {
  const auto* from = static_cast<const char*>(src);
  for (size_t done = 0; done < bytes;) {
    if (staged_ == kStagingBytes) finish();
    const size_t piece = std::min<size_t>(bytes - done, kStagingBytes - staged_);
    std::memcpy(static_cast<char*>(staging_->host) + staged_, from + done, piece);
    copy(staging_->buffer, staged_, dst.slab->buffer, dst.offset + offset + done, piece);
    // The next piece starts at a multiple of 64.
    staged_ = std::min<VkDeviceSize>(kStagingBytes, (staged_ + piece + 63) / 64 * 64);
    done += piece;
  }
}

void Commands::download(void* dst, const Block& src, VkDeviceSize offset, size_t bytes) {
  for (size_t done = 0; done < bytes;) {
    const size_t piece = std::min<size_t>(bytes - done, kStagingBytes);
    // In the batch of the work before it: a token that is read costs one wait.
    copy(src.slab->buffer, src.offset + offset + done, read_back_->buffer, 0, piece);
    finish();
    std::memcpy(static_cast<char*>(dst) + done, read_back_->host, piece);
    done += piece;
  }
}

VkResult Commands::hand_over(Batch& batch) {
  if (batches_until_loss_ == 0) return VK_ERROR_DEVICE_LOST;
  if (batches_until_loss_ > 0) --batches_until_loss_;
  VkSubmitInfo info{};
  info.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO;
  info.commandBufferCount = 1;
  info.pCommandBuffers = &batch.buffer;
  return api_.vkQueueSubmit(queue_, 1, &info, batch.fence);
}

void Commands::submit() {
  if (recorded_ == 0) return;
  Batch& batch = batches_[current_];
  host_barrier(api_, batch.buffer);
  recorded_work_ = 0;
  recorded_ = 0;  // whatever comes of it: the next command begins a batch
  expect(api_.vkEndCommandBuffer(batch.buffer), "vkEndCommandBuffer");
  length_.handed_over();
  order_.demand();
  expect(hand_over(batch), "vkQueueSubmit");
  batch.in_flight = true;
  ++open_counts_.submits;
  current_ = (current_ + 1) % kBatches;
}

void Commands::wait(Batch& batch) {
  if (!batch.in_flight) return;
  const auto begin = std::chrono::steady_clock::now();
  const VkResult result = api_.vkWaitForFences(device_, 1, &batch.fence, 1, UINT64_MAX);
  length_.waited(std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  batch.in_flight = false;
  expect(result, "vkWaitForFences");
  expect(api_.vkResetFences(device_, 1, &batch.fence), "vkResetFences");
  clock_.collect(batch.stamps);
}

void Commands::finish() {
  submit();
  const bool waits = std::any_of(batches_.begin(), batches_.end(),
                                 [](const Batch& batch) { return batch.in_flight; });
  if (waits) ++open_counts_.waits;
  for (size_t i = 0; i < kBatches; ++i) wait(batches_[(current_ + i) % kBatches]);
  staged_ = 0;
  length_.idle();
  const std::lock_guard lock(counts_mutex_);
  counts_.add(std::exchange(open_counts_, {}));
}

CommandCounts Commands::take_counts() {
  const std::lock_guard lock(counts_mutex_);
  return std::exchange(counts_, {});
}

}  // namespace lensmith::vulkan
