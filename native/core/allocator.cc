#include "core/allocator.h"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <new>
#include <string>

#include "core/error.h"

namespace lensmith {
namespace {

constexpr std::align_val_t kAlignment{64};

void* system_allocate(size_t bytes) { return ::operator new(bytes, kAlignment, std::nothrow); }

void system_free(void* data) { ::operator delete(data, kAlignment); }

}  // namespace

// Kept outside the anonymous namespace: the allocator names it as a friend.
class CachedStorage final : public Storage {
 public:
  CachedStorage(CachingAllocator& allocator, void* data, size_t size_bytes, size_t block_bytes)
      : Storage(data, size_bytes), allocator_(allocator), block_bytes_(block_bytes) {}

 private:
  // Without a handle there is no retire(): memory that C++ alone held.
  ~CachedStorage() override {
    if (!retired_) allocator_.give_back(data(), block_bytes_);
  }

  void retire() override {
    retired_ = true;
    allocator_.give_back(data(), block_bytes_);
  }

  CachingAllocator& allocator_;
  size_t block_bytes_;
  bool retired_ = false;
};

size_t block_size_for(size_t size_bytes) {
  constexpr size_t kSmall = 4096;
  if (size_bytes <= kSmall) return std::max<size_t>(64, (size_bytes + 63) / 64 * 64);
  const size_t step = std::bit_floor(size_bytes) / 8;
  return (size_bytes + step - 1) / step * step;
}

CachingAllocator::~CachingAllocator() { trim(); }

void* CachingAllocator::take(size_t block_bytes) {
  const auto found = free_.find(block_bytes);
  if (found != free_.end() && !found->second.empty()) {
    void* data = found->second.back();
    found->second.pop_back();
    stats_.cached_bytes -= static_cast<int64_t>(block_bytes);
    return data;
  }
  const auto wanted = stats_.live_bytes + stats_.cached_bytes + static_cast<int64_t>(block_bytes);
  if (limit_bytes_ > 0 && wanted > limit_bytes_) return nullptr;
  return system_allocate(block_bytes);
}

StorageRef CachingAllocator::allocate(size_t size_bytes) {
  const size_t block_bytes = block_size_for(size_bytes);
  const std::lock_guard lock(mutex_);
  void* data = take(block_bytes);
  if (data == nullptr) {
    throw Error("memory/out-of-memory", "There is not enough memory for the next tensor.",
                std::to_string(block_bytes) + " more bytes",
                std::to_string(stats_.live_bytes) + " bytes in use" +
                    (limit_bytes_ > 0 ? " of a limit of " + std::to_string(limit_bytes_) : ""),
                "Use a smaller batch or a shorter sequence, recompute activations, or train "
                "fewer parts of the model.");
  }
  stats_.live_bytes += static_cast<int64_t>(block_bytes);
  stats_.live_storages += 1;
  stats_.peak_bytes = std::max(stats_.peak_bytes, stats_.live_bytes);
  return StorageRef(new CachedStorage(*this, data, size_bytes, block_bytes));
}

void CachingAllocator::give_back(void* data, size_t block_bytes) {
  const std::lock_guard lock(mutex_);
  free_[block_bytes].push_back(data);
  stats_.live_bytes -= static_cast<int64_t>(block_bytes);
  stats_.live_storages -= 1;
  stats_.cached_bytes += static_cast<int64_t>(block_bytes);
}

MemoryStats CachingAllocator::stats() const {
  const std::lock_guard lock(mutex_);
  return stats_;
}

void CachingAllocator::reset_peak() {
  const std::lock_guard lock(mutex_);
  stats_.peak_bytes = stats_.live_bytes;
}

void CachingAllocator::trim() {
  const std::lock_guard lock(mutex_);
  for (auto& [size, blocks] : free_) {
    for (void* data : blocks) system_free(data);
    blocks.clear();
  }
  stats_.cached_bytes = 0;
}

void CachingAllocator::set_limit_bytes(int64_t limit) {
  const std::lock_guard lock(mutex_);
  limit_bytes_ = limit;
}

}  // namespace lensmith
