// attention by cooperative matrices (shaders/attention_coop.comp, attention_backward_coop.comp).
// Queries, keys and values are packed to 16 bits first, once for all groups that read them; f16 has
// too few exponents for all values, so they are multiplied by powers of two (shaders/scaling.glsl).
#include "backends/vulkan/attention_coop.h"

#include <algorithm>

#include "backends/vulkan/operands.h"

namespace lensmith::vulkan {
namespace {

// Groups of so many subgroups; in the backward pass kSplits of them share their rows.
constexpr int64_t kSubgroups = 4, kSplits = 2;
// With fewer queries a segment, packing its keys would be most of the work.
constexpr int64_t kLeastQueries = 16;
// Rows of the other side that pass through shared memory at a time: the first that fits.
constexpr int64_t kTiles[] = {32, 16};
constexpr int64_t kMostVectors = 64;  // of a head; beyond, registers do not hold its sums

constexpr int64_t kFactorBytes = 2, kVectorBytes = 16, kFloatBytes = 4;

// What the constants and the shared memory of the kernels follow from.
struct Plan {
  int64_t size, m, n, k, subgroup;

  int64_t padded() const { return ceil_div(size, std::max(n, k)) * std::max(n, k); }
  int64_t vectors() const { return padded() * kFactorBytes / kVectorBytes; }
  int64_t threads() const { return kSubgroups * subgroup; }
  int64_t rows() const { return kSubgroups * m; }
  int64_t backward_rows() const { return kSubgroups / kSplits * m; }
};

Plan plan_of(const VulkanDevice& device, const Tensor& q) {
  const Cooperative& form = device.cooperative();
  return {q.dim(2), form.m, form.n, form.k, form.subgroup};
}

// Bytes of a row of `elements` in shared memory, with the vector that keeps banks apart.
int64_t line_bytes(int64_t elements, int64_t element_bytes) {
  return elements * element_bytes + kVectorBytes;
}

int64_t shared_bytes(const Plan& plan, int64_t tile) {
  const int64_t ranges = plan.rows() * 2 * kFloatBytes;
  return 2 * tile * line_bytes(plan.padded(), kFactorBytes) +
         plan.rows() * (line_bytes(tile, kFloatBytes) + line_bytes(tile, kFactorBytes)) + ranges;
}

int64_t backward_shared_bytes(const Plan& plan, int64_t tile) {
  const int64_t rows = plan.backward_rows();
  const int64_t small = 2 * kFloatBytes * (rows + std::max(rows, tile));
  return 2 * (rows + tile) * line_bytes(plan.padded(), kFactorBytes) +
         kSubgroups * plan.m * line_bytes(plan.n, kFloatBytes) +
         2 * rows * line_bytes(tile, kFactorBytes) + small;
}

// 0: none fits.
template <class SharedBytes>
int64_t tile_for(const VulkanDevice& device, const Plan& plan, int64_t columns,
                 SharedBytes&& bytes) {
  for (const int64_t tile : kTiles) {
    const bool divides = tile % (columns * plan.n) == 0 && tile % plan.k == 0;
    if (divides && bytes(plan, tile) <= int64_t{device.max_shared_bytes()}) return tile;
  }
  return 0;
}

int64_t forward_tile(const VulkanDevice& device, const Plan& plan) {
  return tile_for(device, plan, 1, shared_bytes);
}

int64_t backward_tile(const VulkanDevice& device, const Plan& plan) {
  return tile_for(device, plan, kSplits, backward_shared_bytes);
}

// The operands as the kernels take them.
struct Packed {
  VkDeviceAddress q = 0, k = 0, v = 0, grad = 0, delta = 0, largest = 0;
};

int64_t packed_bytes(const Tensor& tensor, const Plan& plan, int64_t more_rows) {
  return (tensor.dim(0) + more_rows) * tensor.dim(1) * plan.vectors() * kVectorBytes;
}

constexpr int64_t kLargestBytes = 16;  // four words, see attention_coop.glsl

// Tiles of queries are read to their end.
Packed make_room(VulkanDevice& device, const Plan& plan, const Tensor& q, const Tensor& k,
                 bool backward) {
  const int64_t of_q = packed_bytes(q, plan, plan.rows()), of_k = packed_bytes(k, plan, 0);
  const int64_t of_delta = backward ? q.dim(0) * q.dim(1) * kFloatBytes : 0;
  const int64_t of_grad = backward ? of_q : 0;
  Packed packed;
  packed.largest =
      device.scratch(static_cast<size_t>(kLargestBytes + of_q + 2 * of_k + of_grad + of_delta));
  packed.q = packed.largest + kLargestBytes;
  packed.k = packed.q + static_cast<VkDeviceAddress>(of_q);
  packed.v = packed.k + static_cast<VkDeviceAddress>(of_k);
  packed.grad = packed.v + static_cast<VkDeviceAddress>(of_k);
  packed.delta = packed.grad + static_cast<VkDeviceAddress>(of_grad);
  return packed;
}

bool is_scaled(const VulkanDevice& device) { return device.cooperative().element == DType::f16; }

void clear_largest(VulkanDevice& device, VkDeviceAddress to) {
  struct Push {
    VkDeviceAddress to;
    uint32_t first, count, bits;
  };
  constexpr uint32_t kWords = kLargestBytes / 4, kWordBits = 32;
  if (is_scaled(device))
    device.dispatch(Shader::fill, {kWordBits}, Push{to, 0, kWords, 0}, linear_groups(kWords));
}

void find_largest(VulkanDevice& device, const Tensor& from, const Tensor& offsets,
                  VkDeviceAddress to) {
  struct Push {
    VkDeviceAddress from, offsets, to;
    uint32_t rows, width, stride, segments;
  };
  constexpr int64_t kMostGroups = 1024, kEach = 8;
  const int64_t width = from.dim(1) * from.dim(2);
  const int64_t groups = ceil_div(from.dim(0) * width, kGroupSize * kEach);
  device.dispatch(Shader::attention_largest, {},
                  Push{address_of(from), address_of(offsets), to, as_count(from.dim(0)),
                       as_count(width), as_count(from.stride[0]), as_count(offsets.dim(0) - 1)},
                  Groups{as_count(std::min(groups, kMostGroups)), 1, 1});
}

// place: of the tensor in the words of `largest`. result: what delta is taken with, and where it
// goes; none for other tensors than the gradient.
void pack(VulkanDevice& device, const Plan& plan, const Tensor& from, const Tensor& offsets,
          VkDeviceAddress to, VkDeviceAddress largest, int place, const Tensor& result = {},
          VkDeviceAddress delta = 0) {
  struct Push {
    VkDeviceAddress from, wide, to, offsets, largest, result, delta;
    uint32_t rows, heads, stride, segments;
  };
  const VkDeviceAddress word = largest + static_cast<VkDeviceAddress>(4 * place);
  if (is_scaled(device)) find_largest(device, from, offsets, word);
  const bool is_wide =
      address_of(from) % kVectorBytes == 0 && from.stride[0] % 4 == 0 && plan.size % 4 == 0;
  const int64_t lines = from.dim(0) * from.dim(1), lines_each = kGroupSize / plan.vectors();
  device.dispatch(Shader::attention_pack,
                  {as_count(plan.size), as_count(plan.vectors()),
                   static_cast<uint32_t>(device.cooperative().element), is_wide ? 1u : 0u,
                   is_scaled(device) ? 1u : 0u, result.defined() ? 1u : 0u},
                  Push{address_of(from), address_of(from), to, address_of(offsets), word,
                       address_of(result), delta, as_count(from.dim(0)), as_count(from.dim(1)),
                       as_count(from.stride[0]), as_count(offsets.dim(0) - 1)},
                  spread(ceil_div(lines, lines_each)));
}

template <class Args>
Packed pack_inputs(VulkanDevice& device, const Plan& plan, const Args& args, bool backward) {
  const Packed packed = make_room(device, plan, args.q, args.k, backward);
  clear_largest(device, packed.largest);
  pack(device, plan, args.q, args.q_offsets, packed.q, packed.largest, 0);
  pack(device, plan, args.k, args.k_offsets, packed.k, packed.largest, 1);
  pack(device, plan, args.v, args.k_offsets, packed.v, packed.largest, 2);
  return packed;
}

// What the kernels are told, after their addresses.
struct Sizes {
  uint32_t query_rows, key_rows, heads, group, segments;
  float scale;
  int32_t window;
};

template <class Args>
Sizes sizes_of(const Args& args) {
  return {as_count(args.q.dim(0)),
          as_count(args.k.dim(0)),
          as_count(args.q.dim(1)),
          as_count(args.q.dim(1) / args.k.dim(1)),
          as_count(args.q_offsets.dim(0) - 1),
          args.scale,
          args.window};
}

Shader of_element(const VulkanDevice& device, Shader bf16, Shader f16) {
  return device.cooperative().element == DType::bf16 ? bf16 : f16;
}

// Heads side by side: where groups have more or less to do, those of all heads that have the most
// come first.
Groups groups_of(const Tensor& own, int64_t rows_each) {
  return {as_count(own.dim(1)), as_count(ceil_div(own.dim(0), rows_each)), 1};
}

void run_backward(VulkanDevice& device, const Plan& plan, const AttentionBackwardArgs& args,
                  const Packed& packed, bool of_keys) {
  struct Push {
    VkDeviceAddress own_a, own_b, tile_a, tile_b, q_offsets, k_offsets, lse, delta, to_a, to_b,
        largest;
    Sizes sizes;
  };
  const Push of_queries{packed.q,
                        packed.grad,
                        packed.k,
                        packed.v,
                        address_of(args.q_offsets),
                        address_of(args.k_offsets),
                        address_of(args.lse),
                        packed.delta,
                        address_of(args.dq),
                        0,
                        packed.largest,
                        sizes_of(args)};
  Push push = of_queries;
  if (of_keys) {
    std::swap(push.own_a, push.tile_a), std::swap(push.own_b, push.tile_b);
    push.to_a = address_of(args.dk), push.to_b = address_of(args.dv);
  }
  device.dispatch(
      of_element(device, Shader::attention_backward_coop_bf16, Shader::attention_backward_coop_f16),
      {as_count(plan.threads()), as_count(plan.size), args.causal ? 1u : 0u, as_count(plan.m),
       as_count(plan.n), as_count(plan.k), as_count(plan.subgroup),
       as_count(backward_tile(device, plan)), as_count(kSplits), of_keys ? 1u : 0u},
      push, groups_of(of_keys ? args.k : args.q, plan.backward_rows()));
}

}  // namespace

bool fits_cooperative(const VulkanDevice& device, const Tensor& q, const Tensor& q_offsets) {
  if (!device.cooperative().usable) return false;
  const Plan plan = plan_of(device, q);
  // Threads that share a row of a small matrix have whole vectors of four of it.
  const bool shares = plan.subgroup % plan.m == 0 && plan.n * plan.m % (4 * plan.subgroup) == 0;
  const int64_t segments = std::max<int64_t>(q_offsets.dim(0) - 1, 1);
  return shares && plan.vectors() <= kMostVectors && q.dim(0) >= kLeastQueries * segments &&
         forward_tile(device, plan) > 0 && backward_tile(device, plan) > 0;
}

void attention_coop(VulkanDevice& device, const AttentionArgs& args) {
  struct Push {
    VkDeviceAddress q, k, v, q_offsets, k_offsets, to, lse, largest;
    Sizes sizes;
  };
  const Plan plan = plan_of(device, args.q);
  const Packed packed = pack_inputs(device, plan, args, false);
  device.dispatch(
      of_element(device, Shader::attention_coop_bf16, Shader::attention_coop_f16),
      {as_count(plan.threads()), as_count(plan.size), args.causal ? 1u : 0u, as_count(plan.m),
       as_count(plan.n), as_count(plan.k), as_count(plan.subgroup),
       as_count(forward_tile(device, plan))},
      Push{packed.q, packed.k, packed.v, address_of(args.q_offsets), address_of(args.k_offsets),
           address_of(args.out), address_of(args.lse), packed.largest, sizes_of(args)},
      groups_of(args.q, plan.rows()));
}

void attention_backward_coop(VulkanDevice& device, const AttentionBackwardArgs& args) {
  const Plan plan = plan_of(device, args.q);
  const Packed packed = pack_inputs(device, plan, args, true);
  pack(device, plan, args.grad, args.q_offsets, packed.grad, packed.largest, 3, args.out,
       packed.delta);
  run_backward(device, plan, args, packed, false);
  run_backward(device, plan, args, packed, true);
}

}  // namespace lensmith::vulkan
