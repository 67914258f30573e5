// The unsigned 8-bit numbers of a moving exponent, beside the signed ones of nf4_tables.h. For
// i = 0..6 the range 0.1..1 is cut into 2^(i + 1) equal parts, and their middles, times 10^(i - 6),
// are values; with 0 and 1.
//
// Source: arXiv:2110.02861, section 2.2; as bitsandbytes' create_dynamic_map(signed=False).
#pragma once

#include <array>

#include "core/nf4_tables.h"

namespace lensmith {

inline constexpr std::array<float, 256> kUnsignedDynamicMap = [] {
  std::array<float, 256> map{};  // 0 stays 0
  size_t place = 1;
  double power = 1e-6;
  for (int i = 0; i < 7; ++i, power *= 10) {
    const int parts = 2 << i;
    for (int part = 0; part < parts; ++part)
      map[place++] = static_cast<float>(power * (0.1 + 0.9 * (part + 0.5) / parts));
  }
  map[place] = 1;
  return map;
}();

static_assert(kUnsignedDynamicMap[254] > 0.99f && kUnsignedDynamicMap[255] == 1.0f);

}  // namespace lensmith
