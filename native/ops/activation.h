// out = f(x), elementwise, f32 | bf16 each, contiguous; out may be x itself. Backward: dx = grad ·
// f'(x).
//
//   0 gelu        x/2 · (1 + erf(x/√2))
//   1 gelu_tanh   x/2 · (1 + tanh(√(2/π) · (x + 0.044715 x³)))
//   2 quick_gelu  x · σ(1.702 x)
//   3 silu        x · σ(x)
//   4 relu        max(x, 0)
//
// Source: arXiv:1606.08415 (GELU), arXiv:1702.03118 (SiLU); quick_gelu as in OpenAI's CLIP.
#pragma once

#include "core/check.h"

namespace lensmith {

enum class ActivationKind : int32_t { gelu = 0, gelu_tanh = 1, quick_gelu = 2, silu = 3, relu = 4 };

struct ActivationArgs {
  Tensor x, out;
  int32_t kind = 0;

  template <class Visitor>
  void visit(Visitor& v) {
    v.in(x), v.out(out), v.integer(kind);
  }
};

struct ActivationBackwardArgs {
  Tensor x, grad, dx;
  int32_t kind = 0;

  template <class Visitor>
  void visit(Visitor& v) {
    v.in(x), v.in(grad), v.out(dx), v.integer(kind);
  }
};

inline void check(const ActivationArgs& s) {
  Operand("activation", "x", s.x).activation();
  Operand("activation", "out", s.out).same_shape(s.x).activation_output();
  require(s.kind >= 0 && s.kind <= 4, "activation", "kind 0 to 4", std::to_string(s.kind));
}

inline void check(const ActivationBackwardArgs& s) {
  Operand("activation_backward", "x", s.x).activation();
  Operand("activation_backward", "grad", s.grad).same_shape(s.x).activation();
  Operand("activation_backward", "dx", s.dx).same_shape(s.x).activation_output();
  require(s.kind >= 0 && s.kind <= 4, "activation_backward", "kind 0 to 4", std::to_string(s.kind));
}

}  // namespace lensmith
