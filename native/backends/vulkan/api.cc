#include "backends/vulkan/api.h"

#include "core/error.h"

#if defined(_WIN32)
#include <windows.h>
#else
#include <dlfcn.h>

#include <cstdlib>
#endif

namespace lensmith::vulkan {
namespace {

#if defined(_WIN32)
constexpr const char* kLoaders[] = {"vulkan-1.dll"};
#elif defined(__APPLE__)
// The folders of the Vulkan SDK and of Homebrew on either processor, where nothing looks by itself.
constexpr const char* kLoaders[] = {
    "libvulkan.1.dylib", "/usr/local/lib/libvulkan.1.dylib", "/opt/homebrew/lib/libvulkan.1.dylib",
    "libMoltenVK.dylib", "/usr/local/lib/libMoltenVK.dylib", "/opt/homebrew/lib/libMoltenVK.dylib",
};
#else
constexpr const char* kLoaders[] = {"libvulkan.so.1", "libvulkan.so"};
#endif

void* find_symbol(const char* library, const char* symbol) {
#if defined(_WIN32)
  // The system's own before any that lies beside a program, as browsers and Electron have one.
  HMODULE module = LoadLibraryExA(library, nullptr, LOAD_LIBRARY_SEARCH_SYSTEM32);
  if (module == nullptr) module = LoadLibraryA(library);
  return module == nullptr ? nullptr : reinterpret_cast<void*>(GetProcAddress(module, symbol));
#else
  void* const module = dlopen(library, RTLD_NOW | RTLD_LOCAL);
  return module == nullptr ? nullptr : dlsym(module, symbol);
#endif
}

[[noreturn]] void fail_missing(const std::string& got) {
  throw Error("device/vulkan-missing", "There is no working Vulkan loader on this machine.",
              std::string(kLoaders[0]) + " with Vulkan 1.2", got,
              "Install the driver of the graphics card; the CPU works without it.");
}

GlobalApi load_global_api() {
  GlobalApi api;
#if defined(__APPLE__)
  // MoltenVK would have Metal take infinities and NaNs for impossible; it reads this once.
  setenv("MVK_CONFIG_FAST_MATH_ENABLED", "0", 0);
#endif
  for (const char* library : kLoaders) {
    // The library stays open: drivers do not survive being closed and opened again.
    void* const symbol = find_symbol(library, "vkGetInstanceProcAddr");
    if (symbol == nullptr) continue;
    api.vkGetInstanceProcAddr = reinterpret_cast<PFN_vkGetInstanceProcAddr>(symbol);
    break;
  }
  if (api.vkGetInstanceProcAddr == nullptr) fail_missing("no such library");
#define LENSMITH_LOAD(name) \
  api.name = reinterpret_cast<PFN_##name>(api.vkGetInstanceProcAddr(nullptr, #name));
  LENSMITH_VULKAN_GLOBAL(LENSMITH_LOAD)
#undef LENSMITH_LOAD
  if (api.vkCreateInstance == nullptr || api.vkEnumerateInstanceVersion == nullptr)
    fail_missing("a loader of Vulkan 1.0");
  return api;
}

}  // namespace

const GlobalApi& global_api() {
  static const GlobalApi api = load_global_api();
  return api;
}

InstanceApi load_instance_api(VkInstance instance) {
  InstanceApi api;
#define LENSMITH_LOAD(name) \
  api.name = reinterpret_cast<PFN_##name>(global_api().vkGetInstanceProcAddr(instance, #name));
  LENSMITH_VULKAN_INSTANCE(LENSMITH_LOAD)
#undef LENSMITH_LOAD
  return api;
}

DeviceApi load_device_api(const InstanceApi& instance, VkDevice device) {
  DeviceApi api;
#define LENSMITH_LOAD(name) \
  api.name = reinterpret_cast<PFN_##name>(instance.vkGetDeviceProcAddr(device, #name));
  LENSMITH_VULKAN_DEVICE(LENSMITH_LOAD)
#undef LENSMITH_LOAD
  return api;
}

std::string name_of(VkResult result) {
  switch (result) {
    case VK_SUCCESS: return "VK_SUCCESS";
    case VK_ERROR_OUT_OF_HOST_MEMORY: return "VK_ERROR_OUT_OF_HOST_MEMORY";
    case VK_ERROR_OUT_OF_DEVICE_MEMORY: return "VK_ERROR_OUT_OF_DEVICE_MEMORY";
    case VK_ERROR_INITIALIZATION_FAILED: return "VK_ERROR_INITIALIZATION_FAILED";
    case VK_ERROR_DEVICE_LOST: return "VK_ERROR_DEVICE_LOST";
    case VK_ERROR_MEMORY_MAP_FAILED: return "VK_ERROR_MEMORY_MAP_FAILED";
    case VK_ERROR_LAYER_NOT_PRESENT: return "VK_ERROR_LAYER_NOT_PRESENT";
    case VK_ERROR_EXTENSION_NOT_PRESENT: return "VK_ERROR_EXTENSION_NOT_PRESENT";
    case VK_ERROR_FEATURE_NOT_PRESENT: return "VK_ERROR_FEATURE_NOT_PRESENT";
    case VK_ERROR_INCOMPATIBLE_DRIVER: return "VK_ERROR_INCOMPATIBLE_DRIVER";
    case VK_ERROR_TOO_MANY_OBJECTS: return "VK_ERROR_TOO_MANY_OBJECTS";
    case VK_ERROR_FRAGMENTED_POOL: return "VK_ERROR_FRAGMENTED_POOL";
    case VK_ERROR_UNKNOWN: return "VK_ERROR_UNKNOWN";
    case VK_ERROR_OUT_OF_POOL_MEMORY: return "VK_ERROR_OUT_OF_POOL_MEMORY";
    case VK_ERROR_FRAGMENTATION: return "VK_ERROR_FRAGMENTATION";
    case VK_ERROR_INVALID_SHADER_NV: return "VK_ERROR_INVALID_SHADER_NV";
    default: return "VkResult " + std::to_string(static_cast<int>(result));
  }
}

void expect(VkResult result, const char* what) {
  if (result == VK_SUCCESS) return;
  if (result == VK_ERROR_DEVICE_LOST) {
    throw Error("device/lost", "The graphics device was lost.", std::string(what) + " to succeed",
                name_of(result),
                "Its driver has reset it, or it is gone; work starts anew in a new process.");
  }
  const bool is_memory =
      result == VK_ERROR_OUT_OF_DEVICE_MEMORY || result == VK_ERROR_OUT_OF_HOST_MEMORY ||
      result == VK_ERROR_OUT_OF_POOL_MEMORY || result == VK_ERROR_FRAGMENTATION ||
      result == VK_ERROR_FRAGMENTED_POOL || result == VK_ERROR_MEMORY_MAP_FAILED;
  throw Error(is_memory ? "memory/out-of-memory" : "device/vulkan-failed",
              is_memory ? "The graphics device has no memory left." : "The graphics driver failed.",
              std::string(what) + " to succeed", name_of(result),
              is_memory ? "Close other programs that use the device, or use a smaller batch." : "");
}

}  // namespace lensmith::vulkan
