// Rows of heads for attention by cooperative matrices: each head a line of vectors of eight factors of
// 16 bits, the last one filled up with zeros. Only rows that lie in a segment are written. For the gradient of
// attention's result also delta: Σ gradient · out, of the gradient as it is packed, so that what it is
// taken from has the same rounding; where the gradient can be read as it lies, only that. A thread has one
// vector; a group has whole lines.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "scaling.glsl"

layout(local_size_x = 256) in;
layout(constant_id = 0) const uint kSize = 64;
layout(constant_id = 1) const uint kElement = 1;
layout(constant_id = 2) const uint kType = 0;
layout(constant_id = 3) const bool kWide = false;    // rows that can be read a vector at a time
layout(constant_id = 4) const bool kScaled = false;  // factors are multiplied to fit
layout(constant_id = 5) const bool kWrites = true;
layout(constant_id = 6) const bool kDelta = false;
layout(constant_id = 7) const uint kTypeResult = 0;
layout(constant_id = 8) const bool kWideResult = false;

layout(push_constant) uniform Push {
  Words from;
  Vectors to;
  Ints offsets;
  Words largest;
  Words result;
  Floats delta;
  uint rows, heads, stride, segments, first, first_of_result;
} push;

const uint kVectors = (kSize + 7u) / 8u;  // of a line
const uint kLines = kGroup / kVectors;

shared float products[kDelta ? kGroup : 1u];

float value_of(uint bits) { return kElement == kBf16 ? uintBitsToFloat(bits << 16) : f16_to_float(bits); }

// Eight elements from the i-th on, of which `count` exist; the others are 0.
void read_eight(Words memory, uint first, uint i, uint count, bool wide, uint type, out float values[8]) {
  if (wide && count >= 8u) {
    Vectors vectors = Vectors(memory);
    if (type == kF32) {
      vec4 low = uintBitsToFloat(vectors.at[i / 4u]), high = uintBitsToFloat(vectors.at[i / 4u + 1u]);
      values = float[](low.x, low.y, low.z, low.w, high.x, high.y, high.z, high.w);
    } else {
      uvec4 pairs = vectors.at[i / 8u];
      for (uint e = 0u; e < 8u; ++e) {
        uint bits = pairs[e / 2u] >> (16u * (e % 2u)) & 0xffffu;
        values[e] = type == kBf16 ? uintBitsToFloat(bits << 16) : f16_to_float(bits);
      }
    }
    return;
  }
  for (uint e = 0u; e < 8u; ++e) values[e] = e < count ? load(memory, first, i + e, type) : 0.0;
}

void main() {
  uint me = gl_LocalInvocationIndex;
  uint v = me % kVectors, line = group_number() * kLines + me / kVectors;
  uint row = line / push.heads, head = line % push.heads;
  uint end = min(push.rows, uint(max(push.offsets.at[push.segments], 0)));
  bool has_line = me / kVectors < kLines && row < end;
  float sum = 0.0;
  if (has_line) {
    float values[8], results[8];
    uint count = kSize - 8u * v;
    read_eight(push.from, push.first, row * push.stride + head * kSize + 8u * v, count, kWide, kType, values);
    if (kDelta)
      read_eight(push.result, push.first_of_result, line * kSize + 8u * v, count, kWideResult, kTypeResult,
                 results);
    float scale = kScaled ? scale_for(push.largest.at[0]) : 1.0;
    uvec4 packed = uvec4(0u);
    for (uint i = 0u; i < 8u; ++i) {
      uint bits = narrow(values[i] * scale, kElement);
      packed[i / 2u] |= bits << (16u * (i % 2u));
      if (kDelta && i < count) sum = fma(value_of(bits), results[i], sum);
    }
    if (kWrites) push.to.at[line * kVectors + v] = packed;
  }
  if (!kDelta) return;
  products[me] = sum;
  barrier();
  if (v != 0u || !has_line) return;
  for (uint i = 1u; i < kVectors; ++i) sum += products[me + i];
  push.delta.at[line] = sum;
}
