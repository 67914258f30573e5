// add, mul, scale, activation, activation_backward, swiglu, swiglu_backward: a thread an element, wherever
// they lie.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "elementwise.glsl"

layout(push_constant) uniform Push {
  Words a, b, c, out0, out1;
  uint begin, count, count_b;
  uint first_a, first_b, first_c, first_0, first_1;
  float alpha;
} push;

void main() {
  uint i = push.begin + thread_number();
  if (i >= push.count) return;
  float a = load(push.a, push.first_a, i, kTypeA);
  uint in_b = push.count_b == push.count ? i : i % push.count_b;
  float b = reads_b() ? load(push.b, push.first_b, in_b, kTypeB) : 0.0;
  float c = reads_c() ? load(push.c, push.first_c, i, kTypeC) : 0.0;
  vec2 results = results_of(a, b, c, push.alpha);
  store(push.out0, push.first_0, i, results.x, kType0);
  if (reads_c()) store(push.out1, push.first_1, i, results.y, kType1);
}
