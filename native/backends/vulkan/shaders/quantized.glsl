// Reading a matrix in few bits, laid out as ops/quantized.h says. Shaders that include this have its
// constants at 0 and 1, and call prepare_tables() first.
#extension GL_EXT_control_flow_attributes : require
#include "nf4_tables.glsl"

layout(constant_id = 0) const uint kFormat = 0;  // one of:
const uint kInt8 = 0, kNf4 = 1, kNf4Twice = 2;
layout(constant_id = 1) const bool kWhole = false;  // rows are whole words of 8 codes

struct Quantized {
  Words codes, scales;
  Floats scales2, offset, tables;
  uint first_code, first_scale, rows, cols;  // first: bytes in front, in the first word
};

uint byte_of(Words memory, uint at) { return (memory.at[at >> 2] >> ((at & 3u) * 8u)) & 255u; }

// Byte i of a word, as a number with a sign.
float signed_byte(uint word, uint i) { return float(int(word << (24u - 8u * i)) >> 24); }

// Code i of 8 in a word: two a byte, the first in the high nibble.
float nf4_value(uint word, uint i) { return nf4_codes[(word >> (4u * (i ^ 1u))) & 15u]; }

float absmax_of(Quantized w, uint block) {
  if (kFormat == kNf4) return uintBitsToFloat(w.scales.at[block]);
  float entry = dynamic_map[byte_of(w.scales, w.first_scale + block)];
  precise float product = entry * w.scales2.at[block / kNf4OuterBlock];
  precise float absmax = product + w.offset.at[0];
  return absmax;
}

float row_scale(Quantized w, uint row) {
  return uintBitsToFloat(w.scales.at[row]) * (1.0 / 127.0);
}

// Value i, in row-major order.
float value_at(Quantized w, uint i) {
  if (kFormat == kInt8) {
    return signed_byte(byte_of(w.codes, w.first_code + i), 0u) * row_scale(w, i / w.cols);
  }
  uint byte = byte_of(w.codes, w.first_code + i / 2u);
  return nf4_value(byte, i & 1u) * absmax_of(w, i / kNf4Block);
}

// Columns [col, col + 8) of a row, 0 outside of the matrix; col is a multiple of 8. What is read once
// for all of them, when their codes are whole words:
struct Run {
  uint row, col;
  uvec2 codes;
  float scale;
};

Run run_at(Quantized w, uint row, uint col) {
  Run run = Run(row, col, uvec2(0u), 0.0);
  if (!kWhole || row >= w.rows || col >= w.cols) return run;
  uint begin = row * w.cols + col;
  if (kFormat == kInt8) {
    run.codes = uvec2(w.codes.at[begin / 4u], w.codes.at[begin / 4u + 1u]);
    run.scale = row_scale(w, row);
  } else {
    run.codes.x = w.codes.at[begin / 8u];
    run.scale = absmax_of(w, begin / kNf4Block);
  }
  return run;
}

float value_of(Quantized w, Run run, uint i) {
  if (kWhole) {
    if (kFormat != kInt8) return nf4_value(run.codes.x, i) * run.scale;
    return signed_byte(i < 4u ? run.codes.x : run.codes.y, i & 3u) * run.scale;
  }
  if (run.row >= w.rows || run.col + i >= w.cols) return 0.0;
  return value_at(w, run.row * w.cols + run.col + i);
}
