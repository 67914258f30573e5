// General matrix multiplication, the heart of every linear layer and of its gradient.
#pragma once

#include <cstdint>

#include "backends/cpu/simd/isa.h"
#include "core/dtype.h"
#include "core/thread_pool.h"
#include "core/workspace.h"

namespace lensmith::cpu {

// A row-major matrix of few bits; the kinds and their formulas are in ops/quantized.h.
struct QuantizedRows {
  bool is_nf4 = false;
  const void* codes = nullptr;
  const float* scales = nullptr;         // of rows (int8) or blocks (nf4); null when quantised
  const uint8_t* scale_codes = nullptr;  // of blocks
  const float* scales2 = nullptr;
  float offset = 0;
  int64_t cols = 0;
};

// C = alpha · op(A) op(B) + beta · C (+ bias on every row) (+ another product); matrices are
// row-major.
struct GemmArgs {
  int64_t m = 0, n = 0, k = 0;

  const void* a = nullptr;  // [m, k], or [k, m] when trans_a; f32 | bf16 | f16
  DType a_dtype = DType::f32;
  int64_t lda = 0;  // elements from row to row, as all ld*
  bool trans_a = false;

  const void* b = nullptr;  // [k, n], or [n, k] when trans_b; f32 | bf16 | f16
  DType b_dtype = DType::f32;
  int64_t ldb = 0;
  bool trans_b = false;
  const QuantizedRows* b_quantized = nullptr;  // in place of b, b_dtype and ldb; A not transposed

  float* c = nullptr;  // [m, n]; must not overlap a or b
  int64_t ldc = 0;

  float alpha = 1;
  float beta = 0;  // 0: C is not read

  const void* bias = nullptr;  // [n] or null; f32 | bf16 | f16
  DType bias_dtype = DType::f32;

  // Or null. Added to the same C, with beta 1 and no bias; where its k is short, while C is near.
  const GemmArgs* beside = nullptr;
};

}  // namespace lensmith::cpu

LENSMITH_ISA_BEGIN

// Computes C with f32 accumulation. With k = 0, C = beta · C + bias.
//
// The order of summation never depends on the number of threads. Nor does it depend on m or n
// within one of these families of paths, so that there a row of C has the same bits whatever other
// rows are computed with it:
//   dot products along k   m <= 32 (16 when trans_a, or on AMX beside 16 bits) and trans_b,
//                          or n < a tile's columns (and n <= 32, 16 unless trans_b) and not trans_a
//   matrix tiles           everything else on AMX with m > 16 and n >= 16; see gemm_matrix_tiles.h
//   blocks of k            everything else
// A quantised B leaves the first family at fewer rows: 24 of nf4, and at once when its rows do not
// begin with a block.
void gemm(ThreadPool& pool, Workspace& workspace, const GemmArgs& args);

// The same on the calling thread alone, for use inside a job; same bits.
void gemm(Workspace& workspace, const GemmArgs& args);

LENSMITH_ISA_END
