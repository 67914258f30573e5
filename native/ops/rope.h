// Rotary position embedding, halves layout (not interleaved), on every head:
//   out[..., i]       = scale · (x[i] · cos θ_i − x[i + D/2] · sin θ_i)
//   out[..., i + D/2] = scale · (x[i + D/2] · cos θ_i + x[i] · sin θ_i)
// with θ_i = position · inverse_frequency[i]. `inverse` rotates by −θ: the backward pass.
//
//   x                  [N, H, D] f32 | bf16, contiguous, D even
//   positions          [N] i32
//   inverse_frequency  [D / 2] f32; the scaling variants of the LLaMA family (linear, dynamic,
//                      llama3, yarn) are all a choice of this table and of `scale`
//   index              [N] i32 (optional), no index twice: rotated row i is written to row index[i]
//                      of `out`, keys into a cache; the other rows keep what they hold
//   out                shape of x, f32 | bf16, may be x itself; with an index [R, H, D] f32 and not
//   x
//
// Angles are formed in f32 as the reference forms them, sine and cosine taken of that.
// Source: arXiv:2104.09864; numerics as transformers' apply_rotary_pos_emb.
#pragma once

#include "core/check.h"

namespace lensmith {

struct RopeArgs {
  Tensor x, positions, inverse_frequency, index, out;
  float scale = 1;
  bool inverse = false;

  template <class Visitor>
  void visit(Visitor& v) {
    v.in(x), v.in(positions), v.in(inverse_frequency), v.optional_in(index), v.out(out);
    v.real(scale), v.flag(inverse);
  }
};

inline void check(const RopeArgs& s) {
  Operand("rope", "x", s.x).rank(3).activation();
  require(s.x.dim(2) % 2 == 0, "rope", "an even head size", std::to_string(s.x.dim(2)));
  Operand("rope", "positions", s.positions).shape({s.x.dim(0)}).i32().contiguous();
  Operand("rope", "inverse_frequency", s.inverse_frequency)
      .shape({s.x.dim(2) / 2})
      .f32()
      .contiguous();
  if (!s.index) {
    Operand("rope", "out", s.out).same_shape(s.x).activation_output();
    return;
  }
  Operand("rope", "index", s.index).shape({s.x.dim(0)}).i32().contiguous();
  Operand("rope", "out", s.out).rank(3).output();
  Operand("rope", "out", s.out).shape({s.out.dim(0), s.x.dim(1), s.x.dim(2)});
}

}  // namespace lensmith
