// dst[i…] = convert(src[i…]): the one op behind cast, contiguous, concat (into a slice of the
// result), slice and transpose (of a strided view).
//
//   src, dst  the same shape, any strides. Between float dtypes the value is rounded to nearest
//             even; i32, u8 and i8 copy to their own kind, and convert to f32 exactly where it
//             holds.
//   src may have stride 0 (a broadcast). dst and src must not overlap.
#pragma once

#include "core/check.h"

namespace lensmith {

struct CopyArgs {
  Tensor src, dst;

  template <class Visitor>
  void visit(Visitor& v) {
    v.in(src), v.out(dst);
  }
};

inline void check(const CopyArgs& s) {
  Operand("copy", "dst", s.dst).same_shape(s.src).writable();
  const bool both_float = is_float(s.src.dtype) && is_float(s.dst.dtype);
  const bool widen = s.dst.dtype == DType::f32;
  if (s.src.dtype != s.dst.dtype && !both_float && !widen)
    Operand("copy", "dst", s.dst).dtype({s.src.dtype, DType::f32});
}

}  // namespace lensmith
