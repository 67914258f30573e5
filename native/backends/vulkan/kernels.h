// Declares every kernel of the backend: one for each op, by the op's name. table.cc refers to all
// of them, so a missing one does not link.
#pragma once

#include "backends/vulkan/vulkan_device.h"
#include "ops/ops.h"

namespace lensmith::vulkan {

#define OP(name, Args) void name(VulkanDevice& device, const Args& args);
#include "ops/ops.def"

}  // namespace lensmith::vulkan
