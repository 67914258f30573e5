// Matrix multiplication as kernels use it: by address, so that operands may be scratch memory.
#pragma once

#include "backends/vulkan/vulkan_device.h"

namespace lensmith::vulkan {

// One operand: where its first word lies, and how many elements into that word it starts.
struct Matrix {
  VkDeviceAddress address = 0;
  uint32_t first = 0;
  DType dtype = DType::f32;
  int64_t stride = 0;  // elements from row to row
  bool transposed = false;
};

struct Gemm {
  Matrix a, b;
  Matrix bias;  // address 0: none
  VkDeviceAddress out = 0;
  int64_t out_stride = 0;
  int64_t m = 0, n = 0, k = 0;
  float alpha = 1, beta = 0;
};

// Up to so many rows reading b is all the work, and a row at a time does: matvec.glsl.
inline constexpr int64_t kFewRows = 4;

Groups matvec_groups(int64_t m, int64_t n, bool transpose_b);

// Side of a tile of matmul.glsl, for a shader that has so much more in shared memory.
int64_t tile_for(const VulkanDevice& device, int64_t m, int64_t n, uint32_t more_bytes = 0);

Groups tile_groups(int64_t m, int64_t n, int64_t tile);

// out = alpha · op(a) op(b) + beta · out (+ bias).
void gemm(VulkanDevice& device, const Gemm& args);

}  // namespace lensmith::vulkan
