// quantized_matmul of few rows.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "quantized.glsl"
#include "quantized_push.glsl"

layout(local_size_x = 256) in;

#include "matvec.glsl"

// Along a row of w eight values at a time.
float partial_sum(uint row, uint column, uint lane) {
  float sum = 0.0;
  if (!kTransposeB) {
    for (uint k = lane; k < push.k; k += kLanes)
      sum = fma(element_a(row, k), value_at(k * push.w.cols + column), sum);
    return sum;
  }
  for (uint k = 8u * lane; k < push.k; k += 8u * kLanes) {
    Run run = run_at(column, k);
    [[dont_unroll]] for (uint i = 0u; i < 8u; ++i)
      sum = fma(element_a(row, k + i), value_of(run, i), sum);
  }
  return sum;
}

void main() {
  prepare_tables(push.w.tables);
  multiply_row(push.n);
}
