// Reduction over the middle axis: out[o, i] = kind over r of x[o, r, i].
//
//   x    [outer, n, inner] any float dtype, contiguous (callers fold their axes into these three)
//   out  [outer, inner] f32
//   kind 0 sum, 1 mean, 2 max. Sums accumulate in f64. An empty sum is 0; mean and max need n > 0.
#pragma once

#include "core/check.h"

namespace lensmith {

enum class ReduceKind : int32_t { sum = 0, mean = 1, max = 2 };

struct ReduceArgs {
  Tensor x, out;
  int32_t kind = 0;

  template <class Visitor>
  void visit(Visitor& v) {
    v.in(x), v.out(out), v.integer(kind);
  }
};

inline void check(const ReduceArgs& s) {
  Operand("reduce", "x", s.x).rank(3).any_float().contiguous();
  Operand("reduce", "out", s.out).shape({s.x.dim(0), s.x.dim(2)}).output();
  require(s.kind >= 0 && s.kind <= 2, "reduce", "kind 0, 1 or 2", std::to_string(s.kind));
  require(s.kind == 0 || s.x.dim(1) > 0, "reduce", "something to reduce", s.x.describe());
}

}  // namespace lensmith
