// out[i] = x[index[i]]: embedding lookup, and picking the supervised rows.
//
//   x      [R, D] f32 | bf16 | f16, rows contiguous
//   index  [N] i32. An index outside 0..R-1 fails the stream with tensor/index-out-of-range.
//   out    [N, D] f32
#pragma once

#include "core/check.h"

namespace lensmith {

struct GatherRowsArgs {
  Tensor x, index, out;

  template <class Visitor>
  void visit(Visitor& v) {
    v.in(x), v.in(index), v.out(out);
  }
};

inline void check(const GatherRowsArgs& s) {
  Operand("gather_rows", "x", s.x).rank(2).any_float().rows_contiguous();
  Operand("gather_rows", "index", s.index).rank(1).i32().contiguous();
  Operand("gather_rows", "out", s.out).shape({s.index.dim(0), s.x.dim(1)}).output();
}

}  // namespace lensmith
