#include "backends/vulkan/gemm.h"
#include "backends/vulkan/kernels.h"
#include "backends/vulkan/operands.h"

namespace lensmith::vulkan {
namespace {

constexpr int64_t kSmallTile = 64, kLargeTile = 128;

// What a large tile's slices of both operands take.
constexpr uint32_t kLargeSharedBytes = 2 * 16 * (kLargeTile + 1) * 4;

Matrix matrix_of(const Tensor& tensor, bool transposed) {
  return {word_of(tensor), element_in_word(tensor), tensor.dtype, tensor.stride[0], transposed};
}

}  // namespace

Groups matvec_groups(int64_t m, int64_t n, bool transpose_b) {
  const int64_t columns = transpose_b ? 8 : 32;
  return {as_count(ceil_div(n, columns)), static_cast<uint32_t>(m), 1};
}

// Large tiles read less from memory; small ones keep more of the device at work.
int64_t tile_for(const VulkanDevice& device, int64_t m, int64_t n, uint32_t more_bytes) {
  if (device.max_shared_bytes() < kLargeSharedBytes + more_bytes) return kSmallTile;
  const int64_t large = ceil_div(m, kLargeTile) * ceil_div(n, kLargeTile);
  return large >= 128 ? kLargeTile : kSmallTile;
}

Groups tile_groups(int64_t m, int64_t n, int64_t tile) {
  return {as_count(ceil_div(n, tile)), as_count(ceil_div(m, tile)), 1};
}

void gemm(VulkanDevice& device, const Gemm& s) {
  struct Push {
    VkDeviceAddress a, b, bias, to;
    uint32_t m, n, k, lda, ldb, ldc, first_a, first_b, first_bias;
    float alpha, beta;
  };
  if (s.m == 0 || s.n == 0) return;
  as_count((s.a.transposed ? s.k : s.m) * s.a.stride);
  as_count((s.b.transposed ? s.n : s.k) * s.b.stride);
  as_count(s.m * s.out_stride);
  const Push push{s.a.address,
                  s.b.address,
                  s.bias.address,
                  s.out,
                  as_count(s.m),
                  as_count(s.n),
                  as_count(s.k),
                  as_count(s.a.stride),
                  as_count(s.b.stride),
                  as_count(s.out_stride),
                  s.a.first,
                  s.b.first,
                  s.bias.first,
                  s.alpha,
                  s.beta};
  const auto flag = [](bool value) { return value ? 1u : 0u; };
  const auto id = [](const Matrix& matrix) { return static_cast<uint32_t>(matrix.dtype); };
  const uint32_t has_bias = flag(s.bias.address != 0), adds = flag(s.beta != 0);
  if (s.m <= kFewRows) {
    device.dispatch(
        Shader::matvec,
        {flag(s.a.transposed), flag(s.b.transposed), id(s.a), id(s.b), has_bias, id(s.bias), adds},
        push, matvec_groups(s.m, s.n, s.b.transposed));
    return;
  }
  const int64_t tile = tile_for(device, s.m, s.n);
  device.dispatch(Shader::matmul,
                  {flag(s.a.transposed), flag(s.b.transposed), id(s.a), id(s.b), has_bias,
                   id(s.bias), adds, static_cast<uint32_t>(tile)},
                  push, tile_groups(s.m, s.n, tile));
}

void matmul(VulkanDevice& device, const MatmulArgs& args) {
  Gemm call;
  call.a = matrix_of(args.a, args.transpose_a);
  call.b = matrix_of(args.b, args.transpose_b);
  if (args.bias) call.bias = matrix_of(args.bias, false);
  call.out = address_of(args.out);
  call.out_stride = args.out.stride[0];
  call.m = args.out.dim(0), call.n = args.out.dim(1);
  call.k = args.a.dim(args.transpose_a ? 0 : 1);
  call.alpha = args.alpha, call.beta = args.beta;
  gemm(device, call);
}

}  // namespace lensmith::vulkan
