// dropout and random_fill: a thread a block of four elements.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "math.glsl"
#include "philox.glsl"

layout(local_size_x = 256) in;
layout(constant_id = 0) const uint kKind = 0;  // 0 uniform, 1 normal, 2 dropout
layout(constant_id = 1) const uint kType = 0;
layout(constant_id = 2) const uint kTypeX = 0;

layout(push_constant) uniform Push {
  Words x, to;
  uint first_x, first, count, seed, stream;
  float a, b, below_b;
} push;

void put(uint i, float value) { store(push.to, push.first, i, value, kType); }

vec2 normals(uint first_word, uint second_word) {
  float radius = sqrt(-2.0 * log_of(unit_uniform(first_word) + 5.9604644775390625e-8)) * push.b;
  vec2 turn = cos_sin_of(6.28318531 * unit_uniform(second_word));
  return push.a + radius * turn;
}

void main() {
  uint block = thread_number();
  if (block >= (push.count + 3u) / 4u) return;
  uvec4 words = philox(block, push.stream, push.seed);
  vec4 values;
  if (kKind == 1u) {
    values = vec4(normals(words.x, words.y), normals(words.z, words.w));
  } else {
    for (int w = 0; w < 4; ++w) values[w] = unit_uniform(words[w]);
  }
  for (uint w = 0u; w < 4u; ++w) {
    uint i = 4u * block + w;
    if (i >= push.count) return;
    if (kKind == 2u) put(i, values[w] >= push.a ? load(push.x, push.first_x, i, kTypeX) * push.b : 0.0);
    else if (kKind == 0u) put(i, min(push.below_b, fma(values[w], push.b - push.a, push.a)));
    else put(i, values[w]);
  }
}
