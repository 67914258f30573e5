// RMS normalisation over the last axis: out = x · rstd · weight, rstd = 1 / sqrt(mean(x²) + eps).
//
//   x       [N, D] f32 | bf16, contiguous weight  [D] any float dtype
//   out     [N, D] f32 | bf16             rstd    [N] f32, kept for the backward pass
//
// Backward, with g = grad · weight and x̂ = x · rstd:
//   dx      = rstd · (g − x̂ · mean(g · x̂))      [N, D] f32 | bf16, as grad may be; optional
//   dweight = Σ_n grad · x̂                        [D] f32, optional
//
// Source: arXiv:1910.07467; numerics as transformers' LlamaRMSNorm.
#pragma once

#include "core/check.h"

namespace lensmith {

struct RmsNormArgs {
  Tensor x, weight, out, rstd;
  float eps = 0;

  template <class Visitor>
  void visit(Visitor& v) {
    v.in(x), v.in(weight), v.out(out), v.out(rstd), v.real(eps);
  }
};

struct RmsNormBackwardArgs {
  Tensor x, weight, rstd, grad, dx, dweight;

  template <class Visitor>
  void visit(Visitor& v) {
    v.in(x), v.in(weight), v.in(rstd), v.in(grad), v.optional_out(dx), v.optional_out(dweight);
  }
};

inline void check(const RmsNormArgs& s) {
  Operand("rms_norm", "x", s.x).rank(2).activation();
  Operand("rms_norm", "weight", s.weight).shape({s.x.dim(1)}).any_float().contiguous();
  Operand("rms_norm", "out", s.out).same_shape(s.x).activation_output();
  Operand("rms_norm", "rstd", s.rstd).shape({s.x.dim(0)}).output();
}

inline void check(const RmsNormBackwardArgs& s) {
  Operand("rms_norm_backward", "x", s.x).rank(2).activation();
  Operand("rms_norm_backward", "weight", s.weight).shape({s.x.dim(1)}).any_float().contiguous();
  Operand("rms_norm_backward", "rstd", s.rstd).shape({s.x.dim(0)}).f32().contiguous();
  Operand("rms_norm_backward", "grad", s.grad).same_shape(s.x).activation();
  if (s.dx) Operand("rms_norm_backward", "dx", s.dx).same_shape(s.x).activation_output();
  if (s.dweight) Operand("rms_norm_backward", "dweight", s.dweight).shape({s.x.dim(1)}).output();
}

}  // namespace lensmith
