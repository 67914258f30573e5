// The mean of all absmaxes of an nf4 matrix, by one group: summed in two floats and divided with the
// rest in mind, so that it is the mean in f64 rounded once, but for one in millions.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "math.glsl"
#include "group.glsl"

layout(local_size_x = 256) in;

layout(push_constant) uniform Push {
  Floats absmax, offset;
  uint blocks;
} push;

// sum / count; halves of 12 bits have exact products.
float mean_of(vec2 sum, uint count) {
  precise float estimate = (sum.x + sum.y) / float(count);
  float high = uintBitsToFloat(floatBitsToUint(estimate) & 0xfffff000u);
  precise float low = estimate - high;
  float thousands = float(count & ~4095u), units = float(count & 4095u);
  vec2 rest = plus(sum, -(high * thousands));
  rest = plus(rest, -(high * units));
  rest = plus(rest, -(low * thousands));
  rest = plus(rest, -(low * units));
  precise float mean = estimate + (rest.x + rest.y) / float(count);
  return mean;
}

void main() {
  uint me = gl_LocalInvocationIndex;
  vec2 sum = vec2(0.0);
  for (uint i = me; i < push.blocks; i += kGroup) sum = plus(sum, push.absmax.at[i]);
  sum = group_sum(sum);
  if (me == 0u) push.offset.at[0] = mean_of(sum, push.blocks);
}
