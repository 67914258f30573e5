// Which memory is taken for what, from the tables of drivers as they show them: heaps in MiB, types
// in their order. Prints `N passed, N failed`.
#include <cstdint>
#include <string>
#include <vector>

#include "backends/vulkan/memory_types.h"
#include "test/expect.h"

namespace lensmith::vulkan {
namespace {

using test::expect;

constexpr VkMemoryPropertyFlags kCard = VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT;
constexpr VkMemoryPropertyFlags kSeen =
    VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT;
constexpr VkMemoryPropertyFlags kCached = VK_MEMORY_PROPERTY_HOST_CACHED_BIT;
constexpr VkMemoryPropertyFlags kUncachedAmd =
    VK_MEMORY_PROPERTY_DEVICE_COHERENT_BIT_AMD | VK_MEMORY_PROPERTY_DEVICE_UNCACHED_BIT_AMD;

struct Type {
  VkMemoryPropertyFlags flags;
  uint32_t heap;
};

struct Table {
  std::string name;
  std::vector<VkDeviceSize> heaps;
  std::vector<Type> types;
  int device, host, read_back;  // the places that are wanted
};

const std::vector<Table> kTables = {
    {"NVIDIA, a window of 256 MiB",
     {8192, 24000, 246},
     {{0, 1}, {kCard, 0}, {kSeen, 1}, {kSeen | kCached, 1}, {kCard | kSeen, 2}},
     1,
     2,
     3},
    {"NVIDIA, all of it seen",
     {24576, 48000},
     {{0, 1}, {kCard, 0}, {kSeen, 1}, {kSeen | kCached, 1}, {kCard | kSeen, 0}},
     1,
     2,
     3},
    {"AMD on Windows, a window of 256 MiB",
     {7936, 16000, 256},
     {{kCard, 0},
      {kCard | kSeen, 2},
      {kSeen, 1},
      {kSeen | kCached, 1},
      {kCard | kUncachedAmd, 0},
      {kCard | kSeen | kUncachedAmd, 2},
      {kSeen | kUncachedAmd, 1},
      {kSeen | kCached | kUncachedAmd, 1}},
     0,
     2,
     3},
    {"RADV, all of it seen",
     {32000, 16368},
     {{kCard, 1},
      {kSeen, 0},
      {kCard | kSeen, 1},
      {kSeen | kCached, 0},
      {kCard | kUncachedAmd, 1},
      {kSeen | kUncachedAmd, 0},
      {kCard | kSeen | kUncachedAmd, 1},
      {kSeen | kCached | kUncachedAmd, 0}},
     0,
     1,
     3},
    {"AMD, a processor's: two heaps of its own",
     {4096, 256, 12000},
     {{kCard, 0}, {kCard | kSeen, 1}, {kSeen, 2}, {kSeen | kCached, 2}},
     0,
     2,
     3},
    {"Intel Arc: machine's memory is always cached",
     {16000, 24000, 256},
     {{kCard, 0}, {kCard | kSeen, 2}, {kSeen | kCached, 1}},
     0,
     2,
     2},
    {"Intel, a processor's on Linux", {24000}, {{kCard | kSeen | kCached, 0}}, 0, 0, 0},
    {"Intel, a processor's on Windows",
     {16000},
     {{kCard, 0}, {kCard | kSeen, 0}, {kCard | kSeen | kCached, 0}},
     0,
     1,
     2},
    {"Apple, MoltenVK",
     {21845},
     {{kCard, 0},
      {kCard | kSeen | kCached, 0},
      {kCard | VK_MEMORY_PROPERTY_LAZILY_ALLOCATED_BIT, 0}},
     0,
     1,
     1},
    {"ARM: cached is not always coherent",
     {6000},
     {{kCard, 0},
      {kCard | VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | kCached, 0},
      {kCard | kSeen, 0},
      {kCard | VK_MEMORY_PROPERTY_PROTECTED_BIT, 0}},
     0,
     2,
     2},
    {"lavapipe", {16000}, {{kCard | kSeen | kCached, 0}}, 0, 0, 0},
};

VkPhysicalDeviceMemoryProperties made_of(const Table& table) {
  VkPhysicalDeviceMemoryProperties made{};
  for (const VkDeviceSize mebibytes : table.heaps)
    made.memoryHeaps[made.memoryHeapCount++].size = mebibytes << 20;
  for (const Type& type : table.types)
    made.memoryTypes[made.memoryTypeCount++] = {type.flags, type.heap};
  return made;
}

void test_tables() {
  for (const Table& table : kTables) {
    const VkPhysicalDeviceMemoryProperties types = made_of(table);
    const auto is = [&](MemoryKind kind, int wanted, const char* what) {
      const int got = memory_type_for(types, ~0u, kind);
      expect(got == wanted, table.name + ": " + what + " is " + std::to_string(got) + ", not " +
                                std::to_string(wanted));
    };
    is(MemoryKind::device, table.device, "the device's own");
    is(MemoryKind::host, table.host, "the machine's");
    is(MemoryKind::read_back, table.read_back, "what is read back through");
  }
}

// As AMD's driver on Windows shows a processor's: next to nothing of its own.
void test_processor() {
  const Table table{"AMD, a processor's on Windows",
                    {512, 16000, 256},
                    {{kCard, 0}, {kCard | kSeen, 2}, {kSeen, 1}, {kSeen | kCached, 1}},
                    2,
                    2,
                    3};
  const VkPhysicalDeviceMemoryProperties types = all_its_own(made_of(table));
  expect(memory_type_for(types, ~0u, MemoryKind::device) == 2, "the machine's memory is its own");
  expect(memory_type_for(types, ~0u, MemoryKind::read_back) == 3, "what is read back is cached");
  VkPhysicalDeviceMemoryBudgetPropertiesEXT budget{};
  budget.heapBudget[0] = 512, budget.heapBudget[1] = 9000;
  expect(memory_left(types, budget) == 9000, "and what is left of that counts");
}

void test_allowed() {
  const VkPhysicalDeviceMemoryProperties types = made_of(kTables[0]);
  expect(memory_type_for(types, ~(1u << 3), MemoryKind::read_back) == 2,
         "what a buffer cannot have is not taken");
  expect(memory_type_for(types, 1, MemoryKind::host) == -1, "and where nothing is left, nothing");
}

}  // namespace
}  // namespace lensmith::vulkan

int main() {
  lensmith::vulkan::test_tables();
  lensmith::vulkan::test_processor();
  lensmith::vulkan::test_allowed();
  return lensmith::test::report();
}
