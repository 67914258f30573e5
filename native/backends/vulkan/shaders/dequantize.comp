// dequantize: a thread writes one word of out, which holds one element or two.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "quantized.glsl"

layout(local_size_x = 256) in;
layout(constant_id = 2) const uint kType = 0;

layout(push_constant) uniform Push {
  Quantized w;
  Words to;
  uint first, count;
} push;

#include "quantized_read.glsl"

void main() {
  prepare_tables(push.w.tables);
  uint word = thread_number();
  uint per_word = kType == kF32 ? 1u : 2u;
  uint begin = word * per_word, end = push.first + push.count;
  if (begin >= end) return;
  if (kType == kF32) {
    push.to.at[word] = floatBitsToUint(value_at(word));
    return;
  }
  uint bits = 0u;
  bool whole = begin >= push.first && begin + per_word <= end;
  for (uint i = max(begin, push.first); i < min(begin + per_word, end); ++i) {
    uint half_word = narrow(value_at(i - push.first), kType);
    if (whole) bits |= half_word << ((i - begin) * 16u);
    else store_part(push.to, i, half_word, 16u);
  }
  if (whole) push.to.at[word] = bits;
}
