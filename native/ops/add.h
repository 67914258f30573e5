// out = a + alpha · b
//
//   a    [...] f32 | bf16 | f16, contiguous
//   b    any float dtype, contiguous; its shape is a suffix of a's (broadcast over the leading
//        axes), or it holds one element
//   out  shape of a, f32 | bf16; may be a itself (accumulation) but not b when b is broadcast
#pragma once

#include "core/check.h"

namespace lensmith {

// Whether b's shape is the tail of a's, or b is one number.
inline bool broadcasts_into(const Tensor& b, const Tensor& a) {
  if (b.numel() == 1) return true;
  if (b.rank > a.rank) return false;
  for (int i = 1; i <= b.rank; ++i)
    if (b.dim(-i) != a.dim(-i)) return false;
  return true;
}

inline void check_binary(const char* op, const Tensor& a, const Tensor& b, const Tensor& out) {
  Operand(op, "a", a).defined().any_float().contiguous();
  Operand(op, "b", b).defined().any_float().contiguous();
  if (!broadcasts_into(b, a)) Operand(op, "b", b).same_shape(a);
  Operand(op, "out", out).same_shape(a).activation_output();
}

struct AddArgs {
  Tensor a, b, out;
  float alpha = 1;

  template <class Visitor>
  void visit(Visitor& v) {
    v.in(a), v.in(b), v.out(out), v.real(alpha);
  }
};

inline void check(const AddArgs& s) { check_binary("add", s.a, s.b, s.out); }

}  // namespace lensmith
