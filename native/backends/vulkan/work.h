// How much arithmetic a device is given at once. Systems take one for lost that is at something for
// two seconds (Windows), or for a little longer, and a large product, or attention over a long
// text, is more than that on slow ones: such a kernel is cut into pieces, by its groups along x,
// and no batch of commands is more than a piece or two. The groups, and so results, stay the same.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#include "backends/vulkan/api.h"

namespace lensmith::vulkan {

inline constexpr double kAnyWork = std::numeric_limits<double>::infinity();

// Floating-point operations, of a product 2 m n k, that a device of this kind is given at once: a
// quarter of a second for the slowest. Cards with units for matrices are quick enough for whatever
// fits them, processors with them are as quick as other cards, and nobody watches a driver that
// computes on the CPU.
inline double most_work_of(VkPhysicalDeviceType type, bool has_matrices) {
  constexpr double kOfSlow = 25e9, kOfQuick = 200e9;
  const bool is_card =
      type == VK_PHYSICAL_DEVICE_TYPE_DISCRETE_GPU || type == VK_PHYSICAL_DEVICE_TYPE_VIRTUAL_GPU;
  if (type == VK_PHYSICAL_DEVICE_TYPE_CPU || (is_card && has_matrices)) return kAnyWork;
  return is_card || has_matrices ? kOfQuick : kOfSlow;
}

// Into how many pieces a kernel of so many groups along x is cut.
inline uint32_t pieces_of(double work, double most_work, uint32_t groups) {
  const double pieces = std::ceil(work / most_work);
  return static_cast<uint32_t>(std::clamp<double>(pieces, 1, std::max<uint32_t>(groups, 1)));
}

}  // namespace lensmith::vulkan
