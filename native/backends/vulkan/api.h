// The functions of Vulkan that this backend calls, found at run time: nothing is linked against a
// loader, so the addon starts on machines that have none.
#pragma once

#include <string>

#include "third_party/vulkan/vulkan_subset.h"

namespace lensmith::vulkan {

#define LENSMITH_VULKAN_GLOBAL(F)       \
  F(vkCreateInstance)                   \
  F(vkEnumerateInstanceVersion)         \
  F(vkEnumerateInstanceLayerProperties) \
  F(vkEnumerateInstanceExtensionProperties)

#define LENSMITH_VULKAN_INSTANCE(F)                    \
  F(vkDestroyInstance)                                 \
  F(vkEnumeratePhysicalDevices)                        \
  F(vkGetPhysicalDeviceProperties2)                    \
  F(vkGetPhysicalDeviceFeatures2)                      \
  F(vkGetPhysicalDeviceMemoryProperties)               \
  F(vkGetPhysicalDeviceMemoryProperties2)              \
  F(vkGetPhysicalDeviceQueueFamilyProperties)          \
  F(vkEnumerateDeviceExtensionProperties)              \
  F(vkGetPhysicalDeviceCooperativeMatrixPropertiesKHR) \
  F(vkCreateDevice)                                    \
  F(vkGetDeviceProcAddr)

#define LENSMITH_VULKAN_DEVICE(F)  \
  F(vkDestroyDevice)               \
  F(vkGetDeviceQueue)              \
  F(vkDeviceWaitIdle)              \
  F(vkAllocateMemory)              \
  F(vkFreeMemory)                  \
  F(vkMapMemory)                   \
  F(vkCreateBuffer)                \
  F(vkDestroyBuffer)               \
  F(vkGetBufferMemoryRequirements) \
  F(vkBindBufferMemory)            \
  F(vkGetBufferDeviceAddress)      \
  F(vkCreateCommandPool)           \
  F(vkDestroyCommandPool)          \
  F(vkAllocateCommandBuffers)      \
  F(vkBeginCommandBuffer)          \
  F(vkEndCommandBuffer)            \
  F(vkResetCommandBuffer)          \
  F(vkQueueSubmit)                 \
  F(vkCreateFence)                 \
  F(vkDestroyFence)                \
  F(vkResetFences)                 \
  F(vkWaitForFences)               \
  F(vkCreateShaderModule)          \
  F(vkDestroyShaderModule)         \
  F(vkCreatePipelineLayout)        \
  F(vkDestroyPipelineLayout)       \
  F(vkCreatePipelineCache)         \
  F(vkDestroyPipelineCache)        \
  F(vkGetPipelineCacheData)        \
  F(vkCreateComputePipelines)      \
  F(vkDestroyPipeline)             \
  F(vkCmdBindPipeline)             \
  F(vkCmdPushConstants)            \
  F(vkCmdDispatch)                 \
  F(vkCmdDispatchBase)             \
  F(vkCmdPipelineBarrier)          \
  F(vkCmdCopyBuffer)               \
  F(vkCreateQueryPool)             \
  F(vkDestroyQueryPool)            \
  F(vkGetQueryPoolResults)         \
  F(vkCmdResetQueryPool)           \
  F(vkCmdWriteTimestamp)

#define LENSMITH_VULKAN_MEMBER(name) PFN_##name name = nullptr;

struct GlobalApi {
  PFN_vkGetInstanceProcAddr vkGetInstanceProcAddr = nullptr;
  LENSMITH_VULKAN_GLOBAL(LENSMITH_VULKAN_MEMBER)
};

struct InstanceApi {
  LENSMITH_VULKAN_INSTANCE(LENSMITH_VULKAN_MEMBER)
};

struct DeviceApi {
  LENSMITH_VULKAN_DEVICE(LENSMITH_VULKAN_MEMBER)
};

#undef LENSMITH_VULKAN_MEMBER

// Opens the loader once for the process. Throws Error "device/vulkan-missing" where there is none.
const GlobalApi& global_api();
InstanceApi load_instance_api(VkInstance instance);
DeviceApi load_device_api(const InstanceApi& api, VkDevice device);

// "VK_ERROR_DEVICE_LOST", or the number of a result that has no name here.
std::string name_of(VkResult result);
// Throws Error for anything but VK_SUCCESS: "device/lost", "memory/out-of-memory" or
// "device/vulkan-failed".
void expect(VkResult result, const char* what);

}  // namespace lensmith::vulkan
