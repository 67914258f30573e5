// What blocks are cut from, over a driver that is made up: which memory is taken, what is told
// where there is no more, and that all goes back. Prints `N passed, N failed`.
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "backends/vulkan/memory.h"
#include "test/expect.h"

namespace lensmith::vulkan {
namespace {

using test::expect;

constexpr int64_t kMebibyte = int64_t{1} << 20;

// What the driver has, and has given.
struct Driver {
  VkDeviceSize room = 0;  // of its own that other programs left
  std::map<uint64_t, VkDeviceSize> given;
  std::map<uint64_t, uint32_t> types;
  uint64_t handles = 0;
  VkDeviceSize asked = 0;  // size of the buffer that was made last

  VkDeviceSize in_use() const {
    VkDeviceSize sum = 0;
    for (const auto& [handle, size] : given) sum += size;
    return sum;
  }
};

Driver driver;

template <class Handle>
Handle make_handle() {
  return reinterpret_cast<Handle>(++driver.handles);
}

template <class Handle>
uint64_t number_of(Handle handle) {
  return reinterpret_cast<uint64_t>(handle);
}

VkResult VKAPI_PTR create_buffer(VkDevice, const VkBufferCreateInfo* info,
                                 const VkAllocationCallbacks*, VkBuffer* buffer) {
  driver.asked = info->size;
  *buffer = make_handle<VkBuffer>();
  return VK_SUCCESS;
}

void VKAPI_PTR requirements_of(VkDevice, VkBuffer, VkMemoryRequirements* needs) {
  *needs = {driver.asked, 64, 0xff};
}

VkResult VKAPI_PTR allocate(VkDevice, const VkMemoryAllocateInfo* info,
                            const VkAllocationCallbacks*, VkDeviceMemory* memory) {
  if (driver.in_use() + info->allocationSize > driver.room) return VK_ERROR_OUT_OF_DEVICE_MEMORY;
  *memory = make_handle<VkDeviceMemory>();
  driver.given[number_of(*memory)] = info->allocationSize;
  driver.types[number_of(*memory)] = info->memoryTypeIndex;
  return VK_SUCCESS;
}

void VKAPI_PTR release(VkDevice, VkDeviceMemory memory, const VkAllocationCallbacks*) {
  driver.given.erase(number_of(memory));
}

void VKAPI_PTR destroy_buffer(VkDevice, VkBuffer, const VkAllocationCallbacks*) {}

VkResult VKAPI_PTR bind(VkDevice, VkBuffer, VkDeviceMemory, VkDeviceSize) { return VK_SUCCESS; }

VkDeviceAddress VKAPI_PTR address_of(VkDevice, const VkBufferDeviceAddressInfo*) { return 4096; }

DeviceApi api() {
  DeviceApi made;
  made.vkCreateBuffer = create_buffer;
  made.vkDestroyBuffer = destroy_buffer;
  made.vkGetBufferMemoryRequirements = requirements_of;
  made.vkAllocateMemory = allocate;
  made.vkFreeMemory = release;
  made.vkBindBufferMemory = bind;
  made.vkGetBufferDeviceAddress = address_of;
  return made;
}

// Two heaps of its own, as some processors with graphics have; the smaller one comes first.
VkPhysicalDeviceMemoryProperties two_heaps(int64_t large_bytes) {
  VkPhysicalDeviceMemoryProperties types{};
  types.memoryHeapCount = 3;
  types.memoryHeaps[0] = {static_cast<VkDeviceSize>(256 * kMebibyte),
                          VK_MEMORY_HEAP_DEVICE_LOCAL_BIT};
  types.memoryHeaps[1] = {static_cast<VkDeviceSize>(large_bytes), VK_MEMORY_HEAP_DEVICE_LOCAL_BIT};
  types.memoryHeaps[2] = {static_cast<VkDeviceSize>(large_bytes), 0};
  types.memoryTypeCount = 3;
  types.memoryTypes[0] = {VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT, 0};
  types.memoryTypes[1] = {VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT, 1};
  types.memoryTypes[2] = {
      VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT, 2};
  return types;
}

VkDeviceSize unlimited() { return kUnlimited; }

// "… at most N more would fit in one piece …": N, or -1.
int64_t fit_of(const std::string& text) {
  const std::string before = "at most ";
  const size_t found = text.find(before);
  return found == std::string::npos ? -1 : std::stoll(text.substr(found + before.size()));
}

void test_heap() {
  driver = {};
  driver.room = static_cast<VkDeviceSize>(4096 * kMebibyte);
  const DeviceApi functions = api();
  SlabMemory memory(functions, nullptr, two_heaps(2048 * kMebibyte), MemoryKind::device,
                    2048 * kMebibyte, unlimited);
  void* const block = memory.take(1000);
  expect(block != nullptr && driver.types.begin()->second == 1,
         "memory is of the heap that the device's size is told by");
  memory.give_back(block);
  expect(driver.given.empty(), "and goes back with its last block");
}

void test_budget() {
  driver = {};
  driver.room = static_cast<VkDeviceSize>(4096 * kMebibyte);
  const DeviceApi functions = api();
  SlabMemory memory(functions, nullptr, two_heaps(2048 * kMebibyte), MemoryKind::device,
                    100 * kMebibyte, unlimited);
  void* const block = memory.take(static_cast<size_t>(60 * kMebibyte));
  expect(block != nullptr, "what is within the budget is given");
  expect(memory.take(static_cast<size_t>(60 * kMebibyte)) == nullptr, "and no more");
  const int64_t fit = fit_of(memory.room());
  expect(fit == 40 * kMebibyte, "it says what would fit: " + memory.room());
  void* const rest = memory.take(static_cast<size_t>(fit));
  expect(rest != nullptr, "which does");
  memory.give_back(rest);
  memory.give_back(block);
}

// Other programs have most of the card: what its size says is not there.
void test_others() {
  driver = {};
  driver.room = static_cast<VkDeviceSize>(300 * kMebibyte);
  const DeviceApi functions = api();
  SlabMemory memory(functions, nullptr, two_heaps(8192 * kMebibyte), MemoryKind::device,
                    8192 * kMebibyte, unlimited);
  void* const block = memory.take(static_cast<size_t>(200 * kMebibyte));
  expect(block != nullptr, "what is there is given");
  const auto wanted = static_cast<size_t>(150 * kMebibyte);
  expect(memory.take(wanted) == nullptr, "what is not is refused");
  const std::string room = memory.room();
  const int64_t fit = fit_of(room);
  expect(fit > 0 && fit < 150 * kMebibyte, "what was refused is not said to fit: " + room);
  expect(room.find("other programs") != std::string::npos, "it says who may have it: " + room);
  driver.room *= 2;  // one of them ended
  void* const more = memory.take(wanted);
  expect(more != nullptr, "and is given when it is there");
  expect(fit_of(memory.room()) > 150 * kMebibyte, "which is all forgotten then");
  memory.give_back(more);
  memory.give_back(block);
  expect(driver.given.empty(), "all goes back");
}

// A driver that would give more than the system wants this process to have, as on Windows.
void test_left() {
  driver = {};
  driver.room = static_cast<VkDeviceSize>(8192 * kMebibyte);
  const auto budget = static_cast<VkDeviceSize>(300 * kMebibyte);
  const DeviceApi functions = api();
  SlabMemory memory(functions, nullptr, two_heaps(8192 * kMebibyte), MemoryKind::device,
                    8192 * kMebibyte, [&] { return budget - driver.in_use(); });
  void* const block = memory.take(static_cast<size_t>(290 * kMebibyte));
  expect(block != nullptr, "what is left is given");
  expect(memory.take(static_cast<size_t>(20 * kMebibyte)) == nullptr, "more is not");
  expect(driver.in_use() <= budget, "nor asked for");
  const std::string room = memory.room();
  expect(room.find("other programs") != std::string::npos, "it says who may have it: " + room);
  const int64_t fit = fit_of(room);
  expect(fit < 20 * kMebibyte, "and does not promise it: " + room);
  memory.give_back(block);
}

void test_told() {
  const VkPhysicalDeviceMemoryProperties types = two_heaps(2048 * kMebibyte);
  VkPhysicalDeviceMemoryBudgetPropertiesEXT budget{};
  expect(memory_left(types, budget) == kUnlimited, "a driver that tells nothing sets no limit");
  budget.heapBudget[0] = 5, budget.heapBudget[1] = 100, budget.heapUsage[1] = 40;
  expect(memory_left(types, budget) == 60, "what is left is of the heap that is used");
  budget.heapUsage[1] = 110;
  expect(memory_left(types, budget) == 0, "and nothing once all is taken");
}

}  // namespace
}  // namespace lensmith::vulkan

int main() {
  using namespace lensmith::vulkan;
  test_heap();
  test_budget();
  test_others();
  test_left();
  test_told();
  return lensmith::test::report();
}
