// quantize:   w = the nearest to x that the kind of w can hold; formulas in quantized.h
// dequantize: out(r, c) = w(r, c), each in f32 and rounded to the dtype of out
//
//   x    [rows, cols] f32 | bf16 | f16, rows contiguous
//   out  [rows, cols] f32 | bf16 | f16, contiguous
//
// A block or row of zeros stays zeros.
#pragma once

#include "ops/quantized.h"

namespace lensmith {

struct QuantizeArgs {
  Tensor x;
  QuantizedMatrix w;

  template <class Visitor>
  void visit(Visitor& v) {
    v.in(x), w.visit_out(v);
  }
};

struct DequantizeArgs {
  QuantizedMatrix w;
  Tensor out;

  template <class Visitor>
  void visit(Visitor& v) {
    w.visit_in(v), v.out(out);
  }
};

inline void check(const QuantizeArgs& s) {
  check("quantize", s.w);
  Operand("quantize", "x", s.x).shape({s.w.rows, s.w.cols}).any_float().rows_contiguous();
  Operand("quantize", "codes", s.w.codes).writable();
  Operand("quantize", "scales", s.w.scales).writable();
  if (s.w.scales2) Operand("quantize", "scales2", s.w.scales2).writable();
  if (s.w.offset) Operand("quantize", "offset", s.w.offset).writable();
}

inline void check(const DequantizeArgs& s) {
  check("dequantize", s.w);
  Operand("dequantize", "out", s.out)
      .shape({s.w.rows, s.w.cols})
      .any_float()
      .contiguous()
      .writable();
}

}  // namespace lensmith
