// rms_norm, layer_norm of rows that a group holds whole, kFours times four elements a thread, so that
// each is read once and all at the same time.
#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#include "common.glsl"
#include "math.glsl"
#include "group.glsl"

layout(local_size_x = 256) in;
layout(constant_id = 0) const bool kLayer = false;
layout(constant_id = 1) const uint kTypeWeight = 0;
layout(constant_id = 2) const uint kTypeBias = 0;
layout(constant_id = 3) const uint kFours = 1;

layout(buffer_reference, std430, buffer_reference_align = 16) buffer Fours { vec4 at[]; };
layout(buffer_reference, std430, buffer_reference_align = 8) readonly buffer Pairs { uvec2 at[]; };

layout(push_constant) uniform Push {
  Fours x, weight, bias, to;
  Floats mean, rstd;
  uint rows, fours;
  float eps;
} push;

vec4 four_of(Fours memory, uint i, uint dtype) {
  if (dtype == kF32) return memory.at[i];
  uvec2 words = Pairs(memory).at[i];
  uvec4 bits = uvec4(words.x & 0xffffu, words.x >> 16, words.y & 0xffffu, words.y >> 16);
  if (dtype == kBf16) return uintBitsToFloat(bits << 16);
  return vec4(f16_to_float(bits.x), f16_to_float(bits.y), f16_to_float(bits.z),
              f16_to_float(bits.w));
}

// Over the row; `held` has 0 past its end.
float sum_of(vec4 held[kFours]) {
  vec2 sum = vec2(0.0);
  [[unroll]] for (uint j = 0u; j < kFours; ++j)
    [[unroll]] for (uint i = 0u; i < 4u; ++i) sum = plus(sum, held[j][i]);
  vec2 total = group_sum(sum);
  return total.x + total.y;
}

void main() {
  uint row = group_number(), me = gl_LocalInvocationIndex;
  if (row >= push.rows) return;
  float size = float(4u * push.fours);
  vec4 x[kFours], weight[kFours], bias[kFours];
  [[unroll]] for (uint j = 0u; j < kFours; ++j) {
    uint i = min(me + j * kGroup, push.fours - 1u);
    x[j] = push.x.at[row * push.fours + i];
    weight[j] = four_of(push.weight, i, kTypeWeight);
    bias[j] = kLayer ? four_of(push.bias, i, kTypeBias) : vec4(0.0);
    if (me + j * kGroup >= push.fours) x[j] = vec4(0.0);
  }
  float mean = kLayer ? sum_of(x) / size : 0.0;
  vec4 squares[kFours];
  [[unroll]] for (uint j = 0u; j < kFours; ++j) {
    x[j] -= mean;
    squares[j] = me + j * kGroup < push.fours ? x[j] * x[j] : vec4(0.0);
  }
  float rstd = 1.0 / sqrt(sum_of(squares) / size + push.eps);
  [[unroll]] for (uint j = 0u; j < kFours; ++j) {
    uint i = me + j * kGroup;
    if (i < push.fours) push.to.at[row * push.fours + i] = x[j] * rstd * weight[j] + bias[j];
  }
  if (me != 0u) return;
  push.rstd.at[row] = rstd;
  if (kLayer) push.mean.at[row] = mean;
}
