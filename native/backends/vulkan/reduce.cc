// reduce, sum_squares.
#include "backends/vulkan/reduce.h"

#include <algorithm>

#include "backends/vulkan/kernels.h"
#include "backends/vulkan/operands.h"

namespace lensmith::vulkan {
namespace {

// Elements of an axis that one group sums; of squares, which are asked for of all gradients at
// once, more: those that need no joining wait for nothing, and overlap.
constexpr int64_t kSlice = 16384, kSliceOfSquares = 1 << 18;
constexpr int64_t kMostSlices = 256;

uint32_t columns_for(int64_t inner) { return inner >= 32 ? 32 : inner >= 8 ? 8 : 1; }

}  // namespace

void reduce_axis(VulkanDevice& device, Reduction kind, const Tensor& x, const ReduceShape& shape,
                 VkDeviceAddress to, float divisor) {
  struct Push {
    VkDeviceAddress x, to;
    uint32_t first, outer, n, inner, slices;
    float divisor;
  };
  struct JoinPush {
    VkDeviceAddress parts, to;
    uint32_t outer, inner, slices;
    float divisor;
  };
  const int64_t results = shape.outer * shape.inner;
  if (results == 0) return;
  as_count(x.numel());
  const int64_t slice = kind == Reduction::sum_of_squares ? kSliceOfSquares : kSlice;
  const int64_t slices = std::clamp<int64_t>(ceil_div(shape.n, slice), 1, kMostSlices);
  const bool is_whole = slices == 1;
  const VkDeviceAddress parts =
      is_whole ? to : device.scratch(static_cast<size_t>(results * slices) * 8);
  const uint32_t columns = columns_for(shape.inner);
  const auto outer = as_count(shape.outer), inner = as_count(shape.inner);
  device.dispatch(Shader::reduce,
                  {static_cast<uint32_t>(kind), id_of(x), columns, is_whole ? 1u : 0u},
                  Push{word_of(x), parts, element_in_word(x), outer, as_count(shape.n), inner,
                       as_count(slices), divisor},
                  spread(shape.outer * slices * ceil_div(shape.inner, columns)));
  if (is_whole) return;
  const auto join = kind == Reduction::max ? Reduction::max : Reduction::sum;
  device.dispatch(Shader::reduce_join, {static_cast<uint32_t>(join)},
                  JoinPush{parts, to, outer, inner, as_count(slices), divisor},
                  linear_groups(results));
}

void reduce(VulkanDevice& device, const ReduceArgs& args) {
  const bool mean = args.kind == static_cast<int32_t>(ReduceKind::mean);
  const bool max = args.kind == static_cast<int32_t>(ReduceKind::max);
  reduce_axis(device, max ? Reduction::max : Reduction::sum, args.x,
              {args.x.dim(0), args.x.dim(1), args.x.dim(2)}, address_of(args.out),
              mean ? static_cast<float>(args.x.dim(1)) : 1.0f);
}

void sum_squares(VulkanDevice& device, const SumSquaresArgs& args) {
  const VkDeviceAddress out = address_of(args.out);
  const VkDeviceAddress slot = out + 4 * static_cast<VkDeviceAddress>(args.slot);
  device.order().narrow(out, {slot, slot + 4, true});
  reduce_axis(device, Reduction::sum_of_squares, args.x, {1, args.x.numel(), 1}, slot, 1);
}

}  // namespace lensmith::vulkan
