// gather_rows, scatter_rows, scatter_add_rows.
#include "backends/vulkan/kernels.h"
#include "backends/vulkan/operands.h"

namespace lensmith::vulkan {
namespace {

struct ScatterPush {
  VkDeviceAddress from, index, to;
  uint32_t rows, size, rows_to, from_stride, to_stride;
};

void scatter(VulkanDevice& device, const Tensor& src, const Tensor& index, const Tensor& out,
             bool add) {
  const int64_t rows = src.dim(0), size = src.dim(1);
  if (rows == 0 || size == 0 || out.dim(0) == 0) return;
  as_count(out.dim(0) * out.stride[0]);
  const ScatterPush push{address_of(src),         address_of(index),      address_of(out),
                         as_count(rows),          as_count(size),         as_count(out.dim(0)),
                         as_count(src.stride[0]), as_count(out.stride[0])};
  device.dispatch(Shader::scatter_rows, {add ? 1u : 0u}, push,
                  linear_groups(add ? size : rows * size));
}

}  // namespace

void gather_rows(VulkanDevice& device, const GatherRowsArgs& args) {
  struct Push {
    VkDeviceAddress x, index, to;
    uint32_t first, count, size, rows, stride;
  };
  device.check_indices("gather_rows", "index", args.index, args.x.dim(0));
  const int64_t count = args.out.numel();
  if (count == 0 || args.x.dim(0) == 0) return;
  as_count(args.x.dim(0) * args.x.stride[0]);
  device.dispatch(Shader::gather_rows, {id_of(args.x)},
                  Push{word_of(args.x), address_of(args.index), address_of(args.out),
                       element_in_word(args.x), as_count(count), as_count(args.x.dim(1)),
                       as_count(args.x.dim(0)), as_count(args.x.stride[0])},
                  linear_groups(count));
}

void scatter_rows(VulkanDevice& device, const ScatterRowsArgs& args) {
  device.check_indices("scatter_rows", "index", args.index, args.out.dim(0));
  scatter(device, args.src, args.index, args.out, false);
}

void scatter_add_rows(VulkanDevice& device, const ScatterAddRowsArgs& args) {
  device.check_indices("scatter_add_rows", "index", args.index, args.out.dim(0));
  scatter(device, args.src, args.index, args.out, true);
}

}  // namespace lensmith::vulkan
