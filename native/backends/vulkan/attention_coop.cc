// attention by cooperative matrices (shaders/attention_coop.comp, attention_backward_coop.comp).
#include "backends/vulkan/attention_coop.h"

#include <algorithm>
#include <utility>

#include "backends/vulkan/attention_pack.h"
#include "backends/vulkan/attention_plan.h"
#include "backends/vulkan/attention_work.h"
#include "backends/vulkan/operands.h"

namespace lensmith::vulkan {
namespace {

// With fewer queries a segment, bringing its keys would be most of the work.
constexpr int64_t kLeastQueries = 16;

// What the kernels are told, after their addresses and strides.
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

void run_backward(VulkanDevice& device, const AttentionPlan& plan, const AttentionForm& form,
                  const AttentionBackwardArgs& args, const AttentionOperands& operands,
                  bool of_keys) {
  struct Push {
    VkDeviceAddress own_a, own_b, tile_a, tile_b, q_offsets, k_offsets, lse, to_a, to_b, largest;
    uint32_t own_a_stride, own_b_stride, tile_a_stride, tile_b_stride;
    Sizes sizes;
  };
  HeadRows own_a = operands.q, own_b = operands.grad, tile_a = operands.k, tile_b = operands.v;
  if (of_keys) std::swap(own_a, tile_a), std::swap(own_b, tile_b);
  const Tensor& to_a = of_keys ? args.dk : args.dq;
  const Tensor& to_b = of_keys ? args.dv : args.dq;
  const bool is_wide = is_in_vectors(to_a) && is_in_vectors(to_b);
  device.dispatch(
      of_element(device, Shader::attention_backward_coop_bf16, Shader::attention_backward_coop_f16),
      {as_count(form.subgroups * plan.subgroup),
       as_count(plan.size),
       args.causal ? 1u : 0u,
       as_count(plan.m),
       as_count(plan.n),
       as_count(plan.k),
       as_count(plan.subgroup),
       as_count(form.tile),
       form.ahead ? 1u : 0u,
       plan.places.known ? 1u : 0u,
       plan.places.slot_mask,
       plan.places.share_mask,
       plan.places.order,
       as_count(form.splits),
       of_keys ? 1u : 0u,
       as_count(form.holds),
       as_count(form.stretch),
       id_of(to_a),
       id_of(to_b),
       is_wide ? 1u : 0u,
       1u,
       form.weighs ? 1u : 0u},
      Push{own_a.address, own_b.address, tile_a.address, tile_b.address, address_of(args.q_offsets),
           address_of(args.k_offsets), address_of(args.lse), address_of(to_a),
           of_keys ? address_of(to_b) : 0, operands.largest, own_a.stride, own_b.stride,
           tile_a.stride, tile_b.stride, sizes_of(args)},
      groups_of(of_keys ? args.k : args.q, backward_rows(plan, form)),
      attention_work(args, of_keys ? kKeyProducts : kQueryProducts));
}

// Results that begin in the middle of a word are left to other kernels.
bool begins_a_word(const Tensor& tensor) { return address_of(tensor) % 4 == 0; }

bool fits_cooperative(VulkanDevice& device, const Tensor& q, const Tensor& q_offsets) {
  if (!device.cooperative().usable) return false;
  const int64_t segments = std::max<int64_t>(q_offsets.dim(0) - 1, 1);
  return q.dim(0) >= kLeastQueries * segments && plan_attention(device, q.dim(2)).fits();
}

}  // namespace

bool attend_cooperatively(VulkanDevice& device, const AttentionArgs& args) {
  struct Push {
    VkDeviceAddress q, k, v, q_offsets, k_offsets, to, lse, largest;
    uint32_t q_stride, k_stride, v_stride;
    Sizes sizes;
  };
  const bool fits = args.reduced && fits_cooperative(device, args.q, args.q_offsets);
  if (!fits || !begins_a_word(args.out)) return false;
  const AttentionPlan plan = plan_attention(device, args.q.dim(2));
  const AttentionForm& form = plan.forward;
  const AttentionOperands operands = attention_operands(device, args);
  device.dispatch(
      of_element(device, Shader::attention_coop_bf16, Shader::attention_coop_f16),
      {as_count(form.subgroups * plan.subgroup), as_count(plan.size), args.causal ? 1u : 0u,
       as_count(plan.m), as_count(plan.n), as_count(plan.k), as_count(plan.subgroup),
       as_count(form.tile), form.ahead ? 1u : 0u, plan.places.known ? 1u : 0u,
       plan.places.slot_mask, plan.places.share_mask, plan.places.order, as_count(form.down),
       id_of(args.out), is_in_vectors(args.out) ? 1u : 0u},
      Push{operands.q.address, operands.k.address, operands.v.address, address_of(args.q_offsets),
           address_of(args.k_offsets), address_of(args.out), address_of(args.lse), operands.largest,
           operands.q.stride, operands.k.stride, operands.v.stride, sizes_of(args)},
      groups_of(args.q, forward_rows(plan)), attention_work(args, kForwardProducts));
  return true;
}

bool differentiate_cooperatively(VulkanDevice& device, const AttentionBackwardArgs& args) {
  const bool fits = args.reduced && fits_cooperative(device, args.q, args.q_offsets);
  const bool begin = begins_a_word(args.dq) && begins_a_word(args.dk) && begins_a_word(args.dv);
  if (!fits || !begin) return false;
  const AttentionPlan plan = plan_attention(device, args.q.dim(2));
  const AttentionOperands operands = attention_operands(device, args);
  run_backward(device, plan, plan.of_queries, args, operands, false);
  run_backward(device, plan, plan.of_keys, args, operands, true);
  return true;
}

}  // namespace lensmith::vulkan
