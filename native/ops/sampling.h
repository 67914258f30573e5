// From logits to token ids. logits [R, V] f32, contiguous, V ≥ 1.
//
// argmax: out[r] = the lowest index of the largest logit (NaN never wins). out [R] i32.
// top_k:  values [R, k] f32 and indices [R, k] i32 of the k largest, descending, ties by index.
// sample: for each row, in this order (as transformers' logits processors):
//   1. repetition penalty ≠ 1: a logit of a token in history[r] is divided by it when positive,
//      multiplied when negative; each token once. history [R, H] i32, −1 where empty; optional.
//   2. divide by temperature (> 0)
//   3. keep the top_k largest (0: all)        4. keep the smallest set whose probability reaches
//      top_p (1: all); the most likely token always stays
//   5. draw by the uniform of Philox(seed, stream, r): tokens are passed in the order of their ids
//      until their probabilities reach it. out [R] i32.
// A NaN counts as −inf. Of equal logits at the k-th place the lower ids are kept.
#pragma once

#include "core/check.h"

namespace lensmith {

struct ArgmaxArgs {
  Tensor logits, out;

  template <class Visitor>
  void visit(Visitor& v) {
    v.in(logits), v.out(out);
  }
};

struct TopKArgs {
  Tensor logits, values, indices;

  template <class Visitor>
  void visit(Visitor& v) {
    v.in(logits), v.out(values), v.out(indices);
  }
};

struct SampleArgs {
  Tensor logits, history, out;
  float temperature = 1, top_p = 1, repetition_penalty = 1;
  int32_t top_k = 0;
  uint32_t seed = 0, stream = 0;

  template <class Visitor>
  void visit(Visitor& v) {
    v.in(logits), v.optional_in(history), v.out(out);
    v.real(temperature), v.real(top_p), v.real(repetition_penalty), v.integer(top_k);
    v.word(seed), v.word(stream);
  }
};

inline void check_logits(const char* op, const Tensor& logits) {
  Operand(op, "logits", logits).rank(2).f32().contiguous();
  require(logits.dim(1) >= 1, op, "a vocabulary", logits.describe());
}

inline void check(const ArgmaxArgs& s) {
  check_logits("argmax", s.logits);
  Operand("argmax", "out", s.out).shape({s.logits.dim(0)}).i32().contiguous().writable();
}

inline void check(const TopKArgs& s) {
  check_logits("top_k", s.logits);
  Operand("top_k", "values", s.values).rank(2).output();
  Operand("top_k", "values", s.values).shape({s.logits.dim(0), s.values.dim(1)});
  require(s.values.dim(1) <= s.logits.dim(1), "top_k", "k within the vocabulary",
          s.values.describe());
  Operand("top_k", "indices", s.indices).same_shape(s.values).i32().contiguous().writable();
}

inline void check(const SampleArgs& s) {
  check_logits("sample", s.logits);
  if (s.history) {
    Operand("sample", "history", s.history).rank(2).i32().contiguous();
    Operand("sample", "history", s.history).shape({s.logits.dim(0), s.history.dim(1)});
  }
  Operand("sample", "out", s.out).shape({s.logits.dim(0)}).i32().contiguous().writable();
  require(s.temperature > 0, "sample", "temperature > 0", std::to_string(s.temperature));
  require(s.top_p > 0 && s.top_p <= 1, "sample", "0 < top_p <= 1", std::to_string(s.top_p));
  require(s.repetition_penalty > 0, "sample", "repetition_penalty > 0",
          std::to_string(s.repetition_penalty));
  require(s.top_k >= 0, "sample", "top_k >= 0", std::to_string(s.top_k));
}

}  // namespace lensmith
