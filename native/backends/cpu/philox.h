// Philox4x32-10, the counter-based generator of Salmon et al. (SC'11), many counters at a time.
// Block b of a stream has the counter (low word of b, high word of b, stream, 0) and the key
// (seed, 0); element i of a tensor is word i % 4 of block i / 4.
#pragma once

#include <cstdint>

#include "backends/cpu/simd/isa.h"

LENSMITH_ISA_BEGIN

inline constexpr int kPhiloxBlocks = 16;

// words[w][j] is word w of block first + j. Plain loops over j, for the compiler to vectorise.
LENSMITH_INLINE void philox(uint64_t first, uint32_t stream, uint32_t seed,
                            uint32_t (&words)[4][kPhiloxBlocks]) {
  for (int j = 0; j < kPhiloxBlocks; ++j) {
    const uint64_t block = first + static_cast<uint64_t>(j);
    words[0][j] = static_cast<uint32_t>(block);
    words[1][j] = static_cast<uint32_t>(block >> 32);
    words[2][j] = stream;
    words[3][j] = 0;
  }
  uint32_t key0 = seed, key1 = 0;
  for (int round = 0; round < 10; ++round) {
    for (int j = 0; j < kPhiloxBlocks; ++j) {
      const uint64_t product0 = uint64_t{words[0][j]} * 0xd2511f53u;
      const uint64_t product1 = uint64_t{words[2][j]} * 0xcd9e8d57u;
      words[0][j] = static_cast<uint32_t>(product1 >> 32) ^ words[1][j] ^ key0;
      words[1][j] = static_cast<uint32_t>(product1);
      words[2][j] = static_cast<uint32_t>(product0 >> 32) ^ words[3][j] ^ key1;
      words[3][j] = static_cast<uint32_t>(product0);
    }
    key0 += 0x9e3779b9u;
    key1 += 0xbb67ae85u;
  }
}

// Uniform in [0, 1): the upper 24 bits, which a float holds exactly.
LENSMITH_INLINE float unit_uniform(uint32_t word) {
  return static_cast<float>(static_cast<int32_t>(word >> 8)) * 0x1p-24f;
}

LENSMITH_ISA_END
