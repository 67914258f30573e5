// That what the validation layer finds becomes an error: a misuse is made on purpose.
#include <cstdio>
#include <cstdlib>

#include "backends/vulkan/vulkan_device.h"
#include "core/error.h"
#include "test/expect.h"

namespace lensmith::vulkan {
namespace {

using test::expect;

// A buffer of no bytes, which Vulkan forbids.
void misuse(const LogicalDevice& device) {
  VkBufferCreateInfo info{};
  info.sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO;
  info.usage = VK_BUFFER_USAGE_STORAGE_BUFFER_BIT;
  VkBuffer buffer = VK_NULL_HANDLE;
  device.api.vkCreateBuffer(device.handle, &info, nullptr, &buffer);
  if (buffer != VK_NULL_HANDLE) device.api.vkDestroyBuffer(device.handle, buffer, nullptr);
}

bool objects(const Instance& instance) {
  try {
    instance.report_misuse();
    return false;
  } catch (const Error& error) {
    return error.code == "device/misuse";
  }
}

void test_misuse() {
  const LogicalDevice device("vulkan", 0);
  expect(!objects(device.instance), "opening a device is no misuse");
  misuse(device);
  expect(objects(device.instance), "a misuse is reported");
  expect(!objects(device.instance), "a misuse is reported once");
}

}  // namespace
}  // namespace lensmith::vulkan

int main() {
  using namespace lensmith::vulkan;
#if defined(_WIN32)
  _putenv("LENSMITH_VULKAN_VALIDATION=1");
#else
  setenv("LENSMITH_VULKAN_VALIDATION", "1", 1);
#endif
  try {
    test_misuse();
  } catch (const lensmith::Error& error) {
    // No loader, no driver or no layer: nothing to test with.
    std::printf("skipped: %s\n", error.what());
  }
  return lensmith::test::report();
}
