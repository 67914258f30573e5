#include "backends/vulkan/few_rows.h"
#include "backends/vulkan/gemm.h"
#include "backends/vulkan/kernels.h"
#include "backends/vulkan/product.h"
#include "backends/vulkan/quantized.h"

namespace lensmith::vulkan {

void quantized_gemm(VulkanDevice& device, const Gemm& s) {
  struct Push {
    QuantizedPush w;
    VkDeviceAddress a, bias, to;
    uint32_t m, n, k, lda, ldc, first_a, first_bias;
  };
  // What shaders/nf4_tables.glsl has in shared memory.
  constexpr uint32_t kTableBytes = (16 + 256) * sizeof(float);
  as_count(s.m * s.a.stride);
  if (multiply_few_rows(device, s)) return;
  const QuantizedMatrix& w = *s.weight;
  const uint32_t transposed = s.b.transposed ? 1 : 0, has_bias = s.bias.address != 0 ? 1 : 0;
  const auto a_type = static_cast<uint32_t>(s.a.dtype),
             bias_type = static_cast<uint32_t>(s.bias.dtype);
  const uint32_t format = format_of(w), whole = has_whole_rows(w);
  const Push push{push_of(device, w),     s.a.address,   s.bias.address, s.out,
                  as_count(s.m),          as_count(s.n), as_count(s.k),  as_count(s.a.stride),
                  as_count(s.out_stride), s.a.first,     s.bias.first};
  if (s.m <= kFewRows) {
    device.dispatch(Shader::quantized_matvec,
                    {format, whole, transposed, a_type, has_bias, bias_type}, push,
                    matvec_groups(s.m, s.n, s.b.transposed));
    return;
  }
  if (can_cooperate(device, s)) return gemm_coop(device, s);
  const int64_t each = square_each(device, s.m, s.n, kTableBytes);
  device.dispatch(
      Shader::quantized_matmul,
      {format, whole, transposed, a_type, has_bias, bias_type, as_count(each), as_count(each)},
      push, tile_groups(s.m, s.n, 16 * each, 16 * each), work_of(s));
}

void quantized_matmul(VulkanDevice& device, const QuantizedMatmulArgs& args) {
  Gemm call;
  call.a = matrix_of(args.a, false);
  call.b.transposed = args.transpose_w;
  call.weight = &args.w;
  call.k = args.a.dim(1);
  multiply(device, call, beside_of(args), args.bias, args.out);
}

}  // namespace lensmith::vulkan
