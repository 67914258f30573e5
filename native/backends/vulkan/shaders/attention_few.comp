// attention of few queries, as in decoding: a group has one query of one head and a share of the keys
// it sees (as many shares as there are groups along x); attention_join.comp joins the shares.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "math.glsl"

layout(local_size_x = 256) in;
layout(constant_id = 0) const uint kSize = 64;  // a multiple of 4, at most 256
layout(constant_id = 1) const bool kCausal = false;

layout(buffer_reference, std430, buffer_reference_align = 16) readonly buffer Fours { vec4 at[]; };
layout(buffer_reference, std430, buffer_reference_align = 16) buffer FoursTo { vec4 at[]; };

layout(push_constant) uniform Push {
  Fours q, k, v;
  Ints q_offsets, k_offsets;
  FoursTo values;  // of each query, head and share: the sum of weighted values,
  Floats sums;     // and (largest score, sum of weights), weights being exp(score - largest)
  uint query_rows, key_rows, heads, group, q_stride, k_stride, v_stride, segments;
  float scale;
  int window;
} push;

const uint kRows = 1;
#include "attention_segments.glsl"

const uint kTile = 64;                   // keys that are met at once
const uint kMaxima = 8;                  // of parts of them, on the way to the largest score
const uint kThreads = kGroup / kTile;    // that share a key's score
const uint kFours = kSize / 4u;
const uint kParts = kGroup / kFours;     // threads that share four elements of the result
const uint kValues = (kTile + kParts - 1u) / kParts;  // keys of a tile that such a thread has

shared vec4 query_of_group[kFours];
shared float products[kGroup];
shared float weights[kTile];
shared float maxima[kMaxima];
shared vec4 part_values[kParts * kFours];
shared float part_sums[kParts];

// The share of the keys begin .. end that this group has.
uvec2 share_of(uvec2 all) {
  uint each = (all.y - all.x + gl_NumWorkGroups.x - 1u) / gl_NumWorkGroups.x;
  uint begin = min(all.x + gl_WorkGroupID.x * each, all.y);
  return uvec2(begin, min(begin + each, all.y));
}

void main() {
  uint me = gl_LocalInvocationIndex, head = gl_WorkGroupID.y, query = gl_WorkGroupID.z;
  uint key_four = head / push.group * kFours;
  uint k_row = push.k_stride / 4u, v_row = push.v_stride / 4u;
  if (me == 0u) ranges[0] = keys_of(query);
  if (me < kFours) {
    query_of_group[me] = push.q.at[query * (push.q_stride / 4u) + head * kFours + me];
  }
  barrier();
  uvec2 mine = share_of(ranges[0]);

  uint part = me / kFours, four = me % kFours;
  bool has_part = part < kParts;
  float largest = -kInfinity, sum = 0.0;
  vec4 value = vec4(0.0);
  for (uint first = mine.x; first < mine.y; first += kTile) {
    uint last = mine.y - 1u;
    // On their way while the scores are formed.
    vec4 held[kValues];
    for (uint i = 0u; i < kValues; ++i)
      held[i] = push.v.at[min(first + part + i * kParts, last) * v_row + key_four + four];
    uint key = me / kThreads, lane = me % kThreads;
    uint row = min(first + key, last) * k_row + key_four;
    float product = 0.0;
    for (uint d = lane; d < kFours; d += kThreads)
      product += dot(query_of_group[d], push.k.at[row + d]);
    products[me] = product;
    barrier();
    if (me < kTile) {
      float score = 0.0;
      for (uint l = 0u; l < kThreads; ++l) score += products[me * kThreads + l];
      weights[me] = first + me <= last ? score * push.scale : -kInfinity;
    }
    barrier();
    if (me < kMaxima) {
      float most = -kInfinity;
      for (uint l = 0u; l < kTile / kMaxima; ++l) most = max(most, weights[me * (kTile / kMaxima) + l]);
      maxima[me] = most;
    }
    barrier();
    float next = largest;
    for (uint l = 0u; l < kMaxima; ++l) next = max(next, maxima[l]);
    if (me < kTile) {
      float score = weights[me];
      weights[me] = score == -kInfinity ? 0.0 : exp_of(score - next);
    }
    barrier();
    float factor = next == -kInfinity ? 0.0 : exp_of(largest - next);
    value *= factor;
    sum *= factor;
    for (uint i = 0u; i < kValues; ++i) {
      uint at = part + i * kParts;
      if (at >= kTile || first + at > last) continue;
      value += weights[at] * held[i];
      sum += weights[at];
    }
    largest = next;
    barrier();
  }
  if (has_part) part_values[me] = value;
  if (has_part && four == 0u) part_sums[part] = sum;
  barrier();
  uint place = (query * push.heads + head) * gl_NumWorkGroups.x + gl_WorkGroupID.x;
  if (me < kFours) {
    vec4 total = vec4(0.0);
    for (uint p = 0u; p < kParts; ++p) total += part_values[p * kFours + me];
    push.values.at[place * kFours + me] = total;
  }
  if (me == 0u) {
    float total = 0.0;
    for (uint p = 0u; p < kParts; ++p) total += part_sums[p];
    push.sums.at[2u * place] = largest;
    push.sums.at[2u * place + 1u] = total;
  }
}
