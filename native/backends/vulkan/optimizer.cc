// adamw, clip_coefficient; sum_squares is in reduce.cc.
#include <cmath>

#include "backends/vulkan/kernels.h"
#include "backends/vulkan/operands.h"

namespace lensmith::vulkan {

void adamw(VulkanDevice& device, const AdamWArgs& args) {
  struct Push {
    VkDeviceAddress param, grad, m, v, master, grad_scale;
    uint32_t first, count;
    float decay, one_minus_beta1, beta2, one_minus_beta2, root_correction, eps, step_size;
  };
  const int64_t count = args.param.numel();
  if (count == 0) return;
  // In double, and rounded once, as the reference does.
  const double correction1 = 1 - std::pow(args.beta1, static_cast<double>(args.step));
  const double correction2 = 1 - std::pow(args.beta2, static_cast<double>(args.step));
  const auto rounded = [](double value) { return static_cast<float>(value); };
  const Push push{word_of(args.param),
                  address_of(args.grad),
                  address_of(args.m),
                  address_of(args.v),
                  address_of(args.master),
                  address_of(args.grad_scale),
                  element_in_word(args.param),
                  as_count(count),
                  rounded(1 - args.lr * args.weight_decay),
                  rounded(1 - args.beta1),
                  rounded(args.beta2),
                  rounded(1 - args.beta2),
                  rounded(std::sqrt(correction2)),
                  rounded(args.eps),
                  rounded(args.lr / correction1)};
  device.dispatch(Shader::adamw,
                  {id_of(args.param), args.master ? 1u : 0u, args.grad_scale ? 1u : 0u}, push,
                  linear_groups(count));
}

void clip_coefficient(VulkanDevice& device, const ClipCoefficientArgs& args) {
  struct Push {
    VkDeviceAddress squares, to;
    uint32_t count;
    float max_norm;
  };
  device.dispatch(Shader::clip_coefficient, {},
                  Push{address_of(args.squares), address_of(args.out),
                       as_count(args.squares.numel()), args.max_norm},
                  Groups{});
}

}  // namespace lensmith::vulkan
