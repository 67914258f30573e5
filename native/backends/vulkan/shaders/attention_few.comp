// attention of few queries, as in decoding: a group has one query of one head and a share of the keys
// that it sees, of as many shares as there are groups along z at most. The last group of a query's head
// to be done joins what all of them found; where that is not safe (kJoins), attention_join.comp does.
#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#include "common.glsl"
#include "math.glsl"

layout(local_size_x = 256) in;
layout(constant_id = 0) const uint kSize = 64;
layout(constant_id = 1) const bool kCausal = false;
layout(constant_id = 2) const bool kJoins = false;

#include "attention_shares.glsl"

layout(buffer_reference, std430, buffer_reference_align = 16) readonly buffer Fours { vec4 at[]; };
layout(buffer_reference, std430, buffer_reference_align = 4) coherent buffer Counters { uint at[]; };

layout(push_constant) uniform Push {
  Fours q, k, v;
  Ints q_offsets, k_offsets;
  ShareValues values;
  ShareSums sums;
  FoursTo to;
  Floats lse;
  Counters done;  // groups of each query's head; zero before and after
  uint query_rows, key_rows, heads, group, q_stride, k_stride, v_stride, segments;
  float scale;
  int window;
} push;

const uint kRows = 1;
#include "attention_segments.glsl"

const uint kTile = kMostShares;        // keys that are met at once
const uint kThreads = kGroup / kTile;  // that share a key's score
const uint kSteps = (kFours + kThreads - 1u) / kThreads;

shared vec4 query_of_group[kFours];
shared float products[kGroup];
shared vec4 scores[kTile / 4u];
shared float part_sums[kParts];
shared bool is_last;

// How many groups share so many keys: no more than have a tile each would.
uint shares_of(uint keys) { return clamp((keys + kTile - 1u) / kTile, 1u, gl_NumWorkGroups.z); }

// The keys of `all` that this group has.
uvec2 share_of(uvec2 all, uint shares) {
  uint each = (all.y - all.x + shares - 1u) / shares;
  uint begin = min(all.x + gl_WorkGroupID.z * each, all.y);
  return uvec2(begin, min(begin + each, all.y));
}

// Largest of the tile's scores.
float largest_score() {
  vec4 most = scores[0];
  for (uint l = 1u; l < kTile / 4u; ++l) most = max(most, scores[l]);
  return max(max(most.x, most.y), max(most.z, most.w));
}

// Whether all groups of this query's head are done, of which this is the last: it sees what they wrote.
bool all_are_done(uint place, uint shares) {
  memoryBarrierBuffer();
  barrier();
  if (gl_LocalInvocationIndex == 0u) {
    memoryBarrierBuffer();
    is_last = atomicAdd(push.done.at[place], 1u) + 1u == shares;
    if (is_last) push.done.at[place] = 0u;
    memoryBarrierBuffer();
  }
  barrier();
  memoryBarrierBuffer();
  return is_last;
}

void main() {
  uint me = gl_LocalInvocationIndex, head = gl_WorkGroupID.x, query = gl_WorkGroupID.y;
  uint key_four = head / push.group * kFours;
  uint k_row = push.k_stride / 4u, v_row = push.v_stride / 4u;
  // By one that has nothing else on its way.
  if (me == kGroup - 1u) ranges[0] = keys_of(query);
  if (me < kFours) {
    query_of_group[me] = push.q.at[query * (push.q_stride / 4u) + head * kFours + me];
  }
  barrier();
  uint shares = shares_of(ranges[0].y - ranges[0].x);
  if (kJoins && gl_WorkGroupID.z >= shares) return;
  uvec2 mine = share_of(ranges[0], shares);

  uint part = me / kFours, four = me % kFours;
  bool has_part = part < kParts;
  float largest = -kInfinity, sum = 0.0;
  vec4 value = vec4(0.0);
  // What threads share is read and written anew with a barrier between: the loop ends without one.
  for (uint first = mine.x; first < mine.y; first += kTile) {
    uint last = mine.y - 1u;
    // On their way while the scores are formed.
    vec4 held[kOfPart];
    [[unroll]] for (uint i = 0u; i < kOfPart; ++i)
      held[i] = push.v.at[min(first + part + i * kParts, last) * v_row + key_four + four];
    uint key = me / kThreads, lane = me % kThreads;
    uint row = min(first + key, last) * k_row + key_four;
    float product = 0.0;
    [[unroll]] for (uint i = 0u; i < kSteps; ++i) {
      uint d = lane + i * kThreads;
      if (kFours % kThreads == 0u || d < kFours)
        product += dot(query_of_group[d], push.k.at[row + d]);
    }
    products[me] = product;
    barrier();
    float score = -kInfinity;
    if (me < kTile) {
      if (first + me <= last) {
        score = 0.0;
        for (uint l = 0u; l < kThreads; ++l) score += products[me * kThreads + l];
        score *= push.scale;
      }
      scores[me / 4u][me % 4u] = score;
    }
    barrier();
    float next = max(largest, largest_score());
    if (me < kTile) weights[me] = score == -kInfinity ? 0.0 : exp_of(score - next);
    barrier();
    float factor = next == -kInfinity ? 0.0 : exp_of(largest - next);
    value *= factor;
    sum *= factor;
    [[unroll]] for (uint i = 0u; i < kOfPart; ++i) {
      uint at = part + i * kParts;
      if (at >= kTile || first + at > last) continue;
      value += weights[at] * held[i];
      sum += weights[at];
    }
    largest = next;
  }
  if (has_part) part_values[me] = value;
  if (has_part && four == 0u) part_sums[part] = sum;
  barrier();
  uint place = query * push.heads + head, begin = place * gl_NumWorkGroups.z;
  uint mine_at = begin + gl_WorkGroupID.z;
  if (me < kFours) push.values.at[mine_at * kFours + me] = total_of_parts(me);
  if (me == 0u) {
    float total = 0.0;
    for (uint p = 0u; p < kParts; ++p) total += part_sums[p];
    push.sums.at[mine_at] = vec2(largest, total);
  }
  if (kJoins && all_are_done(place, shares))
    join_shares(push.values, push.sums, begin, shares, place, push.to, push.lse);
}
