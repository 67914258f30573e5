// gather_rows. Indices were checked before; clamping keeps a wrong one inside memory.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"

layout(local_size_x = 256) in;
layout(constant_id = 0) const uint kType = 0;

layout(push_constant) uniform Push {
  Words x;
  Ints index;
  Floats to;
  uint first, count, size, rows, stride;
} push;

void main() {
  uint i = thread_number();
  if (i >= push.count) return;
  uint row = uint(clamp(push.index.at[i / push.size], 0, int(push.rows) - 1));
  push.to.at[i] = load(push.x, push.first, row * push.stride + i % push.size, kType);
}
