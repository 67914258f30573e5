// dq, or dk and dv, of attention by cooperative matrices. A group has kRows rows of one head, queries or
// (kOfKeys) keys, and goes through the rows of the other side that see them; the probabilities are formed
// anew from lse. kSplits subgroups share the same rows: each forms the scores of its part of a tile, and
// sums its part of the head.
//   scores = own_a · tile_aᵀ;  along = own_b · tile_bᵀ     (transposed where keys are the group's own)
//   weights = exp(scores − lse);  slopes = weights (along − delta)
//   to_a = scale · slopes · tile_a;  to_b = weights · tile_b (kOfKeys)
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "cooperative.glsl"
#include "math.glsl"
#include "scaling.glsl"

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint kThreads = 128;
layout(constant_id = 1) const uint kSize = 64;
layout(constant_id = 2) const bool kCausal = false;
layout(constant_id = 3) const uint kM = 16;  // sides of the small matrices
layout(constant_id = 4) const uint kN = 16;
layout(constant_id = 5) const uint kK = 16;
layout(constant_id = 6) const uint kSubgroup = 32;
layout(constant_id = 7) const uint kTile = 32;  // rows of the other side at a time
layout(constant_id = 8) const uint kSplits = 2;
layout(constant_id = 9) const bool kOfKeys = false;

layout(push_constant) uniform Push {
  Vectors own_a, own_b, tile_a, tile_b;  // q and gradient, or k and v; those of the other side
  Ints q_offsets, k_offsets;
  Floats lse, delta, to_a, to_b;
  Words largest;
  uint query_rows, key_rows, heads, group, segments;
  float scale;
  int window;
} push;

const uint kRows = kThreads / kSubgroup / kSplits * kM;
const uint kTileA = 2u * kRows, kTileB = kTileA + kTile;  // first lines of what passes through
const uint kLines = kTileB + kTile;

#include "attention_coop.glsl"

const uint kAcross = kPadded / kN;                            // small matrices across a head
const uint kSummed = (kAcross + kSplits - 1u) / kSplits;      // of them, of a subgroup
const uint kSummedB = kOfKeys ? kSummed : 1u;
const uint kPatchLine = kN / 4u + 1u;
const uint kHeld = (kN / 4u + kParts - 1u) / kParts;  // vectors of a patch's row that a thread has
shared vec4 patches[kThreads / kSubgroup * kM * kPatchLine];
// Slopes, and weights behind them. Small matrices are read from places that are multiples of 16 bytes, which
// no type of four elements promises: what lies in front of this is made of vectors of 16.
const uint kWeights = kRows * kWeightLine;
shared Element4 formed[(kOfKeys ? 2u : 1u) * kWeights];
shared vec2 queries[kOfKeys ? kTile : kRows];  // lse in powers of two, and delta

Sums sums_a[kSummed];
Sums sums_b[kSummedB];

// A small matrix of the subgroup, as the vectors of four that its threads have of it: vector h of a
// thread is of row gl_SubgroupInvocationID % kM. Subgroups that need none come to the same barriers: some
// drivers make no other difference between them.
void show(Sums matrix, out vec4 held[kHeld]) {
  uint corner = gl_SubgroupID * kM * kPatchLine;
  uint row = gl_SubgroupInvocationID % kM, part = gl_SubgroupInvocationID / kM;
  subgroupBarrier();
  coopMatStore(matrix, patches, corner, kPatchLine, gl_CooperativeMatrixLayoutRowMajor);
  subgroupBarrier();
  [[unroll]] for (uint h = 0u; h < kHeld; ++h) {
    uint c = part + h * kParts;
    if (c < kN / 4u) held[h] = patches[corner + row * kPatchLine + c];
  }
}

void load_queries(uint first, uint count, uint head, uvec2 inside) {
  float unit = powers_of_two(shift_of(kValues)).x;
  float rest = powers_of_two(shift_of(kValues)).y;
  for (uint i = gl_LocalInvocationIndex; i < count; i += kThreads) {
    uint query = first + i;
    bool is_inside = query >= inside.x && query < inside.y;
    uint place = is_inside ? query * push.heads + head : 0u;
    queries[i] = is_inside ? vec2(push.lse.at[place] * kLog2E, push.delta.at[place] * unit * rest) : vec2(0.0);
  }
}

// The product of the subgroup's own rows with a stretch of a tile's.
Sums product(uint own, uint other) {
  Sums sum = Sums(0.0);
  [[unroll]] for (uint d = 0u; d < kPadded / 8u; d += kK / 8u) {
    Left left;
    Right right;
    coopMatLoad(left, lines, own * kLine + d, kLine, gl_CooperativeMatrixLayoutRowMajor);
    coopMatLoad(right, lines, other * kLine + d, kLine, gl_CooperativeMatrixLayoutColumnMajor);
    sum = coopMatMulAdd(left, right, sum);
  }
  return sum;
}

// Weights and slopes of the subgroup's part of a tile, unless no row of it meets the tile.
void form(uint my_row, uint first, vec2 factors, bool meets) {
  uint row = my_row + gl_SubgroupInvocationID % kM, part = gl_SubgroupInvocationID / kM;
  uvec2 range = ranges[row];
  float weight_unit = power_of_two(weight_shift()), slope_unit = power_of_two(slope_shift());
  [[unroll]] for (uint stretch = 0u; stretch < kTile; stretch += kSplits * kN) {
    uint n = stretch + gl_SubgroupID % kSplits * kN;
    vec4 scores[kHeld], along[kHeld];
    Sums sum = Sums(0.0);
    if (meets) sum = product(my_row, kTileA + n);
    show(sum, scores);
    if (meets) sum = product(kRows + my_row, kTileB + n);
    show(sum, along);
    [[unroll]] for (uint h = 0u; h < kHeld; ++h) {
      uint c = part + h * kParts;
      if (c >= kN / 4u) continue;
      vec4 weight, slope;
      [[unroll]] for (uint i = 0u; i < 4u; ++i) {
        uint column = n + 4u * c + i;
        vec2 query = queries[kOfKeys ? column : row];
        bool sees = first + column >= range.x && first + column < range.y;
        weight[i] = sees ? exp2(scores[h][i] * factors.x * factors.y - query.x) : 0.0;
        slope[i] = sees ? weight[i] * ((along[h][i] - query.y) * slope_unit) : 0.0;
      }
      uint at = row * kWeightLine + n / 4u + c;
      formed[at] = Element4(slope);
      if (kOfKeys) formed[kWeights + at] = Element4(weight * weight_unit);
    }
  }
}

void add_up(uint my_row) {
  uint first = gl_SubgroupID % kSplits * kSummed;
  [[unroll]] for (uint k = 0u; k < kTile; k += kK) {
    Left weight, slope;
    coopMatLoad(slope, formed, my_row * kWeightLine + k / 4u, kWeightLine,
                gl_CooperativeMatrixLayoutRowMajor);
    if (kOfKeys)
      coopMatLoad(weight, formed, kWeights + my_row * kWeightLine + k / 4u, kWeightLine,
                  gl_CooperativeMatrixLayoutRowMajor);
    [[unroll]] for (uint j = 0u; j < kSummed; ++j) {
      if (first + j >= kAcross) continue;
      uint at = k * kLine + (first + j) * kN / 8u;
      Right other;
      coopMatLoad(other, lines, kTileA * kLine + at, kLine, gl_CooperativeMatrixLayoutRowMajor);
      sums_a[j] = coopMatMulAdd(slope, other, sums_a[j]);
      if (kOfKeys) {
        coopMatLoad(other, lines, kTileB * kLine + at, kLine, gl_CooperativeMatrixLayoutRowMajor);
        sums_b[j] = coopMatMulAdd(weight, other, sums_b[j]);
      }
    }
  }
}

void store(Floats to, Sums sum, vec2 factors, uint first, uint end, uint heads, uint head, uint j) {
  vec4 held[kHeld];
  show(sum, held);
  uint row = first + gl_SubgroupInvocationID % kM, part = gl_SubgroupInvocationID / kM;
  if (row >= end || j >= kAcross) return;
  [[unroll]] for (uint h = 0u; h < kHeld; ++h) {
    uint c = part + h * kParts;
    if (c >= kN / 4u) continue;
    for (uint i = 0u; i < 4u; ++i) {
      uint d = j * kN + 4u * c + i;
      if (d < kSize) to.at[(row * heads + head) * kSize + d] = held[h][i] * factors.x * factors.y;
    }
  }
}

void store_all(uint first, uint end, uint heads, uint head) {
  int gradient = -shift_of(kGradient);
  vec2 factors_a = powers_of_two(gradient - slope_shift() - shift_of(kValues) -
                                 shift_of(kOfKeys ? kQueries : kKeys));
  vec2 factors_b = powers_of_two(gradient - weight_shift());
  factors_a.y *= push.scale;
  [[unroll]] for (uint j = 0u; j < kSummed; ++j) {
    uint across = gl_SubgroupID % kSplits * kSummed + j;
    store(push.to_a, sums_a[j], factors_a, first, end, heads, head, across);
    if (kOfKeys) store(push.to_b, sums_b[j], factors_b, first, end, heads, head, across);
  }
}

void main() {
  uint key_heads = push.heads / push.group, head = gl_WorkGroupID.x;
  uint heads = kOfKeys ? key_heads : push.heads, other_heads = kOfKeys ? push.heads : key_heads;
  uint rows = kOfKeys ? push.key_rows : push.query_rows;
  // Groups with the most to do begin first: under kCausal early keys, and late queries.
  uint tile = kCausal && !kOfKeys ? gl_NumWorkGroups.y - 1u - gl_WorkGroupID.y : gl_WorkGroupID.y;
  uint own = tile * kRows, my_row = gl_SubgroupID / kSplits * kM;
  for (uint r = gl_LocalInvocationIndex; r < kRows; r += kThreads)
    ranges[r] = kOfKeys ? queries_of(own + r) : keys_of(own + r);
  barrier();
  uvec2 all = range_of(0u, kRows), seen = range_of(my_row, kM);
  // Rows that see none are not packed.
  uvec2 inside = all.x < all.y ? uvec2(own, rows) : uvec2(0u);
  load_lines(0u, kRows, push.own_a, heads, head, own, inside);
  load_lines(kRows, kRows, push.own_b, heads, head, own, inside);
  if (!kOfKeys) load_queries(own, kRows, head, inside);
  for (uint j = 0u; j < kSummed; ++j) sums_a[j] = Sums(0.0);
  for (uint j = 0u; j < kSummedB; ++j) sums_b[j] = Sums(0.0);
  vec2 factors = score_factors();
  uint others = kOfKeys ? push.group : 1u;
  for (uint shared_by = 0u; shared_by < others; ++shared_by) {
    uint other = kOfKeys ? head * push.group + shared_by : head / push.group;
    for (uint first = all.x; first < all.y; first += kTile) {
      barrier();
      load_lines(kTileA, kTile, push.tile_a, other_heads, other, first, all);
      load_lines(kTileB, kTile, push.tile_b, other_heads, other, first, all);
      if (kOfKeys) load_queries(first, kTile, other, all);
      barrier();
      bool meets = first < seen.y && first + kTile > seen.x;
      form(my_row, first, factors, meets);
      barrier();
      if (meets) add_up(my_row);
    }
  }
  store_all(own + my_row, rows, heads, head);
}
