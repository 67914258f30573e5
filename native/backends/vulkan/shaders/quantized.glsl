// A matrix in few bits, laid out as ops/quantized.h says: what a shader is told of it, as `push.w`.
// Shaders that include this have its constants at 0 and 1; quantized_read.glsl reads it.
#extension GL_EXT_control_flow_attributes : require

layout(constant_id = 0) const uint kFormat = 0;  // one of:
const uint kInt8 = 0, kNf4 = 1, kNf4Twice = 2;
layout(constant_id = 1) const bool kWhole = false;  // rows are whole words of 8 codes

struct Quantized {
  Words codes, scales;
  Floats scales2, offset, tables;
  uint first_code, first_scale, rows, cols;  // first: bytes in front, in the first word
};
