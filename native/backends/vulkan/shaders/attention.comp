// attention, forward: kRows queries of one head against all keys that they see, with the softmax
// formed as the keys go by.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "math.glsl"

layout(local_size_x = 256) in;
layout(constant_id = 0) const uint kSize = 64;
layout(constant_id = 1) const bool kCausal = false;
layout(constant_id = 2) const uint kRows = 16;
layout(constant_id = 3) const bool kShared = true;
layout(constant_id = 4) const uint kTypes = 0;  // attention.glsl

layout(push_constant) uniform Push {
  Words q, k, v;
  Ints q_offsets, k_offsets;
  Words to;
  Floats lse;
  uint query_rows, key_rows, heads, group, q_stride, k_stride, v_stride, segments;
  float scale;
  int window;
  uint firsts;
} push;

#include "attention.glsl"

shared float queries[kShared ? kRows * kSize : 1u];
shared float scores[kGroup];

float query_at(uint row, uint d) {
  if (kShared) return queries[row * kSize + d];
  uint query = gl_WorkGroupID.x * kRows + row;
  return query < push.query_rows ? read(push.q, kQ, query * push.q_stride + gl_WorkGroupID.y * kSize + d)
                                 : 0.0;
}

void load_queries() {
  if (!kShared) return;
  for (uint i = gl_LocalInvocationIndex; i < kRows * kSize; i += kGroup) {
    uint query = gl_WorkGroupID.x * kRows + i / kSize;
    queries[i] = query < push.query_rows
                     ? read(push.q, kQ, query * push.q_stride + gl_WorkGroupID.y * kSize + i % kSize)
                     : 0.0;
  }
}

void main() {
  uint me = gl_LocalInvocationIndex, row = me / kLanes, lane = me % kLanes;
  uint head = gl_WorkGroupID.y, key_head = head / push.group;
  uint query = gl_WorkGroupID.x * kRows + row;
  if (lane == 0u) ranges[row] = keys_of(query);
  load_queries();
  barrier();
  uvec2 mine = ranges[row], all = range_of(0u, kRows);

  float largest = -kInfinity, sum = 0.0;
  float values[kPerLane];
  for (uint j = 0u; j < kPerLane; ++j) values[j] = 0.0;
  for (uint first = all.x; first < all.y; first += kLanes) {
    load_tile(push.k, kK, push.k_stride, key_head, first, all.y);
    barrier();
    uint key = first + lane;
    float score = -kInfinity;
    if (key >= mine.x && key < mine.y) {
      float product = 0.0;
      for (uint d = 0u; d < kSize; ++d)
        product = fma(query_at(row, d),
                      tile_at(push.k, kK, push.k_stride, key_head, first, lane, d, all.y), product);
      score = product * push.scale;
    }
    scores[me] = score;
    barrier();
    float next = largest;
    for (uint l = 0u; l < kLanes; ++l) next = max(next, scores[row * kLanes + l]);
    float factor = next == -kInfinity ? 0.0 : exp_of(largest - next);
    float weight = score == -kInfinity ? 0.0 : exp_of(score - next);
    barrier();
    scores[me] = weight;
    load_tile(push.v, kV, push.v_stride, key_head, first, all.y);
    barrier();
    sum *= factor;
    for (uint l = 0u; l < kLanes; ++l) sum += scores[row * kLanes + l];
    for (uint j = 0u; j < kPerLane; ++j) {
      uint d = lane + j * kLanes;
      if (d >= kSize) continue;
      float value = values[j] * factor;
      for (uint l = 0u; l < kLanes; ++l)
        value = fma(scores[row * kLanes + l],
                    tile_at(push.v, kV, push.v_stride, key_head, first, l, d, all.y), value);
      values[j] = value;
    }
    largest = next;
    barrier();
  }
  if (query >= push.query_rows) return;
  uint place = query * push.heads + head;
  for (uint j = 0u; j < kPerLane; ++j) {
    uint d = lane + j * kLanes;
    if (d < kSize) write(push.to, kTo, place * kSize + d, sum > 0.0 ? values[j] / sum : 0.0);
  }
  if (lane == 0u) push.lse.at[place] = sum > 0.0 ? largest + log_of(sum) : -kInfinity;
}
