// out [m, n] = alpha · a [m, k] · b, where n is short and b is [n, k], or [k, n] when kTurned; or of a part of
// k what is added up by matmul_join. A group has kDown · kRows rows; its threads lie along k, read 16 bytes
// of several rows each while they are at work on the ones before, and have the sums of all of n.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "halves.glsl"
#include "narrow.glsl"

layout(local_size_x = 128) in;
layout(constant_id = 2) const uint kType = 0;       // of a
layout(constant_id = 3) const bool kWhole = false;  // its rows are read 16 bytes at a time
layout(constant_id = 4) const uint kRows = 4;       // of a thread
layout(constant_id = 5) const bool kWholeB = false;   // so are those of b, which is not turned then
layout(constant_id = 6) const bool kCompact = false;  // short code rather than fast

layout(push_constant) uniform Push {
  Vectors a;
  Words elements;  // the same
  Floats b;
  Vectors fours_of_b;  // the same
  Floats to;
  uint first, m, n, k, lda, ldb, ldc, k_each;
  float alpha;
} push;

const uint kThreads = 128u, kLanes = 4u, kDown = kThreads / kLanes;
const uint kFours = 4u;  // of a row, that a thread takes at a time
const uint kSlice = 4u * kFours * kLanes, kSliceFours = kFours * kShort * kLanes;
const uint kFetched = (kSliceFours + kThreads - 1u) / kThreads;  // fours of it, by a thread
const bool kFilled = kSliceFours % kThreads == 0u;
const uint kSums = kRows * kShort, kHeld = kRows * kFours;  // of a thread
const bool kHalves = kType != kF32;

// Of b, one that is at work and the next; neighbouring threads read neighbouring fours.
shared vec4 slice[2u * kSliceFours];
shared float parts[kShort * kThreads];

// Where a thread's part of a column lies: turned about, lest what is added up lies in one bank.
uint part_of(uint column, uint thread) { return column * kThreads + (thread ^ (2u * column)); }

// Where a thread's fours lie in a slice: 16 bytes are two of them in 16 bits.
uint place_of(uint lane, uint four) {
  return 4u * (kHalves ? (four - four % 2u) * kLanes + 2u * lane + four % 2u : four * kLanes + lane);
}

uint element(uint row, uint k) {
  if (k >= push.k) return 0u;
  uint at = row * push.lda + k;
  if (!kHalves) return push.elements.at[at];
  at += push.first;
  return push.elements.at[at / 2u] >> (at % 2u * 16u) & 0xffffu;
}

// 16 bytes of a row, zeros past its end.
uvec4 words_of(uint row, uint k) {
  if (kWhole) return k < push.k ? push.a.at[(row * push.lda + k) / (kHalves ? 8u : 4u)] : uvec4(0u);
  uvec4 words;
  [[unroll]] for (uint i = 0u; i < 4u; ++i)
    words[i] = kHalves ? element(row, k + 2u * i) | element(row, k + 2u * i + 1u) << 16
                       : element(row, k + i);
  return words;
}

// Elements k .. k + 3 of a column of b, zeros past their end.
vec4 four_of_b(uint k, uint column) {
  if (column >= push.n || k >= push.k) return vec4(0.0);
  if (kWholeB) return as_floats(push.fours_of_b.at[(column * push.ldb + k) / 4u]);
  uint first = kTurned ? k * push.ldb + column : column * push.ldb + k;
  vec4 four = vec4(0.0);
  [[unroll]] for (uint i = 0u; i < 4u; ++i)
    if (kWhole || k + i < push.k) four[i] = push.b.at[first + i * (kTurned ? push.ldb : 1u)];
  return four;
}

// What this thread brings of the slice of b that begins at k.
void fetch_slice(out vec4 fours[kFetched], uint k, uint first_column) {
  [[unroll]] for (uint j = 0u; j < kFetched; ++j) {
    uint i = gl_LocalInvocationIndex + j * kThreads;
    fours[j] = four_of_b(k + place_of(i % kLanes, i / kLanes / kShort),
                         first_column + i / kLanes % kShort);
  }
}

void store_slice(vec4 fours[kFetched], uint turn) {
  [[unroll]] for (uint j = 0u; j < kFetched; ++j) {
    uint i = gl_LocalInvocationIndex + j * kThreads;
    if (kFilled || i < kSliceFours) slice[turn * kSliceFours + i] = fours[j];
  }
}

void fetch_words(out uvec4 words[kHeld], uint k, uint first_row) {
  uint lane = gl_LocalInvocationIndex % kLanes, down = gl_LocalInvocationIndex / kLanes;
  [[unroll]] for (uint i = 0u; i < kRows; ++i) {
    uint row = min(first_row + i * kDown + down, push.m - 1u);
    [[unroll]] for (uint four = 0u; four < kFours; four += kHalves ? 2u : 1u)
      words[i * kFours + four] = words_of(row, k + place_of(lane, four));
  }
}

// The products of a four of every row with those of b.
void add_four(inout float sums[kSums], uvec4 words[kHeld], uint turn, uint four) {
  vec4 values[kRows];
  [[unroll]] for (uint i = 0u; i < kRows; ++i) {
    uvec4 held = words[i * kFours + (kHalves ? four / 2u * 2u : four)];
    if (kHalves) values[i] = values_of_16_bits(four % 2u == 0u ? held.xy : held.zw, kType);
    else values[i] = as_floats(held);
  }
  uint lane = gl_LocalInvocationIndex % kLanes;
  [[unroll]] for (uint column = 0u; column < kShort; ++column) {
    vec4 b = slice[turn * kSliceFours + (four * kShort + column) * kLanes + lane];
    [[unroll]] for (uint i = 0u; i < kRows; ++i) {
      float sum = fma(values[i].x, b.x, sums[i * kShort + column]);
      sum = fma(values[i].y, b.y, sum);
      sum = fma(values[i].z, b.z, sum);
      sums[i * kShort + column] = fma(values[i].w, b.w, sum);
    }
  }
}

void main() {
  uint me = gl_LocalInvocationIndex;
  uint first_row = gl_WorkGroupID.x * kDown * kRows, first_column = gl_WorkGroupID.y * kShort;
  uint begin = gl_WorkGroupID.z * push.k_each, end = min(begin + push.k_each, push.k);
  float sums[kSums];
  [[unroll]] for (uint i = 0u; i < kSums; ++i) sums[i] = 0.0;
  uvec4 words[kHeld], next[kHeld];
  vec4 fours[kFetched];
  fetch_words(next, begin, first_row);
  fetch_slice(fours, begin, first_column);
  store_slice(fours, 0u);
  uint turn = 0u;
  for (uint k = begin; k < end; k += kSlice) {
    [[unroll]] for (uint i = 0u; i < kHeld; ++i) words[i] = next[i];
    barrier();
    bool has_next = k + kSlice < end;
    if (has_next) {
      fetch_words(next, k + kSlice, first_row);
      fetch_slice(fours, k + kSlice, first_column);
    }
    if (kCompact) {
      [[dont_unroll]] for (uint four = 0u; four < kFours; ++four) add_four(sums, words, turn, four);
    } else {
      [[unroll]] for (uint four = 0u; four < kFours; ++four) add_four(sums, words, turn, four);
    }
    turn = 1u - turn;
    if (has_next) store_slice(fours, turn);
  }
  [[unroll]] for (uint i = 0u; i < kRows; ++i) {
    barrier();
    [[unroll]] for (uint column = 0u; column < kShort; ++column)
      parts[part_of(column, me)] = sums[i * kShort + column];
    barrier();
    for (uint at = me; at < kDown * kShort; at += kThreads) {
      uint row = first_row + i * kDown + at / kShort, column = at % kShort;
      if (row >= push.m || first_column + column >= push.n) continue;
      float sum = 0.0;
      [[unroll]] for (uint l = 0u; l < kLanes; ++l)
        sum += parts[part_of(column, at / kShort * kLanes + l)];
      uint part = gl_WorkGroupID.z * push.m * push.n;
      push.to.at[part + row * push.ldc + first_column + column] = push.alpha * sum;
    }
  }
}
