// argmax, top_k, sample. Contract: ops/sampling.h.
//
// Where it says nothing: a NaN counts as −inf; top_k in `sample` keeps exactly k, ties by index;
// a draw walks the kept tokens in the order of their ids until the sum passes uniform · total.
#include <algorithm>
#include <cmath>

#include "backends/cpu/kernels.h"
#include "backends/cpu/philox.h"
#include "backends/cpu/simd/math.h"
#include "ops/indices.h"

namespace lensmith::cpu::LENSMITH_ISA {
namespace {

constexpr float kInfinity = __builtin_inff();

// ---- argmax ----

// Of `count` values; NaN is skipped, −inf when nothing else is there.
float largest_of(const float* x, int64_t count) {
  F32 best0 = F32::broadcast(-kInfinity), best1 = best0;
  int64_t i = 0;
  for (; i + 2 * F32::width <= count; i += 2 * F32::width) {
    const F32 a = F32::load(x + i), b = F32::load(x + i + F32::width);
    best0 = select(a > best0, a, best0);
    best1 = select(b > best1, b, best1);
  }
  float best = reduce_max(max(best0, best1));
  for (; i < count; ++i) best = x[i] > best ? x[i] : best;
  return best;
}

int32_t argmax_of(const float* x, int64_t count) {
  constexpr int64_t kBlock = 1024;
  float best = -kInfinity;
  int64_t best_begin = -1;
  for (int64_t begin = 0; begin < count; begin += kBlock) {
    const float block_best = largest_of(x + begin, std::min(kBlock, count - begin));
    if (block_best > best) best = block_best, best_begin = begin;
  }
  if (best_begin < 0) return 0;  // nothing above −inf
  int64_t index = best_begin;
  while (x[index] != best) ++index;
  return static_cast<int32_t>(index);
}

// ---- the k largest ----

struct Candidate {
  float value;
  int32_t index;
};

// A total order: NaN has been replaced by −inf before.
struct Before {
  bool operator()(Candidate a, Candidate b) const {
    return a.value > b.value || (a.value == b.value && a.index < b.index);
  }
};

float without_nan(float x) { return x == x ? x : -kInfinity; }

// Room that largest() needs for k of `count`.
int64_t candidate_capacity(int64_t k, int64_t count) {
  return std::min(count, k + std::max<int64_t>(k, 2048));
}

// Writes the k first of x by Before to `best`, in no order. Keeps a pool of candidates and the
// value that one must pass to enter: once k have been seen nearly all are turned away by one
// compare per register.
void largest(const float* x, int64_t count, int64_t k, Candidate* best) {
  const int64_t capacity = candidate_capacity(k, count);
  int64_t filled = 0;
  float threshold = -kInfinity;
  bool has_threshold = false;
  const auto add = [&](int64_t i) {
    const float value = without_nan(x[i]);
    // Later indices lose ties, so an equal value does not enter.
    if (has_threshold && !(value > threshold)) return;
    best[filled++] = {value, static_cast<int32_t>(i)};
    if (filled < capacity || k >= capacity) return;
    std::nth_element(best, best + (k - 1), best + filled, Before{});
    threshold = best[k - 1].value;
    has_threshold = true;
    filled = k;
  };
  int64_t i = 0;
  while (i < count) {
    constexpr int kSpan = 4 * F32::width;
    if (has_threshold && i + kSpan <= count) {
      const float* const p = x + i;
      const F32 bound = F32::broadcast(threshold);
      F32 over = F32::zero();
      for (int j = 0; j < kSpan; j += F32::width) {
        over = select(F32::load(p + j) > bound, F32::broadcast(1.0f), over);
      }
      if (reduce_max(over) == 0) {
        i += kSpan;
        continue;
      }
    }
    const int64_t end = std::min<int64_t>(i + kSpan, count);
    for (; i < end; ++i) add(i);
  }
  if (k < filled) std::nth_element(best, best + (k - 1), best + filled, Before{});
}

// The same, in the order of Before.
void largest_sorted(const float* x, int64_t count, int64_t k, Candidate* best) {
  if (k <= 0) return;
  largest(x, count, k, best);
  std::sort(best, best + k, Before{});
}

// ---- sample ----

// Scratch of one row.
struct RowScratch {
  float* scores;          // [V]
  float* weights;         // [V]
  Candidate* candidates;  // [V]
};

void penalise(const SampleArgs& args, int64_t row, const float* logits, float* scores) {
  if (!args.history || args.repetition_penalty == 1.0f) return;
  const int64_t length = args.history.dim(1);
  const int32_t* const history = args.history.data<int32_t>() + row * length;
  for (int64_t i = 0; i < length; ++i) {
    const int32_t token = history[i];
    if (token < 0) continue;
    // From the logit itself, so that a token that occurs twice is penalised once.
    const float logit = logits[token];
    scores[token] = logit > 0 ? logit / args.repetition_penalty : logit * args.repetition_penalty;
  }
}

// exp((x − largest) / temperature), 0 for NaN. The largest is taken off first: a tiny temperature
// then gives 0 or 1 and no overflow.
float weight_of(float score, float largest, float temperature) {
  if (!(score > -kInfinity)) return 0;
  if (largest == kInfinity) return score == kInfinity ? 1.0f : 0.0f;
  return std::exp((score - largest) / temperature);
}

void weigh_all(const float* scores, int64_t count, float largest, float temperature,
               float* weights) {
  if (largest == kInfinity) {
    for (int64_t i = 0; i < count; ++i) weights[i] = weight_of(scores[i], largest, temperature);
    return;
  }
  const F32 shift = F32::broadcast(largest), divisor = F32::broadcast(temperature);
  for (int64_t i = 0; i < count; i += F32::width) {
    const int lanes = static_cast<int>(std::min<int64_t>(count - i, F32::width));
    const F32 score = F32::load_n(scores + i, lanes);
    const F32 weight = exp((score - shift) / divisor);
    select(score > F32::broadcast(-kInfinity), weight, F32::zero()).store_n(weights + i, lanes);
  }
}

// Draws among candidates (value = weight) that are in the order of their ids.
int32_t draw(const Candidate* candidates, int64_t count, double uniform) {
  double total = 0;
  for (int64_t i = 0; i < count; ++i) total += candidates[i].value;
  const double goal = uniform * total;
  double sum = 0;
  int32_t last = candidates[0].index;
  for (int64_t i = 0; i < count; ++i) {
    if (!(candidates[i].value > 0)) continue;
    sum += candidates[i].value;
    last = candidates[i].index;
    if (sum > goal) break;
  }
  return last;
}

struct ById {
  bool operator()(Candidate a, Candidate b) const { return a.index < b.index; }
};

// How many of the sorted candidates (value = weight) the nucleus has: the fewest whose weights
// reach top_p of the total. `count` + 1 when all of them do not reach it.
int64_t nucleus_size(const Candidate* sorted, int64_t count, double goal) {
  double sum = 0;
  for (int64_t i = 0; i < count; ++i) {
    sum += sorted[i].value;
    if (sum >= goal) return i + 1;
  }
  return count + 1;
}

void weigh(Candidate* candidates, int64_t count, const float* weights) {
  for (int64_t i = 0; i < count; ++i) candidates[i].value = weights[candidates[i].index];
}

// The nucleus of all tokens: candidates[0 .. result), in no order. It is nearly always small, so
// a short head of the sorted order is tried first. A long one is found by halving: whichever half
// of the undecided stretch holds the place where the sum reaches its goal is halved again. The
// order is that of the scores: unlike ones may have equal weights.
int64_t nucleus_of_all(const float* scores, const float* weights, int64_t count, float top_p,
                       Candidate* candidates) {
  double total = 0;
  for (int64_t i = 0; i < count; ++i) total += weights[i];
  const double goal = top_p * total;
  const int64_t head = std::min<int64_t>(count, 256);
  largest_sorted(scores, count, head, candidates);
  weigh(candidates, head, weights);
  const int64_t size = nucleus_size(candidates, head, goal);
  if (size <= head) return size;

  for (int64_t i = 0; i < count; ++i)
    candidates[i] = {without_nan(scores[i]), static_cast<int32_t>(i)};
  int64_t begin = 0, end = count;  // the nucleus ends in (begin, end]
  double before = 0;               // sum of the weights in front of begin
  while (end - begin > 1) {
    const int64_t middle = begin + (end - begin) / 2;
    std::nth_element(candidates + begin, candidates + middle, candidates + end, Before{});
    double sum = before;
    for (int64_t i = begin; i < middle; ++i) sum += weights[candidates[i].index];
    if (sum >= goal) {
      end = middle;
    } else {
      begin = middle;
      before = sum;
    }
  }
  weigh(candidates, end, weights);
  return end;
}

int32_t draw_from_all(const float* weights, int64_t count, double uniform) {
  double total = 0;
  for (int64_t i = 0; i < count; ++i) total += weights[i];
  const double goal = uniform * total;
  double sum = 0;
  int64_t last = 0;
  for (int64_t i = 0; i < count; ++i) {
    if (!(weights[i] > 0)) continue;
    sum += weights[i];
    last = i;
    if (sum > goal) break;
  }
  return static_cast<int32_t>(last);
}

int32_t sample_row(const SampleArgs& args, int64_t row, const RowScratch& scratch) {
  const int64_t vocabulary = args.logits.dim(1);
  const float* const logits = args.logits.data<float>() + row * vocabulary;
  float* const scores = scratch.scores;
  std::copy(logits, logits + vocabulary, scores);
  penalise(args, row, logits, scores);

  uint32_t words[4][kPhiloxBlocks];
  philox(static_cast<uint64_t>(row) / 4, args.stream, args.seed, words);
  const double uniform = unit_uniform(words[row % 4][0]);

  const int32_t most_likely = argmax_of(scores, vocabulary);
  const float largest = scores[most_likely];
  if (!(largest > -kInfinity)) return most_likely;  // no token has a probability

  Candidate* const kept = scratch.candidates;
  int64_t count = 0;
  if (args.top_k > 0 && args.top_k < vocabulary) {
    count = args.top_k;
    largest_sorted(scores, vocabulary, count, kept);
    double total = 0;
    for (int64_t i = 0; i < count; ++i) {
      kept[i].value = weight_of(kept[i].value, largest, args.temperature);
      total += kept[i].value;
    }
    if (args.top_p < 1) count = std::min(count, nucleus_size(kept, count, args.top_p * total));
  } else {
    weigh_all(scores, vocabulary, largest, args.temperature, scratch.weights);
    if (args.top_p >= 1) return draw_from_all(scratch.weights, vocabulary, uniform);
    count = nucleus_of_all(scores, scratch.weights, vocabulary, args.top_p, kept);
  }
  std::sort(kept, kept + count, ById{});
  return draw(kept, count, uniform);
}

}  // namespace

void argmax(Context& context, const ArgmaxArgs& args) {
  const int64_t vocabulary = args.logits.dim(1);
  const float* const logits = args.logits.data<float>();
  int32_t* const out = args.out.data<int32_t>();
  context.pool.parallel_for(args.logits.dim(0), [&](int64_t row, int) {
    out[row] = argmax_of(logits + row * vocabulary, vocabulary);
  });
}

void top_k(Context& context, const TopKArgs& args) {
  const int64_t rows = args.logits.dim(0), vocabulary = args.logits.dim(1);
  const int64_t k = args.values.dim(1);
  if (rows == 0 || k == 0) return;
  const float* const logits = args.logits.data<float>();
  float* const values = args.values.data<float>();
  int32_t* const indices = args.indices.data<int32_t>();

  Workspace::Frame frame(context.workspace);
  const int64_t room = candidate_capacity(k, vocabulary);
  Candidate* const candidates = static_cast<Candidate*>(
      frame.get(static_cast<size_t>(context.pool.size() * room) * sizeof(Candidate)));
  context.pool.parallel_for(rows, [&](int64_t row, int worker) {
    Candidate* const best = candidates + worker * room;
    const float* const x = logits + row * vocabulary;
    largest_sorted(x, vocabulary, k, best);
    for (int64_t i = 0; i < k; ++i) {
      values[row * k + i] = x[best[i].index];  // a NaN that had to be taken stays one
      indices[row * k + i] = best[i].index;
    }
  });
}

void sample(Context& context, const SampleArgs& args) {
  const int64_t rows = args.logits.dim(0), vocabulary = args.logits.dim(1);
  if (args.history) {
    require_indices("sample", "history", args.history.data<int32_t>(), args.history.numel(),
                    vocabulary, -1);
  }
  if (rows == 0) return;
  Workspace::Frame frame(context.workspace);
  const size_t room = static_cast<size_t>(context.pool.size() * vocabulary);
  float* const scores = static_cast<float*>(frame.get(room * sizeof(float)));
  float* const weights = static_cast<float*>(frame.get(room * sizeof(float)));
  Candidate* const candidates = static_cast<Candidate*>(frame.get(room * sizeof(Candidate)));
  int32_t* const out = args.out.data<int32_t>();
  context.pool.parallel_for(rows, [&](int64_t row, int worker) {
    const int64_t start = worker * vocabulary;
    out[row] = sample_row(args, row, {scores + start, weights + start, candidates + start});
  });
}

}  // namespace lensmith::cpu::LENSMITH_ISA
