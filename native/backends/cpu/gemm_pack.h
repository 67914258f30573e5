// Copies blocks of the operands of gemm into the layouts that its tiles read, widening to f32.
#pragma once

#include "backends/cpu/gemm_tile.h"

LENSMITH_ISA_BEGIN

// Floats of a packed panel of B: one block of k times the columns of a tile.
inline constexpr int64_t kPanelFloats = int64_t{kBlockK} * kTileCols;

LENSMITH_INLINE int at_most(int64_t count, int limit) {
  return count < limit ? static_cast<int>(count) : limit;
}

template <class T>
LENSMITH_INLINE F32 load_up_to(const T* p, int lanes) {
  return lanes >= F32::width ? F32::load(p) : F32::load_n(p, lanes);
}

// count elements to f32.
template <class T>
LENSMITH_INLINE void widen_row(const T* from, int64_t count, float* to) {
  int64_t i = 0;
  for (; i + F32::width <= count; i += F32::width) F32::load(from + i).store(to + i);
  const int rest = static_cast<int>(count - i);
  if (rest > 0) F32::load_n(from + i, rest).store_n(to + i, rest);
}

// Layout rows: a [rows, k] with lda.
template <class T>
void pack_rows(const T* a, int64_t lda, int64_t rows, int64_t k, float* to) {
  for (int64_t i = 0; i < rows; ++i) widen_row(a + i * lda, k, to + i * kRowStride);
}

// Layout strips: a [k, ≥ rows] with lda; each strip is kBlockK · kStripStride floats. `readable`
// elements of each row of a exist.
template <class T>
void pack_strips(const T* a, int64_t lda, int64_t rows, int64_t readable, int64_t k, float* to) {
  for (int64_t p = 0; p < k; ++p) {
    const T* const row = a + p * lda;
    float* strip = to + p * kStripStride;
    for (int64_t i = 0; i < rows; i += kTileRows) {
      for (int lane = 0; lane < kStripStride; lane += F32::width) {
        const int lanes = at_most(readable - i - lane, F32::width);
        if (lanes > 0) load_up_to(row + i + lane, lanes).store(strip + lane);
      }
      strip += kBlockK * kStripStride;
    }
  }
}

// Panels of k rows of kTileCols floats, kPanelFloats apart; columns beyond `cols` are zero. From
// b [k, cols] with ldb, row by row, since memory likes long runs.
template <class T>
void pack_panels(const T* b, int64_t ldb, int64_t k, int64_t cols, float* to) {
  for (int64_t p = 0; p < k; ++p) {
    const T* const row = b + p * ldb;
    float* panel = to + p * kTileCols;
    int64_t j = 0;
    for (; j + kTileCols <= cols; j += kTileCols, panel += kPanelFloats) {
      LENSMITH_UNROLL(4)
      for (int v = 0; v < kTileCols; v += F32::width) F32::load(row + j + v).store(panel + v);
    }
    if (j == cols) continue;
    for (int v = 0; v < kTileCols; v += F32::width) {
      const int lanes = at_most(cols - j - v, F32::width);
      (lanes <= 0 ? F32::zero() : load_up_to(row + j + v, lanes)).store(panel + v);
    }
  }
}

// One such panel from b [cols, k] with ldb, cols <= kTileCols.
template <class T>
void pack_panel_transposed(const T* b, int64_t ldb, int64_t k, int cols, float* to) {
  constexpr int kWidth = F32::width;
  for (int v = 0; v < kTileCols; v += kWidth) {
    const int rows = at_most(cols - v, kWidth);
    for (int64_t p = 0; p < k; p += kWidth) {
      const int lanes = at_most(k - p, kWidth);
      F32 block[kWidth];
      if (rows == kWidth && lanes == kWidth) {
        LENSMITH_UNROLL(16)
        for (int i = 0; i < kWidth; ++i) block[i] = F32::load(b + (v + i) * ldb + p);
      } else {
        for (int i = 0; i < kWidth; ++i) {
          block[i] = i < rows ? load_up_to(b + (v + i) * ldb + p, lanes) : F32::zero();
        }
      }
      transpose(block);
      float* const rows_out = to + p * kTileCols + v;
      if (lanes == kWidth) {
        LENSMITH_UNROLL(16)
        for (int i = 0; i < kWidth; ++i) block[i].store(rows_out + i * kTileCols);
      } else {
        for (int i = 0; i < lanes; ++i) block[i].store(rows_out + i * kTileCols);
      }
    }
  }
}

LENSMITH_ISA_END
