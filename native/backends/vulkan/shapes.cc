// rope, softmax, patchify: one dispatch each.
#include "backends/vulkan/kernels.h"
#include "backends/vulkan/operands.h"

namespace lensmith::vulkan {
namespace {

void run_softmax(VulkanDevice& device, const Tensor& x, const Tensor& grad, const Tensor& out,
                 bool backward) {
  struct Push {
    VkDeviceAddress x, grad, to;
    uint32_t rows, size;
  };
  as_count(x.numel());
  if (x.numel() == 0) return;
  device.dispatch(Shader::softmax, {backward ? 1u : 0u},
                  Push{address_of(x), address_of(grad), address_of(out), as_count(x.dim(0)),
                       as_count(x.dim(1))},
                  spread(x.dim(0)));
}

void run_patchify(VulkanDevice& device, const Tensor& pixels, const Tensor& rows, int32_t patch,
                  bool back) {
  struct Push {
    VkDeviceAddress pixels, rows;
    uint32_t count, channels, height, width, patch_size;
  };
  const int64_t count = back ? pixels.numel() : rows.numel();
  as_count(pixels.numel());
  if (count == 0) return;
  device.dispatch(
      Shader::patchify, {back ? 1u : 0u},
      Push{address_of(pixels), address_of(rows), as_count(count), as_count(pixels.dim(1)),
           as_count(pixels.dim(2)), as_count(pixels.dim(3)), static_cast<uint32_t>(patch)},
      linear_groups(count));
}

// Whether it was for rope_wide.comp.
bool rope_wide(VulkanDevice& device, const RopeArgs& args) {
  struct Push {
    VkDeviceAddress x, positions, frequency, index, to;
    uint32_t rows, heads, half_eights, rows_to;
    float scale, sine_scale;
  };
  const int64_t half = args.x.dim(2) / 2;
  if (half % 8 != 0 || !is_at_vectors(args.x) || !is_at_vectors(args.out)) return false;
  device.dispatch(
      Shader::rope_wide, {id_of(args.x), id_of(args.out), args.index ? 1u : 0u},
      Push{address_of(args.x), address_of(args.positions), address_of(args.inverse_frequency),
           address_of(args.index), address_of(args.out), as_count(args.x.dim(0)),
           as_count(args.x.dim(1)), as_count(half / 8), as_count(args.out.dim(0)), args.scale,
           args.inverse ? -args.scale : args.scale},
      linear_groups(args.x.numel() / 16));
  return true;
}

}  // namespace

void rope(VulkanDevice& device, const RopeArgs& args) {
  struct Push {
    VkDeviceAddress x, positions, frequency, index, to;
    uint32_t rows, heads, half_size, rows_to, first_x, first_to;
    float scale, sine_scale;
  };
  const int64_t pairs = args.x.numel() / 2;
  as_count(args.x.numel());
  as_count(args.out.numel());
  if (args.index) device.check_indices("rope", "index", args.index, args.out.dim(0));
  if (pairs == 0 || args.out.numel() == 0 || rope_wide(device, args)) return;
  device.dispatch(
      Shader::rope, {id_of(args.x), id_of(args.out), args.index ? 1u : 0u},
      Push{word_of(args.x), address_of(args.positions), address_of(args.inverse_frequency),
           address_of(args.index), word_of(args.out), as_count(args.x.dim(0)),
           as_count(args.x.dim(1)), as_count(args.x.dim(2) / 2), as_count(args.out.dim(0)),
           element_in_word(args.x), element_in_word(args.out), args.scale,
           args.inverse ? -args.scale : args.scale},
      linear_groups(pairs));
}

void softmax(VulkanDevice& device, const SoftmaxArgs& args) {
  run_softmax(device, args.x, {}, args.out, false);
}

void softmax_backward(VulkanDevice& device, const SoftmaxBackwardArgs& args) {
  run_softmax(device, args.out, args.grad, args.dx, true);
}

void patchify(VulkanDevice& device, const PatchifyArgs& args) {
  run_patchify(device, args.pixels, args.rows, args.patch, false);
}

void unpatchify(VulkanDevice& device, const UnpatchifyArgs& args) {
  run_patchify(device, args.pixels, args.rows, args.patch, true);
}

}  // namespace lensmith::vulkan
