// dx of rms_norm and layer_norm, of rows that a group holds whole: rows_held.glsl.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "math.glsl"
#include "group.glsl"

layout(local_size_x = 256) in;
layout(constant_id = 0) const bool kLayer = false;
layout(constant_id = 1) const uint kTypeWeight = 0;
layout(constant_id = 2) const uint kFours = 1;
layout(constant_id = 3) const uint kTypeX = 0;
layout(constant_id = 4) const uint kTypeGrad = 0;
layout(constant_id = 5) const uint kTypeTo = 0;
#include "rows_held.glsl"

layout(push_constant) uniform Push {
  Fours x, weight, grad, dx;
  Floats mean, rstd;
  uint rows, fours;
} push;

void main() {
  uint row = group_number(), me = gl_LocalInvocationIndex;
  if (row >= push.rows) return;
  float size = float(4u * push.fours), rstd = push.rstd.at[row];
  float mean = kLayer ? push.mean.at[row] : 0.0;
  // The slope of the normalised value, the value itself, and their product.
  vec4 g[kFours], hat[kFours], product[kFours];
  [[unroll]] for (uint j = 0u; j < kFours; ++j) {
    uint i = min(me + j * kGroup, push.fours - 1u), at = row * push.fours + i;
    g[j] = four_of(push.grad, at, kTypeGrad) * four_of(push.weight, i, kTypeWeight);
    hat[j] = (four_of(push.x, at, kTypeX) - mean) * rstd;
    product[j] = g[j] * hat[j];
    if (me + j * kGroup >= push.fours) g[j] = product[j] = vec4(0.0);
  }
  float mean_product = sum_of(product) / size;
  float mean_g = kLayer ? sum_of(g) / size : 0.0;
  [[unroll]] for (uint j = 0u; j < kFours; ++j) {
    uint i = me + j * kGroup;
    vec4 value = rstd * (g[j] - mean_g - hat[j] * mean_product);
    if (i < push.fours) put_four(push.dx, row * push.fours + i, value, kTypeTo);
  }
}
