#include "backends/vulkan/memory_types.h"

#include <tuple>

namespace lensmith::vulkan {
namespace {

constexpr VkMemoryPropertyFlags kDevice = VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT;
constexpr VkMemoryPropertyFlags kHost =
    VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT;
// For images of a pass, for what no one may copy, or behind a feature that nobody asked for.
constexpr VkMemoryPropertyFlags kUnusable =
    VK_MEMORY_PROPERTY_LAZILY_ALLOCATED_BIT | VK_MEMORY_PROPERTY_PROTECTED_BIT |
    VK_MEMORY_PROPERTY_DEVICE_COHERENT_BIT_AMD | VK_MEMORY_PROPERTY_DEVICE_UNCACHED_BIT_AMD;

// Larger is better, in lexicographic order; of equals the first, which drivers sort by speed.
using Worth = std::tuple<bool, bool, VkDeviceSize>;

Worth worth_of(const VkMemoryType& type, const VkMemoryHeap& heap, MemoryKind kind) {
  const bool is_card = (type.propertyFlags & kDevice) != 0;
  const bool is_cached = (type.propertyFlags & VK_MEMORY_PROPERTY_HOST_CACHED_BIT) != 0;
  switch (kind) {
    // The largest heap, by which the device's size is told.
    case MemoryKind::device: return {true, true, heap.size};
    case MemoryKind::host: return {!is_card, !is_cached, 0};
    case MemoryKind::read_back: return {is_cached, !is_card, 0};
  }
  return {};
}

}  // namespace

int memory_type_for(const VkPhysicalDeviceMemoryProperties& types, uint32_t allowed,
                    MemoryKind kind) {
  const VkMemoryPropertyFlags wanted = kind == MemoryKind::device ? kDevice : kHost;
  int best = -1;
  Worth most;
  for (uint32_t i = 0; i < types.memoryTypeCount; ++i) {
    const VkMemoryType& type = types.memoryTypes[i];
    const bool fits = (type.propertyFlags & (wanted | kUnusable)) == wanted;
    if (!fits || (allowed >> i & 1) == 0) continue;
    const Worth worth = worth_of(type, types.memoryHeaps[type.heapIndex], kind);
    if (best >= 0 && worth <= most) continue;
    best = static_cast<int>(i), most = worth;
  }
  return best;
}

VkPhysicalDeviceMemoryProperties all_its_own(VkPhysicalDeviceMemoryProperties types) {
  for (uint32_t i = 0; i < types.memoryTypeCount; ++i)
    types.memoryTypes[i].propertyFlags |= VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT;
  for (uint32_t i = 0; i < types.memoryHeapCount; ++i)
    types.memoryHeaps[i].flags |= VK_MEMORY_HEAP_DEVICE_LOCAL_BIT;
  return types;
}

VkDeviceSize memory_left(const VkPhysicalDeviceMemoryProperties& types,
                         const VkPhysicalDeviceMemoryBudgetPropertiesEXT& budget) {
  const int type = memory_type_for(types, ~0u, MemoryKind::device);
  if (type < 0) return kUnlimited;
  const uint32_t heap = types.memoryTypes[type].heapIndex;
  const VkDeviceSize all = budget.heapBudget[heap], used = budget.heapUsage[heap];
  if (all == 0) return kUnlimited;
  return all > used ? all - used : 0;
}

}  // namespace lensmith::vulkan
