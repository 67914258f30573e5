// Rounding to the dynamic maps of 8 bits: the place of the nearest number, the lower one of two.
//
// Codes are as good as random, so that every branch of a search would be guessed wrongly half of
// the time. Instead the first bits of a value (sign, exponent, seven of the fraction) say between
// which numbers it may lie, and two comparisons do the rest.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

#include "backends/cpu/simd/isa.h"
#include "core/dynamic_map.h"

LENSMITH_ISA_BEGIN

using Map = std::array<float, 256>;

// First bits of 2^-22, below all that the maps hold besides 0, and how many there are up to 1.
inline constexpr int kFirstKey = (127 - 22) << 7;
inline constexpr int kKeys = (22 << 7) + 1;

// The smallest size with these first bits; the first key is for all that is smaller, too.
constexpr float edge_of(int key) {
  return key == 0 ? 0.0f : std::bit_cast<float>(static_cast<uint32_t>(kFirstKey + key) << 16);
}

// By key, those of sizes above 0 and then those below: the last number of the map that is not above
// any value of the key.
using Starts = std::array<uint8_t, 2 * kKeys>;

constexpr Starts starts_in(const Map& map) {
  Starts starts{};
  for (int key = 0, low = 0; key < kKeys; ++key) {
    while (low < 255 && map[static_cast<size_t>(low + 1)] <= edge_of(key)) ++low;
    starts[static_cast<size_t>(key)] = static_cast<uint8_t>(low);
  }
  for (int key = kKeys - 1, low = 0; key >= 0; --key) {
    while (low < 255 && map[static_cast<size_t>(low + 1)] <= -edge_of(key + 1)) ++low;
    starts[static_cast<size_t>(kKeys + key)] = static_cast<uint8_t>(low);
  }
  return starts;
}

// Whether no two numbers of the map share a key: one comparison then tells between which a value
// is.
constexpr bool tells_apart(const Map& map) {
  for (size_t i = 1; i < 256; ++i) {
    if ((map[i - 1] < 0) != (map[i] < 0) || map[i - 1] == 0) continue;
    const uint32_t a = std::bit_cast<uint32_t>(map[i - 1]), b = std::bit_cast<uint32_t>(map[i]);
    if (a >> 16 == b >> 16) return false;
  }
  return true;
}

inline constexpr Starts kSignedStarts = starts_in(kDynamicMap);
inline constexpr Starts kUnsignedStarts = starts_in(kUnsignedDynamicMap);
static_assert(tells_apart(kDynamicMap) && tells_apart(kUnsignedDynamicMap));

// As numbers, since a condition may become a branch. 0 or 1.
LENSMITH_INLINE int truth(bool holds) { return static_cast<int>(holds); }

LENSMITH_INLINE uint8_t nearest_in(const float* map, const uint8_t* starts, float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  int key = static_cast<int>((bits & 0x7fffffffu) >> 16) - kFirstKey;
  key = key < 0 ? 0 : key;
  key = key < kKeys ? key : kKeys - 1;
  int low = starts[key + static_cast<int>(bits >> 31) * kKeys];
  const int next = low + truth(low < 255);
  low += truth(map[next] <= value) * (next - low);
  const int high = low + truth(low < 255);
  return static_cast<uint8_t>(low + truth(map[high] - value < value - map[low]) * (high - low));
}

LENSMITH_INLINE uint8_t nearest_signed(float value) {
  return nearest_in(kDynamicMap.data(), kSignedStarts.data(), value);
}

// value: not below 0
LENSMITH_INLINE uint8_t nearest_unsigned(float value) {
  return nearest_in(kUnsignedDynamicMap.data(), kUnsignedStarts.data(), value);
}

LENSMITH_ISA_END
