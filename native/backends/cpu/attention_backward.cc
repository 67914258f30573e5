// attention_backward. Contract: ops/attention.h.
//
// A task owns the gradients of the keys of one key-value head and walks over blocks of queries, so
// that every probability is computed once and no sum depends on the order in which tasks run. With
// few heads the blocks of queries are dealt out to up to kMaxParts tasks; each then sums the keys'
// gradients on its own, and a second pass adds these parts in order.
#include "backends/cpu/attention_tiles.h"

namespace lensmith::cpu::LENSMITH_ISA {
namespace {

constexpr int64_t kMaxParts = 4;
// As many tasks as let a big machine work; the number of parts follows from the shapes alone.
constexpr int64_t kWantedTasks = 32;

struct Scratch {
  // Of the segment's keys, [keys][padded D]: copies of k and v, and the sums of their gradients.
  float *k, *v, *dk, *dv;
  float *q_transposed, *grad_transposed;  // [D][kLanes]
  float *q_rows, *grad_rows;              // [kLanes][padded D]
  float* dq_transposed;                   // [D][kLanes]
  float *weights, *score_grads;           // [kBlockKeys][kLanes]
  float *lse, *delta, *factors;           // [kLanes]

  static int64_t floats(int64_t keys, int64_t padded_dim) {
    return (4 * keys + 5 * kLanes) * padded_dim + 2 * kBlockKeys * kLanes + 3 * kLanes;
  }
  static Scratch at(float* memory, int64_t keys, int64_t padded_dim) {
    const auto take = [&](int64_t count) {
      float* const taken = memory;
      memory += count;
      return taken;
    };
    const int64_t side = keys * padded_dim, head = kLanes * padded_dim, block = kBlockKeys * kLanes;
    Scratch s;
    s.k = take(side), s.v = take(side), s.dk = take(side), s.dv = take(side);
    s.q_transposed = take(head), s.grad_transposed = take(head);
    s.q_rows = take(head), s.grad_rows = take(head);
    s.dq_transposed = take(head);
    s.weights = take(block), s.score_grads = take(block);
    s.lse = take(kLanes), s.delta = take(kLanes), s.factors = take(kLanes);
    return s;
  }
};

// Where a task leaves the gradients of keys and values: [rows, Hkv, D], contiguous.
struct KeyGradients {
  float *dk, *dv;
};

struct Call {
  const AttentionBackwardArgs& args;
  Heads heads;
  int64_t padded_dim;
  int64_t parts;
};

// ---- one block of queries ----

void load_rows(const Tensor& tensor, const Call& call, const LaneBlock& block, int64_t kv_head,
               float factor, float* rows) {
  const int64_t dim = call.heads.dim;
  for (int lane = 0; lane < block.lanes; ++lane) {
    const float* const from = lane_vector(tensor, block, call.heads, kv_head, lane);
    float* const row = rows + lane * call.padded_dim;
    for (int64_t d = 0; d < dim; ++d) row[d] = from[d] * factor;
    std::fill(row + dim, row + call.padded_dim, 0.0f);
  }
}

float dot(const float* a, const float* b, int64_t count) {
  F32 sum = F32::zero();
  int64_t i = 0;
  for (; i + F32::width <= count; i += F32::width) {
    sum = fma(F32::load(a + i), F32::load(b + i), sum);
  }
  if (i < count) {
    const int rest = static_cast<int>(count - i);
    sum = fma(F32::load_n(a + i, rest), F32::load_n(b + i, rest), sum);
  }
  return reduce_add(sum);
}

void load_block(const Call& call, const LaneBlock& block, int64_t kv_head, const Scratch& scratch) {
  const AttentionBackwardArgs& args = call.args;
  load_transposed(args.q, block, call.heads, kv_head, args.scale, scratch.q_transposed);
  load_transposed(args.grad, block, call.heads, kv_head, 1, scratch.grad_transposed);
  load_rows(args.q, call, block, kv_head, args.scale, scratch.q_rows);
  load_rows(args.grad, call, block, kv_head, 1, scratch.grad_rows);
  const float* const lse = args.lse.data<float>();
  for (int lane = 0; lane < kLanes; ++lane) {
    // exp(score − inf) = 0: lanes without a query, and queries that see no key, have no weights.
    scratch.lse[lane] = kInfinity;
    scratch.delta[lane] = 0;
    if (lane >= block.lanes) continue;
    const float value = lse[head_row(block, call.heads, kv_head, lane)];
    if (value != -kInfinity) scratch.lse[lane] = value;
    scratch.delta[lane] =
        dot(lane_vector(args.grad, block, call.heads, kv_head, lane),
            lane_vector(args.out, block, call.heads, kv_head, lane), call.heads.dim);
  }
  std::fill(scratch.dq_transposed, scratch.dq_transposed + kLanes * call.padded_dim, 0.0f);
}

// weights = exp(scores − lse) in place; score_grads = weights · (score_grads − delta).
void differentiate_softmax(const Scratch& scratch, int64_t keys, int vectors) {
  for (int v = 0; v < vectors; ++v) {
    const F32 lse = F32::load(scratch.lse + v * F32::width);
    const F32 delta = F32::load(scratch.delta + v * F32::width);
    for (int64_t j = 0; j < keys; ++j) {
      float* const weight_at = scratch.weights + j * kLanes + v * F32::width;
      float* const grad_at = scratch.score_grads + j * kLanes + v * F32::width;
      const F32 weight = exp(F32::load(weight_at) - lse);
      weight.store(weight_at);
      (weight * (F32::load(grad_at) - delta)).store(grad_at);
    }
  }
}

void differentiate_block(const Call& call, const LaneBlock& block, int64_t kv_head,
                         const Scratch& scratch) {
  const int64_t dim = call.heads.dim, padded = call.padded_dim;
  const int head_vectors = static_cast<int>((dim + F32::width - 1) / F32::width);
  load_block(call, block, kv_head, scratch);
  Visibility visibility;
  set_visibility(call.args, call.heads, block, &visibility);

  for (int64_t begin = block.key_begin; begin < block.key_end; begin += kBlockKeys) {
    const int64_t keys = std::min<int64_t>(kBlockKeys, block.key_end - begin);
    const int64_t at = begin * padded;
    multiply<Layout::rows, Into::set>({scratch.k + at, padded, scratch.q_transposed, kLanes, keys,
                                       dim, scratch.weights, kLanes, nullptr},
                                      block.vectors);
    multiply<Layout::rows, Into::set>({scratch.v + at, padded, scratch.grad_transposed, kLanes,
                                       keys, dim, scratch.score_grads, kLanes, nullptr},
                                      block.vectors);
    if (needs_mask(visibility, block, begin, begin + keys)) {
      hide(visibility, begin, keys, block.vectors, -kInfinity, scratch.weights);
    }
    differentiate_softmax(scratch, keys, block.vectors);
    multiply<Layout::columns, Into::add>({scratch.k + at, padded, scratch.score_grads, kLanes, dim,
                                          keys, scratch.dq_transposed, kLanes, nullptr},
                                         block.vectors);
    multiply<Layout::rows, Into::add>({scratch.weights, kLanes, scratch.grad_rows, padded, keys,
                                       block.lanes, scratch.dv + at, padded, nullptr},
                                      head_vectors);
    multiply<Layout::rows, Into::add>({scratch.score_grads, kLanes, scratch.q_rows, padded, keys,
                                       block.lanes, scratch.dk + at, padded, nullptr},
                                      head_vectors);
  }
  std::fill(scratch.factors, scratch.factors + kLanes, call.args.scale);
  store_transposed(scratch.dq_transposed, scratch.factors, block, call.heads, kv_head,
                   call.args.dq);
}

// ---- tasks ----

// Every parts-th block of queries from `part` on: with a causal mask the parts are then alike.
void differentiate_part(const Call& call, int64_t segment, int64_t kv_head, int64_t part,
                        const KeyGradients& grads, const Scratch& scratch) {
  const AttentionBackwardArgs& args = call.args;
  const int32_t* const k_offsets = args.k_offsets.data<int32_t>();
  const int64_t dim = call.heads.dim, padded = call.padded_dim;
  const int64_t first = k_offsets[segment], keys = k_offsets[segment + 1] - first;
  const int64_t k_stride = args.k.stride[0], v_stride = args.v.stride[0];
  copy_rows(args.k.data<float>() + first * k_stride + kv_head * dim, k_stride, keys, dim, scratch.k,
            padded);
  copy_rows(args.v.data<float>() + first * v_stride + kv_head * dim, v_stride, keys, dim, scratch.v,
            padded);
  std::fill(scratch.dk, scratch.dk + keys * padded, 0.0f);
  std::fill(scratch.dv, scratch.dv + keys * padded, 0.0f);

  const int64_t blocks = block_count(call.heads, args.q_offsets.data<int32_t>(), segment);
  for (int64_t i = part; i < blocks; i += call.parts) {
    differentiate_block(call, block_of(args, call.heads, segment, i), kv_head, scratch);
  }
  const int64_t stride = call.heads.key * dim, at = first * stride + kv_head * dim;
  copy_rows(scratch.dk, padded, keys, dim, grads.dk + at, stride);
  copy_rows(scratch.dv, padded, keys, dim, grads.dv + at, stride);
}

int64_t most_keys(const AttentionBackwardArgs& args, const Heads& heads) {
  const int32_t* const k_offsets = args.k_offsets.data<int32_t>();
  int64_t most = 0;
  for (int64_t segment = 0; segment < heads.segments; ++segment) {
    most = std::max<int64_t>(most, k_offsets[segment + 1] - k_offsets[segment]);
  }
  return most;
}

int64_t parts_of(const AttentionBackwardArgs& args, const Heads& heads) {
  const int32_t* const q_offsets = args.q_offsets.data<int32_t>();
  int64_t segments = 0, most_blocks = 0;
  for (int64_t segment = 0; segment < heads.segments; ++segment) {
    const int64_t blocks = block_count(heads, q_offsets, segment);
    if (blocks > 0) ++segments;
    most_blocks = std::max(most_blocks, blocks);
  }
  const int64_t tasks = std::max<int64_t>(1, segments * heads.key);
  // A part of fewer than two blocks is not worth its sums.
  const int64_t useful = std::min(kMaxParts, most_blocks / 2);
  return std::max<int64_t>(1, std::min(useful, (kWantedTasks + tasks - 1) / tasks));
}

void add_parts(Context& context, const float* parts, int64_t part_floats, int64_t count,
               float* sums) {
  context.pool.parallel_ranges(part_floats, 1 << 14, [&](int64_t begin, int64_t end, int) {
    for (int64_t part = 0; part < count; ++part) {
      const float* const from = parts + part * part_floats;
      for (int64_t i = begin; i < end; ++i) sums[i] += from[i];
    }
  });
}

}  // namespace

void attention_backward(Context& context, const AttentionBackwardArgs& args) {
  require_segments("attention_backward", args);
  Operand("attention_backward", "grad", args.grad).f32();
  Operand("attention_backward", "dq", args.dq).f32();
  Operand("attention_backward", "dk", args.dk).f32();
  Operand("attention_backward", "dv", args.dv).f32();
  const Heads heads = heads_of(args);
  const int64_t query_rows = args.q_offsets.data<int32_t>()[heads.segments];
  const int64_t key_rows = args.k_offsets.data<int32_t>()[heads.segments];
  fill_behind(args.dq, query_rows, 0);
  fill_behind(args.dk, key_rows, 0);
  fill_behind(args.dv, key_rows, 0);
  if (heads.group == 0) {
    fill_behind(args.dk, 0, 0);
    fill_behind(args.dv, 0, 0);
    return;
  }

  const Call call{args, heads, round_up(heads.dim, 16), parts_of(args, heads)};
  Workspace::Frame frame(context.workspace);
  const auto floats = [&](int64_t count) {
    return static_cast<float*>(frame.get(static_cast<size_t>(count) * sizeof(float)));
  };
  const int64_t keys = most_keys(args, heads);
  const int64_t scratch_floats = Scratch::floats(keys, call.padded_dim);
  float* const scratch_memory = floats(context.pool.size() * scratch_floats);
  const int64_t part_floats = key_rows * heads.key * heads.dim;
  float* const dk_parts = floats((call.parts - 1) * part_floats);
  float* const dv_parts = floats((call.parts - 1) * part_floats);

  const int64_t tasks = heads.segments * heads.key * call.parts;
  context.pool.parallel_for(tasks, [&](int64_t index, int worker) {
    const int64_t part = index % call.parts;
    const int64_t head = index / call.parts % heads.key;
    const int64_t segment = index / call.parts / heads.key;
    const KeyGradients grads = part == 0
                                   ? KeyGradients{args.dk.data<float>(), args.dv.data<float>()}
                                   : KeyGradients{dk_parts + (part - 1) * part_floats,
                                                  dv_parts + (part - 1) * part_floats};
    differentiate_part(
        call, segment, head, part, grads,
        Scratch::at(scratch_memory + worker * scratch_floats, keys, call.padded_dim));
  });
  add_parts(context, dk_parts, part_floats, call.parts - 1, args.dk.data<float>());
  add_parts(context, dv_parts, part_floats, call.parts - 1, args.dv.data<float>());
}

}  // namespace lensmith::cpu::LENSMITH_ISA
