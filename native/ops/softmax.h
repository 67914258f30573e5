// out = exp(x − max(x)) / Σ exp(x − max(x)) over the last axis.
// x, out [N, D] f32, contiguous. Backward: dx = out · (grad − Σ grad · out).
#pragma once

#include "core/check.h"

namespace lensmith {

struct SoftmaxArgs {
  Tensor x, out;

  template <class Visitor>
  void visit(Visitor& v) {
    v.in(x), v.out(out);
  }
};

struct SoftmaxBackwardArgs {
  Tensor out, grad, dx;

  template <class Visitor>
  void visit(Visitor& v) {
    v.in(out), v.in(grad), v.out(dx);
  }
};

inline void check(const SoftmaxArgs& s) {
  Operand("softmax", "x", s.x).rank(2).f32().contiguous();
  Operand("softmax", "out", s.out).same_shape(s.x).output();
}

inline void check(const SoftmaxBackwardArgs& s) {
  Operand("softmax_backward", "out", s.out).rank(2).f32().contiguous();
  Operand("softmax_backward", "grad", s.grad).same_shape(s.out).f32().contiguous();
  Operand("softmax_backward", "dx", s.dx).same_shape(s.out).output();
}

}  // namespace lensmith
