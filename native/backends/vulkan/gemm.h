// Matrix multiplication as kernels use it: by address, so that operands may be scratch memory.
#pragma once

#include "backends/vulkan/operands.h"
#include "backends/vulkan/quantized.h"
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

inline Matrix matrix_of(const Tensor& tensor, bool transposed) {
  return {word_of(tensor), element_in_word(tensor), tensor.dtype, tensor.stride[0], transposed};
}

inline Matrix bias_of(const Tensor& bias) {
  if (!bias) return {};
  return {word_of(bias), element_in_word(bias), bias.dtype, bias.rank == 1 ? 0 : bias.stride[0]};
}

struct Gemm {
  Matrix a, b;
  Matrix bias;                              // address 0: none; stride 0: one for all rows
  const QuantizedMatrix* weight = nullptr;  // in place of b, of which then only `transposed` counts
  VkDeviceAddress out = 0;
  int64_t out_stride = 0;
  int64_t m = 0, n = 0, k = 0;
  float alpha = 1, beta = 0;
};

// As work.h counts it.
inline double work_of(const Gemm& s) {
  return 2.0 * static_cast<double>(s.m) * static_cast<double>(s.n) * static_cast<double>(s.k);
}

// Up to so many rows reading b is all the work, and a row at a time does: matvec.glsl.
inline constexpr int64_t kFewRows = 4;

Groups matvec_groups(int64_t m, int64_t n, bool transpose_b);

// Sums that a thread of matmul.glsl keeps along each axis, for tiles that are square; for a shader
// that has so much more in shared memory.
int64_t square_each(const VulkanDevice& device, int64_t m, int64_t n, uint32_t more_bytes = 0);

Groups tile_groups(int64_t m, int64_t n, int64_t tile_m, int64_t tile_n);

// out = alpha · op(a) op(b) + beta · out (+ bias); f32.
void gemm(VulkanDevice& device, const Gemm& args);

// Whether cooperative matrices can take a product: the device has them, and a factor has 16 bits or
// fewer, so that the other one may be rounded to as many. See gemm_coop.cc.
bool can_cooperate(const VulkanDevice& device, const Gemm& args);
void gemm_coop(VulkanDevice& device, const Gemm& args);

// The same with a quantised weight in place of b: quantized_matmul.cc.
void quantized_gemm(VulkanDevice& device, const Gemm& args);

// Takes a product with one short axis when it is one for gemm_narrow.cc. Returns whether it was.
bool gemm_narrow(VulkanDevice& device, const Gemm& args);

// Few tiles and a long K: so many groups share the K of each, and matmul_join adds their parts.
struct Split {
  int64_t parts = 1, k_each = 0;
  VkDeviceAddress sums = 0;
};
Split split_of(VulkanDevice& device, const Gemm& args, int64_t tiles, int64_t slice);
// Into about so many parts, each of whole slices; `purpose`: of the memory for their sums.
Split split_into(VulkanDevice& device, const Gemm& args, int64_t parts, int64_t slice,
                 Scratch purpose = Scratch::parts);
void join(VulkanDevice& device, const Gemm& args, const Split& split);

}  // namespace lensmith::vulkan
