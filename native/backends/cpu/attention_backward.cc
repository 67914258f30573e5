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
  float *q_transposed, *grad_transposed;  // [D][kLanes]
  float *q_rows, *grad_rows;              // [kLanes][padded D]
  float *weights, *score_grads;           // [kBlockKeys][kLanes]
  float* dq_transposed;                   // [D][kLanes]
  float* tile;                            // [kBlockKeys][padded D]
  float *lse, *delta, *factors;           // [kLanes]

  static int64_t floats(int64_t padded_dim) {
    return (5 * kLanes + kBlockKeys) * padded_dim + 2 * kBlockKeys * kLanes + 3 * kLanes;
  }
  static Scratch at(float* memory, int64_t padded_dim) {
    const auto take = [&](int64_t count) {
      float* const taken = memory;
      memory += count;
      return taken;
    };
    const int64_t head = kLanes * padded_dim, block = kBlockKeys * kLanes;
    Scratch s;
    s.q_transposed = take(head), s.grad_transposed = take(head);
    s.q_rows = take(head), s.grad_rows = take(head);
    s.weights = take(block), s.score_grads = take(block);
    s.dq_transposed = take(head);
    s.tile = take(kBlockKeys * padded_dim);
    s.lse = take(kLanes), s.delta = take(kLanes), s.factors = take(kLanes);
    return s;
  }
};

// Where a task sums the gradients of keys and values: [rows, Hkv, D], contiguous.
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
    scratch.delta[lane] = dot(lane_vector(args.grad, block, call.heads, kv_head, lane),
                              lane_vector(args.out, block, call.heads, kv_head, lane),
                              call.heads.dim);
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

// grads[j] += Σ over lanes of weights[j][lane] rows[lane]; grads has rows of `stride` floats.
void add_to_keys(const Call& call, const float* weights, const float* rows, const LaneBlock& block,
                 int64_t keys, float* tile, float* grads, int64_t stride) {
  const int64_t dim = call.heads.dim;
  const int vectors = static_cast<int>((dim + F32::width - 1) / F32::width);
  Product product = {weights, kLanes, rows,   call.padded_dim, keys,
                     block.lanes, grads, stride, nullptr};
  if (dim % F32::width == 0) {
    multiply<Layout::rows, Into::add>(product, vectors);
    return;
  }
  // Whole registers would run into the next head.
  product.c = tile, product.c_stride = call.padded_dim;
  multiply<Layout::rows, Into::set>(product, vectors);
  for (int64_t j = 0; j < keys; ++j) {
    const float* const from = tile + j * call.padded_dim;
    float* const to = grads + j * stride;
    for (int64_t d = 0; d < dim; ++d) to[d] += from[d];
  }
}

void differentiate_block(const Call& call, const LaneBlock& block, int64_t kv_head,
                         const KeyGradients& grads, const Scratch& scratch) {
  const AttentionBackwardArgs& args = call.args;
  const int64_t dim = call.heads.dim, grad_stride = call.heads.key * dim;
  const int64_t k_stride = args.k.stride[0], v_stride = args.v.stride[0];
  load_block(call, block, kv_head, scratch);
  Visibility visibility;
  set_visibility(args, call.heads, block, &visibility);

  for (int64_t begin = block.key_begin; begin < block.key_end; begin += kBlockKeys) {
    const int64_t keys = std::min<int64_t>(kBlockKeys, block.key_end - begin);
    const int64_t row = block.k_row + begin;
    const float* const k = args.k.data<float>() + row * k_stride + kv_head * dim;
    const float* const v = args.v.data<float>() + row * v_stride + kv_head * dim;
    multiply<Layout::rows, Into::set>(
        {k, k_stride, scratch.q_transposed, kLanes, keys, dim, scratch.weights, kLanes, nullptr},
        block.vectors);
    multiply<Layout::rows, Into::set>({v, v_stride, scratch.grad_transposed, kLanes, keys, dim,
                                       scratch.score_grads, kLanes, nullptr},
                                      block.vectors);
    if (needs_mask(visibility, block, begin, begin + keys)) {
      hide(visibility, begin, keys, block.vectors, -kInfinity, scratch.weights);
    }
    differentiate_softmax(scratch, keys, block.vectors);
    multiply<Layout::columns, Into::add>({k, k_stride, scratch.score_grads, kLanes, dim, keys,
                                          scratch.dq_transposed, kLanes, nullptr},
                                         block.vectors);
    const int64_t grad_at = row * grad_stride + kv_head * dim;
    add_to_keys(call, scratch.weights, scratch.grad_rows, block, keys, scratch.tile,
                grads.dv + grad_at, grad_stride);
    add_to_keys(call, scratch.score_grads, scratch.q_rows, block, keys, scratch.tile,
                grads.dk + grad_at, grad_stride);
  }
  std::fill(scratch.factors, scratch.factors + kLanes, args.scale);
  store_transposed(scratch.dq_transposed, scratch.factors, block, call.heads, kv_head, args.dq);
}

// ---- tasks ----

// Every parts-th block of queries from `part` on: with a causal mask the parts are then alike.
void differentiate_part(const Call& call, int64_t segment, int64_t kv_head, int64_t part,
                        const KeyGradients& grads, const Scratch& scratch) {
  const int32_t* const q_offsets = call.args.q_offsets.data<int32_t>();
  const int32_t* const k_offsets = call.args.k_offsets.data<int32_t>();
  const int64_t dim = call.heads.dim;
  for (int64_t row = k_offsets[segment]; row < k_offsets[segment + 1]; ++row) {
    const int64_t at = (row * call.heads.key + kv_head) * dim;
    std::fill(grads.dk + at, grads.dk + at + dim, 0.0f);
    std::fill(grads.dv + at, grads.dv + at + dim, 0.0f);
  }
  const int64_t blocks = block_count(call.heads, q_offsets, segment);
  for (int64_t i = part; i < blocks; i += call.parts) {
    differentiate_block(call, block_of(call.args, call.heads, segment, i), kv_head, grads, scratch);
  }
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
  const Heads heads = heads_of(args);
  const int64_t query_rows = args.q_offsets.data<int32_t>()[heads.segments];
  const int64_t key_rows = args.k_offsets.data<int32_t>()[heads.segments];
  fill_behind(args.dq, query_rows, 0);
  fill_behind(args.dk, key_rows, 0);
  fill_behind(args.dv, key_rows, 0);

  const Call call{args, heads, round_up(heads.dim, 16), parts_of(args, heads)};
  Workspace::Frame frame(context.workspace);
  const auto floats = [&](int64_t count) {
    return static_cast<float*>(frame.get(static_cast<size_t>(count) * sizeof(float)));
  };
  const int64_t scratch_floats = Scratch::floats(call.padded_dim);
  float* const scratch_memory = floats(context.pool.size() * scratch_floats);
  const int64_t part_floats = key_rows * heads.key * heads.dim;
  float* const dk_parts = floats((call.parts - 1) * part_floats);
  float* const dv_parts = floats((call.parts - 1) * part_floats);

  const int64_t tasks = heads.segments * heads.key * call.parts;
  context.pool.parallel_for(tasks, [&](int64_t index, int worker) {
    const int64_t part = index % call.parts;
    const int64_t head = index / call.parts % heads.key;
    const int64_t segment = index / call.parts / heads.key;
    const KeyGradients grads =
        part == 0 ? KeyGradients{args.dk.data<float>(), args.dv.data<float>()}
                  : KeyGradients{dk_parts + (part - 1) * part_floats,
                                 dv_parts + (part - 1) * part_floats};
    differentiate_part(call, segment, head, part, grads,
                       Scratch::at(scratch_memory + worker * scratch_floats, call.padded_dim));
  });
  add_parts(context, dk_parts, part_floats, call.parts - 1, args.dk.data<float>());
  add_parts(context, dv_parts, part_floats, call.parts - 1, args.dv.data<float>());
}

}  // namespace lensmith::cpu::LENSMITH_ISA
