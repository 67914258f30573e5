// matmul of few rows, as in decoding, where reading b is all the work: a group has kColumns columns
// of one row, and 256 / kColumns threads share the sum of each.
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

// A row of a transposed b is read along K by neighbours, one that is not along N.
const uint kColumns = kTransposeB ? 8u : 32u;
const uint kLanes = kGroup / kColumns;

layout(push_constant) uniform Push {
  Words a, b, bias;
  Floats to;
  uint m, n, k, lda, ldb, ldc, first_a, first_b, first_bias;
  float alpha, beta;
} push;

shared float sums[kGroup];

void main() {
  uint me = gl_LocalInvocationIndex;
  uint lane = kTransposeB ? me % kLanes : me / kColumns;
  uint slot = kTransposeB ? me / kLanes : me % kColumns;
  uint column = gl_WorkGroupID.x * kColumns + slot, row = gl_WorkGroupID.y;
  float sum = 0.0;
  if (column < push.n) {
    for (uint k = lane; k < push.k; k += kLanes) {
      float a = load(push.a, push.first_a, kTransposeA ? k * push.lda + row : row * push.lda + k,
                     kTypeA);
      float b = load(push.b, push.first_b,
                     kTransposeB ? column * push.ldb + k : k * push.ldb + column, kTypeB);
      sum = fma(a, b, sum);
    }
  }
  uint place = slot * kLanes + lane;
  sums[place] = sum;
  for (uint step = kLanes / 2u; step > 0u; step /= 2u) {
    barrier();
    if (lane < step) sums[place] += sums[place + step];
  }
  if (lane != 0u || column >= push.n) return;
  float value = push.alpha * sums[place];
  if (kAdd) value += push.beta * push.to.at[row * push.ldc + column];
  if (kBias) value += load(push.bias, push.first_bias, column, kTypeBias);
  push.to.at[row * push.ldc + column] = value;
}
