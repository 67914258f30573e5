// What stands beside a product, added to its sums: to [m, n] = from + alpha · low [m, r] · side + bias, where
// side is [r, n], or [n, r] when kTurned, and bias [n], or [m, n] when kOnto. All in f32; the result may be stored as bf16. A group has 128 rows
// and 256 columns, a thread four columns of every fourth row, kAhead of which are on their way at once.
#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#include "common.glsl"

layout(local_size_x = 256) in;
layout(constant_id = 0) const uint kRank = 0;  // a multiple of four; 0: nothing but sums and bias
layout(constant_id = 1) const bool kTurned = false;
layout(constant_id = 2) const bool kBias = false;
layout(constant_id = 3) const uint kTypeBias = 0;
layout(constant_id = 4) const bool kNarrow = false;
layout(constant_id = 5) const uint kAhead = 4;
layout(constant_id = 6) const bool kOnto = false;

layout(buffer_reference, std430, buffer_reference_align = 16) buffer Fours { vec4 at[]; };
layout(buffer_reference, std430, buffer_reference_align = 8) buffer Pairs { uvec2 at[]; };

layout(push_constant) uniform Push {
  Fours from, to;  // may be the same
  Fours onto;
  Pairs to_narrow;  // the same memory as `to`
  Floats low, side;
  Words bias;
  uint m, n, rank, from_stride, to_stride, low_stride, side_stride, first_bias;
  uint onto_stride;  // from, to, onto: in fours
  float alpha;
} push;

const uint kAcross = 64u, kPhases = kGroup / kAcross, kRows = 128u;
const uint kHeld = kRank == 0u ? 1u : kRank;

shared float rows[kRows * kHeld];

void take_rows(uint first) {
  for (uint i = gl_LocalInvocationIndex; i < kRows * kRank; i += kGroup) {
    uint row = first + i / kHeld, k = i % kHeld;
    rows[i] = row < push.m && k < push.rank ? push.alpha * push.low.at[row * push.low_stride + k] : 0.0;
  }
}

uvec2 narrowed(vec4 values) {
  return uvec2(bf16_from_float(values.x) | (bf16_from_float(values.y) << 16),
               bf16_from_float(values.z) | (bf16_from_float(values.w) << 16));
}

void main() {
  uint me = gl_LocalInvocationIndex;
  uint first = gl_WorkGroupID.y * kRows, quad = gl_WorkGroupID.x * kAcross + me % kAcross;
  take_rows(first);
  bool has_columns = 4u * quad < push.n;
  vec4 columns[kHeld], bias = vec4(0.0);
  if (has_columns) {
    [[unroll]] for (uint c = 0u; c < 4u; ++c) {
      uint column = 4u * quad + c;
      if (kBias) bias[c] = load(push.bias, push.first_bias, column, kTypeBias);
      [[unroll]] for (uint k = 0u; k < kRank; ++k) {
        uint at = kTurned ? column * push.side_stride + k : k * push.side_stride + column;
        columns[k][c] = k < push.rank ? push.side.at[at] : 0.0;
      }
    }
  }
  barrier();
  if (!has_columns) return;
  for (uint i = me / kAcross; i < kRows; i += kPhases * kAhead) {
    vec4 sums[kAhead];
    [[unroll]] for (uint a = 0u; a < kAhead; ++a) {
      uint row = min(first + i + a * kPhases, push.m - 1u);
      sums[a] = push.from.at[row * push.from_stride + quad] + bias;
    }
    [[unroll]] for (uint a = 0u; a < kAhead; ++a) {
      uint in_group = i + a * kPhases, row = first + in_group;
      if (in_group < kRows && row < push.m) {
        [[unroll]] for (uint k = 0u; k < kRank; ++k)
          sums[a] = fma(vec4(rows[in_group * kHeld + k]), columns[k], sums[a]);
        if (kOnto) sums[a] += push.onto.at[row * push.onto_stride + quad];
        if (kNarrow) push.to_narrow.at[row * push.to_stride + quad] = narrowed(sums[a]);
        else push.to.at[row * push.to_stride + quad] = sums[a];
      }
    }
  }
}
