// rms_norm, layer_norm of rows that a group holds whole: rows_held.glsl.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "math.glsl"
#include "group.glsl"

layout(local_size_x = 256) in;
layout(constant_id = 0) const bool kLayer = false;
layout(constant_id = 1) const uint kTypeWeight = 0;
layout(constant_id = 2) const uint kTypeBias = 0;
layout(constant_id = 3) const uint kFours = 1;
layout(constant_id = 4) const uint kTypeX = 0;
layout(constant_id = 5) const uint kTypeTo = 0;
#include "rows_held.glsl"

layout(push_constant) uniform Push {
  Fours x, weight, bias, to;
  Floats mean, rstd;
  uint rows, fours;
  float eps;
} push;

void main() {
  uint row = group_number(), me = gl_LocalInvocationIndex;
  if (row >= push.rows) return;
  float size = float(4u * push.fours);
  vec4 x[kFours], weight[kFours], bias[kFours];
  [[unroll]] for (uint j = 0u; j < kFours; ++j) {
    uint i = min(me + j * kGroup, push.fours - 1u);
    x[j] = four_of(push.x, row * push.fours + i, kTypeX);
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
    vec4 value = x[j] * rstd * weight[j] + bias[j];
    if (i < push.fours) put_four(push.to, row * push.fours + i, value, kTypeTo);
  }
  if (me != 0u) return;
  push.rstd.at[row] = rstd;
  if (kLayer) push.mean.at[row] = mean;
}
