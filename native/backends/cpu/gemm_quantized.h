// Paths of gemm for a quantised B: packing, and dot products of few rows, both widening as they go.
#pragma once

#include "backends/cpu/gemm_thin.h"
#include "backends/cpu/quantized_rows.h"

LENSMITH_ISA_BEGIN

// Most rows of A for which dot products with nf4 pay: each group of them widens B again.
inline constexpr int kNf4DotRows = 24;

// Whether dot products can run along the rows of w for m rows of A.
LENSMITH_INLINE bool has_dot_path(const QuantizedRows& w, int64_t m) {
  return w.is_nf4 ? m <= kNf4DotRows && w.cols % kNf4Block == 0 : m <= kDotRows;
}

// Columns [j, j + cols) and k [p, p + k) of op(B), as panels; cols <= kWidest when not transposed.
template <int64_t kWidest>
void pack_quantized(const QuantizedRows& w, bool transposed, int64_t j, int64_t cols, int64_t p,
                    int64_t k, float* to) {
  if (!transposed) {
    float row[kWidest];
    for (int64_t u = 0; u < k; ++u) {
      widen_quantized(w, p + u, j, cols, row);
      pack_panels(row, cols, 1, cols, to + u * kTileCols);
    }
    return;
  }
  float block[F32::width * kBlockK];
  for (int64_t c = 0; c < cols; c += F32::width) {
    const int rows = at_most(cols - c, F32::width);
    for (int r = 0; r < rows; ++r) widen_quantized(w, j + c + r, p, k, block + r * kBlockK);
    float* const panel = to + c / kTileCols * kPanelFloats;
    pack_transposed(block, kBlockK, k, rows, panel + c % kTileCols);
  }
}

// As dot_tile, on nf4 rows that begin with a block. Each block is summed by itself and scaled once.
template <int S, int Q>
LENSMITH_INLINE void nf4_dot_tile(const QuantizedRows& w, int64_t row, int64_t apart, int first,
                                  const ThinJob& job) {
  constexpr int kGroup = NibbleTable::vectors * F32::width;
  const NibbleTable table(kNf4Code.data());
  const int64_t blocks = w.cols / kNf4Block;
  const uint8_t* const codes = static_cast<const uint8_t*>(w.codes) + row * w.cols / 2;
  const float* x = job.thin + first * job.stride;
  F32 sum[S][Q];
  LENSMITH_UNROLL(8)
  for (int s = 0; s < S; ++s) {
    LENSMITH_UNROLL(8)
    for (int q = 0; q < Q; ++q) sum[s][q] = F32::zero();
  }
  for (int64_t block = 0; block < blocks; ++block, x += kNf4Block) {
    F32 part[S][Q];
    LENSMITH_UNROLL(8)
    for (int s = 0; s < S; ++s) {
      LENSMITH_UNROLL(8)
      for (int q = 0; q < Q; ++q) part[s][q] = F32::zero();
    }
    LENSMITH_UNROLL(4)
    for (int i = 0; i < kNf4Block; i += kGroup) {
      LENSMITH_UNROLL(8)
      for (int s = 0; s < S; ++s) {
        F32 from_wide[NibbleTable::vectors];
        table.look_up(codes + (s * apart * w.cols + block * kNf4Block + i) / 2, from_wide);
        LENSMITH_UNROLL(8)
        for (int q = 0; q < Q; ++q) {
          LENSMITH_UNROLL(4)
          for (int v = 0; v < NibbleTable::vectors; ++v) {
            const F32 from_thin = F32::load(x + q * job.stride + i + v * F32::width);
            part[s][q] = fma(from_wide[v], from_thin, part[s][q]);
          }
        }
      }
    }
    LENSMITH_UNROLL(8)
    for (int s = 0; s < S; ++s) {
      const F32 absmax = F32::broadcast(absmax_of(w, (row + s * apart) * blocks + block));
      LENSMITH_UNROLL(8)
      for (int q = 0; q < Q; ++q) sum[s][q] = fma(absmax, part[s][q], sum[s][q]);
    }
  }
  finish_dots<S, Q>(sum, row, apart, first, job);
}

inline constexpr int kNf4Piece = 4, kNf4Thin = 4;

template <int kPiece, int Q = kNf4Thin>
LENSMITH_INLINE void nf4_dot_group(const QuantizedRows& w, int64_t row, int64_t apart, int first,
                                   int count, const ThinJob& job) {
  if constexpr (Q > 1) {
    if (count < Q) return nf4_dot_group<kPiece, Q - 1>(w, row, apart, first, count, job);
  }
  constexpr int kRows = kPiece == 1 ? 1 : Q > 2 ? kNf4Piece / 2 : kNf4Piece;
  for (int s = 0; s < kPiece; s += kRows) {
    nf4_dot_tile<kRows, Q>(w, row + s * apart, apart, first, job);
  }
}

template <int kPiece>
void nf4_dot_groups(const QuantizedRows& w, int64_t row, int64_t apart, const ThinJob& job) {
  const int groups = (job.thin_rows + kNf4Thin - 1) / kNf4Thin;
  for (int g = 0; g < groups; ++g) {
    const int first = g * job.thin_rows / groups;
    const int count = (g + 1) * job.thin_rows / groups - first;
    nf4_dot_group<kPiece>(w, row, apart, first, count, job);
  }
}

// Rows [begin, end) of w against all thin rows, in runs as those of dot_range.
inline void dot_quantized(const QuantizedRows& w, int64_t begin, int64_t end, ThinJob job) {
  if (!w.is_nf4) {
    job.wide_scale = w.scales;
    return dot_range<int8_t>(w.codes, w.cols, begin, end, job);
  }
  const int64_t apart = (end - begin) / kNf4Piece;
  for (int64_t i = 0; i < apart; ++i) nf4_dot_groups<kNf4Piece>(w, begin + i, apart, job);
  for (int64_t row = begin + apart * kNf4Piece; row < end; ++row) {
    nf4_dot_groups<1>(w, row, 0, job);
  }
}

LENSMITH_ISA_END
