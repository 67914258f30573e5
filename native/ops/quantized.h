// A matrix w [rows, cols] of few bits, held in several tensors. Which kind it is, the dtype of
// `codes` says.
//
// int8: w(r, c) = codes(r, c) · (scales(r) / 127), scales the largest absolute value of the row
//   codes   [rows, cols] i8, -127..127, the nearest, ties to even
//   scales  [rows] f32
//
// nf4: w(i) = nf4(codes(i)) · absmax(i / 64), i counting in row-major order, so that blocks of 64
// may cross rows
//   codes   [ceil(rows · cols / 2)] u8: two codes a byte, the first in the high nibble; the nearest
//           by the middles between codes, the lower one on a middle
//   scales  [blocks = ceil(rows · cols / 64)] f32: absmax; or u8, quantised once more:
//           absmax(b) = dynamic_map(scales(b)) · scales2(b / 256) + offset
//   scales2 [ceil(blocks / 256)] f32: largest |absmax - offset| of 256 blocks
//   offset  [1] f32: mean of all absmax
//
// Source: arXiv:2305.14314 (NF4, double quantisation), arXiv:2208.07339 (int8 by rows); values as
// bitsandbytes makes and keeps them.
#pragma once

#include "core/check.h"
#include "core/nf4_tables.h"

namespace lensmith {

struct QuantizedMatrix {
  Tensor codes, scales, scales2, offset;
  int32_t rows = 0, cols = 0;

  bool is_nf4() const { return codes.dtype == DType::u8; }
  int64_t numel() const { return int64_t{rows} * cols; }
  int64_t blocks() const { return (numel() + kNf4Block - 1) / kNf4Block; }

  template <class Visitor>
  void visit_in(Visitor& v) {
    v.in(codes), v.in(scales), v.optional_in(scales2), v.optional_in(offset);
    v.integer(rows), v.integer(cols);
  }
  template <class Visitor>
  void visit_out(Visitor& v) {
    v.out(codes), v.out(scales), v.optional_out(scales2), v.optional_out(offset);
    v.integer(rows), v.integer(cols);
  }
};

inline void check(const char* op, const QuantizedMatrix& w) {
  require(w.rows > 0 && w.cols > 0, op, "at least one row and one column",
          std::to_string(w.rows) + " by " + std::to_string(w.cols));
  Operand(op, "codes", w.codes).dtype({DType::u8, DType::i8}).contiguous();
  if (!w.is_nf4()) {
    Operand(op, "codes", w.codes).shape({w.rows, w.cols});
    Operand(op, "scales", w.scales).shape({w.rows}).f32().contiguous();
    return;
  }
  Operand(op, "codes", w.codes).shape({(w.numel() + 1) / 2});
  Operand(op, "scales", w.scales).shape({w.blocks()}).dtype({DType::f32, DType::u8}).contiguous();
  if (w.scales.dtype == DType::f32) return;
  const int64_t outer = (w.blocks() + kNf4OuterBlock - 1) / kNf4OuterBlock;
  Operand(op, "scales2", w.scales2).shape({outer}).f32().contiguous();
  Operand(op, "offset", w.offset).shape({1}).f32();
}

}  // namespace lensmith
