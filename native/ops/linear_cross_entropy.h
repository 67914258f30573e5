// The language-model head and its loss in one, over the supervised rows only:
//   logits_r = hidden_r · weightᵀ;  losses[r] = logsumexp(logits_r) − logits_r[targets[r]]
//   loss     = Σ_r row_weights[r] · losses[r]
// and, where asked for, the gradients of `loss`:
//   dlogits_r = row_weights[r] · (softmax(logits_r) − onehot(targets[r]))
//   dhidden   = dlogits · weight;   dweight = dlogitsᵀ · hidden
// The rows are worked in chunks, so tokens × vocabulary never exists; the gradients are formed
// while a chunk's logits are at hand, which saves a matmul over recomputing them in backward.
//
//   hidden      [R, D] f32, contiguous        weight  [V, D] any float dtype, contiguous
//   targets     [R] i32 in 0..V-1 (else tensor/index-out-of-range)
//   row_weights [R] f32 (1 / supervised tokens for a mean)
//   losses      [R] f32      loss [1] f32 (summed in f64)
//   dhidden     [R, D] f32, optional          dweight [V, D] f32, optional
//
// Source: the chunked form of arXiv:2411.09009 and arXiv:2410.10989.
#pragma once

#include "core/check.h"

namespace lensmith {

struct LinearCrossEntropyArgs {
  Tensor hidden, weight, targets, row_weights, losses, loss, dhidden, dweight;

  template <class Visitor>
  void visit(Visitor& v) {
    v.in(hidden), v.in(weight), v.in(targets), v.in(row_weights), v.out(losses), v.out(loss);
    v.optional_out(dhidden), v.optional_out(dweight);
  }
};

inline void check(const LinearCrossEntropyArgs& s) {
  constexpr const char* op = "linear_cross_entropy";
  Operand(op, "hidden", s.hidden).rank(2).f32().contiguous();
  Operand(op, "weight", s.weight).rank(2).any_float().contiguous();
  Operand(op, "weight", s.weight).shape({s.weight.dim(0), s.hidden.dim(1)});
  const int64_t rows = s.hidden.dim(0);
  Operand(op, "targets", s.targets).shape({rows}).i32().contiguous();
  Operand(op, "row_weights", s.row_weights).shape({rows}).f32().contiguous();
  Operand(op, "losses", s.losses).shape({rows}).output();
  Operand(op, "loss", s.loss).shape({1}).output();
  if (s.dhidden) Operand(op, "dhidden", s.dhidden).same_shape(s.hidden).output();
  if (s.dweight) Operand(op, "dweight", s.dweight).same_shape(s.weight).output();
}

}  // namespace lensmith
