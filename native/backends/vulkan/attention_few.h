// attention of few queries, as in decoding: the keys are dealt out to many groups.
#pragma once

#include "backends/vulkan/vulkan_device.h"
#include "ops/attention.h"

namespace lensmith::vulkan {

// Does what attention does, offsets being checked, when there are few queries and heads can be read
// 16 bytes at a time, and says whether it did.
bool attend_few_queries(VulkanDevice& device, const AttentionArgs& args);

}  // namespace lensmith::vulkan
