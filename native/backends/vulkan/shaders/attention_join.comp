// Joins what attention_few.comp found where its groups do not do so themselves: a group has one query
// of one head.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "math.glsl"

layout(local_size_x = 256) in;
layout(constant_id = 0) const uint kSize = 64;

#include "attention_shares.glsl"

layout(push_constant) uniform Push {
  ShareValues values;
  ShareSums sums;
  FoursTo to;
  Floats lse;
  uint count, shares;
} push;

void main() {
  uint place = group_number();
  if (place >= push.count) return;
  join_shares(push.values, push.sums, place * push.shares, push.shares, place, push.to, push.lse);
}
