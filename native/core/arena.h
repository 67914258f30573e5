// Blocks of any size cut from a few large pieces of memory, and put together again when their
// neighbours are free too: what a step frees on its way back serves the next thing it needs,
// whatever its size. So a process holds little more than is in use at its peak.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <utility>

namespace lensmith {

class MemorySource;

// Not safe to share between threads by itself; the source must be divisible.
class Arena {
 public:
  explicit Arena(MemorySource& source) : source_(source) {}
  ~Arena();
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  // Sizes are multiples of 64 bytes, and so are addresses. Null when the source has no more.
  void* take(size_t size);
  void give_back(void* data, size_t size);

  // Free bytes that the system has given and not got back.
  int64_t resident_bytes() const { return resident_bytes_; }
  // Of the next take(size), the bytes that the system has to give.
  int64_t fresh_bytes_for(size_t size) const;
  // Gives memory back to the system until at most `keep_bytes` are resident.
  void trim(int64_t keep_bytes);

 private:
  // Free memory. It is reckoned from its start which bytes of it are resident.
  struct Range {
    size_t size;
    size_t resident;
  };
  using Ranges = std::map<char*, Range>;

  bool grow(size_t size);
  void add(char* data, Range range);
  Range remove(Ranges::iterator range);
  bool is_piece(const Ranges::const_iterator& range) const;

  MemorySource& source_;
  Ranges free_;
  std::set<std::pair<size_t, char*>> by_size_;
  std::map<char*, size_t> pieces_;  // what the source gave
  int64_t resident_bytes_ = 0;
};

}  // namespace lensmith
