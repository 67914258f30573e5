// Counter-based random numbers: element i draws from Philox4x32-10 with key (seed, 0) and
// counter (i / 4 low, i / 4 high, stream, 0), word i % 4, so a value depends on its place alone:
// not on threads, not on order, and a recomputed forward pass sees the same mask.
//
// dropout:      out = x · keep / (1 − p), keep where uniform ≥ p. The same call on a gradient is
//               its backward pass. x, out [...] f32 | bf16, contiguous; out may be x itself.
// random_fill:  kind 0 uniform in [a, b), kind 1 normal with mean a and deviation b (Box-Muller on
//               the word pairs (0,1) and (2,3)); out f32, bf16 or f16, contiguous.
//
// seed and stream are unsigned 32-bit numbers. Source: Salmon et al., SC'11.
#pragma once

#include "core/check.h"

namespace lensmith {

struct DropoutArgs {
  Tensor x, out;
  float probability = 0;
  uint32_t seed = 0, stream = 0;

  template <class Visitor>
  void visit(Visitor& v) {
    v.in(x), v.out(out), v.real(probability), v.word(seed), v.word(stream);
  }
};

struct RandomFillArgs {
  Tensor out;
  int32_t kind = 0;
  float a = 0, b = 1;
  uint32_t seed = 0, stream = 0;

  template <class Visitor>
  void visit(Visitor& v) {
    v.out(out), v.integer(kind), v.real(a), v.real(b), v.word(seed), v.word(stream);
  }
};

inline void check(const DropoutArgs& s) {
  Operand("dropout", "x", s.x).activation();
  Operand("dropout", "out", s.out).same_shape(s.x).activation_output();
  require(s.probability >= 0 && s.probability < 1, "dropout", "0 <= p < 1",
          std::to_string(s.probability));
}

inline void check(const RandomFillArgs& s) {
  Operand("random_fill", "out", s.out).any_float().contiguous().writable();
  require(s.kind == 0 || s.kind == 1, "random_fill", "kind 0 or 1", std::to_string(s.kind));
}

}  // namespace lensmith
