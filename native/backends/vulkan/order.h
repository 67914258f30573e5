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

  // What all commands of an op touch, until close(); memory that it works in as well, before the
  // first command that does.
  void open();
  void touch(const Span& span);
  void close();
  // Of the operands, those that begin there are no matter of the op's first command.
  void postpone(uint64_t begin);
  // Of the operand that begins there, the op touches no more than this.
  void narrow(uint64_t begin, const Span& part);

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
  bool meets_earlier() const;
  bool meets(const Span& span) const;
  void forget();

  // A longer list costs more than a barrier.
  static constexpr size_t kMostSpans = 64;

  std::vector<Span> touched_;   // since the last barrier
  std::vector<Span> operands_;  // of the op that is open
  size_t matters_ = 0;          // of these to its first command, which come first
  bool is_open_ = false;
  bool has_begun_ = false;  // a command of the op that is open came
  bool overlaps_ = false;
  bool all_wait_ = true;
};

}  // namespace lensmith::vulkan
