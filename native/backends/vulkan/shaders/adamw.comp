// adamw: the scalars of the step are worked out in double by the caller, as the CPU does.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"

layout(local_size_x = 256) in;
layout(constant_id = 0) const uint kType = 0;
layout(constant_id = 1) const bool kMaster = false;
layout(constant_id = 2) const bool kScaled = false;

layout(push_constant) uniform Push {
  Words param;
  Floats grad, m, v, master, grad_scale;
  uint first, count;
  float decay, one_minus_beta1, beta2, one_minus_beta2, root_correction, eps, step_size;
} push;

void main() {
  uint i = thread_number();
  if (i >= push.count) return;
  float g = push.grad.at[i];
  if (kScaled) g *= push.grad_scale.at[0];
  float m = push.m.at[i], v = push.v.at[i];
  m = fma(push.one_minus_beta1, g - m, m);
  v = fma(push.one_minus_beta2 * g, g, v * push.beta2);
  push.m.at[i] = m;
  push.v.at[i] = v;
  float old = kMaster ? push.master.at[i] : uintBitsToFloat(push.param.at[i]);
  float denominator = sqrt(v) / push.root_correction + push.eps;
  float next = fma(-push.step_size, m / denominator, old * push.decay);
  if (kMaster) push.master.at[i] = next;
  if (kType == kF32) push.param.at[i] = floatBitsToUint(next);
  else store_part(push.param, push.first + i, narrow(next, kType), 16u);
}
