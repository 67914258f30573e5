// A caching allocator over host memory. Freed blocks are kept by size class and handed out again,
// because a training step asks for the same sizes thousands of times and the operating system's
// page faults cost more than the kernels on small models.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "core/storage.h"

namespace lensmith {

struct MemoryStats {
  int64_t live_bytes = 0;    // in storages that a tensor holds
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
  // more, or when the limit would be passed; cached blocks are given back and tried again first.
  StorageRef allocate(size_t size_bytes);

  MemoryStats stats() const;
  void reset_peak();
  void trim();                          // gives cached blocks back to the system
  void set_limit_bytes(int64_t limit);  // 0: none

 private:
  friend class CachedStorage;
  void* take(size_t block_bytes);
  void give_back(void* data, size_t block_bytes);
  void trim_locked();

  mutable std::mutex mutex_;
  std::unordered_map<size_t, std::vector<void*>> free_;
  MemoryStats stats_;
  int64_t limit_bytes_ = 0;
};

// Block size that serves a request: multiples of 64 B up to 4 KiB, then at most 1/8 above it.
size_t block_size_for(size_t size_bytes);

}  // namespace lensmith
