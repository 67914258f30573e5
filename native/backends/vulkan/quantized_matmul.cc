#include "backends/vulkan/few_rows.h"
#include "backends/vulkan/gemm.h"
#include "backends/vulkan/kernels.h"
#include "backends/vulkan/quantized.h"

namespace lensmith::vulkan {
namespace {

Gemm gemm_of(const QuantizedMatmulArgs& args) {
  Gemm call;
  call.a = matrix_of(args.a, false);
  call.b.transposed = args.transpose_w;
  call.weight = &args.w;
  if (args.bias) call.bias = matrix_of(args.bias, false);
  call.out = address_of(args.out), call.out_stride = args.out.stride[0];
  call.m = args.out.dim(0), call.n = args.out.dim(1), call.k = args.a.dim(1);
  return call;
}

}  // namespace

void quantized_matmul(VulkanDevice& device, const QuantizedMatmulArgs& args) {
  struct Push {
    QuantizedPush w;
    VkDeviceAddress a, bias, to;
    uint32_t m, n, k, lda, ldc, first_a, first_bias;
  };
  // What shaders/nf4_tables.glsl has in shared memory.
  constexpr uint32_t kTableBytes = (16 + 256) * sizeof(float);
  const int64_t m = args.out.dim(0), n = args.out.dim(1);
  if (m == 0) return;
  as_count(m * args.a.stride[0]);
  as_count(m * args.out.stride[0]);
  if (multiply_few_rows(device, args)) return;
  const uint32_t transposed = args.transpose_w ? 1 : 0;
  const uint32_t has_bias = args.bias ? 1 : 0;
  const uint32_t bias_type = args.bias ? id_of(args.bias) : 0;
  const uint32_t format = format_of(args.w), whole = has_whole_rows(args.w);
  const Push push{push_of(device, args.w),
                  word_of(args.a),
                  word_of(args.bias),
                  address_of(args.out),
                  as_count(m),
                  as_count(n),
                  as_count(args.a.dim(1)),
                  as_count(args.a.stride[0]),
                  as_count(args.out.stride[0]),
                  element_in_word(args.a),
                  element_in_word(args.bias)};
  if (m <= kFewRows) {
    device.dispatch(Shader::quantized_matvec,
                    {format, whole, transposed, id_of(args.a), has_bias, bias_type}, push,
                    matvec_groups(m, n, args.transpose_w));
    return;
  }
  if (const Gemm call = gemm_of(args); can_cooperate(device, call)) return gemm_coop(device, call);
  const int64_t each = square_each(device, m, n, kTableBytes);
  device.dispatch(Shader::quantized_matmul,
                  {format, whole, transposed, id_of(args.a), has_bias, bias_type, as_count(each),
                   as_count(each)},
                  push, tile_groups(m, n, 16 * each, 16 * each));
}

}  // namespace lensmith::vulkan
