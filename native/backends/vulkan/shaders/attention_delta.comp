// delta of attention's backward pass: Σ grad · out, a thread for each row of a head.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"

layout(local_size_x = 256) in;

layout(push_constant) uniform Push {
  Floats a, b, to;
  uint count, size;
} push;

void main() {
  uint i = thread_number();
  if (i >= push.count) return;
  float sum = 0.0;
  for (uint d = 0u; d < push.size; ++d)
    sum = fma(push.a.at[i * push.size + d], push.b.at[i * push.size + d], sum);
  push.to.at[i] = sum;
}
