// fill: words of 32 bits, of which the first and the last may hold other elements.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"

layout(local_size_x = 256) in;
layout(constant_id = 0) const uint kWidth = 32;  // bits of an element

layout(push_constant) uniform Push {
  Words to;
  uint first, count, bits;  // bits: one element
} push;

void main() {
  uint word = thread_number();
  uint per_word = 32u / kWidth;
  uint end = push.first + push.count;
  uint begin = word * per_word;
  if (begin >= end) return;
  if (kWidth == 32u) {
    push.to.at[word] = push.bits;
  } else if (begin >= push.first && begin + per_word <= end) {
    push.to.at[word] = push.bits | (push.bits << 16);
  } else {
    for (uint i = max(begin, push.first); i < min(begin + per_word, end); ++i)
      store_part(push.to, i, push.bits, kWidth);
  }
}
