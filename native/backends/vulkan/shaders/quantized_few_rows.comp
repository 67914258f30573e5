// quantized_matmul of few rows with the transpose of w, whose rows are whole chunks of codes.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "quantized.glsl"

layout(local_size_x = 256) in;
layout(constant_id = 2) const uint kRows = 1;  // of a, at least m
layout(constant_id = 3) const uint kColumns = 2;
layout(constant_id = 4) const uint kLanes = 32;
layout(constant_id = 5) const uint kAhead = 4;
layout(constant_id = 6) const bool kCompact = false;
layout(constant_id = 7) const uint kTypeA = 0;
layout(constant_id = 8) const bool kBias = false;
layout(constant_id = 9) const uint kTypeBias = 0;

layout(push_constant) uniform Push {
  Quantized w;
  Words a, bias;
  Floats to;
  uint m, n, k, lda, ldc, first_a, first_bias, bias_stride;
} push;

#include "quantized_read.glsl"

const uint kChunk = kFormat == kInt8 ? 16u : 32u;

#include "few_rows.glsl"

uvec4 chunk_of(uint column, uint chunk) {
  return Chunks(push.w.codes).at[column * (push.w.cols / kChunk) + chunk];
}

// A chunk lies in one block. The scale of a row of int8 is that of its sum.
float scale_of(uint column, uint chunk) {
  if (kFormat == kInt8) return 1.0;
  return absmax_of((column * push.w.cols + chunk * kChunk) / kNf4Block);
}

vec4 values_of(uvec4 words, uint part) {
  if (kFormat == kInt8) {
    uint word = words[part];
    return vec4(signed_byte(word, 0u), signed_byte(word, 1u), signed_byte(word, 2u),
                signed_byte(word, 3u));
  }
  uint word = words[part / 2u], first = 4u * (part & 1u);
  return vec4(nf4_value(word, first), nf4_value(word, first + 1u), nf4_value(word, first + 2u),
              nf4_value(word, first + 3u));
}

void store_sum(uint row, uint column, float sum) {
  float value = kFormat == kInt8 ? sum * row_scale(column) : sum;
  if (kBias) value += load(push.bias, push.first_bias, row * push.bias_stride + column, kTypeBias);
  push.to.at[row * push.ldc + column] = value;
}

void main() {
  prepare_tables(push.w.tables);
  multiply_rows();
}
