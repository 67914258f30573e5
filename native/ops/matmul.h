// out = alpha · op(a) op(b) + beta · out (+ bias) (+ side_alpha · low op(side))
//
//   a     [M, K], or [K, M] when transpose_a; f32 | bf16 | f16, rows contiguous
//   b     [K, N], or [N, K] when transpose_b (a weight as checkpoints hold it); same dtypes
//   bias  [N], any float dtype: added to every row; or [M, N] f32, contiguous: what the product is
//         added to, last; optional
//   low   [M, R] f32, and
//   side  [R, N], or [N, R] when transpose_b; any float dtype: a product of low rank beside the
//         other, as an adapter's; both or neither
//   out   [M, N] f32, or bf16 when beta = 0; rows contiguous. With beta = 0 it is not read, so it
//         may be uninitialised.
//
// Operands of 16 bits are widened while they are packed; products accumulate in f32. The order of
// summation over K does not depend on the number of threads.
#pragma once

#include "core/check.h"

namespace lensmith {

struct MatmulArgs {
  Tensor a, b, bias, low, side, out;
  bool transpose_a = false, transpose_b = false;
  float alpha = 1, beta = 0, side_alpha = 1;

  template <class Visitor>
  void visit(Visitor& v) {
    v.in(a), v.in(b), v.optional_in(bias), v.optional_in(low), v.optional_in(side), v.out(out);
    v.flag(transpose_a), v.flag(transpose_b), v.real(alpha), v.real(beta), v.real(side_alpha);
  }
};

inline void check_bias(const char* op, const Tensor& bias, const Tensor& out, int64_t m,
                       int64_t n) {
  if (!bias) return;
  if (bias.rank == 1) return void(Operand(op, "bias", bias).shape({n}).any_float().contiguous());
  Operand(op, "bias", bias).shape({m, n}).f32().contiguous();
  Operand(op, "out", out).f32().contiguous();
}

// What stands beside a product of n columns, and where both are added.
inline void check_product(const char* op, const Tensor& low, const Tensor& side,
                          bool transpose_side, const Tensor& out, int64_t m, int64_t n) {
  if (low || side) {
    Operand(op, "low", low).defined().rank(2).f32().rows_contiguous();
    const int64_t r = low.dim(1);
    Operand(op, "low", low).shape({m, r});
    Operand(op, "side", side).defined().rank(2).any_float().rows_contiguous();
    Operand(op, "side", side).shape({transpose_side ? n : r, transpose_side ? r : n});
  }
  Operand(op, "out", out).shape({m, n}).dtype({DType::f32, DType::bf16});
  Operand(op, "out", out).rows_contiguous().writable();
}

inline void check(const MatmulArgs& s) {
  Operand("matmul", "a", s.a).rank(2).any_float().rows_contiguous();
  Operand("matmul", "b", s.b).rank(2).any_float().rows_contiguous();
  const int64_t m = s.a.dim(s.transpose_a ? 1 : 0);
  const int64_t k = s.a.dim(s.transpose_a ? 0 : 1);
  const int64_t n = s.b.dim(s.transpose_b ? 0 : 1);
  Operand("matmul", "b", s.b).shape({s.transpose_b ? n : k, s.transpose_b ? k : n});
  check_bias("matmul", s.bias, s.out, m, n);
  check_product("matmul", s.low, s.side, s.transpose_b, s.out, m, n);
  if (s.beta != 0) Operand("matmul", "out", s.out).f32();
}

}  // namespace lensmith
