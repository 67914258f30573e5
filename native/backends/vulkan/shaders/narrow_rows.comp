// out [short, width] = alpha · the transpose of a [k, short] · b [k, width], or the transpose of that when
// kTurned; or of a part of k what is added up by matmul_join. A group has 4 · kAcross columns of b; its
// threads read four columns of several rows each, and have the sums of all of short.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "halves.glsl"
#include "narrow.glsl"

layout(local_size_x = 128) in;
layout(constant_id = 2) const uint kType = 0;       // of b
layout(constant_id = 3) const bool kWhole = false;  // its rows are read four elements at a time
layout(constant_id = 4) const uint kAhead = 8;      // rows of b that a thread takes at a time
layout(constant_id = 5) const bool kWholeA = false;  // rows of a are read four elements at a time, too

layout(push_constant) uniform Push {
  Floats a;
  Vectors fours_of_a;  // the same
  Vectors b;
  Pairs halves;    // the same
  Words elements;  // the same
  Floats to;
  uint first, rows, width, k, lda, ldb, ldc, k_each;  // rows: of the result
  float alpha;
} push;

const uint kThreads = 128u, kAcross = 32u, kPhases = kThreads / kAcross;
const uint kSlice = kPhases * kAhead;
const uint kQuads = kShort / 4u;

shared vec4 slice[kSlice * kQuads];       // of a
shared vec4 parts[4u * (kThreads + 1u)];  // one more lest outputs lie in one bank

// Four elements of a row of a, zeros past its end.
vec4 four_of_a(uint k, uint row) {
  uint at = k * push.lda + row;
  if (kWholeA) return row < push.rows ? as_floats(push.fours_of_a.at[at / 4u]) : vec4(0.0);
  vec4 four = vec4(0.0);
  [[unroll]] for (uint i = 0u; i < 4u; ++i)
    if (row + i < push.rows) four[i] = push.a.at[at + i];
  return four;
}

void load_slice(uint begin, uint end, uint first_row) {
  for (uint i = gl_LocalInvocationIndex; i < kSlice * kQuads; i += kThreads) {
    uint k = begin + i / kQuads;
    slice[i] = k < end ? four_of_a(k, first_row + i % kQuads * 4u) : vec4(0.0);
  }
}

// Four columns of a row of b.
vec4 values_of(uint k, uint column) {
  uint at = k * push.ldb + column;
  if (kWhole && kType == kF32) return as_floats(push.b.at[at / 4u]);
  if (kWhole) return values_of_16_bits(push.halves.at[at / 4u], kType);
  vec4 values = vec4(0.0);
  [[unroll]] for (uint c = 0u; c < 4u; ++c)
    if (column + c < push.width) values[c] = load(push.elements, push.first, at + c, kType);
  return values;
}

void main() {
  uint me = gl_LocalInvocationIndex, phase = me / kAcross;
  uint first_row = gl_WorkGroupID.y * kShort, first_column = gl_WorkGroupID.x * 4u * kAcross;
  uint mine = first_column + 4u * (me % kAcross);
  uint begin = gl_WorkGroupID.z * push.k_each, end = min(begin + push.k_each, push.k);
  vec4 sums[kShort];
  [[unroll]] for (uint i = 0u; i < kShort; ++i) sums[i] = vec4(0.0);
  for (uint k = begin; k < end; k += kSlice) {
    vec4 values[kAhead];
    [[unroll]] for (uint i = 0u; i < kAhead; ++i) {
      uint along = k + i * kPhases + phase;
      values[i] = along < end && mine < push.width ? values_of(along, mine) : vec4(0.0);
    }
    barrier();
    load_slice(k, end, first_row);
    barrier();
    [[unroll]] for (uint i = 0u; i < kAhead; ++i)
      [[unroll]] for (uint quad = 0u; quad < kQuads; ++quad) {
        vec4 factor = slice[(i * kPhases + phase) * kQuads + quad];
        [[unroll]] for (uint c = 0u; c < 4u; ++c)
          sums[4u * quad + c] = fma(vec4(factor[c]), values[i], sums[4u * quad + c]);
      }
  }
  [[unroll]] for (uint quad = 0u; quad < kQuads; ++quad) {
    barrier();
    [[unroll]] for (uint c = 0u; c < 4u; ++c) parts[c * (kThreads + 1u) + me] = sums[4u * quad + c];
    barrier();
    for (uint i = me; i < 16u * kAcross; i += kThreads) {
      uint c = kTurned ? i % 4u : i / (4u * kAcross), place = kTurned ? i / 4u : i % (4u * kAcross);
      uint row = first_row + 4u * quad + c, column = first_column + place;
      if (row >= push.rows || column >= push.width) continue;
      float sum = 0.0;
      [[unroll]] for (uint other = 0u; other < kPhases; ++other)
        sum += parts[c * (kThreads + 1u) + other * kAcross + place / 4u][place % 4u];
      uint part = gl_WorkGroupID.z * push.rows * push.width;
      push.to.at[part + (kTurned ? column * push.ldc + row : row * push.ldc + column)] =
          push.alpha * sum;
    }
  }
}
