// scatter_rows: a thread an element. scatter_add_rows: a thread a column, which goes through all rows
// in order, so that rows which meet in one target are added in the order of i.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"

layout(local_size_x = 256) in;
layout(constant_id = 0) const bool kAdd = false;

layout(push_constant) uniform Push {
  Floats from;
  Ints index;
  Floats to;
  uint rows, size, rows_to, from_stride, to_stride;
} push;

// rows_to for an index outside, which check_indices has reported: such a row is left out.
uint target(uint row) { return min(uint(push.index.at[row]), push.rows_to); }

void main() {
  uint i = thread_number();
  if (kAdd) {
    if (i >= push.size) return;
    for (uint row = 0u; row < push.rows; ++row) {
      uint to = target(row);
      if (to < push.rows_to)
        push.to.at[to * push.to_stride + i] += push.from.at[row * push.from_stride + i];
    }
    return;
  }
  if (i >= push.rows * push.size) return;
  uint row = i / push.size, column = i % push.size;
  uint to = target(row);
  if (to < push.rows_to)
    push.to.at[to * push.to_stride + column] = push.from.at[row * push.from_stride + column];
}
