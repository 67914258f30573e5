// rope: a thread a pair (x[i], x[i + D/2]) of one head.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "math.glsl"

layout(local_size_x = 256) in;

layout(push_constant) uniform Push {
  Floats x;
  Ints positions;
  Floats frequency, to;
  uint rows, heads, half_size;
  float scale, sine_scale;
} push;

void main() {
  uint i = thread_number();
  if (i >= push.rows * push.heads * push.half_size) return;
  uint lane = i % push.half_size, head = i / push.half_size;
  uint at = head * 2u * push.half_size + lane;
  precise float angle = float(push.positions.at[head / push.heads]) * push.frequency.at[lane];
  vec2 turn = cos_sin_of(angle);
  float c = turn.x * push.scale, s = turn.y * push.sine_scale;
  float a = push.x.at[at], b = push.x.at[at + push.half_size];
  push.to.at[at] = a * c - b * s;
  push.to.at[at + push.half_size] = b * c + a * s;
}
