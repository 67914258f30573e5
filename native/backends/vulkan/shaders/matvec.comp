// matmul of few rows of plain operands.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"

layout(local_size_x = 256) in;
layout(constant_id = 0) const bool kTransposeA = false;
layout(constant_id = 1) const bool kTransposeB = false;
layout(constant_id = 2) const uint kTypeA = 0;
layout(constant_id = 3) const uint kTypeB = 0;
layout(constant_id = 4) const bool kBias = false;
layout(constant_id = 5) const uint kTypeBias = 0;
layout(constant_id = 6) const bool kAdd = false;

layout(push_constant) uniform Push {
  Words a, b, bias;
  Floats to;
  uint m, n, k, lda, ldb, ldc, first_a, first_b, first_bias;
  float alpha, beta;
} push;

#include "matvec.glsl"

float partial_sum(uint row, uint column, uint lane) {
  float sum = 0.0;
  for (uint k = lane; k < push.k; k += kLanes) {
    float a = load(push.a, push.first_a, kTransposeA ? k * push.lda + row : row * push.lda + k,
                   kTypeA);
    float b = load(push.b, push.first_b,
                   kTransposeB ? column * push.ldb + k : k * push.ldb + column, kTypeB);
    sum = fma(a, b, sum);
  }
  return sum;
}

void store_sum(uint row, uint column, float sum) {
  float value = push.alpha * sum;
  if (kAdd) value += push.beta * push.to.at[row * push.ldc + column];
  if (kBias) value += load(push.bias, push.first_bias, column, kTypeBias);
  push.to.at[row * push.ldc + column] = value;
}

void main() { multiply_row(push.n); }
