// quantize to nf4, the first level: a thread has one byte of codes, 32 threads a block.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "nf4_tables.glsl"
#include "quotient.glsl"

layout(local_size_x = 256) in;
layout(constant_id = 0) const uint kType = 0;

layout(push_constant) uniform Push {
  Words x, codes;
  Floats absmax, tables;  // absmax: [blocks]
  uint first, first_code, numel, cols, stride;
} push;

const uint kLanes = kNf4Block / 2u;

shared float largest[kGroup];

float element(uint i) {
  if (i >= push.numel) return 0.0;
  return load(push.x, push.first, i / push.cols * push.stride + i % push.cols, kType);
}

float size_of(float x) { return is_nan(x) ? 0.0 : abs(x); }

// The lower code on a middle between two.
uint nearest(float value) {
  uint code = 0u;
  for (uint i = 0u; i < 15u; ++i) {
    precise float sum = nf4_codes[i] + nf4_codes[i + 1u];
    if (!is_nan(value) && value > 0.5 * sum) code += 1u;
  }
  return code;
}

void main() {
  prepare_tables(push.tables);
  uint me = gl_LocalInvocationIndex, byte = thread_number();
  float first = element(2u * byte), second = element(2u * byte + 1u);
  largest[me] = max(size_of(first), size_of(second));
  for (uint step = kLanes / 2u; step > 0u; step /= 2u) {
    barrier();
    if (me % kLanes < step) largest[me] = max(largest[me], largest[me + step]);
  }
  barrier();
  if (2u * byte >= push.numel) return;
  float absmax = largest[me / kLanes * kLanes];
  if (me % kLanes == 0u) push.absmax.at[byte / kLanes] = absmax;
  float inverse = absmax > 0.0 ? quotient(1.0, absmax) : 0.0;
  precise float high = first * inverse, low = second * inverse;
  uint codes = nearest(high) << 4;
  if (2u * byte + 1u < push.numel) codes |= nearest(low);
  store_part(push.codes, push.first_code + byte, codes, 8u);
}
