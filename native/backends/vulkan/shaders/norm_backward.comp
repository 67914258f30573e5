// dx of rms_norm and layer_norm: a group a row.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "math.glsl"
#include "group.glsl"

layout(local_size_x = 256) in;
layout(constant_id = 0) const bool kLayer = false;
layout(constant_id = 1) const uint kTypeWeight = 0;

layout(push_constant) uniform Push {
  Floats x;
  Words weight;
  Floats mean, rstd, grad, dx;
  uint rows, size, first_weight;
} push;

void main() {
  uint row = group_number();
  if (row >= push.rows) return;
  uint me = gl_LocalInvocationIndex, first = row * push.size;
  float rstd = push.rstd.at[row];
  float mean = kLayer ? push.mean.at[row] : 0.0;
  vec2 sum = vec2(0.0), product = vec2(0.0);
  for (uint i = me; i < push.size; i += kGroup) {
    float g = push.grad.at[first + i] * load(push.weight, push.first_weight, i, kTypeWeight);
    product = plus(product, g * ((push.x.at[first + i] - mean) * rstd));
    if (kLayer) sum = plus(sum, g);
  }
  vec2 total = group_sum(product);
  float mean_product = (total.x + total.y) / float(push.size);
  float mean_g = 0.0;
  if (kLayer) {
    vec2 all = group_sum(sum);
    mean_g = (all.x + all.y) / float(push.size);
  }
  for (uint i = me; i < push.size; i += kGroup) {
    float g = push.grad.at[first + i] * load(push.weight, push.first_weight, i, kTypeWeight);
    float hat = (push.x.at[first + i] - mean) * rstd;
    push.dx.at[first + i] = rstd * (g - mean_g - hat * mean_product);
  }
}
