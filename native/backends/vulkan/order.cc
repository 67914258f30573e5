#include "backends/vulkan/order.h"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace lensmith::vulkan {
namespace {

// Kernels read and write whole words, and read up to 16 bytes at once.
constexpr uint64_t kGrain = 16;

}  // namespace

void Order::open() {
  operands_.clear();
  matters_ = 0;
  is_open_ = true, has_begun_ = false;
}

void Order::touch(const Span& span) {
  const Span whole{span.begin / kGrain * kGrain, (span.end + kGrain - 1) / kGrain * kGrain,
                   span.is_written};
  operands_.insert(operands_.begin() + static_cast<std::ptrdiff_t>(matters_++), whole);
}

void Order::postpone(uint64_t begin) {
  const auto first = operands_.begin(), end = first + static_cast<std::ptrdiff_t>(matters_);
  const auto kept = std::stable_partition(
      first, end, [&](const Span& span) { return span.begin != begin / kGrain * kGrain; });
  matters_ = static_cast<size_t>(kept - first);
}

void Order::narrow(uint64_t begin, const Span& part) {
  for (Span& span : operands_)
    if (span.begin == begin / kGrain * kGrain) span = part;
}

void Order::close() { is_open_ = false; }

bool Order::meets(const Span& span) const {
  return std::any_of(touched_.begin(), touched_.end(), [&](const Span& other) {
    return (span.is_written || other.is_written) && span.begin < other.end &&
           other.begin < span.end;
  });
}

bool Order::meets_earlier() const {
  const auto first = operands_.begin(), end = first + static_cast<std::ptrdiff_t>(matters_);
  return touched_.size() > kMostSpans ||
         std::any_of(first, end, [&](const Span& one) { return meets(one); });
}

void Order::forget() {
  touched_.clear();
  all_wait_ = false;
}

bool Order::command() {
  const bool overlaps = std::exchange(overlaps_, false);
  const bool waits = all_wait_ || !is_open_ || (has_begun_ ? !overlaps : meets_earlier());
  if (waits) forget();
  if (!is_open_) {
    all_wait_ = true;
    return waits;
  }
  touched_.insert(touched_.end(), operands_.begin(), operands_.end());
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
