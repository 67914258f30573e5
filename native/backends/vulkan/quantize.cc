// quantize, dequantize.
#include "backends/vulkan/kernels.h"
#include "backends/vulkan/quantized.h"

namespace lensmith::vulkan {
namespace {

void quantize_int8(VulkanDevice& device, const QuantizeArgs& args) {
  struct Push {
    VkDeviceAddress x, codes, scales;
    uint32_t first, first_code, rows, cols, stride;
  };
  device.dispatch(Shader::quantize_int8, {id_of(args.x)},
                  Push{word_of(args.x), word_of(args.w.codes), address_of(args.w.scales),
                       element_in_word(args.x), element_in_word(args.w.codes),
                       as_count(args.w.rows), as_count(args.w.cols), as_count(args.x.stride[0])},
                  spread(args.w.rows));
}

// The absmaxes in 8 bits, around their mean.
void quantize_scales(VulkanDevice& device, const QuantizedMatrix& w, VkDeviceAddress absmax) {
  struct OffsetPush {
    VkDeviceAddress absmax, offset;
    uint32_t blocks;
  };
  struct Push {
    VkDeviceAddress absmax, offset, scales2, tables, scales;
    uint32_t first, blocks;
  };
  const VkDeviceAddress offset = address_of(w.offset);
  const uint32_t blocks = as_count(w.blocks());
  device.dispatch(Shader::quantize_offset, {}, OffsetPush{absmax, offset, blocks}, {1, 1, 1});
  device.dispatch(Shader::quantize_scales, {},
                  Push{absmax, offset, address_of(w.scales2), device.nf4_tables(),
                       word_of(w.scales), element_in_word(w.scales), blocks},
                  spread(ceil_div(w.blocks(), kNf4OuterBlock)));
}

void quantize_nf4(VulkanDevice& device, const QuantizeArgs& args) {
  struct Push {
    VkDeviceAddress x, codes, absmax, tables;
    uint32_t first, first_code, numel, cols, stride;
  };
  const QuantizedMatrix& w = args.w;
  const bool twice = w.scales.dtype == DType::u8;
  const VkDeviceAddress absmax =
      twice ? device.scratch(static_cast<size_t>(w.blocks()) * sizeof(float))
            : address_of(w.scales);
  device.dispatch(Shader::quantize_nf4, {id_of(args.x)},
                  Push{word_of(args.x), word_of(w.codes), absmax, device.nf4_tables(),
                       element_in_word(args.x), element_in_word(w.codes), as_count(w.numel()),
                       as_count(w.cols), as_count(args.x.stride[0])},
                  linear_groups(ceil_div(w.numel(), 2)));
  if (twice) quantize_scales(device, w, absmax);
}

}  // namespace

void quantize(VulkanDevice& device, const QuantizeArgs& args) {
  as_count(args.w.rows * args.x.stride[0]);
  return args.w.is_nf4() ? quantize_nf4(device, args) : quantize_int8(device, args);
}

void dequantize(VulkanDevice& device, const DequantizeArgs& args) {
  struct Push {
    QuantizedPush w;
    VkDeviceAddress to;
    uint32_t first, count;
  };
  const int64_t per_word = args.out.dtype == DType::f32 ? 1 : 2;
  const uint32_t first = element_in_word(args.out);
  device.dispatch(
      Shader::dequantize, {format_of(args.w), 0, id_of(args.out)},
      Push{push_of(device, args.w), word_of(args.out), first, as_count(args.out.numel())},
      linear_groups(ceil_div(first + args.out.numel(), per_word)));
}

}  // namespace lensmith::vulkan
