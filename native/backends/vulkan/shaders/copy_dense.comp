// copy_dense: the same bytes elsewhere, both places multiples of 16 bytes: 16 bytes a thread, and by the last
// thread what is left.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"

layout(local_size_x = 256) in;

layout(push_constant) uniform Push {
  Vectors from, to;
  Words from_words, to_words;  // the same places
  uint pieces, rest;           // of 16 bytes, and bytes behind them
} push;

void main() {
  uint thread = thread_number();
  if (thread < push.pieces) {
    push.to.at[thread] = push.from.at[thread];
  } else if (thread == push.pieces) {
    uint word = 4u * push.pieces;
    for (uint end = word + push.rest / 4u; word < end; ++word)
      push.to_words.at[word] = push.from_words.at[word];
    // Bytes behind the last one may be another tensor's.
    for (uint i = 0u; i < (push.rest & 3u); ++i)
      store_part(push.to_words, 4u * word + i, (push.from_words.at[word] >> (8u * i)) & 0xffu, 8u);
  }
}
