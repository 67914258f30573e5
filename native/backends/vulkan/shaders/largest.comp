// The largest finite size in a matrix, as the bits of a float, which order as the sizes do. The word that
// it goes to was zero.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"

layout(local_size_x = 256) in;
layout(constant_id = 0) const uint kType = 0;

layout(push_constant) uniform Push {
  Words from, to;
  uint first, lines, width, stride;
} push;

shared uint sizes[kGroup];

void main() {
  uint largest = 0u;
  uint step = gl_NumWorkGroups.x * kGroup;
  for (uint i = thread_number(); i < push.lines * push.width; i += step) {
    uint at = i / push.width * push.stride + i % push.width;
    uint size = floatBitsToUint(load(push.from, push.first, at, kType)) & 0x7fffffffu;
    if (size < 0x7f800000u) largest = max(largest, size);
  }
  uint me = gl_LocalInvocationIndex;
  sizes[me] = largest;
  for (uint half_of = kGroup / 2u; half_of > 0u; half_of /= 2u) {
    barrier();
    if (me < half_of) sizes[me] = max(sizes[me], sizes[me + half_of]);
  }
  if (me == 0u) atomicMax(push.to.at[0], sizes[0]);
}
