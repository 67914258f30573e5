// What the validation layer finds, kept until somebody asks: it speaks from within the calls of
// Vulkan, where nothing can be thrown.
#pragma once

#include <mutex>
#include <string>

#include "backends/vulkan/api.h"

namespace lensmith::vulkan {

class Validation {
 public:
  static constexpr const char* kLayer = "VK_LAYER_KHRONOS_validation";
  static constexpr const char* kExtension = "VK_EXT_debug_utils";

  // LENSMITH_VULKAN_VALIDATION=1.
  static bool is_wanted();

  explicit Validation(VkInstance instance);
  ~Validation();
  Validation(const Validation&) = delete;
  Validation& operator=(const Validation&) = delete;

  // Throws Error "device/misuse" with the first message since the last call, if there was one.
  void report();
  // The same for those who must not throw: ends the process.
  void report_or_abort() noexcept;

 private:
  static VkBool32 VKAPI_PTR hear(VkDebugUtilsMessageSeverityFlagBitsEXT severity,
                                 VkDebugUtilsMessageTypeFlagsEXT types,
                                 const VkDebugUtilsMessengerCallbackDataEXT* data, void* self);

  VkInstance instance_;
  VkDebugUtilsMessengerEXT messenger_ = VK_NULL_HANDLE;
  std::mutex mutex_;
  std::string message_;
};

}  // namespace lensmith::vulkan
