#include "backends/vulkan/checks.h"

#include <algorithm>

namespace lensmith::vulkan {

bool Checks::repeats(const Check& check) {
  if (std::find(known_.begin(), known_.end(), check) != known_.end()) return true;
  if (known_.size() == kMost) known_.erase(known_.begin());
  known_.push_back(check);
  return false;
}

void Checks::wrote(uint64_t begin, uint64_t end) {
  std::erase_if(known_, [&](const Check& check) { return check.begin < end && begin < check.end; });
}

}  // namespace lensmith::vulkan
