// reduce, sum_squares, and column sums: x [outer, n, inner] over n, in `slices` parts of n. A group
// has kColumns columns side by side and 256 / kColumns threads for each.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "math.glsl"

layout(local_size_x = 256) in;
layout(constant_id = 0) const uint kKind = 0;  // 0 sum, 2 max, 3 sum of squares
layout(constant_id = 1) const uint kType = 0;
layout(constant_id = 2) const uint kColumns = 1;
layout(constant_id = 3) const bool kWhole = false;  // one slice: `to` is the result, [outer, inner]

layout(push_constant) uniform Push {
  Words x;
  Floats to;  // [outer, slices, inner, 2]: value and lost part
  uint first, outer, n, inner, slices;
  float divisor;
} push;

shared vec2 values[kGroup];

vec2 joined(vec2 a, vec2 b) {
  if (kKind == 2u) return vec2(is_nan(a.x) || a.x >= b.x ? a.x : b.x, 0.0);
  return plus(a, b);
}

void main() {
  uint me = gl_LocalInvocationIndex;
  uint column_groups = (push.inner + kColumns - 1u) / kColumns;
  uint group = group_number();
  uint line = group / column_groups;
  if (line >= push.outer * push.slices) return;
  uint outer = line / push.slices, slice = line % push.slices;
  uint column = group % column_groups * kColumns + me % kColumns;
  uint length = (push.n + push.slices - 1u) / push.slices;
  uint begin = slice * length, end = min(push.n, begin + length);
  uint lanes = kGroup / kColumns;

  vec2 value = vec2(kKind == 2u ? -kInfinity : 0.0, 0.0);
  if (column < push.inner) {
    for (uint r = begin + me / kColumns; r < end; r += lanes) {
      float x = load(push.x, push.first, (outer * push.n + r) * push.inner + column, kType);
      value = joined(value, vec2(kKind == 3u ? x * x : x, 0.0));
    }
  }
  values[me] = value;
  for (uint step = lanes / 2u; step > 0u; step /= 2u) {
    barrier();
    if (me / kColumns < step) values[me] = joined(values[me], values[me + step * kColumns]);
  }
  barrier();
  if (me >= kColumns || column >= push.inner) return;
  if (kWhole) {
    push.to.at[line * push.inner + column] = (values[me].x + values[me].y) / push.divisor;
    return;
  }
  uint to = 2u * (line * push.inner + column);
  push.to.at[to] = values[me].x;
  push.to.at[to + 1u] = values[me].y;
}
