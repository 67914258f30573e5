// The lines of a matrix as vectors of eight factors of 16 bits, for matmul_coop; the last vector of a line
// ends in zeros. A thread writes one vector.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "scaling.glsl"

layout(local_size_x = 256) in;
layout(constant_id = 0) const uint kType = 0;
layout(constant_id = 1) const uint kElement = 1;
layout(constant_id = 2) const bool kWide = false;    // lines of f32 that can be read four at a time
layout(constant_id = 3) const bool kScaled = false;  // factors are multiplied to fit

layout(push_constant) uniform Push {
  Words from;
  Vectors wide;  // the same memory
  Vectors to;
  Words largest;
  uint first, lines, width, stride, vectors;  // vectors: of a line, written
} push;

float value_at(uint line, uint at) {
  return at < push.width ? load(push.from, push.first, line * push.stride + at, kType) : 0.0;
}

void main() {
  uint item = thread_number();
  uint line = item / push.vectors, v = item % push.vectors;
  if (line >= push.lines) return;
  float values[8];
  if (kWide && 8u * v + 8u <= push.width) {
    uint at = line * (push.stride / 4u) + 2u * v;
    vec4 low = uintBitsToFloat(push.wide.at[at]), high = uintBitsToFloat(push.wide.at[at + 1u]);
    values = float[](low.x, low.y, low.z, low.w, high.x, high.y, high.z, high.w);
  } else {
    for (uint i = 0u; i < 8u; ++i) values[i] = value_at(line, 8u * v + i);
  }
  float scale = kScaled ? scale_for(push.largest.at[0]) : 1.0;
  uvec4 packed;
  for (uint i = 0u; i < 4u; ++i) {
    uint low = narrow(values[2u * i] * scale, kElement);
    packed[i] = low | (narrow(values[2u * i + 1u] * scale, kElement) << 16);
  }
  push.to.at[item] = packed;
}
