// attention, forward, by cooperative matrices: each subgroup has kDown · kM queries of one head, the group
// goes through all keys that they see, with the softmax formed as the keys go by.
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
layout(constant_id = 13) const uint kDown = 1;  // small matrices of queries of a subgroup; 1 unless kKnown
layout(constant_id = 14) const uint kTypeOut = 0;
layout(constant_id = 15) const bool kWideOut = false;  // eight elements of a result are written at a time

layout(push_constant) uniform Push {
  Vectors q, k, v;
  Ints q_offsets, k_offsets;
  Words to;
  Floats lse;
  Words largest;
  uint q_stride, k_stride, v_stride;  // in vectors
  uint query_rows, key_rows, heads, group, segments;
  float scale;
  int window;
} push;

#define kMine (kDown * kM)  // rows of a subgroup
#define kRows (kThreads / kSubgroup * kMine)
#define kLines (2u * kTile > kRows ? 2u * kTile : kRows)  // keys, then values; before them the queries

#include "attention_coop.glsl"

uvec2 seen_by(uint row) { return keys_of(row); }

const uint kColumns = kTile / kN;  // small matrices across a tile
const uint kSteps = kPadded / kK;  // along a head
const uint kAcross = kPadded / kN;
Left queries[kDown * kSteps];
Sums scores[kDown * kColumns];
Sums values[kDown * kAcross];
// Of the rows of this thread: of total only its part. Unless kKnown it has one.
float largest[kDown * kSlots];
float total[kDown * kSlots];

void score_keys() {
  [[unroll]] for (uint n = 0u; n < kDown * kColumns; ++n) scores[n] = Sums(0.0);
  [[unroll]] for (uint d = 0u; d < kSteps; ++d) {
    [[unroll]] for (uint n = 0u; n < kColumns; ++n) {
      Right keys;
      coopMatLoad(keys, lines, n * kN * kLine + d * kK / 8u, kLine, gl_CooperativeMatrixLayoutColumnMajor);
      [[unroll]] for (uint b = 0u; b < kDown; ++b)
        scores[b * kColumns + n] = coopMatMulAdd(queries[b * kSteps + d], keys, scores[b * kColumns + n]);
    }
  }
}

// Adds weights of kK keys, from the k-th of the tile on, times their values.
void add_product(Left weight[kDown], uint k) {
  [[unroll]] for (uint j = 0u; j < kAcross; ++j) {
    Right value;
    coopMatLoad(value, lines, (kTile + k) * kLine + j * kN / 8u, kLine, gl_CooperativeMatrixLayoutRowMajor);
    [[unroll]] for (uint b = 0u; b < kDown; ++b)
      values[b * kAcross + j] = coopMatMulAdd(weight[b], value, values[b * kAcross + j]);
  }
}

// ---- where places are known: all in registers ----

void hide(uint my_row, uint first) {
  [[unroll]] for (uint b = 0u; b < kDown; ++b) {
    [[unroll]] for (uint i = 0u; i < kEach; ++i) {
      uvec2 range = ranges[my_row + b * kM + place_of[i].x];
      [[unroll]] for (uint n = 0u; n < kColumns; ++n) {
        uint key = first + n * kN + place_of[i].y;
        if (key < range.x || key >= range.y) scores[b * kColumns + n][i] = -kInfinity;
      }
    }
  }
}

// Scores become weights 2^(score − largest); what was summed before is multiplied to fit.
void soften_known(uint b) {
  float next[kSlots], shift[kSlots], factor[kSlots];
  [[unroll]] for (uint s = 0u; s < kSlots; ++s) next[s] = largest[b * kSlots + s];
  [[unroll]] for (uint n = 0u; n < kColumns; ++n)
    [[unroll]] for (uint i = 0u; i < kEach; ++i)
      next[slot_of(i)] = max(next[slot_of(i)], scores[b * kColumns + n][i]);
  bool grew = false;
  [[unroll]] for (uint s = 0u; s < kSlots; ++s) {
    [[unroll]] for (uint step = 1u; step < kSubgroup; step *= 2u)
      if ((kShareMask & step) != 0u) next[s] = max(next[s], subgroupShuffleXor(next[s], step));
    float before = largest[b * kSlots + s];
    shift[s] = next[s] == -kInfinity ? 0.0 : next[s];
    factor[s] = before == -kInfinity ? 0.0 : exp2(before - shift[s]);
    grew = grew || next[s] != before;
    total[b * kSlots + s] *= factor[s];
    largest[b * kSlots + s] = next[s];
  }
  [[unroll]] for (uint n = 0u; n < kColumns; ++n) {
    [[unroll]] for (uint i = 0u; i < kEach; ++i) {
      float weight = exp2(scores[b * kColumns + n][i] - shift[slot_of(i)]);
      total[b * kSlots + slot_of(i)] += weight;
      scores[b * kColumns + n][i] = weight * power_of_two(weight_shift());
    }
  }
  if (!subgroupAny(grew)) return;
  [[unroll]] for (uint j = 0u; j < kAcross; ++j)
    [[unroll]] for (uint i = 0u; i < kEach; ++i) values[b * kAcross + j][i] *= factor[slot_of(i)];
}

void add_values_known() {
  [[unroll]] for (uint n = 0u; n < kColumns; ++n) {
    Left weight[kDown];
    [[unroll]] for (uint b = 0u; b < kDown; ++b) weight[b] = factors_of(scores[b * kColumns + n]);
    add_product(weight, n * kN);
  }
}

void finish_known(uint my_row, uint query, uint head) {
  vec2 powers = powers_of_two(-weight_shift() - shift_of(kValues));
  [[unroll]] for (uint b = 0u; b < kDown; ++b) {
    [[unroll]] for (uint s = 0u; s < kSlots; ++s) {
      float sum = total[b * kSlots + s];
      [[unroll]] for (uint step = 1u; step < kSubgroup; step *= 2u)
        if ((kShareMask & step) != 0u) sum += subgroupShuffleXor(sum, step);
      uint row = query + b * kM + row_of(s);
      if (row < push.query_rows && (gl_SubgroupInvocationID & kShareMask) == 0u)
        push.lse.at[row * push.heads + head] =
            sum == 0.0 ? -kInfinity : largest[b * kSlots + s] * kLn2 + log_of(sum);
      total[b * kSlots + s] = sum == 0.0 ? 0.0 : powers.y / sum;
    }
    [[unroll]] for (uint j = 0u; j < kAcross; ++j)
      [[unroll]] for (uint i = 0u; i < kEach; ++i)
        values[b * kAcross + j][i] *= powers.x * total[b * kSlots + slot_of(i)];
  }
}

// ---- where they are not: through shared memory ----

const uint kScoreLine = kTile / 4u + 1u;
const uint kHeld = kTile / 4u / kParts;  // vectors of a row that a thread has
shared vec4 shown[kKnown ? 1u : kRows * kScoreLine];
shared Element4 weights[kKnown ? 1u : kRows * kWeightLine];

void show_scores(uint my_row) {
  [[unroll]] for (uint n = 0u; n < kColumns; ++n)
    coopMatStore(scores[n], shown, my_row * kScoreLine + n * kN / 4u, kScoreLine,
                 gl_CooperativeMatrixLayoutRowMajor);
}

// A number for each row of the subgroup becomes a small matrix whose columns are all the same: written,
// and after a barrier read. The scores are no longer needed where it passes through.
void write_rows(uint my_row, float number) {
  uint at = (my_row + gl_SubgroupInvocationID % kM) * kScoreLine;
  for (uint c = gl_SubgroupInvocationID / kM; c < kN / 4u; c += kParts) shown[at + c] = vec4(number);
}

void scale_values(uint my_row) {
  Sums factors;
  coopMatLoad(factors, shown, my_row * kScoreLine, kScoreLine, gl_CooperativeMatrixLayoutRowMajor);
  [[unroll]] for (uint j = 0u; j < kAcross; ++j) values[j] *= factors;
}

// Turns the scores of a row into weights. Returns whether any row of the subgroup has a new largest; what
// was summed before is then to be multiplied by what write_rows left.
bool soften_shown(uint my_row, uint first, uvec2 range, vec2 factors) {
  uint row = my_row + gl_SubgroupInvocationID % kM, part = gl_SubgroupInvocationID / kM;
  vec4 held[kHeld];
  float next = largest[0];
  [[unroll]] for (uint h = 0u; h < kHeld; ++h) {
    uint c = part + h * kParts;
    held[h] = shown[row * kScoreLine + c] * factors.x * factors.y;
    [[unroll]] for (uint i = 0u; i < 4u; ++i) {
      uint key = first + 4u * c + i;
      if (key < range.x || key >= range.y) held[h][i] = -kInfinity;
      next = max(next, held[h][i]);
    }
  }
  [[unroll]] for (uint step = kM; step < kSubgroup; step *= 2u)
    next = max(next, subgroupShuffleXor(next, step));
  float shift = next == -kInfinity ? 0.0 : next;
  float factor = largest[0] == -kInfinity ? 0.0 : exp2(largest[0] - shift);
  total[0] *= factor;
  [[unroll]] for (uint h = 0u; h < kHeld; ++h) {
    vec4 weight = exp2(held[h] - shift);
    total[0] += weight.x + weight.y + weight.z + weight.w;
    weights[row * kWeightLine + part + h * kParts] = Element4(weight * power_of_two(weight_shift()));
  }
  write_rows(my_row, factor);
  bool is_new = !subgroupAll(next == largest[0]);
  largest[0] = next;
  return is_new;
}

void add_values_shown(uint my_row) {
  [[unroll]] for (uint k = 0u; k < kTile; k += kK) {
    Left weight[kDown];
    coopMatLoad(weight[0], weights, my_row * kWeightLine + k / 4u, kWeightLine,
                gl_CooperativeMatrixLayoutRowMajor);
    add_product(weight, k);
  }
}

void finish_shown(uint my_row, uint query, uint head) {
  for (uint step = kM; step < kSubgroup; step *= 2u) total[0] += subgroupShuffleXor(total[0], step);
  float sum = total[0];
  vec2 powers = powers_of_two(-weight_shift() - shift_of(kValues));
  write_rows(my_row, sum == 0.0 ? 0.0 : powers.y / sum);
  [[unroll]] for (uint j = 0u; j < kAcross; ++j) values[j] *= powers.x;
  subgroupBarrier();
  scale_values(my_row);
  uint row = query + gl_SubgroupInvocationID % kM;
  if (row < push.query_rows && gl_SubgroupInvocationID / kM == 0u)
    push.lse.at[row * push.heads + head] = sum == 0.0 ? -kInfinity : largest[0] * kLn2 + log_of(sum);
}

// ---- both ----

void load_queries(uint first, uint my_row, uint head, bool any) {
  Rows rows = Rows(push.q, head * kFilled, push.q_stride);
  // Rows that see none may not be packed.
  load_lines(0u, kRows, rows, first, any ? uvec2(first, push.query_rows) : uvec2(0u));
  barrier();
  [[unroll]] for (uint b = 0u; b < kDown; ++b)
    [[unroll]] for (uint d = 0u; d < kSteps; ++d)
      coopMatLoad(queries[b * kSteps + d], lines, (my_row + b * kM) * kLine + d * kK / 8u, kLine,
                  gl_CooperativeMatrixLayoutRowMajor);
  barrier();
}

// Weights of the tile that begins with key `first`, and what they add. `meets`: some row of the subgroup
// sees some of it. Every subgroup comes to the same barriers: some drivers make no other difference.
void attend(uint my_row, uint first, bool meets, bool masked, vec2 factors) {
  if (kKnown) {
    if (!meets) return;
    [[unroll]] for (uint n = 0u; n < kDown * kColumns; ++n) {
#ifdef ELEMENT_F16
      scores[n] *= factors.x;
#endif
      scores[n] *= factors.y;
    }
    if (masked) hide(my_row, first);
    [[unroll]] for (uint b = 0u; b < kDown; ++b) soften_known(b);
    add_values_known();
  } else {
    bool is_new = false;
    if (meets) show_scores(my_row);
    subgroupBarrier();
    uvec2 range = ranges[my_row + gl_SubgroupInvocationID % kM];
    if (meets) is_new = soften_shown(my_row, first, range, factors);
    subgroupBarrier();
    if (is_new) scale_values(my_row);
    if (meets) add_values_shown(my_row);
  }
}

void go_through_keys(uint my_row, uint key_head, uvec2 all, uvec4 mine) {
  Rows keys = Rows(push.k, key_head * kFilled, push.k_stride);
  Rows key_values = Rows(push.v, key_head * kFilled, push.v_stride);
  vec2 factors = score_factors();
  uvec4 next[kHeldVectors];
  if (kAhead) {
    load_lines(0u, kTile, keys, all.x, all);
    load_lines(kTile, kTile, key_values, all.x, all);
    barrier();
  }
  for (uint first = all.x; first < all.y; first += kTile) {
    if (kAhead) {
      fetch(next, keys, first + kTile, all);
    } else {
      barrier();
      load_lines(0u, kTile, keys, first, all);
      load_lines(kTile, kTile, key_values, first, all);
      barrier();
    }
    bool meets = first < mine.y && first + kTile > mine.x;
    bool masked = first < mine.z || first + kTile > mine.w;
    if (meets) score_keys();
    if (kAhead) {
      barrier();  // the keys have been read, and the values are here
      put_down(0u, next);
      fetch(next, key_values, first + kTile, all);
    }
    attend(my_row, first, meets, masked, factors);
    if (kAhead) {
      barrier();
      put_down(kTile, next);
    }
  }
}

void main() {
  // Where later queries see more keys, they begin first.
  uint tile = kCausal ? gl_NumWorkGroups.y - 1u - gl_WorkGroupID.y : gl_WorkGroupID.y;
  uint head = gl_WorkGroupID.x;
  uint my_row = gl_SubgroupID * kMine, query = tile * kRows + my_row;
  find_places();
  find_ranges(tile * kRows);
  uvec2 all = bounds_of(kParties).xy;
  load_queries(tile * kRows, my_row, head, all.x < all.y);
  [[unroll]] for (uint j = 0u; j < kDown * kAcross; ++j) values[j] = Sums(0.0);
  [[unroll]] for (uint s = 0u; s < kDown * kSlots; ++s) largest[s] = -kInfinity, total[s] = 0.0;
  go_through_keys(my_row, head / push.group, all, bounds_of(gl_SubgroupID));
  if (kKnown) finish_known(my_row, query, head);
  else finish_shown(my_row, query, head);
  barrier();
  Result result = Result(push.to, push.heads, head, push.query_rows, kWideOut, kTypeOut);
  [[unroll]] for (uint b = 0u; b < kDown; ++b)
    [[unroll]] for (uint j = 0u; j < kAcross; ++j)
      write_matrix(result, values[b * kAcross + j], gl_SubgroupID * kM * kPatchLine, query + b * kM, j * kN);
}
