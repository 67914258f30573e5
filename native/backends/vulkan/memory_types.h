// Which of the kinds of memory that a driver shows serves what.
#pragma once

#include <cstdint>

#include "backends/vulkan/api.h"

namespace lensmith::vulkan {

inline constexpr VkDeviceSize kUnlimited = ~VkDeviceSize{0};

enum class MemoryKind {
  device,     // of the device itself
  host,       // of the machine: the CPU writes it, and kernels reach it
  read_back,  // of the machine: the CPU reads what the device wrote
};

// The place of the best type for a purpose among those that `allowed` has a bit for; -1: there is
// none. What the CPU sees is coherent, which every driver has a type for. Machine's memory is taken
// before the part of a card that the CPU sees, often no more than 256 MiB; it is cached by the CPU
// only where that reads it: from memory that is not, reading is ten times as slow and more.
int memory_type_for(const VkPhysicalDeviceMemoryProperties& types, uint32_t allowed,
                    MemoryKind kind);

// The same table of a processor with graphics: all heaps are in one and the same memory, so that
// each is its own. Drivers may set aside a small one as such, of 512 MiB often.
VkPhysicalDeviceMemoryProperties all_its_own(VkPhysicalDeviceMemoryProperties types);

// What the system lets this process take yet of the heap that the device's own memory is in: less
// than the heap where other programs, the screen or, on a processor with graphics, everything else
// have some of it. Windows gives more, and then moves it in and out of the card. Unlimited where
// the driver does not tell (VK_EXT_memory_budget).
VkDeviceSize memory_left(const VkPhysicalDeviceMemoryProperties& types,
                         const VkPhysicalDeviceMemoryBudgetPropertiesEXT& budget);

}  // namespace lensmith::vulkan
