// attention, attention_backward.
#include "backends/vulkan/attention_coop.h"
#include "backends/vulkan/attention_few.h"
#include "backends/vulkan/attention_work.h"
#include "backends/vulkan/kernels.h"
#include "backends/vulkan/operands.h"

namespace lensmith::vulkan {
namespace {

constexpr uint32_t kManyRows = 16;
// Few queries, as in decoding: fewer rows a group, so that more threads share the keys of each.
constexpr uint32_t kFewRows = 4;
constexpr int64_t kFewQueries = 8;
// These kernels take several times as long as products for the same work.
constexpr double kSlowness = 4;

// What all of the kernels are told, after their addresses.
struct Sizes {
  uint32_t query_rows, key_rows, heads, group, q_stride, k_stride, v_stride, segments;
  float scale;
  int32_t window;
  uint32_t firsts;
};

// The tensors of a kernel in the order of shaders/attention.glsl: q, k, v, gradient, results.
using Tensors = std::initializer_list<Tensor>;

uint32_t types_of(Tensors tensors) {
  constexpr uint32_t kTypeBits = 4;
  uint32_t types = 0, at = 0;
  for (const Tensor& tensor : tensors) {
    if (tensor.defined()) types |= id_of(tensor) << at;
    at += kTypeBits;
  }
  return types;
}

uint32_t firsts_of(Tensors tensors) {
  uint32_t firsts = 0, at = 0;
  for (const Tensor& tensor : tensors) firsts |= element_in_word(tensor) << at++;
  return firsts;
}

template <class Args>
Sizes sizes_of(const Args& args, Tensors tensors) {
  as_count(args.q.dim(0) * args.q.stride[0]);
  as_count(args.k.dim(0) * args.k.stride[0]);
  as_count(args.v.dim(0) * args.v.stride[0]);
  return {as_count(args.q.dim(0)),
          as_count(args.k.dim(0)),
          as_count(args.q.dim(1)),
          as_count(args.q.dim(1) / args.k.dim(1)),
          as_count(args.q.stride[0]),
          as_count(args.k.stride[0]),
          as_count(args.v.stride[0]),
          as_count(args.q_offsets.dim(0) - 1),
          args.scale,
          args.window,
          firsts_of(tensors)};
}

template <class Args>
void check_offsets(VulkanDevice& device, const char* op, const Args& args) {
  device.check_offsets(op, "q_offsets", args.q_offsets, args.q.dim(0));
  device.check_offsets(op, "k_offsets", args.k_offsets, args.k.dim(0));
}

// Whether a tile of the other side and `held` arrays of the group's own rows fit shared memory.
bool fits_shared(const VulkanDevice& device, int64_t size, uint32_t rows, int held) {
  const int64_t lanes = kGroupSize / rows;
  const int64_t floats = lanes * (size + 1) + held * rows * size + 3 * kGroupSize;
  return 4 * floats <= int64_t{device.max_shared_bytes()};
}

Groups groups_of(int64_t rows, uint32_t rows_each, int64_t heads) {
  return {as_count(ceil_div(rows, rows_each)), as_count(heads), 1};
}

VkDeviceAddress form_delta(VulkanDevice& device, const AttentionBackwardArgs& args) {
  struct Push {
    VkDeviceAddress a, b, to;
    uint32_t count, size, first_a, first_b;
  };
  const int64_t lines = args.q.dim(0) * args.q.dim(1);
  const VkDeviceAddress delta = device.scratch(static_cast<size_t>(lines) * 4);
  device.dispatch(
      Shader::attention_delta, {id_of(args.grad), id_of(args.out)},
      Push{word_of(args.grad), word_of(args.out), delta, as_count(lines), as_count(args.q.dim(2)),
           element_in_word(args.grad), element_in_word(args.out)},
      linear_groups(lines));
  return delta;
}

}  // namespace

void attention(VulkanDevice& device, const AttentionArgs& args) {
  struct Push {
    VkDeviceAddress q, k, v, q_offsets, k_offsets, to, lse;
    Sizes sizes;
  };
  check_offsets(device, "attention", args);
  if (attend_few_queries(device, args)) return;
  if (attend_cooperatively(device, args)) return;
  const int64_t size = args.q.dim(2);
  const uint32_t rows = args.q.dim(0) <= kFewQueries ? kFewRows : kManyRows;
  const uint32_t shared = fits_shared(device, size, rows, 1) ? 1 : 0;
  const Tensors tensors = {args.q, args.k, args.v, {}, args.out};
  device.dispatch(Shader::attention,
                  {as_count(size), args.causal ? 1u : 0u, rows, shared, types_of(tensors)},
                  Push{word_of(args.q), word_of(args.k), word_of(args.v),
                       address_of(args.q_offsets), address_of(args.k_offsets), word_of(args.out),
                       address_of(args.lse), sizes_of(args, tensors)},
                  groups_of(args.q.dim(0), rows, args.q.dim(1)),
                  kSlowness * attention_work(args, kForwardProducts));
}

void attention_backward(VulkanDevice& device, const AttentionBackwardArgs& args) {
  struct DqPush {
    VkDeviceAddress q, k, v, q_offsets, k_offsets, lse, delta, grad, dq;
    Sizes sizes;
  };
  struct DkvPush {
    VkDeviceAddress q, k, v, q_offsets, k_offsets, lse, delta, grad, dk, dv;
    Sizes sizes;
  };
  check_offsets(device, "attention_backward", args);
  if (differentiate_cooperatively(device, args)) return;
  const int64_t size = args.q.dim(2);
  const VkDeviceAddress delta = form_delta(device, args);
  const uint32_t shared = fits_shared(device, size, kManyRows, 2) ? 1 : 0;
  const uint32_t causal = args.causal ? 1 : 0;
  const Tensors of_queries = {args.q, args.k, args.v, args.grad, args.dq};
  device.dispatch(
      Shader::attention_dq, {as_count(size), causal, kManyRows, shared, types_of(of_queries)},
      DqPush{word_of(args.q), word_of(args.k), word_of(args.v), address_of(args.q_offsets),
             address_of(args.k_offsets), address_of(args.lse), delta, word_of(args.grad),
             word_of(args.dq), sizes_of(args, of_queries)},
      groups_of(args.q.dim(0), kManyRows, args.q.dim(1)),
      kSlowness * attention_work(args, kQueryProducts));
  const Tensors of_keys = {args.q, args.k, args.v, args.grad, args.dk, args.dv};
  device.dispatch(
      Shader::attention_dkv, {as_count(size), causal, kManyRows, shared, types_of(of_keys)},
      DkvPush{word_of(args.q), word_of(args.k), word_of(args.v), address_of(args.q_offsets),
              address_of(args.k_offsets), address_of(args.lse), delta, word_of(args.grad),
              word_of(args.dk), word_of(args.dv), sizes_of(args, of_keys)},
      groups_of(args.k.dim(0), kManyRows, args.k.dim(1)),
      kSlowness * attention_work(args, kKeyProducts));
}

}  // namespace lensmith::vulkan
