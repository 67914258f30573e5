// How many commands are handed over to a device at a time: few after it had nothing to do, so that
// it starts early, then more, so that handing over costs little. And no more than it is done with
// in about half a second: the longer a batch, the later a cancelled run ends, and systems take a
// device for lost that is at one for some seconds (two on Windows).
#pragma once

#include <algorithm>

#include "backends/vulkan/work.h"

namespace lensmith::vulkan {

class BatchLength {
 public:
  static constexpr int kMost = 128;
  static constexpr int kFirst = 16;
  static constexpr double kLongestSeconds = 0.5;

  // most_work: of a batch, as work.h counts it.
  explicit BatchLength(double most_work = kAnyWork) : most_work_(most_work) {}

  int commands() const { return commands_; }
  // Whether a batch of so many commands, of so much work, is to be handed over.
  bool is_full(int commands, double work) const {
    return commands >= commands_ || work >= most_work_;
  }
  // The device has nothing to do.
  void idle() { commands_ = std::min(kFirst, limit_); }
  void handed_over() { commands_ = std::min(limit_, 2 * commands_); }
  // For a batch that the device was at all the while; it may have begun before. One that was busy
  // with something else may have longer ones again.
  void waited(double seconds) {
    if (seconds > kLongestSeconds)
      limit_ = std::max(1, std::min(limit_, commands_) / 2);
    else if (seconds < kLongestSeconds / 4 && commands_ == limit_)
      limit_ = std::min(kMost, 2 * limit_);
    commands_ = std::min(commands_, limit_);
  }

 private:
  double most_work_;
  int limit_ = kMost;
  int commands_ = kFirst;
};

}  // namespace lensmith::vulkan
