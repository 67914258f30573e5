// The rows of a matrix in few bits as vectors of eight factors of 16 bits, for matmul_coop. A thread
// writes kEach vectors, neighbours side by side. Cols are a multiple of eight.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "quantized.glsl"
#include "scaling.glsl"

layout(local_size_x = 256) in;
layout(constant_id = 2) const uint kElement = 1;
layout(constant_id = 3) const bool kScaled = false;
const uint kEach = 8u;

layout(push_constant) uniform Push {
  Quantized w;
  Vectors to;
  Words largest;
} push;

#include "quantized_read.glsl"

void main() {
  prepare_tables(push.w.tables);
  uint per_row = push.w.cols / 8u, count = push.w.rows * per_row;
  float scale = kScaled ? scale_for(push.largest.at[0]) : 1.0;
  for (uint j = 0u; j < kEach; ++j) {
    uint item = (group_number() * kEach + j) * kGroup + gl_LocalInvocationIndex;
    if (item >= count) return;
    Run run = run_at(item / per_row, item % per_row * 8u);
    uvec4 packed;
    for (uint i = 0u; i < 4u; ++i) {
      uint low = narrow(value_of(run, 2u * i) * scale, kElement);
      packed[i] = low | (narrow(value_of(run, 2u * i + 1u) * scale, kElement) << 16);
    }
    push.to.at[item] = packed;
  }
}
