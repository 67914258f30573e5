// dweight and dbias of rms_norm and layer_norm: 32 columns a group, 8 threads a column.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "math.glsl"

layout(local_size_x = 256) in;
layout(constant_id = 0) const bool kLayer = false;
layout(constant_id = 1) const bool kWeight = false;
layout(constant_id = 2) const bool kBias = false;
layout(constant_id = 3) const uint kTypeX = 0;
layout(constant_id = 4) const uint kTypeGrad = 0;

layout(push_constant) uniform Push {
  Words x, grad;
  Floats mean, rstd, dweight, dbias;
  uint rows, size, first_x, first_grad;
} push;

shared vec2 weights[kGroup];
shared vec2 biases[kGroup];

void main() {
  uint me = gl_LocalInvocationIndex;
  uint column = group_number() * 32u + me % 32u;
  vec2 weight = vec2(0.0), bias = vec2(0.0);
  if (column < push.size) {
    for (uint row = me / 32u; row < push.rows; row += 8u) {
      uint at = row * push.size + column;
      float x = load(push.x, push.first_x, at, kTypeX);
      float grad = load(push.grad, push.first_grad, at, kTypeGrad);
      float hat = (x - (kLayer ? push.mean.at[row] : 0.0)) * push.rstd.at[row];
      weight = plus(weight, grad * hat);
      if (kBias) bias = plus(bias, grad);
    }
  }
  weights[me] = weight;
  biases[me] = bias;
  for (uint step = 4u; step > 0u; step /= 2u) {
    barrier();
    if (me / 32u < step) {
      weights[me] = plus(weights[me], weights[me + 32u * step]);
      biases[me] = plus(biases[me], biases[me + 32u * step]);
    }
  }
  if (me >= 32u || column >= push.size) return;
  if (kWeight) push.dweight.at[column] = weights[me].x + weights[me].y;
  if (kBias) push.dbias.at[column] = biases[me].x + biases[me].y;
}
