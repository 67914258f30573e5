#include "backends/vulkan/order.h"

#include <algorithm>
#include <utility>

namespace lensmith::vulkan {
namespace {

// Kernels read and write whole words, and read up to 16 bytes at once.
constexpr uint64_t kGrain = 16;

}  // namespace

void Order::open() {
  operands_.clear();
  is_open_ = true, has_begun_ = false, uses_scratch_ = false;
}

void Order::touch(const Span& span) {
  operands_.push_back(
      {span.begin / kGrain * kGrain, (span.end + kGrain - 1) / kGrain * kGrain, span.is_written});
}

void Order::close() { is_open_ = false; }

bool Order::meets(const Span& span) const {
  return std::any_of(touched_.begin(), touched_.end(), [&](const Span& other) {
    return (span.is_written || other.is_written) && span.begin < other.end &&
           other.begin < span.end;
  });
}

void Order::forget() {
  touched_.clear();
  scratch_in_use_ = false;
  all_wait_ = false;
}

bool Order::command() {
  const bool overlaps = std::exchange(overlaps_, false);
  const auto meets_others = [&] {
    return (uses_scratch_ && scratch_in_use_) || touched_.size() > kMostSpans ||
           std::any_of(operands_.begin(), operands_.end(),
                       [&](const Span& one) { return meets(one); });
  };
  const bool waits = all_wait_ || !is_open_ || (has_begun_ ? !overlaps : meets_others());
  if (waits) forget();
  if (!is_open_) {
    all_wait_ = true;
    return waits;
  }
  touched_.insert(touched_.end(), operands_.begin(), operands_.end());
  scratch_in_use_ = scratch_in_use_ || uses_scratch_;
  has_begun_ = true;
  return waits;
}

bool Order::aside(uint64_t begin, uint64_t end) {
  const Span span{begin / kGrain * kGrain, (end + kGrain - 1) / kGrain * kGrain, false};
  const bool waits = all_wait_ || meets(span);
  if (waits) forget();
  touched_.push_back(span);
  return waits;
}

}  // namespace lensmith::vulkan
