// out = factor · x; x any float dtype, contiguous; out f32 | bf16, may be x itself.
#pragma once

#include "core/check.h"

namespace lensmith {

struct ScaleArgs {
  Tensor x, out;
  float factor = 1;

  template <class Visitor>
  void visit(Visitor& v) {
    v.in(x), v.out(out), v.real(factor);
  }
};

inline void check(const ScaleArgs& s) {
  Operand("scale", "x", s.x).defined().any_float().contiguous();
  Operand("scale", "out", s.out).same_shape(s.x).activation_output();
}

}  // namespace lensmith
