// attention by cooperative matrices: attention_coop.cc.
#pragma once

#include "backends/vulkan/vulkan_device.h"
#include "ops/attention.h"

namespace lensmith::vulkan {

bool fits_cooperative(const VulkanDevice& device, const Tensor& q, const Tensor& q_offsets);

// Whether the device has them, both passes fit it, the operands may be rounded to 16 bits, and
// there are queries enough. The same for both passes, since the backward one goes by the forward
// one's lse.
template <class Args>
bool can_cooperate(const VulkanDevice& device, const Args& args) {
  return args.reduced && fits_cooperative(device, args.q, args.q_offsets);
}

void attention_coop(VulkanDevice& device, const AttentionArgs& args);
void attention_backward_coop(VulkanDevice& device, const AttentionBackwardArgs& args);

}  // namespace lensmith::vulkan
