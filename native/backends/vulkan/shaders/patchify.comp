// patchify: a thread an element of rows. unpatchify: a thread a pixel, also those past the patches.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"

layout(local_size_x = 256) in;
layout(constant_id = 0) const bool kBack = false;

layout(push_constant) uniform Push {
  Floats pixels, rows;
  uint count, channels, height, width, patch_size;
} push;

void main() {
  uint i = thread_number();
  if (i >= push.count) return;
  uint p = push.patch_size, across = push.width / p, down = push.height / p;
  uint row_size = push.channels * p * p;
  if (kBack) {
    uint x = i % push.width, y = i / push.width % push.height;
    uint plane = i / push.width / push.height;
    uint channel = plane % push.channels, image = plane / push.channels;
    float value = 0.0;
    if (x / p < across && y / p < down) {
      uint row = (image * down + y / p) * across + x / p;
      value = push.rows.at[row * row_size + (channel * p + y % p) * p + x % p];
    }
    push.pixels.at[i] = value;
    return;
  }
  uint row = i / row_size, rest = i % row_size;
  uint x = row % across * p + rest % p;
  uint y = row / across % down * p + rest / p % p;
  uint image = row / across / down, channel = rest / p / p;
  push.rows.at[i] = push.pixels.at[((image * push.channels + channel) * push.height + y) * push.width + x];
}
