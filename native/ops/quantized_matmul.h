// out = a · wᵀ (+ bias) when transpose_w, else a · w (+ side_alpha · low op(side)): a
// linear map with a quantised weight, and the gradient of its input.
//
//   a     [M, K] f32 | bf16 | f16, rows contiguous; K = cols when transpose_w, else rows
//   w     quantised [rows, cols]; see quantized.h
//   bias  [N], any float dtype, or [M, N] f32; optional, see matmul.h
//   low, side: beside the product, see matmul.h; side is [N, R] when transpose_w, else [R, N]
//   out   [M, N] f32 or bf16, rows contiguous; N = rows when transpose_w, else cols
//
// Weights are widened while they are packed or loaded, a tile at a time. The order of summation
// over K does not depend on the number of threads.
#pragma once

#include "ops/matmul.h"
#include "ops/quantized.h"

namespace lensmith {

struct QuantizedMatmulArgs {
  Tensor a;
  QuantizedMatrix w;
  Tensor bias, low, side, out;
  bool transpose_w = true;
  float side_alpha = 1;

  template <class Visitor>
  void visit(Visitor& v) {
    v.in(a), w.visit_in(v), v.optional_in(bias), v.optional_in(low), v.optional_in(side);
    v.out(out), v.flag(transpose_w), v.real(side_alpha);
  }
};

inline void check(const QuantizedMatmulArgs& s) {
  constexpr const char* op = "quantized_matmul";
  check(op, s.w);
  const int64_t k = s.transpose_w ? s.w.cols : s.w.rows;
  const int64_t n = s.transpose_w ? s.w.rows : s.w.cols;
  Operand(op, "a", s.a).rank(2).any_float().rows_contiguous();
  Operand(op, "a", s.a).shape({s.a.dim(0), k});
  check_bias(op, s.bias, s.out, s.a.dim(0), n);
  check_product(op, s.low, s.side, s.transpose_w, s.out, s.a.dim(0), n);
}

}  // namespace lensmith
