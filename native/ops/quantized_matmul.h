// out = a · wᵀ (+ bias on every row) when transpose_w, else a · w: a linear map with a quantised
// weight, and the gradient of its input.
//
//   a     [M, K] f32 | bf16 | f16, rows contiguous; K = cols when transpose_w, else rows
//   w     quantised [rows, cols]; see quantized.h
//   bias  [N], any float dtype; optional
//   out   [M, N] f32, rows contiguous; N = rows when transpose_w, else cols
//
// Weights are widened while they are packed or loaded, a tile at a time. The order of summation
// over K does not depend on the number of threads.
#pragma once

#include "ops/quantized.h"

namespace lensmith {

struct QuantizedMatmulArgs {
  Tensor a;
  QuantizedMatrix w;
  Tensor bias, out;
  bool transpose_w = true;

  template <class Visitor>
  void visit(Visitor& v) {
    v.in(a), w.visit_in(v), v.optional_in(bias), v.out(out), v.flag(transpose_w);
  }
};

inline void check(const QuantizedMatmulArgs& s) {
  constexpr const char* op = "quantized_matmul";
  check(op, s.w);
  const int64_t k = s.transpose_w ? s.w.cols : s.w.rows;
  const int64_t n = s.transpose_w ? s.w.rows : s.w.cols;
  Operand(op, "a", s.a).rank(2).any_float().rows_contiguous();
  Operand(op, "a", s.a).shape({s.a.dim(0), k});
  if (s.bias) Operand(op, "bias", s.bias).shape({n}).any_float().contiguous();
  Operand(op, "out", s.out).shape({s.a.dim(0), n}).f32().rows_contiguous().writable();
}

}  // namespace lensmith
