// Which command has to wait for those before it. An op's operands are known, so a command of it
// needs a barrier only where it touches what an earlier one, since the last barrier, wrote, or
// writes what an earlier one touched; kernels that have nothing to do with each other overlap.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace lensmith::vulkan {

class Order {
 public:
  // Memory by its address on the device.
  struct Span {
    uint64_t begin, end;
    bool is_written;
  };

  // What all commands of an op touch, until close().
  void open();
  void touch(const Span& span);
  void close();
  // The op that is open works in the memory that all ops share for that.
  void use_scratch() { uses_scratch_ = true; }

  // The next command of the op that is open has nothing to do with the one before it: it waits for
  // what that one waited for alone.
  void overlap() { overlaps_ = true; }

  // Each takes note of the next command and says whether a barrier has to come before it.
  // One of the op that is open; or of none, which has everything before and after it wait. Of an
  // op with several, each builds on the one before.
  bool command();
  // One that reads `values` and writes what no other command looks at, whenever it comes.
  bool aside(uint64_t begin, uint64_t end);

  // The next command waits for all before it.
  void demand() { all_wait_ = true; }

 private:
  bool meets(const Span& span) const;
  void forget();

  // A longer list costs more than a barrier.
  static constexpr size_t kMostSpans = 64;

  std::vector<Span> touched_;   // since the last barrier
  std::vector<Span> operands_;  // of the op that is open
  bool is_open_ = false;
  bool has_begun_ = false;  // a command of the op that is open came
  bool overlaps_ = false;
  bool uses_scratch_ = false;
  bool scratch_in_use_ = false;  // since the last barrier
  bool all_wait_ = true;
};

}  // namespace lensmith::vulkan
