// The rows of linear_cross_entropy once their logits are there: a group a row gives its loss and, with
// kDifferentiate, puts row_weight · (softmax − onehot) in the logits' place. With kTotal one group sums
// the losses by their weights.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "math.glsl"
#include "group.glsl"

layout(local_size_x = 256) in;
layout(constant_id = 0) const bool kDifferentiate = false;
layout(constant_id = 1) const bool kTotal = false;

layout(push_constant) uniform Push {
  Floats logits;
  Ints targets;
  Floats row_weights, losses, loss;
  uint rows, vocabulary, first_row;
} push;

void main() {
  uint me = gl_LocalInvocationIndex;
  if (kTotal) {
    vec2 sum = vec2(0.0);
    for (uint r = me; r < push.rows; r += kGroup)
      sum = plus(sum, push.row_weights.at[r] * push.losses.at[r]);
    vec2 total = group_sum(sum);
    if (me == 0u) push.loss.at[0] = total.x + total.y;
    return;
  }
  uint line = group_number();
  if (line >= push.rows) return;
  uint row = push.first_row + line, first = line * push.vocabulary;
  uint target = uint(clamp(push.targets.at[row], 0, int(push.vocabulary) - 1));
  float largest = -kInfinity;
  for (uint i = me; i < push.vocabulary; i += kGroup)
    largest = max(largest, push.logits.at[first + i]);
  largest = group_max(largest);
  float wanted = push.logits.at[first + target];
  vec2 sum = vec2(0.0);
  for (uint i = me; i < push.vocabulary; i += kGroup)
    sum = plus(sum, exp_of(push.logits.at[first + i] - largest));
  vec2 total = group_sum(sum);
  float all = total.x + total.y;
  if (me == 0u) push.losses.at[row] = log_of(all) + (largest - wanted);
  if (!kDifferentiate) return;
  float row_weight = push.row_weights.at[row], factor = row_weight / all;
  for (uint i = me; i < push.vocabulary; i += kGroup) {
    float slope = exp_of(push.logits.at[first + i] - largest) * factor;
    push.logits.at[first + i] = i == target ? slope - row_weight : slope;
  }
}
