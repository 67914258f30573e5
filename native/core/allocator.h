// A caching allocator over host memory. Freed blocks are kept by size class and handed out again,
// because a training step asks for the same sizes thousands of times and the operating system's
// page faults cost more than the kernels on small models.
//
// A block is free as soon as no handle is left, though queued work may still use it: whoever gets
// it next queues behind that work. It goes back to the system only by trim(), before which the
// caller lets the stream run dry.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "core/storage.h"

namespace lensmith {

struct MemoryStats {
  int64_t live_bytes = 0;    // in storages that a handle, or a holder in C++, has
  int64_t peak_bytes = 0;    // largest live_bytes since the last reset_peak()
  int64_t cached_bytes = 0;  // kept for reuse
  int64_t live_storages = 0;
};

class CachingAllocator {
 public:
  CachingAllocator() = default;
  ~CachingAllocator();
  CachingAllocator(const CachingAllocator&) = delete;
  CachingAllocator& operator=(const CachingAllocator&) = delete;

  // 64-byte aligned. Throws Error "memory/out-of-memory" with the figures when the system has no
  // more, or when live and cached bytes would pass the limit; after a trim() it may succeed.
  StorageRef allocate(size_t size_bytes);

  MemoryStats stats() const;
  void reset_peak();
  void trim();  // gives cached blocks back to the system; no queued work may use them
  void set_limit_bytes(int64_t limit);  // 0: none

 private:
  friend class CachedStorage;
  void* take(size_t block_bytes);
  void give_back(void* data, size_t block_bytes);

  mutable std::mutex mutex_;
  std::unordered_map<size_t, std::vector<void*>> free_;
  MemoryStats stats_;
  int64_t limit_bytes_ = 0;
};

// Block size that serves a request: multiples of 64 B up to 4 KiB, then at most 1/8 above it.
size_t block_size_for(size_t size_bytes);

}  // namespace lensmith
