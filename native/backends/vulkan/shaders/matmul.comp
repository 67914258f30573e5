// matmul of plain operands.
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
layout(constant_id = 6) const bool kAdd = false;  // beta is not 0
layout(constant_id = 7) const uint kTile = 64;

layout(push_constant) uniform Push {
  Words a, b, bias;
  Floats to;
  uint m, n, k, lda, ldb, ldc, first_a, first_b, first_bias;
  float alpha, beta;
} push;

#include "matmul.glsl"

// Element (row, k) of op(a), (k, column) of op(b); 0 outside.
float element_a(uint row, uint k) {
  if (row >= push.m || k >= push.k) return 0.0;
  return load(push.a, push.first_a, kTransposeA ? k * push.lda + row : row * push.lda + k, kTypeA);
}

float element_b(uint k, uint column) {
  if (column >= push.n || k >= push.k) return 0.0;
  return load(push.b, push.first_b, kTransposeB ? column * push.ldb + k : k * push.ldb + column,
              kTypeB);
}

// Threads that stand side by side read what lies side by side.
void load_a(uint row, uint k) {
  for (uint i = gl_LocalInvocationIndex; i < kSlice * kTile; i += kGroup) {
    uint along = kTransposeA ? i / kTile : i % kSlice;
    uint across = kTransposeA ? i % kTile : i / kSlice;
    tile_a[along * kRow + across] = element_a(row + across, k + along);
  }
}

void load_b(uint column, uint k) {
  for (uint i = gl_LocalInvocationIndex; i < kSlice * kTile; i += kGroup) {
    uint along = kTransposeB ? i % kSlice : i / kTile;
    uint across = kTransposeB ? i / kSlice : i % kTile;
    tile_b[along * kRow + across] = element_b(k + along, column + across);
  }
}

void store_sum(uint row, uint column, float sum) {
  float value = push.alpha * sum;
  if (kAdd) value += push.beta * push.to.at[row * push.ldc + column];
  if (kBias) value += load(push.bias, push.first_bias, column, kTypeBias);
  push.to.at[row * push.ldc + column] = value;
}

void main() { multiply_tile(push.m, push.n, push.k); }
