// Reading quantised matrices: runs of values, widened to f32.
#pragma once

#include "backends/cpu/gemm.h"
#include "backends/cpu/simd/vec.h"
#include "core/nf4_tables.h"

LENSMITH_ISA_BEGIN

inline constexpr float kInt8Unit = 1.0f / 127;

LENSMITH_INLINE float absmax_of(const QuantizedRows& w, int64_t block) {
  if (w.scales != nullptr) return w.scales[block];
  return kDynamicMap[w.scale_codes[block]] * w.scales2[block / kNf4OuterBlock] + w.offset;
}

LENSMITH_INLINE int nf4_code(const uint8_t* codes, int64_t index) {
  return index % 2 == 0 ? codes[index / 2] >> 4 : codes[index / 2] & 15;
}

// Values [begin, begin + count) of one block.
LENSMITH_INLINE void widen_nf4(const uint8_t* codes, int64_t begin, int64_t count, float absmax,
                               float* to) {
  int64_t i = 0;
  if (begin % 2 == 1) to[i++] = kNf4Code[nf4_code(codes, begin)] * absmax;
  const F32 scale = F32::broadcast(absmax);
  const NibbleTable table(kNf4Code.data());
  constexpr int kGroup = NibbleTable::vectors * F32::width;
  for (; i + kGroup <= count; i += kGroup) {
    F32 values[NibbleTable::vectors];
    table.look_up(codes + (begin + i) / 2, values);
    LENSMITH_UNROLL(4)
    for (int v = 0; v < NibbleTable::vectors; ++v) {
      (values[v] * scale).store(to + i + v * F32::width);
    }
  }
  for (; i < count; ++i) to[i] = kNf4Code[nf4_code(codes, begin + i)] * absmax;
}

// Columns [col, col + count) of a row.
inline void widen_quantized(const QuantizedRows& w, int64_t row, int64_t col, int64_t count,
                            float* to) {
  if (!w.is_nf4) {
    const int8_t* const codes = static_cast<const int8_t*>(w.codes) + row * w.cols + col;
    const F32 scale = F32::broadcast(w.scales[row] * kInt8Unit);
    int64_t i = 0;
    for (; i + F32::width <= count; i += F32::width) {
      (F32::load(codes + i) * scale).store(to + i);
    }
    const int rest = static_cast<int>(count - i);
    if (rest > 0) (F32::load_n(codes + i, rest) * scale).store_n(to + i, rest);
    return;
  }
  const uint8_t* const codes = static_cast<const uint8_t*>(w.codes);
  int64_t begin = row * w.cols + col;
  for (const int64_t end = begin + count; begin < end;) {
    const int64_t block = begin / kNf4Block;
    const int64_t stop = (block + 1) * kNf4Block < end ? (block + 1) * kNf4Block : end;
    widen_nf4(codes, begin, stop - begin, absmax_of(w, block), to);
    to += stop - begin;
    begin = stop;
  }
}

LENSMITH_ISA_END
