// rope where x and the result lie at multiples of 16 bytes and D/2 is a multiple of eight: a thread eight
// pairs of one head.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "math.glsl"
#include "eights.glsl"

layout(local_size_x = 256) in;
layout(constant_id = 0) const uint kTypeX = 0;
layout(constant_id = 1) const uint kTypeTo = 0;
layout(constant_id = 2) const bool kIndexed = false;

layout(push_constant) uniform Push {
  Vectors x;
  Ints positions;
  Floats frequency;
  Ints index;  // of rows of the result, where it is indexed
  Vectors to;
  uint rows, heads, half_eights, rows_to;
  float scale, sine_scale;
} push;

#include "rope_rows.glsl"

// (cos, sin) of the four lanes from `lane`, scaled.
void turns_of(float position, uint lane, out vec4 c, out vec4 s) {
  [[unroll]] for (uint n = 0u; n < 4u; ++n) {
    precise float angle = position * push.frequency.at[lane + n];
    vec2 turn = cos_sin_of(angle);
    c[n] = turn.x * push.scale, s[n] = turn.y * push.sine_scale;
  }
}

void main() {
  uint i = thread_number();
  if (i >= push.rows * push.heads * push.half_eights) return;
  uint eight = i % push.half_eights, head = i / push.half_eights;
  uint row = head / push.heads, target = row_to(row);
  if (target >= push.rows_to) return;
  uint at = head * 2u * push.half_eights + eight;
  uint to = (target * push.heads + head % push.heads) * 2u * push.half_eights + eight;
  float position = float(push.positions.at[row]);
  vec4 c_low, s_low, c_high, s_high;
  turns_of(position, 8u * eight, c_low, s_low);
  turns_of(position, 8u * eight + 4u, c_high, s_high);
  Eight a = load_eight(push.x, at, kTypeX), b = load_eight(push.x, at + push.half_eights, kTypeX);
  Eight first = Eight(a.low * c_low - b.low * s_low, a.high * c_high - b.high * s_high);
  Eight second = Eight(b.low * c_low + a.low * s_low, b.high * c_high + a.high * s_high);
  store_eight(push.to, to, first, kTypeTo);
  store_eight(push.to, to + push.half_eights, second, kTypeTo);
}
