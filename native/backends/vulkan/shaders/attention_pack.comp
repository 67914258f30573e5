// Rows of heads for attention by cooperative matrices: each head a line of vectors of eight factors of
// 16 bits, which ends in zeros. Only rows that lie in a segment are written. For the gradient of
// attention's result also delta: Σ gradient · out, of the gradient as it is packed, so that what it is
// taken from has the same rounding. A thread writes one vector; a group has whole lines.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "scaling.glsl"

layout(local_size_x = 256) in;
layout(constant_id = 0) const uint kSize = 64;
layout(constant_id = 1) const uint kVectors = 8;  // of a line
layout(constant_id = 2) const uint kElement = 1;
layout(constant_id = 3) const bool kWide = false;    // rows that can be read four floats at a time
layout(constant_id = 4) const bool kScaled = false;  // factors are multiplied to fit
layout(constant_id = 5) const bool kDelta = false;

layout(push_constant) uniform Push {
  Floats from;
  Vectors wide;  // the same memory
  Vectors to;
  Ints offsets;
  Words largest;
  Floats result, delta;
  uint rows, heads, stride, segments;
} push;

const uint kLines = kGroup / kVectors;

shared float products[kDelta ? kGroup : 1u];

float value_of(uint bits) { return kElement == kBf16 ? uintBitsToFloat(bits << 16) : f16_to_float(bits); }

void main() {
  uint me = gl_LocalInvocationIndex;
  uint v = me % kVectors, line = group_number() * kLines + me / kVectors;
  uint row = line / push.heads, head = line % push.heads;
  uint end = min(push.rows, uint(max(push.offsets.at[push.segments], 0)));
  bool writes = me / kVectors < kLines && row < end;
  float sum = 0.0;
  if (writes) {
    float values[8];
    uint at = row * push.stride + head * kSize + 8u * v;
    if (kWide && 8u * v + 8u <= kSize) {
      vec4 low = uintBitsToFloat(push.wide.at[at / 4u]);
      vec4 high = uintBitsToFloat(push.wide.at[at / 4u + 1u]);
      values = float[](low.x, low.y, low.z, low.w, high.x, high.y, high.z, high.w);
    } else {
      for (uint i = 0u; i < 8u; ++i) values[i] = 8u * v + i < kSize ? push.from.at[at + i] : 0.0;
    }
    float scale = kScaled ? scale_for(push.largest.at[0]) : 1.0;
    uvec4 packed = uvec4(0u);
    for (uint i = 0u; i < 8u; ++i) {
      uint bits = narrow(values[i] * scale, kElement);
      packed[i / 2u] |= bits << (16u * (i % 2u));
      if (kDelta && 8u * v + i < kSize)
        sum = fma(value_of(bits), push.result.at[line * kSize + 8u * v + i], sum);
    }
    push.to.at[line * kVectors + v] = packed;
  }
  if (!kDelta) return;
  products[me] = sum;
  barrier();
  if (v != 0u || !writes) return;
  for (uint i = 1u; i < kVectors; ++i) sum += products[me + i];
  push.delta.at[line] = sum;
}
