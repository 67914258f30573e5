// dq of attention: kRows queries of one head against the keys that they see. The probabilities are
// formed anew from lse.
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
  Floats lse, delta;
  Words grad, dq;
  uint query_rows, key_rows, heads, group, q_stride, k_stride, v_stride, segments;
  float scale;
  int window;
  uint firsts;
} push;

#include "attention.glsl"

shared float queries[kShared ? kRows * kSize : 1u];
shared float gradients[kShared ? kRows * kSize : 1u];
shared float slopes[kGroup];

void load_rows() {
  if (!kShared) return;
  uint head = gl_WorkGroupID.y;
  for (uint i = gl_LocalInvocationIndex; i < kRows * kSize; i += kGroup) {
    uint query = gl_WorkGroupID.x * kRows + i / kSize, d = i % kSize;
    bool inside = query < push.query_rows;
    queries[i] = inside ? read(push.q, kQ, query * push.q_stride + head * kSize + d) : 0.0;
    gradients[i] = inside ? read(push.grad, kGrad, (query * push.heads + head) * kSize + d) : 0.0;
  }
}

void main() {
  uint me = gl_LocalInvocationIndex, row = me / kLanes, lane = me % kLanes;
  uint head = gl_WorkGroupID.y, key_head = head / push.group;
  uint query = gl_WorkGroupID.x * kRows + row;
  if (lane == 0u) ranges[row] = keys_of(query);
  load_rows();
  barrier();
  uvec2 mine = ranges[row], all = range_of(0u, kRows);
  bool inside = query < push.query_rows;
  uint place = inside ? query * push.heads + head : 0u;
  float lse = inside ? push.lse.at[place] : 0.0, delta = inside ? push.delta.at[place] : 0.0;

  float sums[kPerLane];
  for (uint j = 0u; j < kPerLane; ++j) sums[j] = 0.0;
  for (uint first = all.x; first < all.y; first += kLanes) {
    uint key = first + lane;
    bool sees = key >= mine.x && key < mine.y;
    load_tile(push.k, kK, push.k_stride, key_head, first, all.y);
    barrier();
    float product = 0.0;
    if (sees) {
      for (uint d = 0u; d < kSize; ++d) {
        float q = kShared ? queries[row * kSize + d]
                          : read(push.q, kQ, query * push.q_stride + head * kSize + d);
        product =
            fma(q, tile_at(push.k, kK, push.k_stride, key_head, first, lane, d, all.y), product);
      }
    }
    barrier();
    load_tile(push.v, kV, push.v_stride, key_head, first, all.y);
    barrier();
    float slope = 0.0;
    if (sees) {
      float along = 0.0;
      for (uint d = 0u; d < kSize; ++d) {
        float g = kShared ? gradients[row * kSize + d] : read(push.grad, kGrad, place * kSize + d);
        along = fma(g, tile_at(push.v, kV, push.v_stride, key_head, first, lane, d, all.y), along);
      }
      slope = exp_of(product * push.scale - lse) * (along - delta);
    }
    slopes[me] = slope;
    barrier();
    load_tile(push.k, kK, push.k_stride, key_head, first, all.y);
    barrier();
    for (uint j = 0u; j < kPerLane; ++j) {
      uint d = lane + j * kLanes;
      if (d >= kSize) continue;
      float value = sums[j];
      for (uint l = 0u; l < kLanes; ++l)
        value = fma(slopes[row * kLanes + l],
                    tile_at(push.k, kK, push.k_stride, key_head, first, l, d, all.y), value);
      sums[j] = value;
    }
    barrier();
  }
  if (!inside) return;
  for (uint j = 0u; j < kPerLane; ++j) {
    uint d = lane + j * kLanes;
    if (d < kSize) write(push.dq, kTo, place * kSize + d, push.scale * sums[j]);
  }
}
