// What attention by cooperative matrices reads: rows of heads of 16 bits, packed for it, or as they
// lie.
#pragma once

#include "backends/vulkan/vulkan_device.h"
#include "ops/attention.h"

namespace lensmith::vulkan {

// Where rows of heads begin, and how far apart they are, in vectors of eight elements.
struct HeadRows {
  VkDeviceAddress address = 0;
  uint32_t stride = 0;
};

struct AttentionOperands {
  HeadRows q, k, v, grad;  // grad: of the backward pass alone
  // Four words, the largest sizes by which f16 is scaled (shaders/attention_coop.glsl); behind
  // them, in the backward pass, delta of each query and head.
  VkDeviceAddress largest = 0;
};

AttentionOperands attention_operands(VulkanDevice& device, const AttentionArgs& args);
AttentionOperands attention_operands(VulkanDevice& device, const AttentionBackwardArgs& args);

// Whether rows of a tensor whose rows are contiguous can be moved 16 bytes at a time.
bool is_in_vectors(const Tensor& tensor);

}  // namespace lensmith::vulkan
