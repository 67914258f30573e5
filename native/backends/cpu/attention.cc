// attention: forward pass with an online softmax. Contract: ops/attention.h.
#include <cmath>

#include "backends/cpu/attention_queries.h"
#include "backends/cpu/attention_token.h"

namespace lensmith::cpu::LENSMITH_ISA {
namespace {

// A segment with one block of lanes (decoding) and many keys is split over its keys, so that all
// threads read the cache; the lengths are fixed, so that results do not depend on their number.
// Few lanes (a token) are soon done with a key: there every thread reads rows of keys and values
// from end to end, of all heads, rather than some heads of every row.
constexpr int64_t kSplitKeys = 512, kFewSplitKeys = kBlockKeys;

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
  const int64_t scratch_floats =
      together * state_floats + few_floats + (all_few ? 0 : Scratch::floats(held, call.padded_dim));
  float* const partial = floats(slots * heads.key * state_floats);
  float* const scratch_memory = floats(context.pool.size() * scratch_floats);
  const auto memory_of = [&](int worker) { return scratch_memory + worker * scratch_floats; };
  Scratch* const scratches =
      static_cast<Scratch*>(frame.get(static_cast<size_t>(context.pool.size()) * sizeof(Scratch)));
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
