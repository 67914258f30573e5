// attention, forward, by cooperative matrices: each subgroup has kM queries of one head, the group goes
// through all keys that they see, with the softmax formed as the keys go by.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "cooperative.glsl"
#include "math.glsl"
#include "scaling.glsl"
#extension GL_KHR_shader_subgroup_shuffle : require
#extension GL_KHR_shader_subgroup_vote : require

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint kThreads = 128;
layout(constant_id = 1) const uint kSize = 64;
layout(constant_id = 2) const bool kCausal = false;
layout(constant_id = 3) const uint kM = 16;  // sides of the small matrices
layout(constant_id = 4) const uint kN = 16;
layout(constant_id = 5) const uint kK = 16;
layout(constant_id = 6) const uint kSubgroup = 32;
layout(constant_id = 7) const uint kTile = 32;  // keys at a time

layout(push_constant) uniform Push {
  Vectors q, k, v;
  Ints q_offsets, k_offsets;
  Floats to, lse;
  Words largest;
  uint query_rows, key_rows, heads, group, segments;
  float scale;
  int window;
} push;

const uint kRows = kThreads / kSubgroup * kM;
const uint kColumns = kTile / kN;  // small matrices across a tile

const uint kLines = 2u * kTile;         // keys, then values

#include "attention_coop.glsl"

const uint kScoreLine = kTile / 4u + 1u;
const uint kHeld = kTile / 4u / kParts;  // vectors of a row that a thread has
const uint kAcross = kPadded / kN;       // small matrices across a head
shared vec4 scores[kRows * kScoreLine];
shared Element4 weights[kRows * kWeightLine];

Left queries[kPadded / kK];
Sums values[kAcross];
float largest = -kInfinity, total = 0.0;  // of this thread's row; of total only its part

void score_keys(uint my_row) {
  Sums sums[kColumns];
  for (uint n = 0u; n < kColumns; ++n) sums[n] = Sums(0.0);
  [[unroll]] for (uint d = 0u; d < kPadded; d += kK) {
    [[unroll]] for (uint n = 0u; n < kColumns; ++n) {
      Right keys;
      coopMatLoad(keys, lines, n * kN * kLine + d / 8u, kLine, gl_CooperativeMatrixLayoutColumnMajor);
      sums[n] = coopMatMulAdd(queries[d / kK], keys, sums[n]);
    }
  }
  [[unroll]] for (uint n = 0u; n < kColumns; ++n)
    coopMatStore(sums[n], scores, my_row * kScoreLine + n * kN / 4u, kScoreLine,
                 gl_CooperativeMatrixLayoutRowMajor);
}

// A number for each row of the subgroup becomes a small matrix whose columns are all the same: written,
// and after a barrier read. The scores are no longer needed where it passes through.
void write_rows(uint my_row, float number) {
  uint at = (my_row + gl_SubgroupInvocationID % kM) * kScoreLine;
  for (uint c = gl_SubgroupInvocationID / kM; c < kN / 4u; c += kParts) scores[at + c] = vec4(number);
}

Sums read_rows(uint my_row) {
  Sums result;
  coopMatLoad(result, scores, my_row * kScoreLine, kScoreLine, gl_CooperativeMatrixLayoutRowMajor);
  return result;
}

// Turns the scores of a row into weights 2^(score − largest). Returns whether any row of the subgroup has
// a new largest; what was summed before is then to be multiplied by what lies ready for read_rows.
bool soften(uint my_row, uint first, uvec2 range, vec2 factors) {
  uint row = my_row + gl_SubgroupInvocationID % kM, part = gl_SubgroupInvocationID / kM;
  vec4 held[kHeld];
  float next = largest;
  [[unroll]] for (uint h = 0u; h < kHeld; ++h) {
    uint c = part + h * kParts;
    held[h] = scores[row * kScoreLine + c] * factors.x * factors.y;
    [[unroll]] for (uint i = 0u; i < 4u; ++i) {
      uint key = first + 4u * c + i;
      if (key < range.x || key >= range.y) held[h][i] = -kInfinity;
      next = max(next, held[h][i]);
    }
  }
  [[unroll]] for (uint step = kM; step < kSubgroup; step *= 2u)
    next = max(next, subgroupShuffleXor(next, step));
  float shift = next == -kInfinity ? 0.0 : next;
  float factor = largest == -kInfinity ? 0.0 : exp2(largest - shift);
  total *= factor;
  [[unroll]] for (uint h = 0u; h < kHeld; ++h) {
    vec4 weight = exp2(held[h] - shift);
    total += weight.x + weight.y + weight.z + weight.w;
    weights[row * kWeightLine + part + h * kParts] = Element4(weight * power_of_two(weight_shift()));
  }
  write_rows(my_row, factor);
  bool is_new = !subgroupAll(next == largest);
  largest = next;
  return is_new;
}

void scale_values(uint my_row) {
  Sums factors = read_rows(my_row);
  [[unroll]] for (uint j = 0u; j < kAcross; ++j) values[j] *= factors;
}

void add_values(uint my_row) {
  [[unroll]] for (uint k = 0u; k < kTile; k += kK) {
    Left weight;
    coopMatLoad(weight, weights, my_row * kWeightLine + k / 4u, kWeightLine,
                gl_CooperativeMatrixLayoutRowMajor);
    [[unroll]] for (uint j = 0u; j < kAcross; ++j) {
      Right value;
      coopMatLoad(value, lines, (kTile + k) * kLine + j * kN / 8u, kLine,
                  gl_CooperativeMatrixLayoutRowMajor);
      values[j] = coopMatMulAdd(weight, value, values[j]);
    }
  }
}

void store(uint my_row, uint query, uint head) {
  for (uint step = kM; step < kSubgroup; step *= 2u) total += subgroupShuffleXor(total, step);
  vec2 powers = powers_of_two(-weight_shift() - shift_of(kValues));
  write_rows(my_row, total == 0.0 ? 0.0 : powers.y / total);
  [[unroll]] for (uint j = 0u; j < kAcross; ++j) values[j] *= powers.x;
  subgroupBarrier();
  scale_values(my_row);
  uint row = gl_SubgroupInvocationID % kM, part = gl_SubgroupInvocationID / kM;
  bool writes = query + row < push.query_rows;
  uint place = (query + row) * push.heads + head;
  [[unroll]] for (uint j = 0u; j < kAcross; ++j) {
    subgroupBarrier();
    coopMatStore(values[j], scores, my_row * kScoreLine, kScoreLine, gl_CooperativeMatrixLayoutRowMajor);
    subgroupBarrier();
    for (uint c = part; writes && c < kN / 4u; c += kParts) {
      vec4 four = scores[(my_row + row) * kScoreLine + c];
      for (uint i = 0u; i < 4u; ++i) {
        uint d = j * kN + 4u * c + i;
        if (d < kSize) push.to.at[place * kSize + d] = four[i];
      }
    }
  }
  if (writes && part == 0u)
    push.lse.at[place] = total == 0.0 ? -kInfinity : largest * kLn2 + log_of(total);
}

void main() {
  // Where later queries see more keys, they begin first.
  uint tile = kCausal ? gl_NumWorkGroups.y - 1u - gl_WorkGroupID.y : gl_WorkGroupID.y;
  uint head = gl_WorkGroupID.x, key_head = head / push.group, key_heads = push.heads / push.group;
  uint my_row = gl_SubgroupID * kM, query = tile * kRows + my_row;
  for (uint r = gl_LocalInvocationIndex; r < kRows; r += kThreads) ranges[r] = keys_of(tile * kRows + r);
  for (uint d = 0u; d < kPadded; d += kK)
    coopMatLoad(queries[d / kK], push.q.at, (query * push.heads + head) * kVectors + d / 8u,
                push.heads * kVectors, gl_CooperativeMatrixLayoutRowMajor);
  for (uint j = 0u; j < kAcross; ++j) values[j] = Sums(0.0);
  vec2 factors = score_factors();
  barrier();
  uvec2 all = range_of(0u, kRows), seen = range_of(my_row, kM);
  uvec2 range = ranges[my_row + gl_SubgroupInvocationID % kM];
  for (uint first = all.x; first < all.y; first += kTile) {
    barrier();
    load_lines(0u, kTile, push.k, key_heads, key_head, first, all);
    load_lines(kTile, kTile, push.v, key_heads, key_head, first, all);
    barrier();
    // Every subgroup comes to the same barriers: some drivers make no other difference between them.
    bool meets = first < seen.y && first + kTile > seen.x, is_new = false;
    if (meets) score_keys(my_row);
    subgroupBarrier();
    if (meets) is_new = soften(my_row, first, range, factors);
    subgroupBarrier();
    if (is_new) scale_values(my_row);
    if (meets) add_values(my_row);
  }
  subgroupBarrier();
  store(my_row, query, head);
}
