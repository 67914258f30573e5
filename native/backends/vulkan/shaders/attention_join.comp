// Joins what attention_few.comp found in each share of the keys: a group has one query of one head.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "math.glsl"

layout(local_size_x = 256) in;
layout(constant_id = 0) const uint kSize = 64;  // at most 256

layout(push_constant) uniform Push {
  Floats values, sums, to, lse;
  uint count, shares;
} push;

void main() {
  uint place = group_number(), me = gl_LocalInvocationIndex;
  if (place >= push.count) return;
  uint first = place * push.shares;
  float largest = -kInfinity;
  for (uint i = first; i < first + push.shares; ++i) largest = max(largest, push.sums.at[2u * i]);
  float sum = 0.0, value = 0.0;
  for (uint i = first; i < first + push.shares; ++i) {
    float own = push.sums.at[2u * i];
    float factor = own == -kInfinity ? 0.0 : exp_of(own - largest);
    sum = fma(push.sums.at[2u * i + 1u], factor, sum);
    if (me < kSize) value = fma(push.values.at[i * kSize + me], factor, value);
  }
  if (me < kSize) push.to.at[place * kSize + me] = sum > 0.0 ? value / sum : 0.0;
  if (me == 0u) push.lse.at[place] = sum > 0.0 ? largest + log_of(sum) : -kInfinity;
}
