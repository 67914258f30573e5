// What elementwise.comp and elementwise_wide.comp compute: contracts in ops/.
#include "math.glsl"

layout(local_size_x = 256) in;
layout(constant_id = 0) const uint kOperation = 0;
layout(constant_id = 1) const uint kTypeA = 0;
layout(constant_id = 2) const uint kTypeB = 0;
layout(constant_id = 3) const uint kTypeC = 0;
layout(constant_id = 4) const uint kType0 = 0;
layout(constant_id = 5) const uint kType1 = 0;

// What an operation reads beside a; the one that reads c also writes twice.
bool reads_b() { return kOperation != 2u && (kOperation < 10u || kOperation >= 20u); }
bool reads_c() { return kOperation == 31u; }

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

// The results of one place; y only of those that write twice.
vec2 results_of(float a, float b, float c, float alpha) {
  if (kOperation == 0u) return vec2(a + alpha * b, 0.0);
  if (kOperation == 1u) return vec2(a * b, 0.0);
  if (kOperation == 2u) return vec2(alpha * a, 0.0);
  if (kOperation < 20u) return vec2(activation_value(kOperation - 10u, a), 0.0);
  if (kOperation < 30u) return vec2(b * activation_slope(kOperation - 20u, a), 0.0);
  if (kOperation == 30u) return vec2(a / (1.0 + exp_of(-a)) * b, 0.0);
  float s = sigmoid_of(a);
  return vec2(c * b * s * fma(a, 1.0 - s, 1.0), c * a * s);
}
