// matmul of few rows with plain rows along K.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"

layout(local_size_x = 256) in;
layout(constant_id = 0) const uint kRows = 1;  // of a, at least m
layout(constant_id = 1) const uint kColumns = 2;
layout(constant_id = 2) const uint kLanes = 32;
layout(constant_id = 3) const uint kAhead = 4;
layout(constant_id = 4) const bool kCompact = false;
layout(constant_id = 5) const uint kTypeA = 0;
layout(constant_id = 6) const uint kTypeB = 0;
layout(constant_id = 7) const bool kBias = false;
layout(constant_id = 8) const uint kTypeBias = 0;
layout(constant_id = 9) const bool kAdd = false;  // beta is not 0

layout(push_constant) uniform Push {
  Words a, b, bias;
  Floats to;
  uint m, n, k, lda, ldb, ldc, first_bias, bias_stride;
  float alpha, beta;
} push;

const uint kChunk = kTypeB == kF32 ? 4u : 8u;

#include "few_rows.glsl"

uvec4 chunk_of(uint column, uint chunk) {
  return Chunks(push.b).at[column * (push.ldb / kChunk) + chunk];
}

float scale_of(uint column, uint chunk) { return 1.0; }

vec4 values_of(uvec4 words, uint part) {
  if (kTypeB == kF32) return uintBitsToFloat(words);
  return values_of_16_bits(part == 0u ? words.xy : words.zw, kTypeB);
}

void store_sum(uint row, uint column, float sum) {
  float value = push.alpha * sum;
  if (kAdd) value += push.beta * push.to.at[row * push.ldc + column];
  if (kBias) value += load(push.bias, push.first_bias, row * push.bias_stride + column, kTypeBias);
  push.to.at[row * push.ldc + column] = value;
}

void main() { multiply_rows(); }
