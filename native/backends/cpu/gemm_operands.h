// What every path of gemm shares: where elements lie, the type behind a dtype, and where results
// go.
#pragma once

#include <type_traits>

#include "backends/cpu/gemm.h"
#include "backends/cpu/gemm_pack.h"
#include "backends/cpu/loops.h"

LENSMITH_ISA_BEGIN

// Columns of B that one task packs at most.
inline constexpr int64_t kWidestBlock = 256;
static_assert(kWidestBlock % kTileCols == 0);

template <class T>
const T* at(const void* matrix, int64_t ld, int64_t row, int64_t col) {
  return static_cast<const T*>(matrix) + row * ld + col;
}

// Calls fn with a null pointer of the C++ type of a float dtype.
template <class F>
LENSMITH_INLINE void with_type(DType dtype, F&& fn) {
  if (dtype == DType::f32) return fn(static_cast<const float*>(nullptr));
  if (dtype == DType::bf16) return fn(static_cast<const bf16*>(nullptr));
  fn(static_cast<const f16*>(nullptr));
}

// Where the sums of a block of k that begins at p go, in at most `widest` columns from `col`; rows
// and place are the caller's.
inline TileOut tile_out(const GemmArgs& g, const float* bias, int64_t col, int64_t cols, int widest,
                        int64_t p) {
  return {nullptr,
          g.ldc,
          0,
          at_most(cols, widest),
          g.alpha,
          p == 0 ? g.beta : 1.0f,
          p == 0 && bias != nullptr ? bias + col : nullptr};
}

LENSMITH_ISA_END
