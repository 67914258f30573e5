// A caching allocator over host memory, or that of a device. Freed blocks are kept by size class
// and handed out again, because a training step asks for the same sizes thousands of times and the
// operating system's page faults cost more than the kernels on small models.
//
// A block is free as soon as no handle is left, though queued work may still use it: whoever gets
// it next queues behind that work. It goes back to the system only by trim(), before which the
// caller lets the stream run dry.
//
// Large blocks come from an arena where the source's memory can be divided. Elsewhere they are kept
// by size class, as small ones are everywhere: packed batches differ a little in length from step
// to step, so a request also takes a somewhat larger block. excess_bytes() says when more is kept
// than the work has needed at its peak.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "core/arena.h"
#include "core/storage.h"

namespace lensmith {

struct MemoryStats {
  int64_t live_bytes = 0;    // in storages that a handle, or a holder in C++, has
  int64_t peak_bytes = 0;    // largest live_bytes since the last reset_peak()
  int64_t cached_bytes = 0;  // kept for reuse
  int64_t live_storages = 0;
};

// Where an allocator gets its memory from. A block is an opaque pointer: its host address, or what
// a device knows it by. It becomes data() of the storages that are made of it.
class MemorySource {
 public:
  MemorySource() = default;
  virtual ~MemorySource() = default;
  MemorySource(const MemorySource&) = delete;
  MemorySource& operator=(const MemorySource&) = delete;

  virtual void* take(size_t bytes) = 0;  // null when there is no more
  virtual void give_back(void* block) = 0;
  // Whether parts of a block can be used as blocks: it is host memory.
  virtual bool is_divisible() const { return false; }
  // What is in these bytes of a block is not needed any more.
  virtual void discard([[maybe_unused]] void* data, [[maybe_unused]] size_t bytes) {}
  virtual std::string room() const = 0;  // what there is in all, for messages; may be empty
};

// 64-byte aligned memory of the system.
MemorySource& host_memory();

class CachingAllocator {
 public:
  explicit CachingAllocator(MemorySource& source = host_memory())
      : source_(source), arena_(source) {}
  ~CachingAllocator();
  CachingAllocator(const CachingAllocator&) = delete;
  CachingAllocator& operator=(const CachingAllocator&) = delete;

  // Throws Error "memory/out-of-memory" with the figures when the system has no
  // more, or when live and cached bytes would pass the limit; after a trim() it may succeed.
  StorageRef allocate(size_t size_bytes);

  // Whether large blocks are of the size that was asked for.
  bool divides_memory() const { return source_.is_divisible(); }
  MemoryStats stats() const;
  void reset_peak();
  // Gives cached blocks back to the system, the largest first, until at most `keep_bytes` are
  // cached; no queued work may use them.
  void trim(int64_t keep_bytes = 0);
  // Cached bytes beyond what is worth keeping before this many more are taken from the system: all
  // that is held should stay within a quarter above the most that was ever in use at once.
  int64_t excess_bytes(size_t size_bytes) const;
  void set_limit_bytes(int64_t limit);  // 0: none
  // A second limit that stays for as long as the device is open; 0: none.
  void set_budget_bytes(int64_t budget);

 private:
  friend class CachedStorage;
  struct Block {
    void* data = nullptr;
    size_t size_bytes = 0;
  };
  using FreeBlocks = std::map<size_t, std::vector<void*>>;

  bool is_from_arena(size_t bytes) const;
  size_t block_bytes_for(size_t size_bytes) const;
  int64_t fresh_bytes_for(size_t block_bytes) const;
  Block take(size_t block_bytes);
  void give_back(Block block);
  FreeBlocks::const_iterator find_cached(size_t block_bytes) const;
  int64_t cached_bytes() const { return stats_.cached_bytes + arena_.resident_bytes(); }
  int64_t lowest_limit() const;  // 0: none
  [[noreturn]] void fail(size_t block_bytes) const;

  MemorySource& source_;
  mutable std::mutex mutex_;
  FreeBlocks free_;
  Arena arena_;
  MemoryStats stats_;            // cached_bytes: without those of the arena
  int64_t most_live_bytes_ = 0;  // unlike the peak, never reset
  int64_t limit_bytes_ = 0;
  int64_t budget_bytes_ = 0;
};

// Size class that serves a request: multiples of 64 B up to 4 KiB, then at most 1/4 above it, above
// 1 MiB at most 1/32.
size_t block_size_for(size_t size_bytes);

}  // namespace lensmith
