#include "backends/vulkan/few_rows.h"

#include <bit>

#include "backends/vulkan/quantized.h"

namespace lensmith::vulkan {
namespace {

// A driver that computes on the CPU takes seconds to compile what is unrolled for more.
int64_t most_rows(const VulkanDevice& device) { return device.is_software() ? 8 : 16; }

// Pieces of 16 bytes that a thread waits for at once.
constexpr uint32_t kOnTheirWay = 8;
// Fewer groups than this leave much of a large card without work.
constexpr int64_t kGroupsAtLeast = 128;

// Whether rows can be read in pieces of so many bytes.
bool lies_in_pieces(VkDeviceAddress address, int64_t row_bytes, int64_t piece) {
  return address % static_cast<VkDeviceAddress>(piece) == 0 && row_bytes % piece == 0;
}

// Four elements at a time: 16 bytes of f32, 8 of a narrower type.
bool reads_a(VkDeviceAddress address, int64_t stride, DType dtype) {
  const int64_t element = bytes_for(dtype, 1);
  return lies_in_pieces(address, stride * element, 4 * element);
}

VkDeviceAddress start_of(const Matrix& matrix) {
  return matrix.address + static_cast<VkDeviceAddress>(matrix.first * bytes_for(matrix.dtype, 1));
}

uint32_t flag(bool value) { return value ? 1 : 0; }

}  // namespace

Groups FewRows::groups(int64_t n) const {
  return {as_count(ceil_div(n, kGroupSize / lanes * columns)), 1, 1};
}

FewRows few_rows_for(const VulkanDevice& device, int64_t m, int64_t n, int64_t chunks) {
  // The longer the rows, the more threads share them, so that the first round of reading has as
  // much on its way as there is room for; fewer where each has more sums to hand over.
  const uint32_t lanes = m <= 2 && chunks >= 512 ? 128 : chunks >= 128 ? 64 : chunks > 8 ? 32 : 8;
  FewRows plan{std::bit_ceil(static_cast<uint32_t>(m)), 4, lanes, 0};
  const auto has_too_few = [&] {
    return ceil_div(n, kGroupSize / plan.lanes * plan.columns) < kGroupsAtLeast;
  };
  while (plan.columns > 1 && (has_too_few() || device.is_software())) plan.columns /= 2;
  plan.ahead = device.is_software() ? 1 : kOnTheirWay / plan.columns;
  return plan;
}

namespace {

int64_t chunk_of(const Gemm& s) {
  if (s.weight != nullptr) return s.weight->is_nf4() ? 32 : 16;
  return 16 / bytes_for(s.b.dtype, 1);
}

bool reads_b(const Gemm& s) {
  if (s.weight != nullptr) return address_of(s.weight->codes) % 16 == 0;
  return lies_in_pieces(start_of(s.b), s.b.stride * bytes_for(s.b.dtype, 1), 16);
}

void multiply_quantized(VulkanDevice& device, const Gemm& s, const FewRows& plan) {
  struct Push {
    QuantizedPush w;
    VkDeviceAddress a, bias, to;
    uint32_t m, n, k, lda, ldc, first_a, first_bias, bias_stride;
  };
  device.dispatch(Shader::quantized_few_rows,
                  {format_of(*s.weight), 1u, plan.rows, plan.columns, plan.lanes, plan.ahead,
                   flag(device.is_software() || plan.rows > 4), static_cast<uint32_t>(s.a.dtype),
                   flag(s.bias.address != 0), static_cast<uint32_t>(s.bias.dtype)},
                  Push{push_of(device, *s.weight), start_of(s.a), s.bias.address, s.out,
                       as_count(s.m), as_count(s.n), as_count(s.k), as_count(s.a.stride),
                       as_count(s.out_stride), 0, s.bias.first, as_count(s.bias.stride)},
                  plan.groups(s.n));
}

void multiply_plain(VulkanDevice& device, const Gemm& s, const FewRows& plan) {
  struct Push {
    VkDeviceAddress a, b, bias, to;
    uint32_t m, n, k, lda, ldb, ldc, first_bias, bias_stride;
    float alpha, beta;
  };
  device.dispatch(
      Shader::few_rows,
      {plan.rows, plan.columns, plan.lanes, plan.ahead, flag(device.is_software()),
       static_cast<uint32_t>(s.a.dtype), static_cast<uint32_t>(s.b.dtype),
       flag(s.bias.address != 0), static_cast<uint32_t>(s.bias.dtype), flag(s.beta != 0)},
      Push{start_of(s.a), start_of(s.b), s.bias.address, s.out, as_count(s.m), as_count(s.n),
           as_count(s.k), as_count(s.a.stride), as_count(s.b.stride), as_count(s.out_stride),
           s.bias.first, as_count(s.bias.stride), s.alpha, s.beta},
      plan.groups(s.n));
}

}  // namespace

bool takes_few_rows(const VulkanDevice& device, const Gemm& s) {
  return device.casts_addresses() && s.m <= most_rows(device) && s.b.transposed &&
         !s.a.transposed && s.k > 0 && s.k % chunk_of(s) == 0 && s.k % 4 == 0 && reads_b(s) &&
         reads_a(start_of(s.a), s.a.stride, s.a.dtype);
}

bool multiply_few_rows(VulkanDevice& device, const Gemm& s) {
  if (!takes_few_rows(device, s)) return false;
  as_count(s.m * s.bias.stride);
  const FewRows plan = few_rows_for(device, s.m, s.n, s.k / chunk_of(s));
  if (s.weight != nullptr)
    multiply_quantized(device, s, plan);
  else
    multiply_plain(device, s, plan);
  return true;
}

}  // namespace lensmith::vulkan
