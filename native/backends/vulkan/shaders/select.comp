// argmax, top_k, sample: a group a row. Values are compared by keys, integers in the order of the
// floats; what is kept of a row is told by a key and, among equals, by a bound on the index.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "math.glsl"
#include "group.glsl"
#include "philox.glsl"

layout(local_size_x = 256) in;
layout(constant_id = 0) const uint kKind = 0;  // 0 argmax, 1 top_k, 2 sample

layout(push_constant) uniform Push {
  Floats scores;
  Ints to;
  Floats values;
  uint rows, vocabulary, k, seed, stream;
  float temperature, top_p;
} push;

shared uvec2 best[kGroup];
shared uint counts[kGroup];
shared uint chosen;

uint row_start;

// NaN as −inf; the zeros are one.
uint key_of(uint i) {
  float x = push.scores.at[row_start + i];
  if (is_nan(x)) x = -kInfinity;
  uint bits = x == 0.0 ? 0u : floatBitsToUint(x);
  return (bits & 0x80000000u) != 0u ? ~bits : bits | 0x80000000u;
}

float score_of(uint key) {
  return uintBitsToFloat((key & 0x80000000u) != 0u ? key & 0x7fffffffu : ~key);
}

// Larger key first, then lower index.
bool comes_before(uvec2 a, uvec2 b) { return a.x > b.x || (a.x == b.x && a.y < b.y); }

// The first by comes_before of those after `last`; all of them when `last` is (2^32 - 1, 2^32 - 1).
uvec2 first_after(uvec2 last, bool from_start) {
  uint me = gl_LocalInvocationIndex;
  uvec2 mine = uvec2(0u, 0xffffffffu);
  for (uint i = me; i < push.vocabulary; i += kGroup) {
    uvec2 candidate = uvec2(key_of(i), i);
    if ((from_start || comes_before(last, candidate)) && comes_before(candidate, mine))
      mine = candidate;
  }
  barrier();
  best[me] = mine;
  for (uint step = kGroup / 2u; step > 0u; step /= 2u) {
    barrier();
    if (me < step && comes_before(best[me + step], best[me])) best[me] = best[me + step];
  }
  barrier();
  return best[0];
}

uint group_count(uint value) {
  uint me = gl_LocalInvocationIndex;
  barrier();
  counts[me] = value;
  for (uint step = kGroup / 2u; step > 0u; step /= 2u) {
    barrier();
    if (me < step) counts[me] += counts[me + step];
  }
  barrier();
  return counts[0];
}

uint chunk() { return (push.vocabulary + kGroup - 1u) / kGroup; }

// A set of the row: keys above `key`, and of those that equal it the ones with an index below `bound`.
struct Kept {
  uint key, bound;
};

bool holds(Kept kept, uint key, uint i) {
  return key > kept.key || (key == kept.key && i < kept.bound);
}

float largest_score;

float weight_of(uint key) {
  float score = score_of(key);
  if (!(score > -kInfinity)) return 0.0;
  if (largest_score == kInfinity) return score == kInfinity ? 1.0 : 0.0;
  return exp_of((score - largest_score) / push.temperature);
}

uint count_from(uint key) {
  uint count = 0u;
  for (uint i = gl_LocalInvocationIndex; i < push.vocabulary; i += kGroup)
    if (key_of(i) >= key) ++count;
  return group_count(count);
}

// Σ weights of what is kept and has at least this key.
vec2 mass_from(Kept kept, uint key) {
  vec2 sum = vec2(0.0);
  for (uint i = gl_LocalInvocationIndex; i < push.vocabulary; i += kGroup) {
    uint own = key_of(i);
    if (own >= key && holds(kept, own, i)) sum = plus(sum, weight_of(own));
  }
  return group_sum(sum);
}

bool reaches(vec2 a, vec2 b) { return (a.x - b.x) + (a.y - b.y) >= 0.0; }

// a · b in two floats.
vec2 times(vec2 a, float b) {
  precise float high = a.x * b;
  precise float low = fma(a.x, b, -high) + a.y * b;
  return vec2(high, low);
}

// The index below which `wanted` of those kept with just this key lie.
uint bound_of(Kept kept, uint key, uint wanted) {
  uint me = gl_LocalInvocationIndex, begin = me * chunk();
  uint end = min(push.vocabulary, begin + chunk()), count = 0u;
  for (uint i = begin; i < end; ++i)
    if (key_of(i) == key && holds(kept, key, i)) ++count;
  barrier();
  counts[me] = count;
  if (me == 0u) chosen = push.vocabulary;
  barrier();
  uint before = 0u;
  for (uint t = 0u; t < me; ++t) before += counts[t];
  if (before < wanted && before + count >= wanted) {
    for (uint i = begin; i < end; ++i) {
      if (key_of(i) == key && holds(kept, key, i) && ++before == wanted) {
        chosen = i + 1u;
        break;
      }
    }
  }
  barrier();
  uint bound = chosen;
  barrier();
  return bound;
}

Kept largest_k(uint k) {
  uint key = 0u;
  for (int bit = 31; bit >= 0; --bit) {
    uint candidate = key | (1u << bit);
    if (count_from(candidate) >= k) key = candidate;
  }
  uint above = key == 0xffffffffu ? 0u : count_from(key + 1u);
  Kept all = Kept(0u, 0xffffffffu);
  return Kept(key, bound_of(all, key, k - above));
}

// The fewest, by falling score, whose weights reach top_p of all that is kept.
Kept nucleus(Kept kept) {
  vec2 goal = times(mass_from(kept, 0u), push.top_p);
  uint key = 0u;
  for (int bit = 31; bit >= 0; --bit) {
    uint candidate = key | (1u << bit);
    if (reaches(mass_from(kept, candidate), goal)) key = candidate;
  }
  vec2 mass = key == 0xffffffffu ? vec2(0.0) : mass_from(kept, key + 1u);
  float weight = weight_of(key);
  uint wanted = 1u;
  if (weight > 0.0) {
    float missing = (goal.x - mass.x) + (goal.y - mass.y);
    wanted = max(1u, uint(ceil(min(missing / weight, 1e9))));
    // The quotient may be off by its rounding.
    if (wanted > 1u && reaches(plus(mass, times(vec2(weight, 0.0), float(wanted - 1u))), goal))
      --wanted;
  }
  return Kept(key, bound_of(kept, key, wanted));
}

// Passes the kept tokens in the order of their ids until their weights exceed uniform · total.
uint draw(Kept kept, float uniform_number) {
  uint me = gl_LocalInvocationIndex, begin = me * chunk();
  uint end = min(push.vocabulary, begin + chunk());
  vec2 sum = vec2(0.0);
  for (uint i = begin; i < end; ++i) {
    uint key = key_of(i);
    if (holds(kept, key, i)) sum = plus(sum, weight_of(key));
  }
  barrier();
  group_values[me] = sum;
  barrier();
  if (me == 0u) {
    vec2 total = vec2(0.0);
    for (uint t = 0u; t < kGroup; ++t) total = plus(total, group_values[t]);
    vec2 goal = times(total, uniform_number);
    vec2 running = vec2(0.0);
    uint last = 0u;
    bool found = false;
    for (uint t = 0u; t < kGroup && !found; ++t) {
      if (!(group_values[t].x > 0.0)) continue;
      vec2 after = plus(running, group_values[t]);
      bool here = reaches(after, goal) && !reaches(goal, after);
      // Also walked when nothing after it has weight: `last` is then the last of all.
      vec2 inside = running;
      uint stop = min(push.vocabulary, (t + 1u) * chunk());
      bool is_last = true;
      for (uint u = t + 1u; u < kGroup && is_last; ++u) is_last = !(group_values[u].x > 0.0);
      if (here || is_last) {
        for (uint i = t * chunk(); i < stop && !found; ++i) {
          uint key = key_of(i);
          float weight = holds(kept, key, i) ? weight_of(key) : 0.0;
          if (!(weight > 0.0)) continue;
          inside = plus(inside, weight);
          last = i;
          found = reaches(inside, goal) && !reaches(goal, inside);
        }
      }
      running = after;
    }
    chosen = last;
  }
  barrier();
  return chosen;
}

void main() {
  uint row = group_number();
  if (row >= push.rows) return;
  row_start = row * push.vocabulary;
  uint me = gl_LocalInvocationIndex;
  uvec2 top = first_after(uvec2(0u), true);
  if (kKind == 0u) {
    if (me == 0u) push.to.at[row] = int(top.y);
    return;
  }
  if (kKind == 1u) {
    for (uint place = 0u; place < push.k; ++place) {
      if (me == 0u) {
        push.to.at[row * push.k + place] = int(top.y);
        push.values.at[row * push.k + place] = push.scores.at[row_start + top.y];
      }
      if (place + 1u < push.k) top = first_after(top, false);
    }
    return;
  }
  largest_score = score_of(top.x);
  uint token = top.y;
  if (largest_score > -kInfinity) {
    Kept kept = Kept(0u, 0xffffffffu);
    if (push.k > 0u && push.k < push.vocabulary) kept = largest_k(push.k);
    if (push.top_p < 1.0) kept = nucleus(kept);
    token = draw(kept, unit_uniform(philox(row / 4u, push.stream, push.seed)[row % 4u]));
  }
  if (me == 0u) push.to.at[row] = int(token);
}
