// dx of rms_norm and layer_norm: a group a row.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "math.glsl"
#include "group.glsl"

layout(local_size_x = 256) in;
layout(constant_id = 0) const bool kLayer = false;
layout(constant_id = 1) const uint kTypeWeight = 0;
layout(constant_id = 2) const uint kTypeX = 0;
layout(constant_id = 3) const uint kTypeGrad = 0;
layout(constant_id = 4) const uint kTypeTo = 0;

layout(push_constant) uniform Push {
  Words x, weight, grad, dx;
  Floats mean, rstd;
  uint rows, size, first_x, first_weight, first_grad, first_dx;
} push;

float x_at(uint i) { return load(push.x, push.first_x, i, kTypeX); }

// Of the normalised value in column i.
float slope_at(uint first, uint i) {
  return load(push.grad, push.first_grad, first + i, kTypeGrad) *
         load(push.weight, push.first_weight, i, kTypeWeight);
}

void main() {
  uint row = group_number();
  if (row >= push.rows) return;
  uint me = gl_LocalInvocationIndex, first = row * push.size;
  float rstd = push.rstd.at[row];
  float mean = kLayer ? push.mean.at[row] : 0.0;
  vec2 sum = vec2(0.0), product = vec2(0.0);
  for (uint i = me; i < push.size; i += kGroup) {
    float g = slope_at(first, i);
    product = plus(product, g * ((x_at(first + i) - mean) * rstd));
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
    float g = slope_at(first, i);
    float hat = (x_at(first + i) - mean) * rstd;
    float value = rstd * (g - mean_g - hat * mean_product);
    store(push.dx, push.first_dx, first + i, value, kTypeTo);
  }
}
