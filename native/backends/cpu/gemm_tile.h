// The register tile of gemm: a few rows of C times a few vectors of columns, summed over one block
// of k from packed operands.
#pragma once

#include "backends/cpu/simd/vec.h"

LENSMITH_ISA_BEGIN

// The fewest loads a multiply-add decide the shape where registers are many: on AVX-512 a tile of
// 14 × 2 registers reads 16 operands for 28 of them, one of 6 × 4 reads 10 for 24.
#if LENSMITH_ISA_ID >= LENSMITH_ISA_AVX512
inline constexpr int kTileRows = 6, kTileVectors = 4, kBlockK = 512, kBlockRows = 288;
#elif LENSMITH_ISA_ID == LENSMITH_ISA_AVX2
inline constexpr int kTileRows = 6, kTileVectors = 2, kBlockK = 512, kBlockRows = 72;
#elif LENSMITH_ISA_ID == LENSMITH_ISA_NEON
inline constexpr int kTileRows = 6, kTileVectors = 4, kBlockK = 256, kBlockRows = 144;
#else
inline constexpr int kTileRows = 4, kTileVectors = 2, kBlockK = 256, kBlockRows = 96;
#endif
inline constexpr int kTileCols = kTileVectors * F32::width;
// Steps along k in one round of a tile's loop: on AVX-512 its counting takes the ports of
// multiply-adds.
inline constexpr int kTileSteps = LENSMITH_ISA_ID >= LENSMITH_ISA_AVX512 ? 4 : 1;
static_assert(kTileRows % 2 == 0 && kBlockRows % kTileRows == 0);

// A block of A has one of two layouts:
//   rows    a(i, p) at i · stride + p: as A lies in memory, or packed with kRowStride, an odd
//   number
//           of cache lines, which spreads the rows over the sets of the caches
//   strips  kTileRows rows each, packed: a(i, p) at p · kStripStride + i
inline constexpr int kRowStride = kBlockK + 16;
inline constexpr int kStripStride = (kTileRows + 3) / 4 * 4;
static_assert(kStripStride < F32::width || kStripStride % F32::width == 0);

// Where a tile goes and how: c = alpha · sum + beta · c + bias.
struct TileOut {
  float* c;
  int64_t ldc;
  int rows, cols;     // part of the tile that exists
  float alpha, beta;  // beta 0: c is not read
  const float* bias;  // of the first column, or null
};

template <int R, int V>
LENSMITH_INLINE void finish_tile(const F32 (&sum)[R][V], const TileOut& out) {
  const F32 alpha = F32::broadcast(out.alpha);
  const F32 beta = F32::broadcast(out.beta);
  const int last = out.cols - (V - 1) * F32::width;  // lanes of the last vector
  LENSMITH_UNROLL(16)
  for (int r = 0; r < R; ++r) {
    if (r >= out.rows) break;
    float* const row = out.c + r * out.ldc;
    LENSMITH_UNROLL(4)
    for (int v = 0; v < V; ++v) {
      float* const c = row + v * F32::width;
      const int lanes = v + 1 < V ? F32::width : last;
      const bool whole = lanes == F32::width;
      F32 value = sum[r][v] * alpha;
      if (out.bias != nullptr) {
        const float* const bias = out.bias + v * F32::width;
        value = fma(sum[r][v], alpha, whole ? F32::load(bias) : F32::load_n(bias, lanes));
      }
      if (out.beta != 0) value = fma(whole ? F32::load(c) : F32::load_n(c, lanes), beta, value);
      if (whole) {
        value.store(c);
      } else {
        value.store_n(c, lanes);
      }
    }
  }
}

// b: k rows of kTileCols floats. R rows are computed, out.rows <= R of them read and stored.
// a_stride: of rows; strips have their own.
template <int R, int V, bool kStrips>
void tile(int64_t k, const float* a, int64_t a_stride, const float* b, const TileOut& out) {
  constexpr int kStep = kStrips ? kStripStride : 1;
  constexpr int kLineFloats = 64 / sizeof(float);
  const float* rows[R];
  LENSMITH_UNROLL(16)
  for (int r = 0; r < R; ++r) {
    rows[r] = kStrips ? a + r : a + (r < out.rows ? r : out.rows - 1) * a_stride;
    if (r >= out.rows) continue;
    // C is often in no cache near; by the time the sums are there, it is.
    LENSMITH_UNROLL(4)
    for (int line = 0; line < V * F32::width; line += kLineFloats) {
      LENSMITH_PREFETCH(out.c + r * out.ldc + line);
    }
  }
  F32 sum[R][V];
  LENSMITH_UNROLL(16)
  for (int r = 0; r < R; ++r) {
    LENSMITH_UNROLL(4)
    for (int v = 0; v < V; ++v) sum[r][v] = F32::zero();
  }
  LENSMITH_UNROLL(kTileSteps)
  for (int64_t p = 0; p < k; ++p) {
    F32 row[V];
    LENSMITH_UNROLL(4)
    for (int v = 0; v < V; ++v) row[v] = F32::load(b + v * F32::width);
    LENSMITH_UNROLL(16)
    for (int r = 0; r < R; ++r) {
      const F32 scale = F32::broadcast(rows[r][p * kStep]);
      LENSMITH_UNROLL(4)
      for (int v = 0; v < V; ++v) sum[r][v] = fma(scale, row[v], sum[r][v]);
    }
    b += kTileCols;
  }
  finish_tile<R, V>(sum, out);
}

// Picks the smallest tile that holds out.rows (rounded up to even) and out.cols.
template <bool kStrips, int R = kTileRows, int V = kTileVectors>
LENSMITH_INLINE void run_tile(int64_t k, const float* a, int64_t a_stride, const float* b,
                              const TileOut& out) {
  if constexpr (V > 1) {
    if (out.cols <= (V - 1) * F32::width) {
      return run_tile<kStrips, R, V - 1>(k, a, a_stride, b, out);
    }
  }
  if constexpr (R > 2) {
    if (out.rows <= R - 2) return run_tile<kStrips, R - 2, V>(k, a, a_stride, b, out);
  }
  tile<R, V, kStrips>(k, a, a_stride, b, out);
}

LENSMITH_ISA_END
