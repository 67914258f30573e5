// quantize to int8: a group has one row.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "math.glsl"
#include "group.glsl"
#include "quotient.glsl"

layout(local_size_x = 256) in;
layout(constant_id = 0) const uint kType = 0;

layout(push_constant) uniform Push {
  Words x, codes;
  Floats scales;
  uint first, first_code, rows, cols, stride;
} push;

void main() {
  uint me = gl_LocalInvocationIndex, row = group_number();
  if (row >= push.rows) return;
  float largest = 0.0;
  for (uint i = me; i < push.cols; i += kGroup) {
    float x = load(push.x, push.first, row * push.stride + i, kType);
    if (!is_nan(x)) largest = max(largest, abs(x));
  }
  largest = group_max(largest);
  if (me == 0u) push.scales.at[row] = largest;
  float inverse = largest > 0.0 ? quotient(127.0, largest) : 0.0;
  for (uint i = me; i < push.cols; i += kGroup) {
    precise float code = load(push.x, push.first, row * push.stride + i, kType) * inverse;
    store_part(push.codes, push.first_code + row * push.cols + i, uint(int(roundEven(code))) & 255u,
               8u);
  }
}
