// The largest finite size in the rows of heads that lie in a segment, as the bits of a float, which order
// as the sizes do. The word that it goes to was zero.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "math.glsl"
#include "group.glsl"

layout(local_size_x = 256) in;

layout(constant_id = 0) const uint kType = 0;

layout(push_constant) uniform Push {
  Words from;
  Ints offsets;
  Words to;
  uint rows, width, stride, segments, first;
} push;

void main() {
  uint rows = min(push.rows, uint(max(push.offsets.at[push.segments], 0)));
  uint step = gl_NumWorkGroups.x * kGroup;
  float largest = 0.0;
  for (uint i = gl_GlobalInvocationID.x; i < rows * push.width; i += step) {
    float size = abs(load(push.from, push.first, i / push.width * push.stride + i % push.width, kType));
    if (floatBitsToUint(size) < 0x7f800000u) largest = max(largest, size);
  }
  largest = group_max(largest);
  if (gl_LocalInvocationIndex == 0u) atomicMax(push.to.at[0], floatBitsToUint(largest));
}
