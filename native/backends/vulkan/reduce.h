// Sums over one axis, which several ops end with.
#pragma once

#include "backends/vulkan/vulkan_device.h"

namespace lensmith::vulkan {

enum class Reduction : uint32_t { sum = 0, max = 2, sum_of_squares = 3 };

struct ReduceShape {
  int64_t outer, n, inner;
};

// to[o, i] = (over r) x[o, r, i] / divisor. Long axes are cut into slices, by the shape alone.
void reduce_axis(VulkanDevice& device, Reduction kind, const Tensor& x, const ReduceShape& shape,
                 VkDeviceAddress to, float divisor);

}  // namespace lensmith::vulkan
