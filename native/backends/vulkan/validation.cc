#include "backends/vulkan/validation.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "core/error.h"

namespace lensmith::vulkan {
namespace {

template <class Function>
Function find(VkInstance instance, const char* name) {
  return reinterpret_cast<Function>(global_api().vkGetInstanceProcAddr(instance, name));
}

}  // namespace

bool Validation::is_wanted() {
  const char* const wanted = std::getenv("LENSMITH_VULKAN_VALIDATION");
  return wanted != nullptr && std::strcmp(wanted, "1") == 0;
}

Validation::Validation(VkInstance instance) : instance_(instance) {
  VkDebugUtilsMessengerCreateInfoEXT info{};
  info.sType = VK_STRUCTURE_TYPE_DEBUG_UTILS_MESSENGER_CREATE_INFO_EXT;
  info.messageSeverity = VK_DEBUG_UTILS_MESSAGE_SEVERITY_ERROR_BIT_EXT;
  info.messageType = VK_DEBUG_UTILS_MESSAGE_TYPE_VALIDATION_BIT_EXT;
  info.pfnUserCallback = hear;
  info.pUserData = this;
  const auto create =
      find<PFN_vkCreateDebugUtilsMessengerEXT>(instance, "vkCreateDebugUtilsMessengerEXT");
  expect(create(instance, &info, nullptr, &messenger_), "vkCreateDebugUtilsMessengerEXT");
}

Validation::~Validation() {
  find<PFN_vkDestroyDebugUtilsMessengerEXT>(instance_, "vkDestroyDebugUtilsMessengerEXT")(
      instance_, messenger_, nullptr);
}

VkBool32 VKAPI_PTR Validation::hear(VkDebugUtilsMessageSeverityFlagBitsEXT,
                                    VkDebugUtilsMessageTypeFlagsEXT,
                                    const VkDebugUtilsMessengerCallbackDataEXT* data, void* self) {
  auto& validation = *static_cast<Validation*>(self);
  const std::lock_guard lock(validation.mutex_);
  if (validation.message_.empty()) validation.message_ = data->pMessage;
  return 0;
}

void Validation::report() {
  const std::lock_guard lock(mutex_);
  if (message_.empty()) return;
  const std::string message = std::exchange(message_, {});
  throw Error("device/misuse", "The validation layer objects to how Vulkan is used.",
              "no objection", message, "This is a fault of the engine: please report it.");
}

void Validation::report_or_abort() noexcept {
  const std::lock_guard lock(mutex_);
  if (message_.empty()) return;
  std::fprintf(stderr, "%s\n", message_.c_str());
  std::abort();
}

}  // namespace lensmith::vulkan
