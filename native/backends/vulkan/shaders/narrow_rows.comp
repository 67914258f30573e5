// out [short, width] = the transpose of a [k, short] · b [k, width]; its own transpose when kTurned. A
// group has 256 columns of b and a part of K, of which four rows are read at a time; matmul_join adds the
// parts.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "narrow.glsl"

layout(local_size_x = 256) in;

layout(push_constant) uniform Push {
  Floats a;
  Vectors b;
  Floats to;
  uint rows, width, k, lda, ldb, k_each;  // rows: of the result; ldb: in vectors of four
} push;

const uint kAcross = 64u, kPhases = kGroup / kAcross;

shared vec4 slice[kSlice * kQuads];
shared vec4 parts[kGroup];

void load_slice(uint k, uint end) {
  for (uint i = gl_LocalInvocationIndex; i < kSlice * kShort; i += kGroup) {
    uint along = i / kShort, row = i % kShort;
    bool inside = row < push.rows && k + along < end;
    slice[along * kQuads + row / 4u][row % 4u] =
        inside ? push.a.at[(k + along) * push.lda + row] : 0.0;
  }
}

void store(uint row, uint column, float sum) {
  uint part = gl_WorkGroupID.z * push.rows * push.width;
  push.to.at[part + (kTurned ? column * push.rows + row : row * push.width + column)] = sum;
}

void main() {
  uint me = gl_LocalInvocationIndex, phase = me / kAcross;
  uint quad_of_b = gl_WorkGroupID.x * kAcross + me % kAcross;
  bool has_columns = 4u * quad_of_b < push.width;
  uint begin = gl_WorkGroupID.z * push.k_each, end = min(begin + push.k_each, push.k);
  vec4 sums[kShort];
  [[unroll]] for (uint i = 0u; i < kShort; ++i) sums[i] = vec4(0.0);
  for (uint k = begin; k < end; k += kSlice) {
    barrier();
    load_slice(k, end);
    barrier();
    [[unroll]] for (uint step = 0u; step < kSlice; step += kPhases) {
      uint along = step + phase;
      bool inside = has_columns && k + along < end;
      vec4 values = inside ? as_floats(push.b.at[(k + along) * push.ldb + quad_of_b]) : vec4(0.0);
      [[unroll]] for (uint quad = 0u; quad < kQuads; ++quad) {
        vec4 factor = slice[along * kQuads + quad];
        [[unroll]] for (uint c = 0u; c < 4u; ++c)
          sums[4u * quad + c] = fma(vec4(factor[c]), values, sums[4u * quad + c]);
      }
    }
  }
  [[unroll]] for (uint row = 0u; row < kShort; ++row) {
    barrier();
    parts[me] = sums[row];
    barrier();
    if (phase != 0u || row >= push.rows || !has_columns) continue;
    vec4 sum = parts[me];
    [[unroll]] for (uint other = 1u; other < kPhases; ++other) sum += parts[me + other * kAcross];
    [[unroll]] for (uint c = 0u; c < 4u; ++c) store(row, 4u * quad_of_b + c, sum[c]);
  }
}
