// out = a · b, elementwise, with the operands and broadcasting of add.
#pragma once

#include "ops/add.h"

namespace lensmith {

struct MulArgs {
  Tensor a, b, out;

  template <class Visitor>
  void visit(Visitor& v) {
    v.in(a), v.in(b), v.out(out);
  }
};

inline void check(const MulArgs& s) { check_binary("mul", s.a, s.b, s.out); }

}  // namespace lensmith
