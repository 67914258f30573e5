// out [m, short] = a [m, k] · b, where b is [k, short], or [short, k] when kTurned. A group has 128 rows
// and a part of K; four threads share a row, matmul_join adds the parts.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "narrow.glsl"

layout(local_size_x = 256) in;

layout(push_constant) uniform Push {
  Vectors a;
  Floats b, to;
  uint m, n, k, lda, ldb, k_each;  // lda: in vectors of four
} push;

const uint kThreadsOfRow = 4u, kRowsOfThread = 2u;
const uint kRowsApart = kGroup / kThreadsOfRow;

shared vec4 slice[kSlice * kQuads];
shared vec4 parts[kGroup];

void load_slice(uint k, uint end) {
  for (uint i = gl_LocalInvocationIndex; i < kSlice * kShort; i += kGroup) {
    uint along = kTurned ? i % kSlice : i / kShort, column = kTurned ? i / kSlice : i % kShort;
    bool inside = column < push.n && k + along < end;
    uint at = kTurned ? column * push.ldb + k + along : (k + along) * push.ldb + column;
    slice[along * kQuads + column / 4u][column % 4u] = inside ? push.b.at[at] : 0.0;
  }
}

void main() {
  uint me = gl_LocalInvocationIndex, lane = me % kThreadsOfRow;
  uint first = gl_WorkGroupID.x * kRowsApart * kRowsOfThread + me / kThreadsOfRow;
  uint begin = gl_WorkGroupID.z * push.k_each, end = min(begin + push.k_each, push.k);
  vec4 sums[kRowsOfThread * kQuads];
  [[unroll]] for (uint i = 0u; i < kRowsOfThread * kQuads; ++i) sums[i] = vec4(0.0);
  for (uint k = begin; k < end; k += kSlice) {
    barrier();
    load_slice(k, end);
    barrier();
    [[unroll]] for (uint step = 0u; step < kSlice; step += 4u * kThreadsOfRow) {
      uint along = step + 4u * lane;
      vec4 values[kRowsOfThread];
      [[unroll]] for (uint i = 0u; i < kRowsOfThread; ++i) {
        uint row = first + i * kRowsApart;
        bool inside = row < push.m && k + along < end;
        values[i] = inside ? as_floats(push.a.at[row * push.lda + (k + along) / 4u]) : vec4(0.0);
      }
      [[unroll]] for (uint c = 0u; c < 4u; ++c)
        [[unroll]] for (uint quad = 0u; quad < kQuads; ++quad) {
          vec4 factor = slice[(along + c) * kQuads + quad];
          [[unroll]] for (uint i = 0u; i < kRowsOfThread; ++i)
            sums[i * kQuads + quad] = fma(vec4(values[i][c]), factor, sums[i * kQuads + quad]);
        }
    }
  }
  [[unroll]] for (uint i = 0u; i < kRowsOfThread; ++i) {
    uint row = first + i * kRowsApart;
    [[unroll]] for (uint quad = 0u; quad < kQuads; ++quad) {
      barrier();
      parts[me] = sums[i * kQuads + quad];
      barrier();
      if (lane != 0u || row >= push.m) continue;
      vec4 sum = parts[me] + parts[me + 1u] + parts[me + 2u] + parts[me + 3u];
      [[unroll]] for (uint c = 0u; c < 4u; ++c) {
        uint column = 4u * quad + c;
        if (column < push.n)
          push.to.at[(gl_WorkGroupID.z * push.m + row) * push.n + column] = sum[c];
      }
    }
  }
}
