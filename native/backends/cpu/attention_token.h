// Attention of a token, or of few, over the keys and values that it holds: registers hold a stretch
// of the head, and rows of all heads are read from end to end.
#pragma once

#include <cmath>
#include <type_traits>

#include "backends/cpu/attention_state.h"

namespace lensmith::cpu::LENSMITH_ISA {
namespace {

// Scores of R keys, `apart` keys from each other, so that their sums do not wait for each other.
template <int R>
LENSMITH_INLINE void dot_products(const float* q, const float* k, int64_t k_stride, int64_t apart,
                                  int64_t dim, float* scores) {
  static_assert(R <= 4);
  F32 sum[4];
  for (F32& one : sum) one = F32::zero();
  int64_t d = 0;
  for (; d + F32::width <= dim; d += F32::width) {
    const F32 left = F32::load(q + d);
    for (int r = 0; r < R; ++r) sum[r] = fma(left, F32::load(k + r * apart * k_stride + d), sum[r]);
  }
  if (d < dim) {
    const F32 left = F32::load(q + d);
    const int rest = static_cast<int>(dim - d);
    for (int r = 0; r < R; ++r) {
      sum[r] = fma(left, F32::load_n(k + r * apart * k_stride + d, rest), sum[r]);
    }
  }
  float sums[4];
  reduce_add(sum[0], sum[1], sum[2], sum[3], sums);
  for (int r = 0; r < R; ++r) scores[r * apart] = sums[r];
}

// values = values + Σ_r weights[r · apart] v[r · apart], over R rows of v and the whole head.
template <int R>
LENSMITH_INLINE void add_weighted(const float* weights, const float* v, int64_t v_stride,
                                  int64_t apart, int64_t dim, float* values) {
  F32 weight[R];
  for (int r = 0; r < R; ++r) weight[r] = F32::broadcast(weights[r * apart]);
  int64_t d = 0;
  for (; d + F32::width <= dim; d += F32::width) {
    F32 sum = F32::load(values + d);
    for (int r = 0; r < R; ++r) {
      sum = fma(weight[r], F32::load(v + r * apart * v_stride + d), sum);
    }
    sum.store(values + d);
  }
  if (d == dim) return;
  const int rest = static_cast<int>(dim - d);
  F32 sum = F32::load(values + d);
  for (int r = 0; r < R; ++r) {
    sum = fma(weight[r], F32::load_n(v + r * apart * v_stride + d, rest), sum);
  }
  sum.store(values + d);
}

// The softmax step for one lane whose scores lie side by side; returns the factor for older sums.
float soften_row(float* scores, int64_t keys, float* m, float* l) {
  const F32 hidden = F32::broadcast(-kInfinity);
  F32 top = F32::broadcast(*m);
  const int64_t padded = round_up(keys, F32::width);
  for (int64_t j = keys; j < padded; ++j) scores[j] = -kInfinity;
  for (int64_t j = 0; j < padded; j += F32::width) top = max(F32::load(scores + j), top);
  const float largest = reduce_max(top);
  const F32 shift = finite_shift(F32::broadcast(largest));
  F32 sum = F32::zero();
  for (int64_t j = 0; j < padded; j += F32::width) {
    const F32 score = F32::load(scores + j);
    const F32 weight = select(score == hidden, F32::zero(), exp(score - shift));
    weight.store(scores + j);
    sum = sum + weight;
  }
  const float shift_value = largest == -kInfinity ? 0.0f : largest;
  const float keep = std::exp(*m - shift_value);
  *l = *l * keep + reduce_add(sum);
  *m = largest;
  return keep;
}

void scale_row(float* row, int64_t padded, float factor) {
  const F32 factors = F32::broadcast(factor);
  for (int64_t d = 0; d < padded; d += F32::width) (F32::load(row + d) * factors).store(row + d);
}

// Heads [first, first + count) of a task, and for each lane of each of them its query, scaled, and
// the scores of a block of keys.
struct FewHeads {
  int64_t first, count;
  float* memory;

  static int64_t floats(int64_t count, int64_t padded_dim) {
    return count * kFewLanes * (padded_dim + kBlockKeys);
  }
  float* q(int64_t head, int lane, int64_t padded_dim) const {
    return memory + (head * kFewLanes + lane) * padded_dim;
  }
  float* scores(int64_t head, int lane, int64_t padded_dim) const {
    return q(count, 0, padded_dim) + (head * kFewLanes + lane) * kBlockKeys;
  }
};

// Calls fn with an integral constant, how many of a block's rows it takes at once, with the first
// of them, and with how many rows are between them. Rows of all heads are read from end to end, in
// the order of memory: a head alone is a short piece of each row, and the hardware fetches ahead
// along long runs only. Several runs at once, since each waits anew at every page.
template <class F>
LENSMITH_INLINE void in_runs(int64_t keys, F&& fn) {
  constexpr int kRuns = 4;
  const int64_t length = keys / kRuns;
  for (int64_t j = 0; j < length; ++j) fn(std::integral_constant<int, kRuns>(), j, length);
  for (int64_t j = kRuns * length; j < keys; ++j) fn(std::integral_constant<int, 1>(), j, 0);
}

void load_queries(const Call& call, const LaneBlock& block, const FewHeads& few) {
  const int64_t dim = call.heads.dim;
  for (int64_t head = 0; head < few.count; ++head) {
    for (int lane = 0; lane < block.lanes; ++lane) {
      const float* const q = lane_vector(call.args.q, block, call.heads, few.first + head, lane);
      float* const row = few.q(head, lane, call.padded_dim);
      for (int64_t d = 0; d < dim; ++d) row[d] = q[d] * call.args.scale;
      std::fill(row + dim, row + call.padded_dim, 0.0f);
    }
  }
}

// Hides from the query at `position` what it does not see of the keys from first_key.
void hide_row(const Visibility& visibility, int64_t position, int64_t first_key, int64_t keys,
              float* scores) {
  for (int64_t key = 0; key < keys; ++key) {
    const int64_t distance = position - (first_key + key);
    if ((visibility.causal && distance < 0) ||
        (visibility.window > 0 && distance >= visibility.window)) {
      scores[key] = -kInfinity;
    }
  }
}

// state_of(head): that of a head, numbered from the first of the task.
template <class StateOf>
void attend_few(const Call& call, const Task& task, const FewHeads& few, StateOf&& state_of) {
  const LaneBlock& block = task.block;
  const int64_t dim = call.heads.dim, padded = call.padded_dim;
  load_queries(call, block, few);
  Visibility visibility;
  set_visibility(call.args, call.heads, block, &visibility);
  const int64_t k_stride = call.args.k.stride[0], v_stride = call.args.v.stride[0];

  for (int64_t begin = task.key_begin; begin < task.key_end; begin += kBlockKeys) {
    const int64_t keys = std::min<int64_t>(kBlockKeys, task.key_end - begin);
    const bool masked = needs_mask(visibility, block, begin, begin + keys);
    const float* const k = call.keys(block, few.first) + begin * k_stride;
    const float* const v = call.values(block, few.first) + begin * v_stride;
    in_runs(keys, [&](auto rows, int64_t j, int64_t apart) LENSMITH_INLINE_LAMBDA {
      for (int64_t head = 0; head < few.count; ++head) {
        for (int lane = 0; lane < block.lanes; ++lane) {
          dot_products<rows>(few.q(head, lane, padded), k + j * k_stride + head * dim, k_stride,
                             apart, dim, few.scores(head, lane, padded) + j);
        }
      }
    });
    for (int64_t head = 0; head < few.count; ++head) {
      const State state = state_of(head);
      for (int lane = 0; lane < block.lanes; ++lane) {
        float* const scores = few.scores(head, lane, padded);
        const int64_t position = (block.first_lane + lane) / call.heads.group + block.shift;
        if (masked) hide_row(visibility, position, begin, keys, scores);
        const float keep = soften_row(scores, keys, state.m + lane, state.l + lane);
        scale_row(state.values + lane * padded, padded, keep);
      }
    }
    in_runs(keys, [&](auto rows, int64_t j, int64_t apart) LENSMITH_INLINE_LAMBDA {
      for (int64_t head = 0; head < few.count; ++head) {
        for (int lane = 0; lane < block.lanes; ++lane) {
          add_weighted<rows>(few.scores(head, lane, padded) + j, v + j * v_stride + head * dim,
                             v_stride, apart, dim, state_of(head).values + lane * padded);
        }
      }
    });
  }
}

}  // namespace
}  // namespace lensmith::cpu::LENSMITH_ISA
