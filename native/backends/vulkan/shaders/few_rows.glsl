// A product of few rows, as in decoding, with a matrix b whose rows lie along K: reading b is all the
// work. kLanes threads share the sum of kColumns results of every row of a; side by side, they read 16
// bytes (a chunk) of b each, several at once, and what they read serves all rows of a.
//
// Including files declare kRows, kColumns, kLanes, kAhead (chunks of a column on their way at once),
// kCompact (short code rather than fast), kTypeA and the push constants (a, m, n, lda among them), and
// define kChunk (elements of a chunk) and what is declared here without a body.
#extension GL_EXT_control_flow_attributes : require
#include "halves.glsl"

layout(buffer_reference, std430, buffer_reference_align = 16) readonly buffer Chunks { uvec4 at[]; };

uvec4 chunk_of(uint column, uint chunk);              // of b
float scale_of(uint column, uint chunk);              // by which its values are multiplied
vec4 values_of(uvec4 words, uint part);               // four of a chunk, before that
void store_sum(uint row, uint column, float sum);

const uint kSlots = kGroup / kLanes;
const uint kSums = kColumns * kRows;
const uint kHeld = kColumns * kAhead;
const uint kJoined = 8u;  // sums of each thread that are joined at once
const uint kAddedLast = 8u;  // lanes whose sums one thread adds; before that, halves of them do

shared float parts[kJoined * kSlots * (kLanes + 1u)];

// Elements k .. k + 3 of a row of a.
vec4 values_of_a(uint row, uint k) {
  uint place = (min(row, push.m - 1u) * push.lda + k) / 4u;
  if (kTypeA == kF32) return uintBitsToFloat(Chunks(push.a).at[place]);
  return values_of_16_bits(Pairs(push.a).at[place], kTypeA);
}

// The sums of a group, each spread over kLanes threads, to where they belong.
void join_and_store(float sums[kSums]) {
  uint me = gl_LocalInvocationIndex, lane = me % kLanes, slot = me / kLanes;
  [[unroll]] for (uint first = 0u; first < kSums; first += kJoined) {
    if (first > 0u) barrier();
    [[unroll]] for (uint j = 0u; j < kJoined; ++j)
      if (first + j < kSums) parts[(j * kSlots + slot) * (kLanes + 1u) + lane] = sums[first + j];
    barrier();
    [[unroll]] for (uint rest = kLanes / 2u; rest >= kAddedLast; rest /= 2u) {
      [[unroll]] for (uint j = 0u; j < kJoined; ++j) {
        uint at = (j * kSlots + slot) * (kLanes + 1u) + lane;
        if (first + j < kSums && lane < rest) parts[at] += parts[at + rest];
      }
      barrier();
    }
    for (uint i = me; i < kJoined * kSlots; i += kGroup) {
      uint which = first + i / kSlots, row = which % kRows;
      uint column = (gl_WorkGroupID.x * kSlots + i % kSlots) * kColumns + which / kRows;
      if (which >= kSums || row >= push.m || column >= push.n) continue;
      float sum = 0.0;
      for (uint l = 0u; l < min(kLanes, kAddedLast); ++l) sum += parts[i * (kLanes + 1u) + l];
      store_sum(row, column, sum);
    }
  }
}

void add_part(inout float sums[kSums], uvec4 words[kHeld], float scales[kHeld], uint ahead, uint k,
              uint part) {
  vec4 b[kColumns];
  [[unroll]] for (uint c = 0u; c < kColumns; ++c) {
    uint i = ahead * kColumns + c;
    b[c] = values_of(words[i], part) * scales[i];
  }
  [[unroll]] for (uint row = 0u; row < kRows; ++row) {
    vec4 a = values_of_a(row, k + 4u * part);
    [[unroll]] for (uint c = 0u; c < kColumns; ++c) {
      float sum = sums[c * kRows + row];
      sum = fma(a.x, b[c].x, sum);
      sum = fma(a.y, b[c].y, sum);
      sum = fma(a.z, b[c].z, sum);
      sums[c * kRows + row] = fma(a.w, b[c].w, sum);
    }
  }
}

// The products of one chunk of each column with elements k .. k + kChunk - 1 of every row.
void add_chunk(inout float sums[kSums], uvec4 words[kHeld], float scales[kHeld], uint ahead,
               uint k) {
  if (kCompact) {
    [[dont_unroll]] for (uint part = 0u; part < kChunk / 4u; ++part)
      add_part(sums, words, scales, ahead, k, part);
  } else {
    [[unroll]] for (uint part = 0u; part < kChunk / 4u; ++part)
      add_part(sums, words, scales, ahead, k, part);
  }
}

void multiply_rows() {
  uint me = gl_LocalInvocationIndex, lane = me % kLanes;
  uint column = (gl_WorkGroupID.x * kSlots + me / kLanes) * kColumns;
  uint chunks = push.k / kChunk;
  float sums[kSums];
  [[unroll]] for (uint i = 0u; i < kSums; ++i) sums[i] = 0.0;
  for (uint first = lane; first < chunks; first += kAhead * kLanes) {
    uvec4 words[kHeld];
    float scales[kHeld];
    [[unroll]] for (uint i = 0u; i < kHeld; ++i) {
      uint chunk = min(first + i / kColumns * kLanes, chunks - 1u);
      uint at = min(column + i % kColumns, push.n - 1u);
      words[i] = chunk_of(at, chunk);
      scales[i] = scale_of(at, chunk);
    }
    [[unroll]] for (uint ahead = 0u; ahead < kAhead; ++ahead) {
      uint k = (first + ahead * kLanes) * kChunk;
      if (k < push.k) add_chunk(sums, words, scales, ahead, k);
    }
  }
  join_and_store(sums);
}
