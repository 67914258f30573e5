// A product with what stands beside it, into f32 or bf16: whole where cooperative matrices take it,
// else in steps, with sums in f32.
#include "backends/vulkan/copy.h"
#include "backends/vulkan/gemm.h"

namespace lensmith::vulkan {
namespace {

// out += side_alpha · low op(side)
void add_side(VulkanDevice& device, const Gemm& s) {
  if (s.low.address == 0 || s.rank == 0) return;
  Gemm beside;
  beside.a = s.low, beside.b = s.side;
  beside.b.transposed = s.b.transposed;
  beside.m = s.m, beside.n = s.n, beside.k = s.rank;
  beside.alpha = s.side_alpha, beside.beta = 1;
  beside.out = s.out, beside.out_stride = s.out_stride;
  gemm(device, beside);
}

}  // namespace

void multiply(VulkanDevice& device, const Gemm& args, const Tensor& out) {
  Gemm s = args;
  s.m = out.dim(0), s.n = out.dim(1);
  if (s.m == 0 || s.n == 0) return;
  as_count(s.m * out.stride[0]);
  s.out = address_of(out), s.out_dtype = out.dtype, s.out_stride = out.stride[0];
  if (can_cooperate_whole(device, s)) return gemm_coop(device, s);
  const bool is_narrow = out.dtype != DType::f32;
  if (is_narrow) {
    s.out = device.scratch(static_cast<size_t>(s.m * s.n) * sizeof(float), Scratch::sums);
    s.out_stride = s.n;
  }
  gemm(device, s);
  add_side(device, s);
  if (is_narrow) copy_floats(device, s.out, out);
}

}  // namespace lensmith::vulkan
