// The sums of a product whose K was split among groups, added in order.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"

layout(local_size_x = 256) in;
layout(constant_id = 0) const bool kBias = false;
layout(constant_id = 1) const uint kTypeBias = 0;
layout(constant_id = 2) const bool kAdd = false;

layout(push_constant) uniform Push {
  Floats parts;
  Floats to;
  Words bias;
  uint m, n, ldc, first_bias, splits;
  float alpha, beta;
} push;

void main() {
  uint i = thread_number();
  if (i >= push.m * push.n) return;
  uint row = i / push.n, column = i % push.n;
  float sum = 0.0;
  for (uint part = 0u; part < push.splits; ++part) sum += push.parts.at[part * push.m * push.n + i];
  float value = push.alpha * sum;
  if (kAdd) value += push.beta * push.to.at[row * push.ldc + column];
  if (kBias) value += load(push.bias, push.first_bias, column, kTypeBias);
  push.to.at[row * push.ldc + column] = value;
}
