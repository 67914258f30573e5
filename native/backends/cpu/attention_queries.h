// Attention of many queries at once: a block of lanes walks over blocks of keys by the tiles of
// attention_tiles.h.
#pragma once

#include <type_traits>

#include "backends/cpu/attention_state.h"

namespace lensmith::cpu::LENSMITH_ISA {
namespace {

// A worker's copies of rows of one head, keys or values, side by side (see copy_rows). They stay
// for the next block of queries, which mostly sees the same head's.
struct HeldRows {
  float* rows = nullptr;  // [capacity][D]
  int64_t capacity = 0;
  const float* from = nullptr;  // row 0 of the head, null when none are held
  int64_t begin = 0, end = 0;   // those that are held

  // Rows first .. last - 1 of those at `source`, `all` of which may be asked for later.
  const float* get(const float* source, int64_t stride, int64_t dim, int64_t first, int64_t last,
                   int64_t all) {
    if (all > capacity) {
      from = nullptr;
      copy_rows(source + first * stride, stride, last - first, dim, rows, dim);
      return rows;
    }
    if (from != source || first > end || last < begin) from = source, begin = end = first;
    const auto copy = [&](int64_t low, int64_t high) {
      copy_rows(source + low * stride, stride, high - low, dim, rows + low * dim, dim);
    };
    if (first < begin) copy(first, begin), begin = first;
    if (last > end) copy(end, last), end = last;
    return rows + first * dim;
  }
};

// A worker holds no more than half a MiB of keys and as much of values: they are to stay near.
constexpr int64_t kHeldFloats = 1 << 17;

int64_t held_rows(int64_t most_keys, int64_t padded_dim) {
  const int64_t room = kHeldFloats / std::max<int64_t>(1, padded_dim);
  return std::max<int64_t>(kBlockKeys, std::min(most_keys, room));
}

// Of a worker, for blocks of many lanes.
struct alignas(64) Scratch {
  float* q;        // [D][kLanes]
  float* scores;   // [kBlockKeys][kLanes]
  float* factors;  // [kLanes]
  HeldRows k, v;

  static int64_t floats(int64_t rows, int64_t padded_dim) {
    return (kLanes + 2 * rows) * padded_dim + kBlockKeys * kLanes + kLanes;
  }
  static Scratch at(float* memory, int64_t rows, int64_t padded_dim) {
    float* const scores = memory + kLanes * padded_dim;
    float* const factors = scores + kBlockKeys * kLanes;
    float* const k = factors + kLanes;
    return {memory, scores, factors, {k, rows}, {k + rows * padded_dim, rows}};
  }
};

// Turns the scores of NV registers of lanes into weights exp(score − m) and brings m and l up to
// date; factor = what the older sums are to be multiplied by. Several registers at once, since
// each of a register's maxima waits for the one before.
template <int NV>
LENSMITH_INLINE void soften(float* scores, int64_t keys, float* m, float* l, float* factor) {
  constexpr int w = F32::width;
  F32 top[NV], shift[NV], sum[NV];
  for (int v = 0; v < NV; ++v) top[v] = F32::load(m + v * w);
  for (int64_t j = 0; j < keys; ++j) {
    for (int v = 0; v < NV; ++v) top[v] = max(F32::load(scores + j * kLanes + v * w), top[v]);
  }
  for (int v = 0; v < NV; ++v) shift[v] = finite_shift(top[v]), sum[v] = F32::zero();
  for (int64_t j = 0; j < keys; ++j) {
    for (int v = 0; v < NV; ++v) {
      float* const at = scores + j * kLanes + v * w;
      const F32 weight = exp(F32::load(at) - shift[v]);
      weight.store(at);
      sum[v] = sum[v] + weight;
    }
  }
  for (int v = 0; v < NV; ++v) {
    const F32 keep = exp(F32::load(m + v * w) - shift[v]);
    top[v].store(m + v * w);
    fma(F32::load(l + v * w), keep, sum[v]).store(l + v * w);
    keep.store(factor + v * w);
  }
}

void soften(const Scratch& scratch, int64_t keys, int vectors, const State& state) {
  const auto at = [&](auto count, int v) LENSMITH_INLINE_LAMBDA {
    const int lane = v * F32::width;
    soften<count>(scratch.scores + lane, keys, state.m + lane, state.l + lane,
                  scratch.factors + lane);
  };
  int v = 0;
  for (; v + 3 <= vectors; v += 3) at(std::integral_constant<int, 3>(), v);
  for (; v < vectors; ++v) at(std::integral_constant<int, 1>(), v);
}

void attend(const Call& call, const Task& task, int64_t kv_head, const State& state,
            Scratch& scratch) {
  const LaneBlock& block = task.block;
  const Heads& heads = call.heads;
  load_transposed(call.args.q, block, heads, kv_head, call.args.scale, scratch.q);
  Visibility visibility;
  set_visibility(call.args, heads, block, &visibility);
  const int64_t k_stride = call.args.k.stride[0], v_stride = call.args.v.stride[0];
  const float* const k = call.keys(block, kv_head);
  const float* const v = call.values(block, kv_head);

  for (int64_t begin = task.key_begin; begin < task.key_end; begin += kBlockKeys) {
    const int64_t keys = std::min<int64_t>(kBlockKeys, task.key_end - begin);
    const float* const k_rows =
        scratch.k.get(k, k_stride, heads.dim, begin, begin + keys, block.key_end);
    multiply<Layout::rows, Into::set>(
        {k_rows, heads.dim, scratch.q, kLanes, keys, heads.dim, scratch.scores, kLanes, nullptr},
        block.vectors);
    if (needs_mask(visibility, block, begin, begin + keys)) {
      hide(visibility, begin, keys, block.vectors, -kInfinity, scratch.scores);
    }
    soften(scratch, keys, block.vectors, state);
    const float* const v_rows =
        scratch.v.get(v, v_stride, heads.dim, begin, begin + keys, block.key_end);
    multiply<Layout::columns, Into::scale_and_add>(
        {v_rows, heads.dim, scratch.scores, kLanes, heads.dim, keys, state.values, kLanes,
         scratch.factors},
        block.vectors);
  }
}

}  // namespace
}  // namespace lensmith::cpu::LENSMITH_ISA
