// adamw_8bit.
#include "backends/vulkan/kernels.h"
#include "backends/vulkan/operands.h"

namespace lensmith::vulkan {

void adamw_8bit(VulkanDevice& device, const AdamW8bitArgs& args) {
  struct Push {
    VkDeviceAddress param, grad, m, m_scale, v, v_scale, master, grad_scale, tables;
    uint32_t first, count;
    AdamWNumbers numbers;
  };
  const int64_t count = args.param.numel();
  const int64_t blocks = ceil_div(count, kMomentBlock);
  constexpr int64_t kBlocksPerGroup = 4;  // a thread has four values
  device.dispatch(Shader::adamw_8bit,
                  {id_of(args.param), args.master ? 1u : 0u, args.grad_scale ? 1u : 0u},
                  Push{word_of(args.param), address_of(args.grad), address_of(args.m),
                       address_of(args.m_scale), address_of(args.v), address_of(args.v_scale),
                       address_of(args.master), address_of(args.grad_scale), device.nf4_tables(),
                       element_in_word(args.param), as_count(count), AdamWNumbers(args)},
                  spread(ceil_div(blocks, kBlocksPerGroup)));
}

}  // namespace lensmith::vulkan
