// attention by cooperative matrices: attention_coop.cc.
#pragma once

#include "backends/vulkan/vulkan_device.h"
#include "ops/attention.h"

namespace lensmith::vulkan {

// False, and nothing done, unless the operands may be rounded to 16 bits, there are queries enough,
// and the device has kernels for heads of their size. The same for both passes but for where
// results begin: the backward one goes by the forward one's lse.
bool attend_cooperatively(VulkanDevice& device, const AttentionArgs& args);
bool differentiate_cooperatively(VulkanDevice& device, const AttentionBackwardArgs& args);

}  // namespace lensmith::vulkan
