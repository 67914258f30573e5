// What attention is to a device: work.h.
#pragma once

#include <algorithm>

#include "ops/attention.h"

namespace lensmith::vulkan {

// Of so many products of every query with every key that it may see: more than there is where
// several sequences are packed, or later keys are hidden.
template <class Args>
double attention_work(const Args& args, int products) {
  const int64_t seen = args.causal && args.window > 0
                           ? std::min<int64_t>(args.window, args.k.dim(0))
                           : args.k.dim(0);
  return 2.0 * products * static_cast<double>(args.q.dim(0)) * static_cast<double>(seen) *
         static_cast<double>(args.q.dim(1) * args.q.dim(2));
}

// The products of each kernel.
inline constexpr int kForwardProducts = 2, kQueryProducts = 3, kKeyProducts = 4;

}  // namespace lensmith::vulkan
