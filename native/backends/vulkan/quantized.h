// A quantised operand as shaders are told of it.
#pragma once

#include "backends/vulkan/operands.h"
#include "ops/quantized.h"

namespace lensmith::vulkan {

// Quantized of shaders/quantized.glsl.
struct QuantizedPush {
  VkDeviceAddress codes, scales, scales2, offset, tables;
  uint32_t first_code, first_scale, rows, cols;
};

inline QuantizedPush push_of(const VulkanDevice& device, const QuantizedMatrix& w) {
  as_count(w.numel());
  return {word_of(w.codes),
          word_of(w.scales),
          address_of(w.scales2),
          address_of(w.offset),
          device.nf4_tables(),
          element_in_word(w.codes),
          element_in_word(w.scales),
          static_cast<uint32_t>(w.rows),
          static_cast<uint32_t>(w.cols)};
}

// kFormat of shaders/quantized.glsl.
inline uint32_t format_of(const QuantizedMatrix& w) {
  if (!w.is_nf4()) return 0;
  return w.scales.dtype == DType::f32 ? 1 : 2;
}

// kWhole: whether eight values from a multiple of eight are whole words of codes.
inline uint32_t has_whole_rows(const QuantizedMatrix& w) {
  return w.cols % 8 == 0 && element_in_word(w.codes) == 0 ? 1 : 0;
}

}  // namespace lensmith::vulkan
