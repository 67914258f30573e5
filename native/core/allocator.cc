#include "core/allocator.h"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <new>
#include <string>

#if defined(__linux__)
#include <sys/mman.h>
#include <unistd.h>
#endif

#include "core/error.h"

namespace lensmith {
namespace {

constexpr std::align_val_t kAlignment{64};
// Blocks up to this size come by size class: they would only break up large free ranges.
constexpr size_t kSmallBlock = size_t{64} << 10;

// Memory can be given back in part there. Not beside a checker of addresses, which would see
// nothing wrong in what lies within one large piece.
#if defined(__linux__) && !defined(__SANITIZE_ADDRESS__)
constexpr bool kIsDivisible = true;
#else
constexpr bool kIsDivisible = false;
#endif

// Weights are read from end to end for every token: with the usual pages a fifth to a third of that
// time goes into finding out where each page lies. A request only, and only for what lies in whole
// huge pages, so that no more memory is held than was asked for.
void request_huge_pages([[maybe_unused]] void* data, [[maybe_unused]] size_t bytes) {
#if defined(__linux__) && defined(MADV_HUGEPAGE)
  constexpr uintptr_t kHugePage = uintptr_t{2} << 20;
  const uintptr_t begin = reinterpret_cast<uintptr_t>(data);
  const uintptr_t first = (begin + kHugePage - 1) / kHugePage * kHugePage;
  const uintptr_t end = (begin + bytes) / kHugePage * kHugePage;
  if (data != nullptr && first < end) {
    madvise(reinterpret_cast<void*>(first), end - first, MADV_HUGEPAGE);
  }
#endif
}

class HostMemory final : public MemorySource {
 public:
  void* take(size_t bytes) override {
    void* const data = ::operator new(bytes, kAlignment, std::nothrow);
    request_huge_pages(data, bytes);
    return data;
  }
  void give_back(void* block) override { ::operator delete(block, kAlignment); }
  bool is_divisible() const override { return kIsDivisible; }
  void discard([[maybe_unused]] void* data, [[maybe_unused]] size_t bytes) override {
#if defined(__linux__)
    const auto page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
    const uintptr_t begin = reinterpret_cast<uintptr_t>(data);
    const uintptr_t first = (begin + page - 1) / page * page;
    const uintptr_t end = (begin + bytes) / page * page;
    if (first < end) madvise(reinterpret_cast<void*>(first), end - first, MADV_DONTNEED);
#endif
  }
  std::string room() const override { return {}; }
};

}  // namespace

MemorySource& host_memory() {
  static HostMemory memory;
  return memory;
}

// Kept outside the anonymous namespace: the allocator names it as a friend.
class CachedStorage final : public Storage {
 public:
  CachedStorage(CachingAllocator& allocator, CachingAllocator::Block block, size_t size_bytes)
      : Storage(block.data, size_bytes), allocator_(allocator), block_(block) {}

 private:
  // Without a handle there is no retire(): memory that C++ alone held.
  ~CachedStorage() override {
    if (!retired_) allocator_.give_back(block_);
  }

  void retire() override {
    retired_ = true;
    allocator_.give_back(block_);
  }

  CachingAllocator& allocator_;
  CachingAllocator::Block block_;
  bool retired_ = false;
};

size_t block_size_for(size_t size_bytes) {
  constexpr size_t kSmall = 4096;
  if (size_bytes <= kSmall) return std::max<size_t>(64, (size_bytes + 63) / 64 * 64);
  // A quarter of some small block is little, and one that serves again is worth that; of the large
  // ones of a graphics device it would be a tenth of all there is.
  constexpr size_t kLarge = size_t{1} << 20;
  const size_t step = std::bit_floor(size_bytes) / (size_bytes > kLarge ? 32 : 4);
  return (size_bytes + step - 1) / step * step;
}

CachingAllocator::~CachingAllocator() { trim(); }

// The smallest cached block that serves the request and is at most half as large again.
CachingAllocator::FreeBlocks::const_iterator CachingAllocator::find_cached(
    size_t block_bytes) const {
  auto found = free_.lower_bound(block_bytes);
  while (found != free_.end() && found->second.empty()) ++found;
  return found != free_.end() && found->first <= block_bytes + block_bytes / 2 ? found
                                                                               : free_.end();
}

bool CachingAllocator::is_from_arena(size_t bytes) const {
  return bytes > kSmallBlock && source_.is_divisible();
}

size_t CachingAllocator::block_bytes_for(size_t size_bytes) const {
  return is_from_arena(size_bytes) ? (size_bytes + 63) / 64 * 64 : block_size_for(size_bytes);
}

// What of a block the system has to give.
int64_t CachingAllocator::fresh_bytes_for(size_t block_bytes) const {
  if (is_from_arena(block_bytes)) return arena_.fresh_bytes_for(block_bytes);
  return find_cached(block_bytes) != free_.end() ? 0 : static_cast<int64_t>(block_bytes);
}

CachingAllocator::Block CachingAllocator::take(size_t block_bytes) {
  const auto wanted = stats_.live_bytes + cached_bytes() + fresh_bytes_for(block_bytes);
  const int64_t limit = lowest_limit();
  const bool is_within = limit == 0 || wanted <= limit;
  if (is_from_arena(block_bytes)) {
    return {is_within ? arena_.take(block_bytes) : nullptr, block_bytes};
  }
  const auto found = find_cached(block_bytes);
  if (found != free_.end()) {
    std::vector<void*>& blocks = free_[found->first];
    const Block block{blocks.back(), found->first};
    blocks.pop_back();
    stats_.cached_bytes -= static_cast<int64_t>(block.size_bytes);
    return block;
  }
  if (!is_within) return {};
  return {source_.take(block_bytes), block_bytes};
}

int64_t CachingAllocator::excess_bytes(size_t size_bytes) const {
  const size_t block_bytes = block_bytes_for(size_bytes);
  const std::lock_guard lock(mutex_);
  const int64_t fresh = fresh_bytes_for(block_bytes);
  if (fresh == 0) return 0;
  const int64_t live = stats_.live_bytes + static_cast<int64_t>(block_bytes);
  const int64_t most = std::max(most_live_bytes_, live);
  const int64_t held = stats_.live_bytes + cached_bytes() + fresh;
  return std::clamp<int64_t>(held - most - most / 4, 0, cached_bytes());
}

int64_t CachingAllocator::lowest_limit() const {
  if (limit_bytes_ == 0 || budget_bytes_ == 0) return std::max(limit_bytes_, budget_bytes_);
  return std::min(limit_bytes_, budget_bytes_);
}

void CachingAllocator::fail(size_t block_bytes) const {
  std::string used = std::to_string(stats_.live_bytes) + " bytes in use";
  std::string hint =
      "Use a smaller batch or a shorter sequence, recompute activations, or train fewer parts of "
      "the "
      "model";
  if (const int64_t limit = lowest_limit(); limit > 0) {
    const int64_t left = std::max<int64_t>(0, limit - stats_.live_bytes);
    used += " of a limit of " + std::to_string(limit) + ", so that " + std::to_string(left) +
            " more would fit";
  } else if (const std::string room = source_.room(); !room.empty()) {
    used += " of " + room;
    hint += "; the CPU may have more memory than this device";
  }
  throw Error("memory/out-of-memory", "There is not enough memory for the next tensor.",
              std::to_string(block_bytes) + " more bytes", used, hint + ".");
}

StorageRef CachingAllocator::allocate(size_t size_bytes) {
  const size_t block_bytes = block_bytes_for(size_bytes);
  const std::lock_guard lock(mutex_);
  const Block block = take(block_bytes);
  if (block.data == nullptr) fail(block_bytes);
  stats_.live_bytes += static_cast<int64_t>(block.size_bytes);
  stats_.live_storages += 1;
  stats_.peak_bytes = std::max(stats_.peak_bytes, stats_.live_bytes);
  most_live_bytes_ = std::max(most_live_bytes_, stats_.live_bytes);
  return StorageRef(new CachedStorage(*this, block, size_bytes));
}

void CachingAllocator::give_back(Block block) {
  const std::lock_guard lock(mutex_);
  stats_.live_bytes -= static_cast<int64_t>(block.size_bytes);
  stats_.live_storages -= 1;
  if (is_from_arena(block.size_bytes)) return arena_.give_back(block.data, block.size_bytes);
  free_[block.size_bytes].push_back(block.data);
  stats_.cached_bytes += static_cast<int64_t>(block.size_bytes);
}

MemoryStats CachingAllocator::stats() const {
  const std::lock_guard lock(mutex_);
  MemoryStats stats = stats_;
  stats.cached_bytes = cached_bytes();
  return stats;
}

void CachingAllocator::reset_peak() {
  const std::lock_guard lock(mutex_);
  stats_.peak_bytes = stats_.live_bytes;
}

void CachingAllocator::trim(int64_t keep_bytes) {
  const std::lock_guard lock(mutex_);
  arena_.trim(std::max<int64_t>(0, keep_bytes - stats_.cached_bytes));
  for (auto size = free_.rbegin(); size != free_.rend(); ++size) {
    std::vector<void*>& blocks = size->second;
    while (!blocks.empty() && cached_bytes() > keep_bytes) {
      source_.give_back(blocks.back());
      blocks.pop_back();
      stats_.cached_bytes -= static_cast<int64_t>(size->first);
    }
  }
}

void CachingAllocator::set_limit_bytes(int64_t limit) {
  const std::lock_guard lock(mutex_);
  limit_bytes_ = limit;
}

void CachingAllocator::set_budget_bytes(int64_t budget) {
  const std::lock_guard lock(mutex_);
  budget_bytes_ = budget;
}

}  // namespace lensmith
