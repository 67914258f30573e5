// quantize to nf4, the second level: a group has 256 absmaxes, and brings what they differ from the
// mean by to 8 bits.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "math.glsl"
#include "group.glsl"
#include "nf4_tables.glsl"
#include "quotient.glsl"

layout(local_size_x = 256) in;

layout(push_constant) uniform Push {
  Floats absmax, offset, scales2, tables;
  Words scales;
  uint first, blocks;
} push;

// The entry of the map that is nearest; the lower one when two are.
uint nearest(float value) {
  uint low = 0u, high = 255u;
  while (high - low > 1u) {
    uint middle = (low + high) / 2u;
    if (dynamic_map[middle] <= value) low = middle;
    else high = middle;
  }
  precise float up = dynamic_map[high] - value, down = value - dynamic_map[low];
  return up < down ? high : low;
}

void main() {
  prepare_tables(push.tables);
  uint group = group_number();
  uint block = group * kGroup + gl_LocalInvocationIndex;
  if (group * kGroup >= push.blocks) return;
  precise float apart = block < push.blocks ? push.absmax.at[block] - push.offset.at[0] : 0.0;
  float largest = group_max(abs(apart));
  if (gl_LocalInvocationIndex == 0u) push.scales2.at[group] = largest;
  float inverse = largest > 0.0 ? quotient(1.0, largest) : 0.0;
  precise float value = apart * inverse;
  if (block < push.blocks) store_part(push.scales, push.first + block, nearest(value), 8u);
}
