// Paths of gemm for a thin operand of few rows: the other one is read once, as it lies in memory,
// and nothing of it is packed. This is where decoding spends its time, at memory bandwidth.
#pragma once

#include "backends/cpu/gemm_pack.h"

LENSMITH_ISA_BEGIN

// A dot tile: this many wide rows (for 1, 2, 3, … thin rows), as registers allow. Each divides
// the first, kDotPiece.
#if LENSMITH_ISA_ID >= LENSMITH_ISA_AVX512
inline constexpr int kDotTile[] = {6, 6, 6, 6};
#elif LENSMITH_ISA_ID == LENSMITH_ISA_NEON
inline constexpr int kDotTile[] = {8, 8, 4, 4};
#else
inline constexpr int kDotTile[] = {6, 3, 3};
#endif
inline constexpr int kDotThin = static_cast<int>(sizeof kDotTile / sizeof *kDotTile);
inline constexpr int kDotPiece = kDotTile[0];

// How far ahead in its run each line of a wide row is asked for, in bytes, and for how many thin
// rows: more of them wait for arithmetic instead. Measured on Intel with AVX-512; on AMD without it
// the hardware asks early enough.
inline constexpr int kAskAhead = LENSMITH_ISA_ID >= LENSMITH_ISA_AVX512 ? 2048 : 0;
inline constexpr int kAskAheadRows = 8;

// Limits of these paths, where packing begins to win (measured): rows of a thin operand that is
// stored along k, the same stored across k, and rows of A against B stored across k.
inline constexpr int kDotRows = 32;
inline constexpr int kDotRowsAcross = 16;
inline constexpr int kAxpyRows = 4;
// Columns whose sums an axpy task keeps in the first-level cache.
inline constexpr int kAxpyCols = 512;

// The thin operand in f32, `stride` floats a row, rows zero-padded to whole vectors; and where
// results go: element (wide row s, thin row t) to c[s · wide_step + t · thin_step].
struct ThinJob {
  const float* thin;
  int64_t stride;
  int thin_rows;
  int64_t k;
  float* c;
  int64_t wide_step, thin_step;
  float alpha, beta;
  const float* bias;        // or null
  bool bias_by_wide;        // bias is indexed by the wide row, else by the thin one
  const float* wide_scale;  // or null: each wide row is int8 codes, times wide_scale[row] / 127
};

LENSMITH_INLINE void finish_dot(const ThinJob& job, int64_t wide_row, int64_t thin_row, float sum) {
  float* const c = job.c + wide_row * job.wide_step + thin_row * job.thin_step;
  if (job.wide_scale != nullptr) sum *= job.wide_scale[wide_row] * (1.0f / 127);
  float value = job.alpha * sum;
  if (job.bias != nullptr) value += job.bias[job.bias_by_wide ? wide_row : thin_row];
  if (job.beta != 0) value += job.beta * *c;
  *c = value;
}

template <int S, int Q>
LENSMITH_INLINE void finish_dots(const F32 (&sum)[S][Q], int64_t row, int64_t apart, int first,
                                 const ThinJob& job) {
  constexpr int kSums = S * Q;
  float sums[(kSums + 3) / 4 * 4];
  const auto sum_at = [&](int i) LENSMITH_INLINE_LAMBDA {
    return i < kSums ? sum[i / Q][i % Q] : F32::zero();
  };
  LENSMITH_UNROLL(8)
  for (int i = 0; i < kSums; i += 4) {
    reduce_add(sum_at(i), sum_at(i + 1), sum_at(i + 2), sum_at(i + 3), sums + i);
  }
  for (int s = 0; s < S; ++s) {
    for (int q = 0; q < Q; ++q) finish_dot(job, row + s * apart, first + q, sums[s * Q + q]);
  }
}

// Dot products of S wide rows, the first of them `row` and `apart` from each other, with Q thin
// rows from `first`; every product has its own accumulator and order, whatever S and Q are.
template <class T, int S, int Q>
LENSMITH_INLINE void dot_tile(const T* wide, int64_t ld, int64_t row, int64_t apart, int first,
                              const ThinJob& job) {
  const T* const w = wide + row * ld;
  const int64_t step_w = apart * ld;
  const float* const x = job.thin + first * job.stride;
  F32 sum[S][Q];
  LENSMITH_UNROLL(8)
  for (int s = 0; s < S; ++s) {
    LENSMITH_UNROLL(8)
    for (int q = 0; q < Q; ++q) sum[s][q] = F32::zero();
  }
  const auto step = [&](int64_t p, auto&& load) LENSMITH_INLINE_LAMBDA {
    F32 from_wide[S];
    LENSMITH_UNROLL(8)
    for (int s = 0; s < S; ++s) from_wide[s] = load(w + s * step_w + p);
    LENSMITH_UNROLL(8)
    for (int q = 0; q < Q; ++q) {
      const F32 from_thin = F32::load(x + q * job.stride + p);
      LENSMITH_UNROLL(8)
      for (int s = 0; s < S; ++s) sum[s][q] = fma(from_wide[s], from_thin, sum[s][q]);
    }
  };
  const auto load = [](const T* from) LENSMITH_INLINE_LAMBDA { return F32::load(from); };
  const bool asks_ahead = kAskAhead > 0 && first == 0 && job.thin_rows <= kAskAheadRows;
  // A cache line of each row at a time: rows whose lengths are a power of two share few sets of the
  // first-level cache, and a line that is left half read is soon gone from it.
  constexpr int kLine = 64 / static_cast<int>(sizeof(T));
  int64_t p = 0;
  for (; p + kLine <= job.k; p += kLine) {
    if (asks_ahead) {
      LENSMITH_UNROLL(8)
      for (int s = 0; s < S; ++s) {
        LENSMITH_PREFETCH(reinterpret_cast<const char*>(w + s * step_w + p) + kAskAhead);
      }
    }
    LENSMITH_UNROLL(8)
    for (int v = 0; v < kLine; v += F32::width) step(p + v, load);
  }
  for (; p + F32::width <= job.k; p += F32::width) step(p, load);
  const int rest = static_cast<int>(job.k - p);
  if (rest > 0) {
    step(p, [rest](const T* from) LENSMITH_INLINE_LAMBDA { return F32::load_n(from, rest); });
  }
  finish_dots<S, Q>(sum, row, apart, first, job);
}

// kPiece wide rows, in tiles, or one row.
template <class T, int kPiece, int Q>
void dot_piece(const T* wide, int64_t ld, int64_t row, int64_t apart, int first,
               const ThinJob& job) {
  constexpr int kRows = kPiece == 1 ? 1 : kDotTile[Q - 1];
  for (int s = 0; s < kPiece; s += kRows) {
    dot_tile<T, kRows, Q>(wide, ld, row + s * apart, apart, first, job);
  }
}

template <class T, int kPiece, int Q = kDotThin>
LENSMITH_INLINE void dot_group(const T* wide, int64_t ld, int64_t row, int64_t apart, int first,
                               int count, const ThinJob& job) {
  if constexpr (Q > 1) {
    if (count < Q) return dot_group<T, kPiece, Q - 1>(wide, ld, row, apart, first, count, job);
  }
  dot_piece<T, kPiece, Q>(wide, ld, row, apart, first, job);
}

// A piece of the wide rows against all thin rows, in balanced groups; it stays in cache from group
// to group.
template <class T, int kPiece>
LENSMITH_INLINE void dot_groups(const T* wide, int64_t ld, int64_t row, int64_t apart,
                                const ThinJob& job) {
  const int groups = (job.thin_rows + kDotThin - 1) / kDotThin;
  for (int g = 0; g < groups; ++g) {
    const int first = g * job.thin_rows / groups;
    const int count = (g + 1) * job.thin_rows / groups - first;
    dot_group<T, kPiece>(wide, ld, row, apart, first, count, job);
  }
}

// Wide rows [begin, end) of `wide` [*, k] with ld against all thin rows. The rows of a piece are
// not neighbours: each begins a run of rows that is read from end to end, since the hardware
// fetches ahead along a long run, and starts anew, late, where runs are as short as a row.
template <class T>
void dot_range(const void* wide, int64_t ld, int64_t begin, int64_t end, const ThinJob& job) {
  const T* const rows = static_cast<const T*>(wide);
  const int64_t apart = (end - begin) / kDotPiece;
  for (int64_t i = 0; i < apart; ++i) {
    dot_groups<T, kDotPiece>(rows, ld, begin + i, apart, job);
  }
  for (int64_t row = begin + apart * kDotPiece; row < end; ++row) {
    dot_groups<T, 1>(rows, ld, row, 0, job);
  }
}

// sums[r][j] += Σ_u thin(r, p + u) · b(p + u, j) for `cols` columns.
template <class T, int R, int U>
LENSMITH_INLINE void axpy_step(const T* b, int64_t ldb, int64_t p, int cols, const ThinJob& job,
                               float* sums) {
  F32 scale[R][U];
  LENSMITH_UNROLL(4)
  for (int r = 0; r < R; ++r) {
    LENSMITH_UNROLL(4)
    for (int u = 0; u < U; ++u) scale[r][u] = F32::broadcast(job.thin[r * job.stride + p + u]);
  }
  const T* const rows = b + p * ldb;
  const auto add = [&](int j, auto&& load) LENSMITH_INLINE_LAMBDA {
    F32 sum[R];
    LENSMITH_UNROLL(4)
    for (int r = 0; r < R; ++r) sum[r] = F32::load(sums + r * kAxpyCols + j);
    LENSMITH_UNROLL(4)
    for (int u = 0; u < U; ++u) {
      const F32 row = load(rows + u * ldb + j);
      LENSMITH_PREFETCH(rows + (U + u) * ldb + j);
      LENSMITH_UNROLL(4)
      for (int r = 0; r < R; ++r) sum[r] = fma(scale[r][u], row, sum[r]);
    }
    LENSMITH_UNROLL(4)
    for (int r = 0; r < R; ++r) sum[r].store(sums + r * kAxpyCols + j);
  };
  int j = 0;
  for (; j + F32::width <= cols; j += F32::width) {
    add(j, [](const T* from) LENSMITH_INLINE_LAMBDA { return F32::load(from); });
  }
  const int rest = cols - j;
  if (rest > 0) {
    add(j, [rest](const T* from) LENSMITH_INLINE_LAMBDA { return F32::load_n(from, rest); });
  }
}

// c[thin row][column] for columns [begin, begin + cols) of b [k, *], cols <= kAxpyCols; sums:
// kAxpyRows · kAxpyCols floats. Sums run in blocks of k as in tiles, so the bits are the same.
template <class T, int R>
void axpy_cols(const T* b, int64_t ldb, int64_t begin, int cols, const ThinJob& job, float* sums) {
  for (int64_t block = 0; block < job.k; block += kBlockK) {
    for (int r = 0; r < R; ++r) {
      for (int j = 0; j < cols; j += F32::width) F32::zero().store(sums + r * kAxpyCols + j);
    }
    const int64_t stop = block + at_most(job.k - block, kBlockK);
    int64_t p = block;
    for (; p + 4 <= stop; p += 4) axpy_step<T, R, 4>(b + begin, ldb, p, cols, job, sums);
    for (; p < stop; ++p) axpy_step<T, R, 1>(b + begin, ldb, p, cols, job, sums);
    const bool first = block == 0;
    for (int r = 0; r < R; ++r) {
      for (int j = 0; j < cols; j += F32::width) {
        const F32 sum[1][1] = {{F32::load(sums + r * kAxpyCols + j)}};
        finish_tile<1, 1>(sum, {job.c + r * job.thin_step + begin + j, 0, 1,
                                at_most(cols - j, F32::width), job.alpha, first ? job.beta : 1.0f,
                                first && job.bias != nullptr ? job.bias + begin + j : nullptr});
      }
    }
  }
}

template <class T, int R = kAxpyRows>
LENSMITH_INLINE void axpy_range(const void* b, int64_t ldb, int64_t begin, int cols,
                                const ThinJob& job, float* sums) {
  if constexpr (R > 1) {
    if (job.thin_rows < R) return axpy_range<T, R - 1>(b, ldb, begin, cols, job, sums);
  }
  axpy_cols<T, R>(static_cast<const T*>(b), ldb, begin, cols, job, sums);
}

LENSMITH_ISA_END
