#include <algorithm>

#include "backends/vulkan/few_rows.h"
#include "backends/vulkan/gemm.h"
#include "backends/vulkan/gemm_plan.h"
#include "backends/vulkan/kernels.h"
#include "backends/vulkan/operands.h"
#include "backends/vulkan/product.h"

namespace lensmith::vulkan {
namespace {

// What matmul.glsl and matmul.comp call a slice, and a group's threads.
constexpr int64_t kSlice = 16;

// Threads of a group side by side, and the sums of each along both axes.
struct Tile {
  int64_t columns, each_m, each_n;

  int64_t m() const { return kGroupSize / columns * each_m; }
  int64_t n() const { return columns * each_n; }
};

// An axis of a few elements, as the inside of adapters, has narrow tiles along the other one.
constexpr int64_t kNarrow = 16;

Tile tile_for(const VulkanDevice& device, int64_t m, int64_t n) {
  if (n <= kNarrow && m > kNarrow) return {4, 4, 4};
  if (m <= kNarrow && n > kNarrow) return {64, 4, 4};
  const int64_t each = square_each(device, m, n);
  return {16, each, each};
}

uint32_t flag(bool value) { return value ? 1 : 0; }
uint32_t id(const Matrix& matrix) { return static_cast<uint32_t>(matrix.dtype); }

struct Push {
  VkDeviceAddress a, b, bias, to;
  uint32_t m, n, k, lda, ldb, ldc, first_a, first_b, first_bias;
  float alpha, beta;
  uint32_t k_each;
};

Push push_of(const Gemm& s) {
  as_count((s.a.transposed ? s.k : s.m) * s.a.stride);
  as_count((s.b.transposed ? s.n : s.k) * s.b.stride);
  return {s.a.address,
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
          s.beta,
          as_count(s.k)};
}

void gemm_tiles(VulkanDevice& device, const Gemm& s) {
  const Tile tile = tile_for(device, s.m, s.n);
  Groups groups = tile_groups(s.m, s.n, tile.m(), tile.n());
  const Split split = split_of(device, s, int64_t{groups.x} * groups.y, kSlice);
  Push push = push_of(s);
  const bool splits = split.parts > 1;
  if (splits) {
    push.to = split.sums, push.k_each = as_count(split.k_each);
    groups.z = as_count(split.parts);
  }
  device.dispatch(
      Shader::matmul,
      {flag(s.a.transposed), flag(s.b.transposed), id(s.a), id(s.b),
       flag(s.bias.address != 0 && !splits), id(s.bias), flag(s.beta != 0 && !splits),
       as_count(tile.columns), as_count(tile.each_m), as_count(tile.each_n), flag(splits)},
      push, groups, work_of(s));
  if (splits) join(device, s, split);
}

}  // namespace

Groups matvec_groups(int64_t m, int64_t n, bool transpose_b) {
  const int64_t columns = transpose_b ? 8 : 32;
  return {as_count(ceil_div(n, columns)), static_cast<uint32_t>(m), 1};
}

// Large tiles read less from memory; small ones keep more of the device at work.
int64_t square_each(const VulkanDevice& device, int64_t m, int64_t n, uint32_t more_bytes) {
  constexpr int64_t kSmall = 64, kLarge = 128;
  constexpr uint32_t kLargeSharedBytes = 2 * kSlice * (kLarge + 1) * 4;
  const int64_t large = ceil_div(m, kLarge) * ceil_div(n, kLarge);
  const bool fits = device.max_shared_bytes() >= kLargeSharedBytes + more_bytes;
  return (fits && large >= 128 ? kLarge : kSmall) / 16;
}

Groups tile_groups(int64_t m, int64_t n, int64_t tile_m, int64_t tile_n) {
  return {as_count(ceil_div(n, tile_n)), as_count(ceil_div(m, tile_m)), 1};
}

Split split_of(VulkanDevice& device, const Gemm& s, int64_t tiles, int64_t slice) {
  const int64_t wanted = parts_of_k(device.cores(), tiles, s.k);
  return wanted == 1 ? Split{} : split_into(device, s, wanted, slice);
}

Split split_into(VulkanDevice& device, const Gemm& s, int64_t parts, int64_t slice,
                 Scratch purpose) {
  Split split;
  split.k_each = ceil_div(ceil_div(s.k, parts), slice) * slice;
  split.parts = ceil_div(s.k, split.k_each);
  as_count(split.parts * s.m * s.n);
  split.sums = device.scratch(static_cast<size_t>(split.parts * s.m * s.n) * 4, purpose);
  return split;
}

void join(VulkanDevice& device, const Gemm& s, const Split& split) {
  struct JoinPush {
    VkDeviceAddress parts, to, bias;
    uint32_t m, n, ldc, first_bias, splits;
    float alpha, beta;
  };
  device.dispatch(
      Shader::matmul_join, {flag(s.bias.address != 0), id(s.bias), flag(s.beta != 0)},
      JoinPush{split.sums, s.out, s.bias.address, as_count(s.m), as_count(s.n),
               as_count(s.out_stride), s.bias.first, as_count(split.parts), s.alpha, s.beta},
      linear_groups(s.m * s.n));
}

void gemm(VulkanDevice& device, const Gemm& s) {
  if (s.weight != nullptr) return quantized_gemm(device, s);
  if (multiply_few_rows(device, s) || gemm_narrow(device, s)) return;
  if (s.m <= kFewRows) {
    device.dispatch(Shader::matvec,
                    {flag(s.a.transposed), flag(s.b.transposed), id(s.a), id(s.b),
                     flag(s.bias.address != 0), id(s.bias), flag(s.beta != 0)},
                    push_of(s), matvec_groups(s.m, s.n, s.b.transposed));
    return;
  }
  if (can_cooperate(device, s)) return gemm_coop(device, s);
  gemm_tiles(device, s);
}

void matmul(VulkanDevice& device, const MatmulArgs& args) {
  Gemm call;
  call.a = matrix_of(args.a, args.transpose_a);
  call.b = matrix_of(args.b, args.transpose_b);
  call.k = args.a.dim(args.transpose_a ? 0 : 1);
  call.alpha = args.alpha, call.beta = args.beta;
  multiply(device, call, beside_of(args), args.bias, args.out);
}

}  // namespace lensmith::vulkan
