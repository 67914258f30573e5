// add, mul, scale, activation, activation_backward, swiglu, swiglu_backward: contracts in ops/.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "math.glsl"

layout(local_size_x = 256) in;
layout(constant_id = 0) const uint kOperation = 0;
layout(constant_id = 1) const uint kTypeA = 0;
layout(constant_id = 2) const uint kTypeB = 0;

layout(push_constant) uniform Push {
  Words a, b, c;
  Floats out0, out1;
  uint count, count_b, first_a, first_b;
  float alpha;
} push;

float activation_value(uint kind, float x) {
  if (kind == 0u) return x * fma(0.5, erf_of(x * 0.707106781), 0.5);
  if (kind == 1u) return 0.5 * x * (1.0 + tanh_of(0.797884561 * x * fma(0.044715 * x, x, 1.0)));
  if (kind == 2u) return x / (1.0 + exp_of(-1.702 * x));
  if (kind == 3u) return x / (1.0 + exp_of(-x));
  return max(0.0, x);
}

float activation_slope(uint kind, float x) {
  if (kind == 0u) {
    float density = 0.398942280 * exp_of(-0.5 * x * x);
    return fma(x, density, fma(0.5, erf_of(x * 0.707106781), 0.5));
  }
  if (kind == 1u) {
    float t = tanh_of(0.797884561 * x * fma(0.044715 * x, x, 1.0));
    float inner = 0.797884561 * fma(0.134145 * x, x, 1.0);
    return 0.5 * fma(x * inner, fma(-t, t, 1.0), 1.0 + t);
  }
  if (kind == 2u) {
    float s = sigmoid_of(1.702 * x);
    return s * fma(1.702 * x, 1.0 - s, 1.0);
  }
  if (kind == 3u) {
    float s = sigmoid_of(x);
    return s * fma(x, 1.0 - s, 1.0);
  }
  return x > 0.0 ? 1.0 : 0.0;
}

void main() {
  uint i = thread_number();
  if (i >= push.count) return;
  float a = load(push.a, push.first_a, i, kTypeA);
  float b = kOperation == 2u || (kOperation >= 10u && kOperation < 20u)
                ? 0.0
                : load(push.b, push.first_b, push.count_b == push.count ? i : i % push.count_b,
                       kTypeB);
  if (kOperation == 0u) {
    push.out0.at[i] = a + push.alpha * b;
  } else if (kOperation == 1u) {
    push.out0.at[i] = a * b;
  } else if (kOperation == 2u) {
    push.out0.at[i] = push.alpha * a;
  } else if (kOperation >= 10u && kOperation < 20u) {
    push.out0.at[i] = activation_value(kOperation - 10u, a);
  } else if (kOperation >= 20u && kOperation < 30u) {
    push.out0.at[i] = b * activation_slope(kOperation - 20u, a);
  } else if (kOperation == 30u) {
    push.out0.at[i] = a / (1.0 + exp_of(-a)) * b;
  } else {
    float grad = load(push.c, 0u, i, kF32);
    float s = sigmoid_of(a);
    push.out0.at[i] = grad * b * s * fma(a, 1.0 - s, 1.0);
    push.out1.at[i] = grad * a * s;
  }
}
