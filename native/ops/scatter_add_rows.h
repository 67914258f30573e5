// out[index[i]] += src[i], in place: the gradient of gather_rows (an embedding's gradient).
//
//   src    [N, D] f32, rows contiguous
//   index  [N] i32; an index may come several times, the sum is taken in the order of i, so the
//          result does not depend on the number of threads
//   out    [R, D] f32, rows contiguous
#pragma once

#include "core/check.h"

namespace lensmith {

struct ScatterAddRowsArgs {
  Tensor src, index, out;

  template <class Visitor>
  void visit(Visitor& v) {
    v.in(src), v.in(index), v.out(out);
  }
};

inline void check(const ScatterAddRowsArgs& s) {
  Operand("scatter_add_rows", "index", s.index).rank(1).i32().contiguous();
  Operand("scatter_add_rows", "out", s.out).rank(2).f32().rows_contiguous().writable();
  Operand("scatter_add_rows", "src", s.src)
      .shape({s.index.dim(0), s.out.dim(1)})
      .f32()
      .rows_contiguous();
}

}  // namespace lensmith
