// What both forms of quantized_matmul are told. a is [m, k]; b is w or its transpose.
layout(constant_id = 2) const bool kTransposeB = false;
layout(constant_id = 3) const uint kTypeA = 0;
layout(constant_id = 4) const bool kBias = false;
layout(constant_id = 5) const uint kTypeBias = 0;

layout(push_constant) uniform Push {
  Quantized w;
  Words a, bias;
  Floats to;
  uint m, n, k, lda, ldc, first_a, first_bias;
} push;

#include "quantized_read.glsl"

float element_a(uint row, uint k) {
  if (row >= push.m || k >= push.k) return 0.0;
  return load(push.a, push.first_a, row * push.lda + k, kTypeA);
}

void store_sum(uint row, uint column, float sum) {
  float value = sum;
  if (kBias) value += load(push.bias, push.first_bias, column, kTypeBias);
  push.to.at[row * push.ldc + column] = value;
}
