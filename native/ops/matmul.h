// out = alpha · op(a) op(b) + beta · out (+ bias on every row)
//
//   a     [M, K], or [K, M] when transpose_a; f32 | bf16 | f16, rows contiguous
//   b     [K, N], or [N, K] when transpose_b (a weight as checkpoints hold it); same dtypes
//   bias  [N], any float dtype; optional
//   out   [M, N] f32, rows contiguous. With beta = 0 it is not read, so it may be uninitialised.
//
// Operands of 16 bits are widened while they are packed; products accumulate in f32. The order of
// summation over K does not depend on the number of threads.
#pragma once

#include "core/check.h"

namespace lensmith {

struct MatmulArgs {
  Tensor a, b, bias, out;
  bool transpose_a = false, transpose_b = false;
  float alpha = 1, beta = 0;

  template <class Visitor>
  void visit(Visitor& v) {
    v.in(a), v.in(b), v.optional_in(bias), v.out(out);
    v.flag(transpose_a), v.flag(transpose_b), v.real(alpha), v.real(beta);
  }
};

inline void check(const MatmulArgs& s) {
  Operand("matmul", "a", s.a).rank(2).any_float().rows_contiguous();
  Operand("matmul", "b", s.b).rank(2).any_float().rows_contiguous();
  const int64_t m = s.a.dim(s.transpose_a ? 1 : 0);
  const int64_t k = s.a.dim(s.transpose_a ? 0 : 1);
  const int64_t n = s.b.dim(s.transpose_b ? 0 : 1);
  Operand("matmul", "b", s.b).shape({s.transpose_b ? n : k, s.transpose_b ? k : n});
  if (s.bias) Operand("matmul", "bias", s.bias).shape({n}).any_float().contiguous();
  Operand("matmul", "out", s.out).shape({m, n}).f32().rows_contiguous().writable();
}

}  // namespace lensmith
