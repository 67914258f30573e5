// What the forward pass of attention works on: a call, its tasks, and the softmax so far of a block
// of lanes, with which both forms (attention_queries.h, attention_token.h) begin and end.
#pragma once

#include "backends/cpu/attention_tiles.h"

namespace lensmith::cpu::LENSMITH_ISA {
namespace {

// Up to so many lanes the scores are dot products along the head instead: one query would use one
// lane of each register.
constexpr int kFewLanes = std::max(1, F32::width / 4);

// The state of a softmax over the keys seen so far: for each lane the largest score m, the sum l
// of exp(score − m), and the values weighted alike, not yet divided by l.
struct State {
  float* m;       // [kLanes]
  float* l;       // [kLanes]
  float* values;  // [D][kLanes]; for few lanes [lane][padded D]

  static int64_t floats(int64_t padded_dim, int64_t lanes = kLanes) {
    return 2 * kLanes + lanes * padded_dim;
  }
  static State at(float* memory) { return {memory, memory + kLanes, memory + 2 * kLanes}; }
};

struct Task {
  LaneBlock block;
  int64_t key_begin, key_end;
  int64_t slot;    // of the partial state, −1 when the task has all keys of its lanes
  int64_t splits;  // with slot: number of tasks that share the lanes, told by the first; else 0
};

// One call: its operands and sizes.
struct Call {
  const AttentionArgs& args;
  Heads heads;
  int64_t padded_dim;

  const float* keys(const LaneBlock& block, int64_t kv_head) const {
    return args.k.data<float>() + block.k_row * args.k.stride[0] + kv_head * heads.dim;
  }
  const float* values(const LaneBlock& block, int64_t kv_head) const {
    return args.v.data<float>() + block.k_row * args.v.stride[0] + kv_head * heads.dim;
  }
};

void clear(const State& state, int lanes, int64_t padded_dim) {
  std::fill(state.m, state.m + kLanes, -kInfinity);
  std::fill(state.l, state.l + kLanes, 0.0f);
  const int64_t held = lanes <= kFewLanes ? kFewLanes : kLanes;
  std::fill(state.values, state.values + held * padded_dim, 0.0f);
}

// exp(−inf − m) must be 0 for m = −inf as well.
LENSMITH_INLINE F32 finite_shift(F32 m) {
  return select(m == F32::broadcast(-kInfinity), F32::zero(), m);
}

}  // namespace
}  // namespace lensmith::cpu::LENSMITH_ISA
