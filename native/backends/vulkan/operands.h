// How kernels are told of tensors: addresses, element types, counts that fit the shaders' numbers.
#pragma once

#include <cstdint>

#include "backends/vulkan/vulkan_device.h"
#include "core/error.h"

namespace lensmith::vulkan {

inline constexpr int64_t kGroupSize = 256;
// Vulkan promises no more groups along an axis than this.
inline constexpr int64_t kMostGroups = 65535;

// Where a tensor's elements start; 0 for one that was not given. 16-bit elements may start in the
// middle of a word, which shaders cannot address: see word_of and half_of.
inline VkDeviceAddress address_of(const Tensor& tensor) {
  if (!tensor.defined()) return 0;
  return static_cast<const Block*>(tensor.storage->data())->address() +
         static_cast<VkDeviceAddress>(tensor.offset_bytes);
}

// The word in which a tensor of any dtype starts, and how many elements into it.
inline VkDeviceAddress word_of(const Tensor& tensor) {
  return address_of(tensor) & ~VkDeviceAddress{3};
}

inline uint32_t element_in_word(const Tensor& tensor) {
  if (!tensor.defined()) return 0;
  const auto bytes = static_cast<uint32_t>(address_of(tensor) & 3);
  return bytes / static_cast<uint32_t>(alignment_of(tensor.dtype));
}

// Whether vectors of 16 bytes can be read from its start; one that was not given is in nobody's
// way.
inline bool is_at_vectors(const Tensor& tensor) { return address_of(tensor) % 16 == 0; }

inline uint32_t id_of(const Tensor& tensor) { return static_cast<uint32_t>(tensor.dtype); }

// Shaders index with signed 32-bit numbers.
inline uint32_t as_count(int64_t count) {
  if (count > INT32_MAX) {
    throw Error("device/tensor-too-large", "A tensor is too large for this device.",
                "at most " + std::to_string(INT32_MAX) + " elements",
                std::to_string(count) + " elements");
  }
  return static_cast<uint32_t>(count);
}

inline int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }

// `count` groups, in as many rows as are needed; shaders number them y · width + x and ignore those
// past the end.
inline Groups spread(int64_t count) {
  as_count(count);
  const int64_t rows = ceil_div(count, kMostGroups);
  if (rows <= 1) return {static_cast<uint32_t>(count), 1, 1};
  return {static_cast<uint32_t>(ceil_div(count, rows)), static_cast<uint32_t>(rows), 1};
}

// One thread an element.
inline Groups linear_groups(int64_t elements) { return spread(ceil_div(elements, kGroupSize)); }

}  // namespace lensmith::vulkan
