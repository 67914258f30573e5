// Layer normalisation over the last axis: out = (x − mean) · rstd · weight + bias,
// rstd = 1 / sqrt(var(x) + eps) with the biased variance.
//
//   x, out [N, D] f32 | bf16; weight, bias [D] any float dtype; mean, rstd [N] f32 (kept)
//
// Backward, with g = grad · weight and x̂ = (x − mean) · rstd:
//   dx      = rstd · (g − mean(g) − x̂ · mean(g · x̂))   [N, D] f32 | bf16, as grad may be; optional
//   dweight = Σ_n grad · x̂, dbias = Σ_n grad             [D] f32, optional
//
// Source: arXiv:1607.06450; numerics as torch.nn.LayerNorm.
#pragma once

#include "core/check.h"

namespace lensmith {

struct LayerNormArgs {
  Tensor x, weight, bias, out, mean, rstd;
  float eps = 0;

  template <class Visitor>
  void visit(Visitor& v) {
    v.in(x), v.in(weight), v.in(bias), v.out(out), v.out(mean), v.out(rstd), v.real(eps);
  }
};

struct LayerNormBackwardArgs {
  Tensor x, weight, mean, rstd, grad, dx, dweight, dbias;

  template <class Visitor>
  void visit(Visitor& v) {
    v.in(x), v.in(weight), v.in(mean), v.in(rstd), v.in(grad);
    v.optional_out(dx), v.optional_out(dweight), v.optional_out(dbias);
  }
};

inline void check(const LayerNormArgs& s) {
  Operand("layer_norm", "x", s.x).rank(2).activation();
  Operand("layer_norm", "weight", s.weight).shape({s.x.dim(1)}).any_float().contiguous();
  Operand("layer_norm", "bias", s.bias).shape({s.x.dim(1)}).any_float().contiguous();
  Operand("layer_norm", "out", s.out).same_shape(s.x).activation_output();
  Operand("layer_norm", "mean", s.mean).shape({s.x.dim(0)}).output();
  Operand("layer_norm", "rstd", s.rstd).shape({s.x.dim(0)}).output();
}

inline void check(const LayerNormBackwardArgs& s) {
  Operand("layer_norm_backward", "x", s.x).rank(2).activation();
  Operand("layer_norm_backward", "weight", s.weight).shape({s.x.dim(1)}).any_float().contiguous();
  Operand("layer_norm_backward", "mean", s.mean).shape({s.x.dim(0)}).f32().contiguous();
  Operand("layer_norm_backward", "rstd", s.rstd).shape({s.x.dim(0)}).f32().contiguous();
  Operand("layer_norm_backward", "grad", s.grad).same_shape(s.x).activation();
  if (s.dx) Operand("layer_norm_backward", "dx", s.dx).same_shape(s.x).activation_output();
  if (s.dweight) Operand("layer_norm_backward", "dweight", s.dweight).shape({s.x.dim(1)}).output();
  if (s.dbias) Operand("layer_norm_backward", "dbias", s.dbias).shape({s.x.dim(1)}).output();
}

}  // namespace lensmith
