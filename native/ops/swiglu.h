// out = silu(gate) · up, elementwise; all the same shape, f32 | bf16 each, contiguous.
//
// Backward: dup = grad · silu(gate); dgate = grad · up · σ(gate) · (1 + gate · (1 − σ(gate))).
// Source: arXiv:2002.05202.
#pragma once

#include "core/check.h"

namespace lensmith {

struct SwigluArgs {
  Tensor gate, up, out;

  template <class Visitor>
  void visit(Visitor& v) {
    v.in(gate), v.in(up), v.out(out);
  }
};

struct SwigluBackwardArgs {
  Tensor gate, up, grad, dgate, dup;

  template <class Visitor>
  void visit(Visitor& v) {
    v.in(gate), v.in(up), v.in(grad), v.out(dgate), v.out(dup);
  }
};

inline void check(const SwigluArgs& s) {
  Operand("swiglu", "gate", s.gate).activation();
  Operand("swiglu", "up", s.up).same_shape(s.gate).activation();
  Operand("swiglu", "out", s.out).same_shape(s.gate).activation_output();
}

inline void check(const SwigluBackwardArgs& s) {
  Operand("swiglu_backward", "gate", s.gate).activation();
  Operand("swiglu_backward", "up", s.up).same_shape(s.gate).activation();
  Operand("swiglu_backward", "grad", s.grad).same_shape(s.gate).activation();
  Operand("swiglu_backward", "dgate", s.dgate).same_shape(s.gate).activation_output();
  Operand("swiglu_backward", "dup", s.dup).same_shape(s.gate).activation_output();
}

}  // namespace lensmith
