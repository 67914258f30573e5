// A product with what stands beside it, into f32 or bf16.
#pragma once

#include "backends/vulkan/gemm.h"

namespace lensmith::vulkan {

// A product of low rank that is added to another: alpha · low op(side), side as transposed as b.
struct Beside {
  Matrix low, side;
  int64_t rank = 0;  // 0: nothing
  float alpha = 1;
};

template <class Args>
Beside beside_of(const Args& args) {
  if (!args.low) return {};
  return {matrix_of(args.low, false), matrix_of(args.side, false), args.low.dim(1),
          args.side_alpha};
}

// `args` says all but m, n, the bias and where the result goes.
void multiply(VulkanDevice& device, const Gemm& args, const Beside& beside, const Tensor& bias,
              const Tensor& out);

}  // namespace lensmith::vulkan
