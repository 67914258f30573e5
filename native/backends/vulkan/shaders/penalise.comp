// Scores of `sample`: the logits, then (kHistory) those of tokens that were said, penalised from the
// logit itself, so that a token that occurs twice is penalised once.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"

layout(local_size_x = 256) in;
layout(constant_id = 0) const bool kHistory = false;

layout(push_constant) uniform Push {
  Floats logits, scores;
  Ints history;
  uint count, vocabulary, history_length;
  float penalty;
} push;

void main() {
  uint i = thread_number();
  if (i >= push.count) return;
  if (!kHistory) {
    push.scores.at[i] = push.logits.at[i];
    return;
  }
  int token = push.history.at[i];
  if (token < 0 || uint(token) >= push.vocabulary) return;
  uint at = i / push.history_length * push.vocabulary + uint(token);
  float logit = push.logits.at[at];
  push.scores.at[at] = logit > 0.0 ? logit / push.penalty : logit * push.penalty;
}
