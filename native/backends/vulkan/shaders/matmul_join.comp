// The sums of a product whose K was split among groups, added in order.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"

layout(local_size_x = 256) in;
layout(constant_id = 0) const bool kBias = false;
layout(constant_id = 1) const uint kTypeBias = 0;
layout(constant_id = 2) const bool kAdd = false;
layout(constant_id = 3) const bool kNarrow = false;  // the result is bf16, and n even

layout(push_constant) uniform Push {
  Floats parts;
  Floats to;
  Words to_narrow;  // the same memory
  Words bias;
  uint m, n, ldc, first_bias, splits;
  float alpha, beta;
} push;

float joined(uint i) {
  uint row = i / push.n, column = i % push.n;
  float sum = 0.0;
  for (uint part = 0u; part < push.splits; ++part) sum += push.parts.at[part * push.m * push.n + i];
  float value = push.alpha * sum;
  if (kAdd) value += push.beta * push.to.at[row * push.ldc + column];
  return kBias ? value + load(push.bias, push.first_bias, column, kTypeBias) : value;
}

void main() {
  uint i = kNarrow ? 2u * thread_number() : thread_number();
  if (i >= push.m * push.n) return;
  uint place = i / push.n * push.ldc + i % push.n;
  if (kNarrow)
    push.to_narrow.at[place / 2u] =
        bf16_from_float(joined(i)) | (bf16_from_float(joined(i + 1u)) << 16);
  else
    push.to.at[place] = joined(i);
}
