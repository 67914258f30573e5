// out [m, n] = alpha · a [m, short] · b + beta · out, where b is [short, n], or [n, short] when kTurned. A
// group has 128 rows and 256 columns.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "narrow.glsl"

layout(local_size_x = 256) in;
layout(constant_id = 2) const bool kAdd = false;  // beta is not 0

layout(push_constant) uniform Push {
  Floats a, b;
  Vectors to;
  uint m, n, k, lda, ldb, ldc;  // ldc: in vectors of four
  float alpha, beta;
} push;

const uint kAcross = 64u, kPhases = kGroup / kAcross, kRows = 128u;

shared float rows[kRows * kShort];

void main() {
  uint me = gl_LocalInvocationIndex;
  uint first = gl_WorkGroupID.y * kRows, quad = gl_WorkGroupID.x * kAcross + me % kAcross;
  for (uint i = me; i < kRows * kShort; i += kGroup) {
    uint row = first + i / kShort, k = i % kShort;
    rows[i] = row < push.m && k < push.k ? push.alpha * push.a.at[row * push.lda + k] : 0.0;
  }
  bool has_columns = 4u * quad < push.n;
  vec4 columns[kShort];
  [[unroll]] for (uint k = 0u; k < kShort; ++k)
    [[unroll]] for (uint c = 0u; c < 4u; ++c) {
      uint column = 4u * quad + c;
      uint at = kTurned ? column * push.ldb + k : k * push.ldb + column;
      columns[k][c] = has_columns && k < push.k ? push.b.at[at] : 0.0;
    }
  barrier();
  if (!has_columns) return;
  for (uint i = me / kAcross; i < kRows && first + i < push.m; i += kPhases) {
    uint at = (first + i) * push.ldc + quad;
    vec4 sum = kAdd ? push.beta * as_floats(push.to.at[at]) : vec4(0.0);
    [[unroll]] for (uint k = 0u; k < kShort; ++k) sum = fma(vec4(rows[i * kShort + k]), columns[k], sum);
    push.to.at[at] = floatBitsToUint(sum);
  }
}
