// attention: forward pass with an online softmax. Contract: ops/attention.h.
#include <cmath>
#include <type_traits>

#include "backends/cpu/attention_tiles.h"

namespace lensmith::cpu::LENSMITH_ISA {
namespace {

// Up to so many lanes the scores are dot products along the head instead: one query would use one
// lane of each register.
constexpr int kFewLanes = std::max(1, F32::width / 4);
// A segment with one block of lanes (decoding) and many keys is split over its keys, so that all
// threads read the cache; the lengths are fixed, so that results do not depend on their number.
// Few lanes (a token) are soon done with a key: there every thread reads rows of keys and values
// from end to end, of all heads, rather than some heads of every row.
constexpr int64_t kSplitKeys = 512, kFewSplitKeys = kBlockKeys;

// The state of a softmax over the keys seen so far: for each lane the largest score m, the sum l
// of exp(score − m), and the values weighted alike, not yet divided by l.
struct State {
  float* m;       // [kLanes]
  float* l;       // [kLanes]
  float* values;  // [D][kLanes]; for few lanes [lane][padded D]

  static int64_t floats(int64_t padded_dim, int64_t lanes = kLanes) {
    return 2 * kLanes + lanes * padded_dim;
  }
  static State at(float* memory) { return {memory, memory + kLanes, memory + 2 * kLanes}; }
};

struct Task {
  LaneBlock block;
  int64_t key_begin, key_end;
  int64_t slot;    // of the partial state, −1 when the task has all keys of its lanes
  int64_t splits;  // with slot: number of tasks that share the lanes, told by the first; else 0
};

// One call: its operands and sizes.
struct Call {
  const AttentionArgs& args;
  Heads heads;
  int64_t padded_dim;

  const float* keys(const LaneBlock& block, int64_t kv_head) const {
    return args.k.data<float>() + block.k_row * args.k.stride[0] + kv_head * heads.dim;
  }
  const float* values(const LaneBlock& block, int64_t kv_head) const {
    return args.v.data<float>() + block.k_row * args.v.stride[0] + kv_head * heads.dim;
  }
};

// A worker's copies of rows of one head, keys or values, side by side (see copy_rows). They stay for
// the next block of queries, which mostly sees the same head's.
struct HeldRows {
  float* rows = nullptr;  // [capacity][D]
  int64_t capacity = 0;
  const float* from = nullptr;  // row 0 of the head, null when none are held
  int64_t begin = 0, end = 0;   // those that are held

  // Rows first .. last - 1 of those at `source`, `all` of which may be asked for later.
  const float* get(const float* source, int64_t stride, int64_t dim, int64_t first, int64_t last,
                   int64_t all) {
    if (all > capacity) {
      from = nullptr;
      copy_rows(source + first * stride, stride, last - first, dim, rows, dim);
      return rows;
    }
    if (from != source || first > end || last < begin) from = source, begin = end = first;
    const auto copy = [&](int64_t low, int64_t high) {
      copy_rows(source + low * stride, stride, high - low, dim, rows + low * dim, dim);
    };
    if (first < begin) copy(first, begin), begin = first;
    if (last > end) copy(end, last), end = last;
    return rows + first * dim;
  }
};

// Keys and values that a worker holds take no more than half of a small second-level cache each.
constexpr int64_t kHeldFloats = 1 << 17;

int64_t held_rows(int64_t most_keys, int64_t padded_dim) {
  return std::max<int64_t>(kBlockKeys, std::min(most_keys, kHeldFloats / padded_dim));
}

// Of a worker, for blocks of many lanes.
struct alignas(64) Scratch {
  float* q;        // [D][kLanes]
  float* scores;   // [kBlockKeys][kLanes]
  float* factors;  // [kLanes]
  HeldRows k, v;

  static int64_t floats(int64_t rows, int64_t padded_dim) {
    return (kLanes + 2 * rows) * padded_dim + kBlockKeys * kLanes + kLanes;
  }
  static Scratch at(float* memory, int64_t rows, int64_t padded_dim) {
    float* const scores = memory + kLanes * padded_dim;
    float* const factors = scores + kBlockKeys * kLanes;
    float* const k = factors + kLanes;
    return {memory, scores, factors, {k, rows}, {k + rows * padded_dim, rows}};
  }
};

void clear(const State& state, int lanes, int64_t padded_dim) {
  std::fill(state.m, state.m + kLanes, -kInfinity);
  std::fill(state.l, state.l + kLanes, 0.0f);
  const int64_t held = lanes <= kFewLanes ? kFewLanes : kLanes;
  std::fill(state.values, state.values + held * padded_dim, 0.0f);
}

// exp(−inf − m) must be 0 for m = −inf as well.
LENSMITH_INLINE F32 finite_shift(F32 m) {
  return select(m == F32::broadcast(-kInfinity), F32::zero(), m);
}

// Turns the scores of NV registers of lanes into weights exp(score − m) and brings m and l up to
// date; factor = what the older sums are to be multiplied by. Several registers at once, since
// each of a register's maxima waits for the one before.
template <int NV>
LENSMITH_INLINE void soften(float* scores, int64_t keys, float* m, float* l, float* factor) {
  constexpr int w = F32::width;
  F32 top[NV], shift[NV], sum[NV];
  for (int v = 0; v < NV; ++v) top[v] = F32::load(m + v * w);
  for (int64_t j = 0; j < keys; ++j) {
    for (int v = 0; v < NV; ++v) top[v] = max(F32::load(scores + j * kLanes + v * w), top[v]);
  }
  for (int v = 0; v < NV; ++v) shift[v] = finite_shift(top[v]), sum[v] = F32::zero();
  for (int64_t j = 0; j < keys; ++j) {
    for (int v = 0; v < NV; ++v) {
      float* const at = scores + j * kLanes + v * w;
      const F32 weight = exp(F32::load(at) - shift[v]);
      weight.store(at);
      sum[v] = sum[v] + weight;
    }
  }
  for (int v = 0; v < NV; ++v) {
    const F32 keep = exp(F32::load(m + v * w) - shift[v]);
    top[v].store(m + v * w);
    fma(F32::load(l + v * w), keep, sum[v]).store(l + v * w);
    keep.store(factor + v * w);
  }
}

// ---- many lanes ----

void soften(const Scratch& scratch, int64_t keys, int vectors, const State& state) {
  const auto at = [&](auto count, int v) LENSMITH_INLINE_LAMBDA {
    const int lane = v * F32::width;
    soften<count>(scratch.scores + lane, keys, state.m + lane, state.l + lane,
                  scratch.factors + lane);
  };
  int v = 0;
  for (; v + 3 <= vectors; v += 3) at(std::integral_constant<int, 3>(), v);
  for (; v < vectors; ++v) at(std::integral_constant<int, 1>(), v);
}

void attend(const Call& call, const Task& task, int64_t kv_head, const State& state,
            Scratch& scratch) {
  const LaneBlock& block = task.block;
  const Heads& heads = call.heads;
  load_transposed(call.args.q, block, heads, kv_head, call.args.scale, scratch.q);
  Visibility visibility;
  set_visibility(call.args, heads, block, &visibility);
  const int64_t k_stride = call.args.k.stride[0], v_stride = call.args.v.stride[0];
  const float* const k = call.keys(block, kv_head);
  const float* const v = call.values(block, kv_head);

  for (int64_t begin = task.key_begin; begin < task.key_end; begin += kBlockKeys) {
    const int64_t keys = std::min<int64_t>(kBlockKeys, task.key_end - begin);
    const float* const k_rows =
        scratch.k.get(k, k_stride, heads.dim, begin, begin + keys, block.key_end);
    multiply<Layout::rows, Into::set>(
        {k_rows, heads.dim, scratch.q, kLanes, keys, heads.dim, scratch.scores, kLanes, nullptr},
        block.vectors);
    if (needs_mask(visibility, block, begin, begin + keys)) {
      hide(visibility, begin, keys, block.vectors, -kInfinity, scratch.scores);
    }
    soften(scratch, keys, block.vectors, state);
    const float* const v_rows =
        scratch.v.get(v, v_stride, heads.dim, begin, begin + keys, block.key_end);
    multiply<Layout::columns, Into::scale_and_add>(
        {v_rows, heads.dim, scratch.scores, kLanes, heads.dim, keys, state.values, kLanes,
         scratch.factors},
        block.vectors);
  }
}

// ---- few lanes: registers hold a stretch of the head ----

// Scores of R keys, `apart` keys from each other, so that their sums do not wait for each other.
template <int R>
LENSMITH_INLINE void dot_products(const float* q, const float* k, int64_t k_stride, int64_t apart,
                                  int64_t dim, float* scores) {
  static_assert(R <= 4);
  F32 sum[4];
  for (F32& one : sum) one = F32::zero();
  int64_t d = 0;
  for (; d + F32::width <= dim; d += F32::width) {
    const F32 left = F32::load(q + d);
    for (int r = 0; r < R; ++r) sum[r] = fma(left, F32::load(k + r * apart * k_stride + d), sum[r]);
  }
  if (d < dim) {
    const F32 left = F32::load(q + d);
    const int rest = static_cast<int>(dim - d);
    for (int r = 0; r < R; ++r) {
      sum[r] = fma(left, F32::load_n(k + r * apart * k_stride + d, rest), sum[r]);
    }
  }
  float sums[4];
  reduce_add(sum[0], sum[1], sum[2], sum[3], sums);
  for (int r = 0; r < R; ++r) scores[r * apart] = sums[r];
}

// values = values + Σ_r weights[r · apart] v[r · apart], over R rows of v and the whole head.
template <int R>
LENSMITH_INLINE void add_weighted(const float* weights, const float* v, int64_t v_stride,
                                  int64_t apart, int64_t dim, float* values) {
  F32 weight[R];
  for (int r = 0; r < R; ++r) weight[r] = F32::broadcast(weights[r * apart]);
  int64_t d = 0;
  for (; d + F32::width <= dim; d += F32::width) {
    F32 sum = F32::load(values + d);
    for (int r = 0; r < R; ++r) {
      sum = fma(weight[r], F32::load(v + r * apart * v_stride + d), sum);
    }
    sum.store(values + d);
  }
  if (d == dim) return;
  const int rest = static_cast<int>(dim - d);
  F32 sum = F32::load(values + d);
  for (int r = 0; r < R; ++r) {
    sum = fma(weight[r], F32::load_n(v + r * apart * v_stride + d, rest), sum);
  }
  sum.store(values + d);
}

// The softmax step for one lane whose scores lie side by side; returns the factor for older sums.
float soften_row(float* scores, int64_t keys, float* m, float* l) {
  const F32 hidden = F32::broadcast(-kInfinity);
  F32 top = F32::broadcast(*m);
  const int64_t padded = round_up(keys, F32::width);
  for (int64_t j = keys; j < padded; ++j) scores[j] = -kInfinity;
  for (int64_t j = 0; j < padded; j += F32::width) top = max(F32::load(scores + j), top);
  const float largest = reduce_max(top);
  const F32 shift = finite_shift(F32::broadcast(largest));
  F32 sum = F32::zero();
  for (int64_t j = 0; j < padded; j += F32::width) {
    const F32 score = F32::load(scores + j);
    const F32 weight = select(score == hidden, F32::zero(), exp(score - shift));
    weight.store(scores + j);
    sum = sum + weight;
  }
  const float shift_value = largest == -kInfinity ? 0.0f : largest;
  const float keep = std::exp(*m - shift_value);
  *l = *l * keep + reduce_add(sum);
  *m = largest;
  return keep;
}

void scale_row(float* row, int64_t padded, float factor) {
  const F32 factors = F32::broadcast(factor);
  for (int64_t d = 0; d < padded; d += F32::width) (F32::load(row + d) * factors).store(row + d);
}

// Heads [first, first + count) of a task, and for each lane of each of them its query, scaled, and
// the scores of a block of keys.
struct FewHeads {
  int64_t first, count;
  float* memory;

  static int64_t floats(int64_t count, int64_t padded_dim) {
    return count * kFewLanes * (padded_dim + kBlockKeys);
  }
  float* q(int64_t head, int lane, int64_t padded_dim) const {
    return memory + (head * kFewLanes + lane) * padded_dim;
  }
  float* scores(int64_t head, int lane, int64_t padded_dim) const {
    return q(count, 0, padded_dim) + (head * kFewLanes + lane) * kBlockKeys;
  }
};

// Calls fn with an integral constant, how many of a block's rows it takes at once, with the first
// of them, and with how many rows are between them. Rows of all heads are read from end to end, in
// the order of memory: a head alone is a short piece of each row, and the hardware fetches ahead
// along long runs only. Several runs at once, since each waits anew at every page.
template <class F>
LENSMITH_INLINE void in_runs(int64_t keys, F&& fn) {
  constexpr int kRuns = 4;
  const int64_t length = keys / kRuns;
  for (int64_t j = 0; j < length; ++j) fn(std::integral_constant<int, kRuns>(), j, length);
  for (int64_t j = kRuns * length; j < keys; ++j) fn(std::integral_constant<int, 1>(), j, 0);
}

void load_queries(const Call& call, const LaneBlock& block, const FewHeads& few) {
  const int64_t dim = call.heads.dim;
  for (int64_t head = 0; head < few.count; ++head) {
    for (int lane = 0; lane < block.lanes; ++lane) {
      const float* const q = lane_vector(call.args.q, block, call.heads, few.first + head, lane);
      float* const row = few.q(head, lane, call.padded_dim);
      for (int64_t d = 0; d < dim; ++d) row[d] = q[d] * call.args.scale;
      std::fill(row + dim, row + call.padded_dim, 0.0f);
    }
  }
}

// Hides from the query at `position` what it does not see of the keys from first_key.
void hide_row(const Visibility& visibility, int64_t position, int64_t first_key, int64_t keys,
              float* scores) {
  for (int64_t key = 0; key < keys; ++key) {
    const int64_t distance = position - (first_key + key);
    if ((visibility.causal && distance < 0) ||
        (visibility.window > 0 && distance >= visibility.window)) {
      scores[key] = -kInfinity;
    }
  }
}

// state_of(head): that of a head, numbered from the first of the task.
template <class StateOf>
void attend_few(const Call& call, const Task& task, const FewHeads& few, StateOf&& state_of) {
  const LaneBlock& block = task.block;
  const int64_t dim = call.heads.dim, padded = call.padded_dim;
  load_queries(call, block, few);
  Visibility visibility;
  set_visibility(call.args, call.heads, block, &visibility);
  const int64_t k_stride = call.args.k.stride[0], v_stride = call.args.v.stride[0];

  for (int64_t begin = task.key_begin; begin < task.key_end; begin += kBlockKeys) {
    const int64_t keys = std::min<int64_t>(kBlockKeys, task.key_end - begin);
    const bool masked = needs_mask(visibility, block, begin, begin + keys);
    const float* const k = call.keys(block, few.first) + begin * k_stride;
    const float* const v = call.values(block, few.first) + begin * v_stride;
    in_runs(keys, [&](auto rows, int64_t j, int64_t apart) LENSMITH_INLINE_LAMBDA {
      for (int64_t head = 0; head < few.count; ++head) {
        for (int lane = 0; lane < block.lanes; ++lane) {
          dot_products<rows>(few.q(head, lane, padded), k + j * k_stride + head * dim, k_stride,
                             apart, dim, few.scores(head, lane, padded) + j);
        }
      }
    });
    for (int64_t head = 0; head < few.count; ++head) {
      const State state = state_of(head);
      for (int lane = 0; lane < block.lanes; ++lane) {
        float* const scores = few.scores(head, lane, padded);
        const int64_t position = (block.first_lane + lane) / call.heads.group + block.shift;
        if (masked) hide_row(visibility, position, begin, keys, scores);
        const float keep = soften_row(scores, keys, state.m + lane, state.l + lane);
        scale_row(state.values + lane * padded, padded, keep);
      }
    }
    in_runs(keys, [&](auto rows, int64_t j, int64_t apart) LENSMITH_INLINE_LAMBDA {
      for (int64_t head = 0; head < few.count; ++head) {
        for (int lane = 0; lane < block.lanes; ++lane) {
          add_weighted<rows>(few.scores(head, lane, padded) + j, v + j * v_stride + head * dim,
                             v_stride, apart, dim, state_of(head).values + lane * padded);
        }
      }
    });
  }
}

// ---- results ----

// Divides by the sums and stores the lanes of a block.
void finish(const Call& call, const LaneBlock& block, int64_t kv_head, const State& state) {
  float* const lse = call.args.lse.data<float>();
  float inverse[kLanes] = {};
  for (int lane = 0; lane < block.lanes; ++lane) {
    const float l = state.l[lane];
    // l = 0: the query sees no key.
    inverse[lane] = l == 0 ? 0.0f : 1.0f / l;
    lse[head_row(block, call.heads, kv_head, lane)] =
        l == 0 ? -kInfinity : state.m[lane] + std::log(l);
  }
  if (block.lanes > kFewLanes) {
    store_transposed(state.values, inverse, block, call.heads, kv_head, call.args.out);
    return;
  }
  for (int lane = 0; lane < block.lanes; ++lane) {
    float* const out = lane_vector(call.args.out, block, call.heads, kv_head, lane);
    const float* const row = state.values + lane * call.padded_dim;
    for (int64_t d = 0; d < call.heads.dim; ++d) out[d] = row[d] * inverse[lane];
  }
}

// Adds the state `part` to `total`.
void merge(const State& total, const State& part, const LaneBlock& block, int64_t padded_dim) {
  float keep[kLanes] = {}, take[kLanes] = {};
  for (int lane = 0; lane < block.lanes; ++lane) {
    const float a = total.m[lane], b = part.m[lane];
    const float m = b > a || b != b ? b : a;
    const float shift = m == -kInfinity ? 0.0f : m;
    keep[lane] = std::exp(a - shift);
    take[lane] = std::exp(b - shift);
    total.m[lane] = m;
    total.l[lane] = total.l[lane] * keep[lane] + part.l[lane] * take[lane];
  }
  // Whole registers, and in wide layout lanes that do not exist (zeros) as well.
  const bool few = block.lanes <= kFewLanes;
  const int64_t rows = few ? block.lanes : padded_dim, run = few ? padded_dim : kLanes;
  for (int64_t row = 0; row < rows; ++row) {
    float* const sum = total.values + row * run;
    const float* const more = part.values + row * run;
    for (int64_t i = 0; i < run; i += F32::width) {
      const F32 kept = few ? F32::broadcast(keep[row]) : F32::load(keep + i);
      const F32 taken = few ? F32::broadcast(take[row]) : F32::load(take + i);
      fma(F32::load(sum + i), kept, F32::load(more + i) * taken).store(sum + i);
    }
  }
}

// ---- plan ----

int64_t split_keys(const LaneBlock& block) {
  return block.lanes <= kFewLanes ? kFewSplitKeys : kSplitKeys;
}

int64_t splits_of(const LaneBlock& block, bool only_block) {
  const int64_t keys = block.key_end - block.key_begin, length = split_keys(block);
  return only_block && keys >= 2 * length ? (keys + length - 1) / length : 1;
}

// Calls fn(block, splits) for every block of lanes.
template <class F>
void for_each_block(const Call& call, F&& fn) {
  const int32_t* const q_offsets = call.args.q_offsets.data<int32_t>();
  for (int64_t segment = 0; segment < call.heads.segments; ++segment) {
    const int64_t blocks = block_count(call.heads, q_offsets, segment);
    for (int64_t i = 0; i < blocks; ++i) {
      const LaneBlock block = block_of(call.args, call.heads, segment, i);
      fn(block, splits_of(block, blocks == 1));
    }
  }
}

// How many heads a task of few lanes takes: as many as leave work for every thread, since heads lie
// side by side in the rows of keys and values. Results do not depend on it.
int64_t heads_together(int64_t heads, int64_t tasks, int threads) {
  const int64_t parts = std::min<int64_t>(heads, (threads + tasks - 1) / tasks);
  return (heads + parts - 1) / parts;
}

void plan(const Call& call, Task* tasks) {
  int64_t slot = 0;
  for_each_block(call, [&](const LaneBlock& block, int64_t splits) {
    for (int64_t i = 0; i < splits; ++i) {
      const int64_t begin = block.key_begin + i * split_keys(block);
      const int64_t end = i + 1 == splits ? block.key_end : begin + split_keys(block);
      *tasks++ = {block, begin, end, splits > 1 ? slot++ : -1, splits > 1 && i == 0 ? splits : 0};
    }
  });
}

}  // namespace

void attention(Context& context, const AttentionArgs& args) {
  require_segments("attention", args);
  const Heads heads = heads_of(args);
  const Call call{args, heads, round_up(heads.dim, 16)};
  const int64_t rows = args.q_offsets.data<int32_t>()[heads.segments];
  fill_behind(args.out, rows, 0);
  fill_behind(args.lse, rows, -kInfinity);
  if (heads.group == 0) return;

  int64_t task_count = 0, slots = 0, most_keys = 0;
  bool all_few = true;
  for_each_block(call, [&](const LaneBlock& block, int64_t splits) {
    task_count += splits;
    if (splits > 1) slots += splits;
    all_few = all_few && block.lanes <= kFewLanes;
    most_keys = std::max(most_keys, block.key_end);
  });
  if (task_count == 0) return;
  const int64_t together = all_few ? heads_together(heads.key, task_count, context.pool.size()) : 1;
  const int64_t head_groups = (heads.key + together - 1) / together;
  Workspace::Frame frame(context.workspace);
  const auto floats = [&](int64_t count) {
    return static_cast<float*>(frame.get(static_cast<size_t>(count) * sizeof(float)));
  };
  Task* const tasks = static_cast<Task*>(frame.get(static_cast<size_t>(task_count) * sizeof(Task)));
  plan(call, tasks);
  const int64_t state_floats = State::floats(call.padded_dim, all_few ? kFewLanes : kLanes);
  const int64_t few_floats = FewHeads::floats(together, call.padded_dim);
  const int64_t held = all_few ? 0 : held_rows(most_keys, call.padded_dim);
  const int64_t scratch_floats = together * state_floats + few_floats +
                                 (all_few ? 0 : Scratch::floats(held, call.padded_dim));
  float* const partial = floats(slots * heads.key * state_floats);
  float* const scratch_memory = floats(context.pool.size() * scratch_floats);
  const auto memory_of = [&](int worker) { return scratch_memory + worker * scratch_floats; };
  Scratch* const scratches = static_cast<Scratch*>(
      frame.get(static_cast<size_t>(context.pool.size()) * sizeof(Scratch)));
  for (int worker = 0; worker < context.pool.size() && !all_few; ++worker) {
    float* const memory = memory_of(worker) + together * state_floats + few_floats;
    scratches[worker] = Scratch::at(memory, held, call.padded_dim);
  }
  const auto partial_state = [&](int64_t slot, int64_t head) {
    return State::at(partial + (slot * heads.key + head) * state_floats);
  };

  // Backwards, because with a causal mask the last blocks have the most keys.
  context.pool.parallel_for(task_count * head_groups, [&](int64_t index, int worker) {
    const int64_t first = index / task_count * together;
    const int64_t count = std::min(together, heads.key - first);
    const Task& task = tasks[task_count - 1 - index % task_count];
    float* const memory = memory_of(worker);
    const auto state_of = [&](int64_t head) {
      return task.slot < 0 ? State::at(memory + head * state_floats)
                           : partial_state(task.slot, first + head);
    };
    for (int64_t head = 0; head < count; ++head) {
      clear(state_of(head), task.block.lanes, call.padded_dim);
    }
    float* const few_memory = memory + together * state_floats;
    if (task.block.lanes <= kFewLanes) {
      attend_few(call, task, {first, count, few_memory}, state_of);
    } else {
      attend(call, task, first, state_of(0), scratches[worker]);
    }
    if (task.slot >= 0) return;
    for (int64_t head = 0; head < count; ++head) {
      finish(call, task.block, first + head, state_of(head));
    }
  });
  if (slots == 0) return;
  const auto put_together = [&](int64_t index, int) {
    const int64_t head = index / task_count;
    const Task& task = tasks[index % task_count];
    if (task.splits == 0) return;
    const State total = partial_state(task.slot, head);
    for (int64_t i = 1; i < task.splits; ++i) {
      merge(total, partial_state(task.slot + i, head), task.block, call.padded_dim);
    }
    finish(call, task.block, head, total);
  };
  // Of one short sequence this is done sooner than another thread has begun.
  constexpr int64_t kFewMerges = 512;
  if (slots * heads.key > kFewMerges) {
    return context.pool.parallel_for(task_count * heads.key, put_together);
  }
  for (int64_t index = 0; index < task_count * heads.key; ++index) put_together(index, 0);
}

}  // namespace lensmith::cpu::LENSMITH_ISA
