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
layout(constant_id = 7) const uint kColumns = 16;
layout(constant_id = 8) const uint kEachM = 4;
layout(constant_id = 9) const uint kEachN = 4;
layout(constant_id = 10) const bool kSplit = false;  // sums of a part of K, to be joined

layout(push_constant) uniform Push {
  Words a, b, bias;
  Floats to;
  uint m, n, k, lda, ldb, ldc, first_a, first_b, first_bias;
  float alpha, beta;
  uint k_each;  // of a part
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
  for (uint i = gl_LocalInvocationIndex; i < kSlice * kTileM; i += kGroup) {
    uint along = kTransposeA ? i / kTileM : i % kSlice;
    uint across = kTransposeA ? i % kTileM : i / kSlice;
    tile_a[along * kRowA + across] = element_a(row + across, k + along);
  }
}

void load_b(uint column, uint k) {
  for (uint i = gl_LocalInvocationIndex; i < kSlice * kTileN; i += kGroup) {
    uint along = kTransposeB ? i % kSlice : i / kTileN;
    uint across = kTransposeB ? i / kSlice : i % kTileN;
    tile_b[along * kRowB + across] = element_b(k + along, column + across);
  }
}

void store_sum(uint row, uint column, float sum) {
  if (kSplit) {
    push.to.at[(gl_WorkGroupID.z * push.m + row) * push.n + column] = sum;
    return;
  }
  float value = push.alpha * sum;
  if (kAdd) value += push.beta * push.to.at[row * push.ldc + column];
  if (kBias) value += load(push.bias, push.first_bias, column, kTypeBias);
  push.to.at[row * push.ldc + column] = value;
}

void main() {
  uint begin = gl_WorkGroupID.z * push.k_each;
  multiply_tile(push.m, push.n, begin, min(begin + push.k_each, push.k));
}
