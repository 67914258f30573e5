// adamw, clip_coefficient; sum_squares is in reduce.cc.
#include "backends/vulkan/kernels.h"
#include "backends/vulkan/operands.h"

namespace lensmith::vulkan {

void adamw(VulkanDevice& device, const AdamWArgs& args) {
  struct Push {
    VkDeviceAddress param, grad, m, v, master, grad_scale;
    uint32_t first, count;
    AdamWNumbers numbers;
  };
  const int64_t count = args.param.numel();
  if (count == 0) return;
  const Push push{word_of(args.param),         address_of(args.grad),   address_of(args.m),
                  address_of(args.v),          address_of(args.master), address_of(args.grad_scale),
                  element_in_word(args.param), as_count(count),         AdamWNumbers(args)};
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
