// adamw_8bit: a thread has a word of codes, four values; 64 threads have a block, so a group has
// four. The scalars of the step are worked out in double by the caller, as the CPU does.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "quotient.glsl"

layout(local_size_x = 256) in;
layout(constant_id = 0) const uint kType = 0;
layout(constant_id = 1) const bool kMaster = false;
layout(constant_id = 2) const bool kScaled = false;

layout(push_constant) uniform Push {
  Words param;
  Floats grad;
  Words m;
  Floats m_scale;
  Words v;
  Floats v_scale, master, grad_scale, tables;
  uint first, count;
  float decay, one_minus_beta1, beta2, one_minus_beta2, root_correction, eps, step_size;
} push;

const uint kLanes = 64, kPerThread = 4;
// Where the maps stand in the device's tables, behind the codes of NF4.
const uint kSigned = 16, kUnsigned = 272;
const uint kZero = 127;
const float kSmallestScale = 1.17549435e-38;

// maps[0 .. 256) is the signed one, behind it the unsigned one.
shared float maps[512];
shared float largest_m[kGroup], largest_v[kGroup];

// Place of the number that is nearest in the map that begins at `map`; the lower one when two are.
uint nearest(uint map, float value) {
  uint low = 0u;
  for (uint step = 128u; step > 0u; step /= 2u) {
    if (maps[map + low + step] <= value) low += step;
  }
  uint high = min(low + 1u, 255u);
  precise float up = maps[map + high] - value, down = value - maps[map + low];
  return up < down ? high : low;
}

float size_of(float x) { return is_nan(x) ? 0.0 : abs(x); }

// Moves weight i; m and v are updated in place.
void move_weight(uint i, inout float m, inout float v) {
  float g = push.grad.at[i];
  if (kScaled) g *= push.grad_scale.at[0];
  m = fma(push.one_minus_beta1, g - m, m);
  v = fma(push.one_minus_beta2 * g, g, v * push.beta2);
  float old = kMaster ? push.master.at[i] : uintBitsToFloat(push.param.at[i]);
  float denominator = sqrt(v) / push.root_correction + push.eps;
  float next = fma(-push.step_size, m / denominator, old * push.decay);
  if (kMaster) push.master.at[i] = next;
  if (kType == kF32) push.param.at[i] = floatBitsToUint(next);
  else store_part(push.param, push.first + i, narrow(next, kType), 16u);
}

float inverse_of(float scale) { return scale >= kSmallestScale ? quotient(1.0, scale) : 0.0; }

void main() {
  uint me = gl_LocalInvocationIndex, word = thread_number();
  maps[me] = push.tables.at[kSigned + me];
  maps[256u + me] = push.tables.at[kUnsigned + me];
  barrier();
  uint begin = word * kPerThread, block = word / kLanes;
  bool inside = block * kLanes * kPerThread < push.count;
  float m[4], v[4];
  largest_m[me] = 0.0;
  largest_v[me] = 0.0;
  for (uint n = 0u; n < kPerThread; ++n) {
    m[n] = 0.0;
    v[n] = 0.0;
    if (begin + n >= push.count) continue;
    uint shift = 8u * n;
    m[n] = maps[(push.m.at[word] >> shift) & 255u] * push.m_scale.at[block];
    v[n] = maps[256u + ((push.v.at[word] >> shift) & 255u)] * push.v_scale.at[block];
    move_weight(begin + n, m[n], v[n]);
    largest_m[me] = max(largest_m[me], size_of(m[n]));
    largest_v[me] = max(largest_v[me], size_of(v[n]));
  }
  for (uint step = kLanes / 2u; step > 0u; step /= 2u) {
    barrier();
    if (me % kLanes < step) {
      largest_m[me] = max(largest_m[me], largest_m[me + step]);
      largest_v[me] = max(largest_v[me], largest_v[me + step]);
    }
  }
  barrier();
  if (!inside) return;
  float scale_m = largest_m[me / kLanes * kLanes], scale_v = largest_v[me / kLanes * kLanes];
  float inverse_m = inverse_of(scale_m), inverse_v = inverse_of(scale_v);
  uint codes_m = 0u, codes_v = 0u;
  for (uint n = 0u; n < kPerThread && begin + n < push.count; ++n) {
    precise float part_m = m[n] * inverse_m, part_v = v[n] * inverse_v;
    uint near_m = inverse_m > 0.0 ? nearest(0u, part_m) : kZero;
    uint near_v = nearest(256u, part_v);
    if (near_v == 0u && inverse_v > 0.0 && v[n] > 0.0) near_v = 1u;
    codes_m |= near_m << (8u * n);
    codes_v |= near_v << (8u * n);
  }
  push.m.at[word] = codes_m;
  push.v.at[word] = codes_v;
  if (me % kLanes != 0u) return;
  push.m_scale.at[block] = inverse_m > 0.0 ? scale_m : 0.0;
  push.v_scale.at[block] = inverse_v > 0.0 ? scale_v : 0.0;
}
