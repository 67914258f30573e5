// Products add up in f32. What stands beside one (an adapter, a bias) and the way to bf16 are one
// pass over the sums afterwards, shaders/beside.comp: the kernel of cooperative matrices is fast
// only as long as it stores sums as they are.
#include "backends/vulkan/product.h"

#include <algorithm>

#include "backends/vulkan/copy.h"
#include "backends/vulkan/few_rows.h"
#include "backends/vulkan/kernels.h"

namespace lensmith::vulkan {
namespace {

constexpr int64_t kVector = 4;
constexpr int64_t kMostRank = 32;  // whose factors a thread holds

uint32_t flag(bool value) { return value ? 1 : 0; }

bool is_matrix(const Matrix& bias) { return bias.stride != 0; }

// Rows that can be read or written four elements at a time.
bool has_vectors(VkDeviceAddress address, int64_t stride, DType dtype) {
  return address % static_cast<VkDeviceAddress>(bytes_for(dtype, kVector)) == 0 &&
         stride % kVector == 0;
}

// out += alpha · low op(side)
void add_beside(VulkanDevice& device, const Gemm& s, const Beside& beside) {
  Gemm call;
  call.a = beside.low, call.b = beside.side;
  call.b.transposed = s.b.transposed;
  call.m = s.m, call.n = s.n, call.k = beside.rank;
  call.alpha = beside.alpha, call.beta = 1;
  call.out = s.out, call.out_stride = s.out_stride;
  gemm(device, call);
}

// out = sums + alpha · low op(side) + bias; s.out: the sums.
void finish(VulkanDevice& device, const Gemm& s, const Beside& beside, const Tensor& out) {
  struct Push {
    VkDeviceAddress from, to, onto, to_narrow, low, side, bias;
    uint32_t m, n, rank, from_stride, to_stride, low_stride, side_stride, first_bias, onto_stride;
    float alpha;
  };
  constexpr int64_t kRows = 128, kColumns = 256;
  const uint32_t ahead = device.is_software() ? 1 : 4;
  const uint32_t padded = as_count(ceil_div(beside.rank, kVector) * kVector);
  const bool is_onto = is_matrix(s.bias);
  device.dispatch(
      Shader::beside,
      {padded, flag(s.b.transposed), flag(s.bias.address != 0 && !is_onto),
       static_cast<uint32_t>(s.bias.dtype), flag(out.dtype != DType::f32), ahead, flag(is_onto)},
      Push{s.out, address_of(out), s.bias.address, address_of(out), beside.low.address,
           beside.side.address, s.bias.address, as_count(s.m), as_count(s.n), as_count(beside.rank),
           as_count(s.out_stride / kVector), as_count(out.stride[0] / kVector),
           as_count(beside.low.stride), as_count(beside.side.stride), s.bias.first,
           as_count(s.bias.stride / kVector), beside.alpha},
      tile_groups(s.m, s.n, kRows, kColumns));
}

bool can_finish(const Gemm& s, const Beside& beside, const Tensor& out) {
  const bool is_plain =
      beside.rank == 0 || (beside.rank <= kMostRank && beside.low.dtype == DType::f32 &&
                           beside.side.dtype == DType::f32);
  return is_plain && s.n % kVector == 0 && has_vectors(s.out, s.out_stride, DType::f32) &&
         has_vectors(address_of(out), out.stride[0], out.dtype) &&
         (!is_matrix(s.bias) || has_vectors(s.bias.address, s.bias.stride, DType::f32));
}

}  // namespace

void multiply(VulkanDevice& device, const Gemm& args, const Beside& beside, const Tensor& bias,
              const Tensor& out) {
  Gemm s = args;
  s.m = out.dim(0), s.n = out.dim(1);
  s.bias = bias_of(bias);
  if (s.m == 0 || s.n == 0) return;
  as_count(s.m * out.stride[0]);
  s.out = address_of(out), s.out_stride = out.stride[0];
  const bool is_narrow = out.dtype != DType::f32;
  if (is_narrow) {
    s.out = device.scratch(static_cast<size_t>(s.m * s.n) * sizeof(float), Scratch::sums);
    s.out_stride = s.n;
  }
  // Few rows are no work to finish, and their kernels take a bias as they go.
  constexpr int64_t kFewer = 16;
  const bool is_onto = is_matrix(s.bias), takes_bias = !is_onto || takes_few_rows(device, s);
  const bool leaves_bias =
      s.bias.address != 0 && (!takes_bias || (s.m > kFewer && can_cooperate(device, s)));
  const bool finishes = (is_narrow || beside.rank > 0 || leaves_bias) && can_finish(s, beside, out);
  // The product itself need not wait for what is added to it.
  if (beside.rank > 0) device.order().postpone(beside.low.address);
  Gemm sums = s;
  if (finishes || !takes_bias) sums.bias = {};
  gemm(device, sums);
  if (finishes) return finish(device, s, beside, out);
  if (beside.rank > 0) add_beside(device, s, beside);
  if (!takes_bias) add(device, {bias, out, out, 1});
  if (is_narrow) copy_floats(device, s.out, out);
}

}  // namespace lensmith::vulkan
