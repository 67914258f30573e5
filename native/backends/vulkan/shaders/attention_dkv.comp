// dk and dv of attention: kRows keys of one key head against the queries that see them, of all heads
// that share it, in order, so that the sums are the same every time.
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
  Words grad, dk, dv;
  uint query_rows, key_rows, heads, group, q_stride, k_stride, v_stride, segments;
  float scale;
  int window;
  uint firsts;
} push;

#include "attention.glsl"

shared float keys[kShared ? kRows * kSize : 1u];
shared float key_values[kShared ? kRows * kSize : 1u];
shared float weights[kGroup];
shared float slopes[kGroup];

void load_rows() {
  if (!kShared) return;
  uint head = gl_WorkGroupID.y;
  for (uint i = gl_LocalInvocationIndex; i < kRows * kSize; i += kGroup) {
    uint key = gl_WorkGroupID.x * kRows + i / kSize, d = i % kSize;
    bool inside = key < push.key_rows;
    keys[i] = inside ? read(push.k, kK, key * push.k_stride + head * kSize + d) : 0.0;
    key_values[i] = inside ? read(push.v, kV, key * push.v_stride + head * kSize + d) : 0.0;
  }
}

void main() {
  uint me = gl_LocalInvocationIndex, row = me / kLanes, lane = me % kLanes;
  uint key_head = gl_WorkGroupID.y, key_heads = push.heads / push.group;
  uint key = gl_WorkGroupID.x * kRows + row;
  if (lane == 0u) ranges[row] = queries_of(key);
  load_rows();
  barrier();
  uvec2 mine = ranges[row], all = range_of(0u, kRows);
  uint grad_stride = push.heads * kSize;

  float dk[kPerLane], dv[kPerLane];
  for (uint j = 0u; j < kPerLane; ++j) dk[j] = dv[j] = 0.0;
  for (uint shared_by = 0u; shared_by < push.group; ++shared_by) {
    uint head = key_head * push.group + shared_by;
    for (uint first = all.x; first < all.y; first += kLanes) {
      uint query = first + lane;
      bool sees = query >= mine.x && query < mine.y;
      load_tile(push.q, kQ, push.q_stride, head, first, all.y);
      barrier();
      float product = 0.0;
      if (sees) {
        for (uint d = 0u; d < kSize; ++d) {
          float k = kShared ? keys[row * kSize + d]
                            : read(push.k, kK, key * push.k_stride + key_head * kSize + d);
          product = fma(k, tile_at(push.q, kQ, push.q_stride, head, first, lane, d, all.y), product);
        }
      }
      barrier();
      load_tile(push.grad, kGrad, grad_stride, head, first, all.y);
      barrier();
      float weight = 0.0, slope = 0.0;
      if (sees) {
        float along = 0.0;
        for (uint d = 0u; d < kSize; ++d) {
          float v = kShared ? key_values[row * kSize + d]
                            : read(push.v, kV, key * push.v_stride + key_head * kSize + d);
          along = fma(v, tile_at(push.grad, kGrad, grad_stride, head, first, lane, d, all.y), along);
        }
        uint place = query * push.heads + head;
        weight = exp_of(product * push.scale - push.lse.at[place]);
        slope = weight * (along - push.delta.at[place]);
      }
      weights[me] = weight;
      slopes[me] = slope;
      barrier();
      for (uint j = 0u; j < kPerLane; ++j) {
        uint d = lane + j * kLanes;
        if (d >= kSize) continue;
        for (uint l = 0u; l < kLanes; ++l)
          dv[j] = fma(weights[row * kLanes + l],
                      tile_at(push.grad, kGrad, grad_stride, head, first, l, d, all.y), dv[j]);
      }
      barrier();
      load_tile(push.q, kQ, push.q_stride, head, first, all.y);
      barrier();
      for (uint j = 0u; j < kPerLane; ++j) {
        uint d = lane + j * kLanes;
        if (d >= kSize) continue;
        for (uint l = 0u; l < kLanes; ++l)
          dk[j] = fma(slopes[row * kLanes + l],
                      tile_at(push.q, kQ, push.q_stride, head, first, l, d, all.y), dk[j]);
      }
      barrier();
    }
  }
  if (key >= push.key_rows) return;
  uint place = key * key_heads + key_head;
  for (uint j = 0u; j < kPerLane; ++j) {
    uint d = lane + j * kLanes;
    if (d >= kSize) continue;
    write(push.dk, kTo, place * kSize + d, push.scale * dk[j]);
    write(push.dv, kToValues, place * kSize + d, dv[j]);
  }
}
