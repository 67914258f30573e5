// out[i] = value, rounded to the dtype of out (f32, bf16, f16 or i32); out contiguous.
#pragma once

#include "core/check.h"

namespace lensmith {

struct FillArgs {
  Tensor out;
  float value = 0;

  template <class Visitor>
  void visit(Visitor& v) {
    v.out(out), v.real(value);
  }
};

inline void check(const FillArgs& s) {
  Operand("fill", "out", s.out)
      .dtype({DType::f32, DType::bf16, DType::f16, DType::i32})
      .contiguous()
      .writable();
}

}  // namespace lensmith
