// rms_norm, layer_norm: a group a row.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "math.glsl"
#include "group.glsl"

layout(local_size_x = 256) in;
layout(constant_id = 0) const bool kLayer = false;
layout(constant_id = 1) const uint kTypeWeight = 0;
layout(constant_id = 2) const uint kTypeBias = 0;
layout(constant_id = 3) const uint kTypeX = 0;
layout(constant_id = 4) const uint kTypeTo = 0;

layout(push_constant) uniform Push {
  Words x, weight, bias, to;
  Floats mean, rstd;
  uint rows, size, first_x, first_weight, first_bias, first_to;
  float eps;
} push;

float x_at(uint i) { return load(push.x, push.first_x, i, kTypeX); }

void main() {
  uint row = group_number();
  if (row >= push.rows) return;
  uint me = gl_LocalInvocationIndex, first = row * push.size;
  float mean = 0.0;
  if (kLayer) {
    vec2 sum = vec2(0.0);
    for (uint i = me; i < push.size; i += kGroup) sum = plus(sum, x_at(first + i));
    vec2 total = group_sum(sum);
    mean = (total.x + total.y) / float(push.size);
  }
  vec2 squares = vec2(0.0);
  for (uint i = me; i < push.size; i += kGroup) {
    float d = x_at(first + i) - mean;
    squares = plus(squares, d * d);
  }
  vec2 total = group_sum(squares);
  float rstd = 1.0 / sqrt((total.x + total.y) / float(push.size) + push.eps);
  for (uint i = me; i < push.size; i += kGroup) {
    float value = (x_at(first + i) - mean) * rstd *
                  load(push.weight, push.first_weight, i, kTypeWeight);
    if (kLayer) value += load(push.bias, push.first_bias, i, kTypeBias);
    store(push.to, push.first_to, first + i, value, kTypeTo);
  }
  if (me != 0u) return;
  push.rstd.at[row] = rstd;
  if (kLayer) push.mean.at[row] = mean;
}
