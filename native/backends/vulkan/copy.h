// Copies out of memory that is no tensor's.
#pragma once

#include "backends/vulkan/operands.h"

namespace lensmith::vulkan {

// from: f32, in the order of `to`'s indices, without gaps.
void copy_floats(VulkanDevice& device, VkDeviceAddress from, const Tensor& to);

}  // namespace lensmith::vulkan
