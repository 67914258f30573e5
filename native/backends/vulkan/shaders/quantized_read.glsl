// Reading the matrix `push.w` of quantized.glsl: included after the push constants, and
// prepare_tables() comes first. Nothing here takes the matrix as a parameter: a copy of a struct that
// holds addresses is more than some drivers can do (SwiftShader ends the process).
#include "nf4_tables.glsl"

uint byte_of(Words memory, uint at) { return (memory.at[at >> 2] >> ((at & 3u) * 8u)) & 255u; }

// Byte i of a word, as a number with a sign.
float signed_byte(uint word, uint i) { return float(int(word << (24u - 8u * i)) >> 24); }

// Code i of 8 in a word: two a byte, the first in the high nibble.
float nf4_value(uint word, uint i) { return nf4_codes[(word >> (4u * (i ^ 1u))) & 15u]; }

float absmax_of(uint block) {
  if (kFormat == kNf4) return uintBitsToFloat(push.w.scales.at[block]);
  float entry = dynamic_map[byte_of(push.w.scales, push.w.first_scale + block)];
  precise float product = entry * push.w.scales2.at[block / kNf4OuterBlock];
  precise float absmax = product + push.w.offset.at[0];
  return absmax;
}

float row_scale(uint row) {
  return uintBitsToFloat(push.w.scales.at[row]) * (1.0 / 127.0);
}

// Value i, in row-major order.
float value_at(uint i) {
  if (kFormat == kInt8) {
    return signed_byte(byte_of(push.w.codes, push.w.first_code + i), 0u) * row_scale(i / push.w.cols);
  }
  uint byte = byte_of(push.w.codes, push.w.first_code + i / 2u);
  return nf4_value(byte, i & 1u) * absmax_of(i / kNf4Block);
}

// Columns [col, col + 8) of a row, 0 outside of the matrix; col is a multiple of 8. What is read once
// for all of them, when their codes are whole words:
struct Run {
  uint row, col;
  uvec2 codes;
  float scale;
};

Run run_at(uint row, uint col) {
  Run run = Run(row, col, uvec2(0u), 0.0);
  if (!kWhole || row >= push.w.rows || col >= push.w.cols) return run;
  uint begin = row * push.w.cols + col;
  if (kFormat == kInt8) {
    run.codes = uvec2(push.w.codes.at[begin / 4u], push.w.codes.at[begin / 4u + 1u]);
    run.scale = row_scale(row);
  } else {
    run.codes.x = push.w.codes.at[begin / 8u];
    run.scale = absmax_of(begin / kNf4Block);
  }
  return run;
}

float value_of(Run run, uint i) {
  if (kWhole) {
    if (kFormat != kInt8) return nf4_value(run.codes.x, i) * run.scale;
    return signed_byte(i < 4u ? run.codes.x : run.codes.y, i & 3u) * run.scale;
  }
  if (run.row >= push.w.rows || run.col + i >= push.w.cols) return 0.0;
  return value_at(run.row * push.w.cols + run.col + i);
}
