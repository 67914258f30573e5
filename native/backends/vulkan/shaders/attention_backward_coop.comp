// dq, dk or dv, or dk with dv, of attention by cooperative matrices. A group has kRows rows of one head, queries or
// (kOfKeys) keys, and goes through the rows of the other side that see them; the probabilities are formed
// anew from lse. kSplits subgroups share the same rows: each forms the scores of its part of a tile, and
// sums its part of the head. Where places of elements are known it is one, which hands nothing on.
//   scores = own_a · tile_aᵀ;  along = own_b · tile_bᵀ     (transposed where keys are the group's own)
//   weights = exp(scores − lse);  slopes = weights (along − delta)
//   to_a = scale · slopes · tile_a (kSlopes);  to_b = weights · tile_b (kWeighs)
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "cooperative.glsl"
#include "math.glsl"
#include "scaling.glsl"

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint kThreads = 128;
layout(constant_id = 13) const uint kSplits = 2;
layout(constant_id = 14) const bool kOfKeys = false;
layout(constant_id = 15) const uint kHolds = 0;  // of own_a and own_b, what is kept in registers: 0, 1 or 2
layout(constant_id = 16) const uint kStretch = 1;  // small matrices of scores formed together, where kKnown
layout(constant_id = 17) const uint kTypeA = 0;
layout(constant_id = 18) const uint kTypeB = 0;
layout(constant_id = 19) const bool kWideTo = false;  // eight elements of a result are written at a time
layout(constant_id = 20) const bool kSlopes = true;   // what is summed: to_a,
layout(constant_id = 21) const bool kWeighs = false;  // and to_b, of keys

layout(push_constant) uniform Push {
  Vectors own_a, own_b, tile_a, tile_b;  // q and gradient, or k and v; those of the other side
  Ints q_offsets, k_offsets;
  Floats lse;
  Words to_a, to_b;
  Words largest;  // and, from the fourth word on, delta
  uint own_a_stride, own_b_stride, tile_a_stride, tile_b_stride;  // in vectors
  uint query_rows, key_rows, heads, group, segments;
  float scale;
  int window;
} push;

#define kMine kM  // rows of a subgroup, or of kSplits of them
#define kRows (kThreads / kSubgroup / kSplits * kM)
// Rows of own_a and own_b, unless kept in registers, then a tile of each. Of the first kind there is room for
// one, through which those that are kept come.
#define kKeptA (kHolds >= 1u ? 0u : kRows)
#define kKeptB (kHolds >= 2u || !kSlopes ? 0u : kRows)
#define kTileA (kKeptA + kKeptB)
#define kTileB (kTileA + kTile)
#define kLines (kTileB + kTile > kRows ? kTileB + kTile : kRows)

#include "attention_coop.glsl"

uvec2 seen_by(uint row) { return kOfKeys ? queries_of(row) : keys_of(row); }

const uint kSteps = kPadded / kK;
const uint kAcross = kPadded / kN;                            // small matrices across a head
const uint kSummed = (kAcross + kSplits - 1u) / kSplits;      // of them, of a subgroup
shared vec2 queries[kOfKeys ? kTile : kRows];  // lse in powers of two, and delta

Sums sums_a[kSlopes ? kSummed : 1u];
Sums sums_b[kWeighs ? kSummed : 1u];
Left kept_a[kHolds >= 1u ? kSteps : 1u];
Left kept_b[kHolds >= 2u && kSlopes ? kSteps : 1u];

void load_queries(uint first, uint count, uint head, uvec2 inside) {
  vec2 powers = powers_of_two(shift_of(kValues));
  for (uint i = gl_LocalInvocationIndex; i < count; i += kThreads) {
    uint query = first + i;
    bool is_inside = query >= inside.x && query < inside.y;
    uint place = is_inside ? query * push.heads + head : 0u;
    float delta = uintBitsToFloat(push.largest.at[4u + place]);
    queries[i] = is_inside ? vec2(push.lse.at[place] * kLog2E, delta * powers.x * powers.y) : vec2(0.0);
  }
}

// Small matrix `step` along the head of the subgroup's own rows.
Left own_of(bool is_b, uint my_row, uint step) {
  if (is_b ? kHolds >= 2u : kHolds >= 1u) return is_b ? kept_b[step] : kept_a[step];
  Left own;
  uint line = (is_b ? kKeptA : 0u) + my_row;
  coopMatLoad(own, lines, line * kLine + step * kK / 8u, kLine, gl_CooperativeMatrixLayoutRowMajor);
  return own;
}

Sums add_other(Left own, Sums sum, uint line, uint step) {
  Right other;
  coopMatLoad(other, lines, line * kLine + step * kK / 8u, kLine, gl_CooperativeMatrixLayoutColumnMajor);
  return coopMatMulAdd(own, other, sum);
}

void add_product(inout Sums sum, Left factor, uint at) {
  Right other;
  coopMatLoad(other, lines, at, kLine, gl_CooperativeMatrixLayoutRowMajor);
  sum = coopMatMulAdd(factor, other, sum);
}

// ---- where places are known: all in registers ----

// Weights and slopes of kN · kStretch rows of a tile, from its `n`-th on, and what they add.
void add_stretch(uint my_row, uint first, uint n, vec2 factors, bool masked, vec2 own[kSlots]) {
  Sums scores[kStretch], along[kStretch];
  [[unroll]] for (uint t = 0u; t < kStretch; ++t) scores[t] = Sums(0.0), along[t] = Sums(0.0);
  [[unroll]] for (uint d = 0u; d < kSteps; ++d) {
    Left left_a = own_of(false, my_row, d), left_b;
    if (kSlopes) left_b = own_of(true, my_row, d);
    [[unroll]] for (uint t = 0u; t < kStretch; ++t) {
      scores[t] = add_other(left_a, scores[t], kTileA + n + t * kN, d);
      if (kSlopes) along[t] = add_other(left_b, along[t], kTileB + n + t * kN, d);
    }
  }
  float weight_unit = power_of_two(weight_shift()), slope_unit = power_of_two(slope_shift());
  [[unroll]] for (uint t = 0u; t < kStretch; ++t) {
    [[unroll]] for (uint i = 0u; i < kEach; ++i) {
      uint column = n + t * kN + place_of[i].y;
      vec2 query = kOfKeys ? queries[column] : own[slot_of(i)];
      bool sees = true;
      if (masked) {
        uvec2 range = ranges[my_row + place_of[i].x];
        sees = first + column >= range.x && first + column < range.y;
      }
      float weight = sees ? exp2(scores[t][i] * factors.x * factors.y - query.x) : 0.0;
      if (kSlopes) along[t][i] = sees ? weight * ((along[t][i] - query.y) * slope_unit) : 0.0;
      scores[t][i] = weight * weight_unit;
    }
  }
  [[unroll]] for (uint t = 0u; t < kStretch; ++t) {
    Left slope, weight;
    if (kSlopes) slope = factors_of(along[t]);
    if (kWeighs) weight = factors_of(scores[t]);
    [[unroll]] for (uint j = 0u; j < kAcross; ++j) {
      uint at = (n + t * kN) * kLine + j * kN / 8u;
      if (kSlopes) add_product(sums_a[j], slope, kTileA * kLine + at);
      if (kWeighs) add_product(sums_b[j], weight, kTileB * kLine + at);
    }
  }
}

void add_known(uint my_row, uint first, vec2 factors, bool masked) {
  vec2 own[kSlots];
  if (!kOfKeys)
    [[unroll]] for (uint s = 0u; s < kSlots; ++s) own[s] = queries[my_row + row_of(s)];
  [[unroll]] for (uint n = 0u; n < kTile; n += kStretch * kN)
    add_stretch(my_row, first, n, factors, masked, own);
}

// ---- where they are not: through shared memory ----

const uint kHeld = (kN / 4u + kParts - 1u) / kParts;  // vectors of a patch's row that a thread has
shared vec4 patches[kKnown ? 1u : kThreads / kSubgroup * kM * kPatchLine];
// Slopes, and weights behind them. Small matrices are read from places that are multiples of 16 bytes, which
// no type of four elements promises: what lies in front of this is made of vectors of 16.
const uint kWeights = kRows * kWeightLine;
shared Element4 formed[kKnown ? 1u : (kWeighs ? 2u : 1u) * kWeights];

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

// The product of the subgroup's own rows with a stretch of a tile's.
Sums product(bool is_b, uint my_row, uint other) {
  Sums sum = Sums(0.0);
  [[unroll]] for (uint d = 0u; d < kSteps; ++d) sum = add_other(own_of(is_b, my_row, d), sum, other, d);
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
    if (meets) sum = product(false, my_row, kTileA + n);
    show(sum, scores);
    if (meets) sum = product(true, my_row, kTileB + n);
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
      if (kWeighs) formed[kWeights + at] = Element4(weight * weight_unit);
    }
  }
}

void add_up(uint my_row) {
  uint first = gl_SubgroupID % kSplits * kSummed;
  [[unroll]] for (uint k = 0u; k < kTile; k += kK) {
    Left weight, slope;
    uint from = my_row * kWeightLine + k / 4u;
    coopMatLoad(slope, formed, from, kWeightLine, gl_CooperativeMatrixLayoutRowMajor);
    if (kWeighs)
      coopMatLoad(weight, formed, kWeights + from, kWeightLine, gl_CooperativeMatrixLayoutRowMajor);
    [[unroll]] for (uint j = 0u; j < kSummed; ++j) {
      if (first + j >= kAcross) continue;
      uint at = k * kLine + (first + j) * kN / 8u;
      add_product(sums_a[j], slope, kTileA * kLine + at);
      if (kWeighs) add_product(sums_b[j], weight, kTileB * kLine + at);
    }
  }
}

// ---- both ----

// Own rows come into shared memory, and from there into registers where they are kept.
void load_own(uint my_row, uint heads, uint head, uint own, uvec2 inside) {
  Rows rows_a = Rows(push.own_a, head * kFilled, push.own_a_stride);
  Rows rows_b = Rows(push.own_b, head * kFilled, push.own_b_stride);
  if (kHolds >= 1u) {
    load_lines(0u, kRows, rows_a, own, inside);
    barrier();
    [[unroll]] for (uint d = 0u; d < kSteps; ++d)
      coopMatLoad(kept_a[d], lines, my_row * kLine + d * kK / 8u, kLine, gl_CooperativeMatrixLayoutRowMajor);
    barrier();
  }
  if (kHolds >= 2u && kSlopes) {
    load_lines(0u, kRows, rows_b, own, inside);
    barrier();
    [[unroll]] for (uint d = 0u; d < kSteps; ++d)
      coopMatLoad(kept_b[d], lines, my_row * kLine + d * kK / 8u, kLine, gl_CooperativeMatrixLayoutRowMajor);
    barrier();
  }
  if (kHolds < 1u) load_lines(0u, kRows, rows_a, own, inside);
  if (kHolds < 2u && kSlopes) load_lines(kKeptA, kRows, rows_b, own, inside);
}

void store_all(uint first, uint end, uint heads, uint head) {
  int gradient = -shift_of(kGradient);
  vec2 factors_a = powers_of_two(gradient - slope_shift() - shift_of(kValues) -
                                 shift_of(kOfKeys ? kQueries : kKeys));
  vec2 factors_b = powers_of_two(gradient - weight_shift());
  factors_a.y *= push.scale;
  Result result_a = Result(push.to_a, heads, head, end, kWideTo, kTypeA);
  Result result_b = Result(push.to_b, heads, head, end, kWideTo, kTypeB);
  uint corner = gl_SubgroupID * kM * kPatchLine;
  [[unroll]] for (uint j = 0u; j < kSummed; ++j) {
    uint column = (gl_SubgroupID % kSplits * kSummed + j) * kN;
    if (kSlopes) {
      sums_a[j] *= factors_a.x;
      sums_a[j] *= factors_a.y;
      write_matrix(result_a, sums_a[j], corner, first, column);
    }
    if (kWeighs) {
      sums_b[j] *= factors_b.x;
      sums_b[j] *= factors_b.y;
      write_matrix(result_b, sums_b[j], corner, first, column);
    }
  }
}

void meet_tile(uint my_row, uint first, vec2 factors, uvec4 mine) {
  bool meets = first < mine.y && first + kTile > mine.x;
  if (kKnown) {
    if (meets) add_known(my_row, first, factors, first < mine.z || first + kTile > mine.w);
  } else {
    form(my_row, first, factors, meets);
    barrier();
    if (meets) add_up(my_row);
  }
}

void main() {
  uint key_heads = push.heads / push.group, head = gl_WorkGroupID.x;
  uint heads = kOfKeys ? key_heads : push.heads;
  uint rows = kOfKeys ? push.key_rows : push.query_rows;
  // Groups with the most to do begin first: under kCausal early keys, and late queries.
  uint tile = kCausal && !kOfKeys ? gl_NumWorkGroups.y - 1u - gl_WorkGroupID.y : gl_WorkGroupID.y;
  uint own = tile * kRows, party = gl_SubgroupID / kSplits, my_row = party * kM;
  find_places();
  find_ranges(own);
  uvec2 all = bounds_of(kParties).xy;
  uvec4 mine = bounds_of(party);
  // Rows that see none may not be packed.
  uvec2 inside = all.x < all.y ? uvec2(own, rows) : uvec2(0u);
  load_own(my_row, heads, head, own, inside);
  if (!kOfKeys) load_queries(own, kRows, head, inside);
  [[unroll]] for (uint j = 0u; j < kSummed; ++j) {
    if (kSlopes) sums_a[j] = Sums(0.0);
    if (kWeighs) sums_b[j] = Sums(0.0);
  }
  vec2 factors = score_factors();
  uint others = kOfKeys ? push.group : 1u;
  for (uint shared_by = 0u; shared_by < others; ++shared_by) {
    uint other = kOfKeys ? head * push.group + shared_by : head / push.group;
    Rows rows_a = Rows(push.tile_a, other * kFilled, push.tile_a_stride);
    Rows rows_b = Rows(push.tile_b, other * kFilled, push.tile_b_stride);
    uvec4 next_a[kHeldVectors], next_b[kHeldVectors];
    if (kAhead) {
      fetch(next_a, rows_a, all.x, all);
      fetch(next_b, rows_b, all.x, all);
    }
    for (uint first = all.x; first < all.y; first += kTile) {
      barrier();
      if (kAhead) {
        put_down(kTileA, next_a);
        put_down(kTileB, next_b);
      } else {
        load_lines(kTileA, kTile, rows_a, first, all);
        load_lines(kTileB, kTile, rows_b, first, all);
      }
      if (kOfKeys) load_queries(first, kTile, other, all);
      barrier();
      if (kAhead) {
        fetch(next_a, rows_a, first + kTile, all);
        fetch(next_b, rows_b, first + kTile, all);
      }
      meet_tile(my_row, first, factors, mine);
    }
  }
  barrier();
  store_all(own + my_row, rows, heads, head);
}
