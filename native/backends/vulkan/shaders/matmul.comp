// matmul: a tile of kTile × kTile of out a group, its operands passing through shared memory in
// slices of 16 along K. A thread keeps kEach × kEach sums; K is summed in order, by one thread.
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

const uint kSlice = 16u;
const uint kEach = kTile / 16u;
const uint kRow = kTile + 1u;  // one more, so that neighbours meet other banks

layout(push_constant) uniform Push {
  Words a, b, bias;
  Floats to;
  uint m, n, k, lda, ldb, ldc, first_a, first_b, first_bias;
  float alpha, beta;
} push;

shared float tile_a[kSlice * kRow];
shared float tile_b[kSlice * kRow];

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
void load_slice(uint row, uint column, uint k) {
  for (uint i = gl_LocalInvocationIndex; i < kSlice * kTile; i += kGroup) {
    uint along = kTransposeA ? i / kTile : i % kSlice;
    uint across = kTransposeA ? i % kTile : i / kSlice;
    tile_a[along * kRow + across] = element_a(row + across, k + along);
    along = kTransposeB ? i % kSlice : i / kTile;
    across = kTransposeB ? i / kSlice : i % kTile;
    tile_b[along * kRow + across] = element_b(k + along, column + across);
  }
}

void main() {
  uint me = gl_LocalInvocationIndex;
  uint x = me % 16u, y = me / 16u;
  uint row = gl_WorkGroupID.y * kTile, column = gl_WorkGroupID.x * kTile;
  float sums[kEach * kEach];
  for (uint i = 0u; i < kEach * kEach; ++i) sums[i] = 0.0;
  for (uint k = 0u; k < push.k; k += kSlice) {
    barrier();
    load_slice(row, column, k);
    barrier();
    for (uint along = 0u; along < kSlice; ++along) {
      float left[kEach], right[kEach];
      for (uint i = 0u; i < kEach; ++i) left[i] = tile_a[along * kRow + y + 16u * i];
      for (uint j = 0u; j < kEach; ++j) right[j] = tile_b[along * kRow + x + 16u * j];
      for (uint i = 0u; i < kEach; ++i)
        for (uint j = 0u; j < kEach; ++j)
          sums[i * kEach + j] = fma(left[i], right[j], sums[i * kEach + j]);
    }
  }
  for (uint i = 0u; i < kEach; ++i) {
    for (uint j = 0u; j < kEach; ++j) {
      uint r = row + y + 16u * i, c = column + x + 16u * j;
      if (r >= push.m || c >= push.n) continue;
      float value = push.alpha * sums[i * kEach + j];
      if (kAdd) value += push.beta * push.to.at[r * push.ldc + c];
      if (kBias) value += load(push.bias, push.first_bias, c, kTypeBias);
      push.to.at[r * push.ldc + c] = value;
    }
  }
}
