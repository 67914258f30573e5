// out[index[i]] = src[i], in place: image features into token embeddings, keys into a cache.
//
//   src    [N, D] f32, rows contiguous
//   index  [N] i32, no index twice (the result would depend on the order)
//   out    [R, D] f32, rows contiguous; rows that no index names keep their value
#pragma once

#include "core/check.h"

namespace lensmith {

struct ScatterRowsArgs {
  Tensor src, index, out;

  template <class Visitor>
  void visit(Visitor& v) {
    v.in(src), v.in(index), v.out(out);
  }
};

inline void check(const ScatterRowsArgs& s) {
  Operand("scatter_rows", "index", s.index).rank(1).i32().contiguous();
  Operand("scatter_rows", "out", s.out).rank(2).f32().rows_contiguous().writable();
  Operand("scatter_rows", "src", s.src)
      .shape({s.index.dim(0), s.out.dim(1)})
      .f32()
      .rows_contiguous();
}

}  // namespace lensmith
