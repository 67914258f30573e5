// The same where everything lies at multiples of 16 bytes: a thread eight elements.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "eights.glsl"
#include "elementwise.glsl"

layout(push_constant) uniform Push {
  Vectors a, b, c, out0, out1;
  uint eights;
  float alpha;
} push;

bool is_plain() {
  bool reads = kTypeA == kF32 && (!reads_b() || kTypeB == kF32) && (!reads_c() || kTypeC == kF32);
  return reads && kType0 == kF32 && (!reads_c() || kType1 == kF32);
}

void results_of_four(vec4 a, vec4 b, vec4 c, out vec4 first, out vec4 second) {
  [[unroll]] for (int n = 0; n < 4; ++n) {
    vec2 results = results_of(a[n], b[n], c[n], push.alpha);
    first[n] = results.x, second[n] = results.y;
  }
}

vec4 plain_four(Vectors memory, uint i) { return uintBitsToFloat(memory.at[i]); }

void main() {
  vec4 zero = vec4(0.0), first, second;
  if (is_plain()) {
    // In two strides, so that neighbours always read side by side.
    [[unroll]] for (uint stride = 0u; stride < 2u; ++stride) {
      uint i = (2u * group_number() + stride) * kGroup + gl_LocalInvocationIndex;
      if (i >= 2u * push.eights) return;
      vec4 b = reads_b() ? plain_four(push.b, i) : zero, c = reads_c() ? plain_four(push.c, i) : zero;
      results_of_four(plain_four(push.a, i), b, c, first, second);
      push.out0.at[i] = floatBitsToUint(first);
      if (reads_c()) push.out1.at[i] = floatBitsToUint(second);
    }
    return;
  }
  uint i = thread_number();
  if (i >= push.eights) return;
  Eight a = load_eight(push.a, i, kTypeA), b = Eight(zero, zero), c = b;
  if (reads_b()) b = load_eight(push.b, i, kTypeB);
  if (reads_c()) c = load_eight(push.c, i, kTypeC);
  vec4 first_high, second_high;
  results_of_four(a.low, b.low, c.low, first, second);
  results_of_four(a.high, b.high, c.high, first_high, second_high);
  store_eight(push.out0, i, Eight(first, first_high), kType0);
  if (reads_c()) store_eight(push.out1, i, Eight(second, second_high), kType1);
}
