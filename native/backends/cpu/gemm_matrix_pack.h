// Splits blocks of the operands of gemm into bf16, in the layout that the matrix unit of AMX reads;
// see gemm_matrix_tiles.h.
#pragma once

#include "backends/cpu/gemm_operands.h"
#include "backends/cpu/gemm_tile.h"
#include "backends/cpu/quantized_rows.h"

LENSMITH_ISA_BEGIN

// A register of the unit: 16 lines of 16 pairs of bf16 (operands) or of 16 floats (sums).
inline constexpr int kLines = 16, kLineBytes = 64, kRegisterBytes = kLines * kLineBytes;
// k that one register of an operand spans. Its pairs are (u, u + 16) of these 32, in both operands.
inline constexpr int kStepK = 32, kHalfStep = kStepK / 2;
inline constexpr int kMostPieces = 3;
// Lines of either operand in a panel: two registers of sums each way.
inline constexpr int kPanelLines = 2 * kLines;

constexpr int pieces_of(DType dtype) {
  return dtype == DType::f32 ? 3 : dtype == DType::f16 ? 2 : 1;
}

// A panel of up to 32 lines (rows of A, columns of B) is, for each step along k, for each piece,
// two registers. Of A, line i of a register is row i, its pairs along k; of B, line u is pair u of
// k, its pairs along the columns.

constexpr int64_t panel_bytes(int pieces, int64_t k) {
  return ceil_div(k, kStepK) * pieces * 2 * kRegisterBytes;
}

// Pairs (x[i], y[i]) of the first piece of each, and what is left of x and y.
LENSMITH_INLINE __m512i take_piece(F32& x, F32& y) {
  alignas(64) static constexpr uint16_t kInterleaved[32] = {
      0, 16, 1, 17, 2,  18, 3,  19, 4,  20, 5,  21, 6,  22, 7,  23,
      8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31};
  const __m512i narrow = reinterpret_cast<__m512i>(_mm512_cvtne2ps_pbh(y.v, x.v));
  const __m512i pairs = _mm512_permutexvar_epi16(_mm512_load_si512(kInterleaved), narrow);
  x.v = _mm512_sub_ps(x.v, _mm512_castsi512_ps(_mm512_slli_epi32(pairs, 16)));
  y.v = _mm512_sub_ps(y.v, _mm512_castsi512_ps(_mm512_and_si512(pairs, _mm512_set1_epi32(-65536))));
  return pairs;
}

// Line `line` of a register of each piece, from as many numbers of x as of y.
template <int kPieces>
LENSMITH_INLINE void store_line(F32 x, F32 y, char* to) {
  LENSMITH_UNROLL(3)
  for (int piece = 0; piece < kPieces; ++piece) {
    _mm512_store_si512(to + piece * 2 * kRegisterBytes, take_piece(x, y));
  }
}

// An operand stored as [lines, k], or [k, lines] when across.
template <class T>
struct Lines {
  const T* data;
  int64_t ld;
  bool across;
};

// Where 16 lines from `line` begin in panels that are `stride` bytes apart.
inline char* lines_at(char* panels, int64_t stride, int64_t line) {
  return panels + line / kPanelLines * stride + line / kLines % 2 * kRegisterBytes;
}

template <class T>
LENSMITH_INLINE F32 load_at_most(const T* from, int64_t lanes) {
  return lanes <= 0 ? F32::zero() : load_up_to(from, at_most(lanes, F32::width));
}

// Swaps lines and pairs within a register of each piece.
template <int kPieces>
LENSMITH_INLINE void turn_registers(char* to) {
  for (int piece = 0; piece < kPieces; ++piece) {
    float* const lanes = reinterpret_cast<float*>(to + piece * 2 * kRegisterBytes);
    F32 block[kLines];
    LENSMITH_UNROLL(16)
    for (int l = 0; l < kLines; ++l) block[l] = F32::load(lanes + l * kLines);
    transpose(block);
    LENSMITH_UNROLL(16)
    for (int l = 0; l < kLines; ++l) block[l].store(lanes + l * kLines);
  }
}

// One register of each piece, from rows of which `rows` and k, at most 16 and 32, exist. Beyond k
// there is zero; beyond the lines, anything.
template <int kPieces, class T>
LENSMITH_INLINE void pack_along(const T* from, int64_t ld, int rows, int k, bool is_b, char* to) {
  constexpr int kAhead = 2 * kStepK;
  for (int line = 0; line < rows; ++line, from += ld, to += kLineBytes) {
    // Weights come from far; for what the step before has written, asking costs more than it gives.
    if (is_b) {
      LENSMITH_PREFETCH(from + kAhead);
      if constexpr (sizeof(T) == 4) LENSMITH_PREFETCH(from + kAhead + kHalfStep);
    }
    if (k == kStepK) {
      store_line<kPieces>(F32::load(from), F32::load(from + kHalfStep), to);
    } else {
      store_line<kPieces>(load_at_most(from, k), load_at_most(from + kHalfStep, k - kHalfStep), to);
    }
  }
}

template <int kPieces, class T>
LENSMITH_INLINE void pack_across(const T* from, int64_t ld, int lanes, int k, char* to) {
  for (int u = 0; u < kHalfStep; ++u, from += ld, to += kLineBytes) {
    const T* const y = from + kHalfStep * ld;
    // Of the next step: rows are too far apart for the hardware to see where this leads.
    LENSMITH_PREFETCH(from + kStepK * ld);
    LENSMITH_PREFETCH(y + kStepK * ld);
    store_line<kPieces>(load_at_most(from, u < k ? lanes : 0),
                        load_at_most(y, u + kHalfStep < k ? lanes : 0), to);
  }
}

// Panels of an operand, `stride` bytes apart.
template <int kPieces, class T>
void pack_lines(const Lines<T>& from, int64_t lines, int64_t k, bool is_b, int64_t stride,
                char* panels) {
  const auto step = [&](int64_t line, int64_t p) {
    char* const to = lines_at(panels, stride, line) + panel_bytes(kPieces, p);
    const int count = at_most(lines - line, kLines), depth = at_most(k - p, kStepK);
    if (from.across) {
      pack_across<kPieces>(from.data + p * from.ld + line, from.ld, count, depth, to);
    } else {
      pack_along<kPieces>(from.data + line * from.ld + p, from.ld, count, depth, is_b, to);
    }
    if (from.across != is_b) turn_registers<kPieces>(to);
  };
  if (from.across) {
    for (int64_t p = 0; p < k; p += kStepK) {
      for (int64_t line = 0; line < lines; line += kLines) step(line, p);
    }
  } else {
    for (int64_t line = 0; line < lines; line += kLines) {
      for (int64_t p = 0; p < k; p += kStepK) step(line, p);
    }
  }
}

// Columns [j, j + cols) and k [p, p + k) of op(B), widened a few lines at a time.
inline void pack_quantized_lines(const QuantizedRows& w, bool transposed, int64_t j, int64_t cols,
                                 int64_t p, int64_t k, int64_t stride, char* to) {
  if (transposed) {
    float lines[kLines * kBlockK];
    for (int64_t line = 0; line < cols; line += kLines) {
      const int count = at_most(cols - line, kLines);
      for (int i = 0; i < count; ++i) widen_quantized(w, j + line + i, p, k, lines + i * kBlockK);
      pack_lines<kMostPieces>(Lines<float>{lines, kBlockK, false}, count, k, true, stride,
                              lines_at(to, stride, line));
    }
    return;
  }
  float rows[kStepK * kWidestBlock];
  for (int64_t u = 0; u < k; u += kStepK) {
    const int depth = at_most(k - u, kStepK);
    for (int i = 0; i < depth; ++i) {
      widen_quantized(w, p + u + i, j, cols, rows + i * kWidestBlock);
    }
    pack_lines<kMostPieces>(Lines<float>{rows, kWidestBlock, true}, cols, depth, true, stride,
                            to + panel_bytes(kMostPieces, u));
  }
}

LENSMITH_ISA_END
