// rope: a thread a pair (x[i], x[i + D/2]) of one head, wherever they lie.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "math.glsl"

layout(local_size_x = 256) in;
layout(constant_id = 0) const uint kTypeX = 0;
layout(constant_id = 1) const uint kTypeTo = 0;
layout(constant_id = 2) const bool kIndexed = false;

layout(push_constant) uniform Push {
  Words x;
  Ints positions;
  Floats frequency;
  Ints index;  // of rows of the result, where it is indexed
  Words to;
  uint rows, heads, half_size, rows_to, first_x, first_to;
  float scale, sine_scale;
} push;

#include "rope_rows.glsl"

void main() {
  uint i = thread_number();
  if (i >= push.rows * push.heads * push.half_size) return;
  uint lane = i % push.half_size, head = i / push.half_size;
  uint row = head / push.heads, target = row_to(row);
  if (target >= push.rows_to) return;
  uint at = head * 2u * push.half_size + lane;
  uint to = (target * push.heads + head % push.heads) * 2u * push.half_size + lane;
  precise float angle = float(push.positions.at[row]) * push.frequency.at[lane];
  vec2 turn = cos_sin_of(angle);
  float c = turn.x * push.scale, s = turn.y * push.sine_scale;
  float a = load(push.x, push.first_x, at, kTypeX);
  float b = load(push.x, push.first_x, at + push.half_size, kTypeX);
  store(push.to, push.first_to, to, a * c - b * s, kTypeTo);
  store(push.to, push.first_to, to + push.half_size, b * c + a * s, kTypeTo);
}
