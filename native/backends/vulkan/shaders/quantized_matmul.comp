// quantized_matmul of many rows: the matrix is widened while its tiles are loaded.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "quantized.glsl"
#include "quantized_push.glsl"

layout(local_size_x = 256) in;
layout(constant_id = 6) const uint kEachM = 4;
layout(constant_id = 7) const uint kEachN = 4;
const uint kColumns = 16;

#include "matmul.glsl"

void load_a(uint row, uint k) {
  for (uint i = gl_LocalInvocationIndex; i < kSlice * kTileM; i += kGroup) {
    uint along = i % kSlice, across = i / kSlice;
    tile_a[along * kRowA + across] = element_a(row + across, k + along);
  }
}

// Eight values of a row of w at a time; its rows lie along K where it is transposed.
void load_b(uint column, uint k) {
  const uint along_row = (kTransposeB ? kSlice : kTileN) / 8u;
  for (uint i = gl_LocalInvocationIndex; i < kSlice * kTileN / 8u; i += kGroup) {
    uint line = i / along_row, place = i % along_row * 8u;
    Run run = run_at((kTransposeB ? column : k) + line, (kTransposeB ? k : column) + place);
    [[dont_unroll]] for (uint j = 0u; j < 8u; ++j) {
      uint to = kTransposeB ? (place + j) * kRowB + line : line * kRowB + place + j;
      tile_b[to] = value_of(run, j);
    }
  }
}

void main() {
  prepare_tables(push.w.tables);
  multiply_tile(push.m, push.n, 0u, push.k);
}
