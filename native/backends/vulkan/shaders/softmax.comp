// softmax and softmax_backward: a group a row.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "math.glsl"
#include "group.glsl"

layout(local_size_x = 256) in;
layout(constant_id = 0) const bool kBackward = false;

layout(push_constant) uniform Push {
  Floats x, grad, to;  // x: the input, or for the backward pass the output
  uint rows, size;
} push;

void main() {
  uint row = group_number();
  if (row >= push.rows) return;
  uint me = gl_LocalInvocationIndex, first = row * push.size;
  if (kBackward) {
    vec2 dot_product = vec2(0.0);
    for (uint i = me; i < push.size; i += kGroup)
      dot_product = plus(dot_product, push.x.at[first + i] * push.grad.at[first + i]);
    vec2 total = group_sum(dot_product);
    for (uint i = me; i < push.size; i += kGroup)
      push.to.at[first + i] = push.x.at[first + i] * (push.grad.at[first + i] - (total.x + total.y));
    return;
  }
  float largest = -kInfinity;
  for (uint i = me; i < push.size; i += kGroup) largest = max(largest, push.x.at[first + i]);
  largest = group_max(largest);
  vec2 sum = vec2(0.0);
  for (uint i = me; i < push.size; i += kGroup)
    sum = plus(sum, exp_of(push.x.at[first + i] - largest));
  vec2 total = group_sum(sum);
  for (uint i = me; i < push.size; i += kGroup)
    push.to.at[first + i] = exp_of(push.x.at[first + i] - largest) / (total.x + total.y);
}
