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

// A strip's elements of one row of a, of which `readable` are left.
template <class T>
LENSMITH_INLINE void pack_strip_row(const T* from, int64_t readable, float* to) {
  for (int lane = 0; lane < kStripStride; lane += F32::width) {
    const int lanes = at_most(readable - lane, F32::width);
    if (lanes <= 0) return;
    const F32 values = load_up_to(from + lane, lanes);
    if constexpr (kStripStride % F32::width == 0) {
      values.store(to + lane);
    } else {
      values.store_n(to + lane, kStripStride % F32::width);
    }
  }
}

// Layout strips: a [k, ≥ rows] with lda; each strip is kBlockK · kStripStride floats. `readable`
// elements of each row of a exist. A few rows of a at a time, since strips share sets of the
// caches.
template <class T>
void pack_strips(const T* a, int64_t lda, int64_t rows, int64_t readable, int64_t k, float* to) {
  constexpr int64_t kRowsAtOnce = 16;
  for (int64_t begin = 0; begin < k; begin += kRowsAtOnce) {
    const int64_t end = begin + at_most(k - begin, kRowsAtOnce);
    float* strip = to;
    for (int64_t i = 0; i < rows; i += kTileRows, strip += kBlockK * kStripStride) {
      for (int64_t p = begin; p < end; ++p) {
        pack_strip_row(a + p * lda + i, readable - i, strip + p * kStripStride);
      }
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

// One register of columns of such a panel, 0 beyond `cols`, from b [cols, k] with ldb.
template <class T>
LENSMITH_INLINE void pack_transposed(const T* b, int64_t ldb, int64_t k, int cols, float* to) {
  constexpr int kWidth = F32::width;
  for (int64_t p = 0; p < k; p += kWidth) {
    const int lanes = at_most(k - p, kWidth);
    F32 block[kWidth];
    if (cols == kWidth && lanes == kWidth) {
      LENSMITH_UNROLL(16)
      for (int i = 0; i < kWidth; ++i) block[i] = F32::load(b + i * ldb + p);
    } else {
      for (int i = 0; i < kWidth; ++i) {
        block[i] = i < cols ? load_up_to(b + i * ldb + p, lanes) : F32::zero();
      }
    }
    transpose(block);
    float* const rows_out = to + p * kTileCols;
    if (lanes == kWidth) {
      LENSMITH_UNROLL(16)
      for (int i = 0; i < kWidth; ++i) block[i].store(rows_out + i * kTileCols);
    } else {
      for (int i = 0; i < lanes; ++i) block[i].store(rows_out + i * kTileCols);
    }
  }
}

// Such a panel as far as its tiles read it, cols <= kTileCols.
template <class T>
void pack_panel_transposed(const T* b, int64_t ldb, int64_t k, int cols, float* to) {
  for (int v = 0; v < cols; v += F32::width) {
    pack_transposed(b + v * ldb, ldb, k, at_most(cols - v, F32::width), to + v);
  }
}

LENSMITH_ISA_END
