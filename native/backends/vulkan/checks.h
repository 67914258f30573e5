// Which indices and offsets were checked already, so that the layers of a model, which read the
// same ones, have them checked once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace lensmith::vulkan {

class Checks {
 public:
  // What is asked of the values at [begin, end); see VulkanDevice::check_indices.
  struct Check {
    uint64_t begin, end;  // addresses on the device
    int32_t lowest;
    int64_t limit;
    bool offsets;

    bool operator==(const Check&) const = default;
  };

  // Whether the same was asked for before, and nothing was written there since; takes note of it.
  bool repeats(const Check& check);
  void wrote(uint64_t begin, uint64_t end);
  // What was found is told; who asks again wants to be told again.
  void forget() { known_.clear(); }

 private:
  // Each op that writes looks through the list.
  static constexpr size_t kMost = 16;

  std::vector<Check> known_;
};

}  // namespace lensmith::vulkan
