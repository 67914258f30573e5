// The loops that elementwise and row kernels share: over vectors, with one body for whole and cut
// ones; over elements and rows, on all threads; over dtypes, once outside of the loop.
#pragma once

#include <cstdint>

#include "backends/cpu/context.h"
#include "backends/cpu/simd/vec.h"

LENSMITH_ISA_BEGIN

// Elements below which starting a thread costs more than it gains. A multiple of every width.
inline constexpr int64_t kGrain = 16384;

constexpr int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }
constexpr int64_t larger(int64_t a, int64_t b) { return a > b ? a : b; }
constexpr int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

// Which lanes of a vector take part: all, or the first n.
struct Whole {};
struct First {
  int n;
};

template <class T>
LENSMITH_INLINE F32 load(const T* p, Whole) {
  return F32::load(p);
}
template <class T>
LENSMITH_INLINE F32 load(const T* p, First lanes) {
  return F32::load_n(p, lanes.n);
}
template <class T>
LENSMITH_INLINE void store(F32 v, T* p, Whole) {
  v.store(p);
}
template <class T>
LENSMITH_INLINE void store(F32 v, T* p, First lanes) {
  v.store_n(p, lanes.n);
}

// v, with 0 in the lanes that take no part.
LENSMITH_INLINE F32 cut(F32 v, Whole) { return v; }
LENSMITH_INLINE F32 cut(F32 v, First lanes) {
  float kept[F32::width] = {};
  v.store_n(kept, lanes.n);
  return F32::load(kept);
}

// Calls body(i, lanes) for the vectors that cover [0, n).
template <class Body>
LENSMITH_INLINE void each_vector(int64_t n, Body&& body) {
  int64_t i = 0;
  for (; i + F32::width <= n; i += F32::width) body(i, Whole{});
  if (i < n) body(i, First{static_cast<int>(n - i)});
}

// Sum of all lanes of what step(sum, i, lanes) adds up over [0, n). Four sums run side by side, as
// one alone would wait for each addition.
template <class Step>
LENSMITH_INLINE float accumulate(int64_t n, Step&& step) {
  constexpr int w = F32::width;
  F32 a = F32::zero(), b = a, c = a, d = a;
  int64_t i = 0;
  for (; i + 4 * w <= n; i += 4 * w) {
    a = step(a, i, Whole{});
    b = step(b, i + w, Whole{});
    c = step(c, i + 2 * w, Whole{});
    d = step(d, i + 3 * w, Whole{});
  }
  for (; i + w <= n; i += w) a = step(a, i, Whole{});
  if (i < n) b = step(b, i, First{static_cast<int>(n - i)});
  return reduce_add((a + b) + (c + d));
}

// Calls fn(begin, end) on ranges that cover [0, count), on all threads when there is enough to do.
template <class Fn>
void for_elements(Context& context, int64_t count, Fn&& fn) {
  context.pool.parallel_ranges(count, kGrain,
                               [&](int64_t begin, int64_t end, int) { fn(begin, end); });
}

// Calls fn(row, worker) for every row.
template <class Fn>
void for_rows(Context& context, int64_t rows, int64_t row_size, Fn&& fn) {
  const int64_t grain = larger(1, kGrain / larger(1, row_size));
  context.pool.parallel_ranges(rows, grain, [&](int64_t begin, int64_t end, int worker) {
    for (int64_t row = begin; row < end; ++row) fn(row, worker);
  });
}

// Calls fn with a value of the float type that dtype names.
template <class Fn>
LENSMITH_INLINE void with_float_type(DType dtype, Fn&& fn) {
  if (dtype == DType::bf16) return fn(bf16{});
  if (dtype == DType::f16) return fn(f16{});
  fn(float{});
}

LENSMITH_ISA_END
