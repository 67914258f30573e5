// delta of attention's backward pass: Σ grad · out, a thread for each row of a head.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"

layout(local_size_x = 256) in;

layout(constant_id = 0) const uint kTypeA = 0;
layout(constant_id = 1) const uint kTypeB = 0;

layout(push_constant) uniform Push {
  Words a, b;
  Floats to;
  uint count, size, first_a, first_b;
} push;

void main() {
  uint i = thread_number();
  if (i >= push.count) return;
  float sum = 0.0;
  for (uint d = 0u; d < push.size; ++d)
    sum = fma(load(push.a, push.first_a, i * push.size + d, kTypeA),
              load(push.b, push.first_b, i * push.size + d, kTypeB), sum);
  push.to.at[i] = sum;
}
