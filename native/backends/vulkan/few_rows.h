// Products of few rows with a matrix whose rows lie along K: shaders/few_rows.glsl.
#pragma once

#include "backends/vulkan/gemm.h"

namespace lensmith::vulkan {

// How the work is dealt out: rows of a that the shader has room for, columns that a thread has sums
// of, threads that share these, pieces of a column that each has on their way at once.
struct FewRows {
  uint32_t rows, columns, lanes, ahead;

  Groups groups(int64_t n) const;
};

// chunks: of 16 bytes, in a row of b.
FewRows few_rows_for(const VulkanDevice& device, int64_t m, int64_t n, int64_t chunks);

// Whether its operands can be read so.
bool takes_few_rows(const VulkanDevice& device, const Gemm& args);

// Does the product when its operands can be read 16 bytes at a time, and says whether it did.
bool multiply_few_rows(VulkanDevice& device, const Gemm& args);

}  // namespace lensmith::vulkan
