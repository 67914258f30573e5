// clip_coefficient: one group sums the squares of all parameters.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "math.glsl"
#include "group.glsl"

layout(local_size_x = 256) in;

layout(push_constant) uniform Push {
  Floats squares, to;
  uint count;
  float max_norm;
} push;

void main() {
  vec2 sum = vec2(0.0);
  for (uint i = gl_LocalInvocationIndex; i < push.count; i += kGroup)
    sum = plus(sum, push.squares.at[i]);
  vec2 total = group_sum(sum);
  if (gl_LocalInvocationIndex != 0u) return;
  float norm = sqrt(total.x + total.y);
  float ratio = push.max_norm / (norm + 1e-6);
  push.to.at[0] = norm;
  push.to.at[1] = push.max_norm <= 0.0 || ratio > 1.0 ? 1.0 : ratio;
}
