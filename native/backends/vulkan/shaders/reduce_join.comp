// The slices of reduce.comp joined, in order: out[o, i] = factor · kind over s of parts[o, s, i].
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "math.glsl"

layout(local_size_x = 256) in;
layout(constant_id = 0) const uint kKind = 0;

layout(push_constant) uniform Push {
  Floats parts, to;
  uint outer, inner, slices;
  float divisor;
} push;

void main() {
  uint i = thread_number();
  if (i >= push.outer * push.inner) return;
  uint first = i / push.inner * push.slices * push.inner + i % push.inner;
  vec2 value = vec2(kKind == 2u ? -kInfinity : 0.0, 0.0);
  for (uint s = 0u; s < push.slices; ++s) {
    uint at = 2u * (first + s * push.inner);
    vec2 part = vec2(push.parts.at[at], push.parts.at[at + 1u]);
    if (kKind == 2u) value.x = is_nan(value.x) || value.x >= part.x ? value.x : part.x;
    else value = plus(value, part);
  }
  push.to.at[i] = (kKind == 2u ? value.x : value.x + value.y) / push.divisor;
}
