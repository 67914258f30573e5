#include <algorithm>

#include "backends/vulkan/gemm.h"
#include "backends/vulkan/kernels.h"
#include "backends/vulkan/operands.h"

namespace lensmith::vulkan {
namespace {

// Logits of a chunk: so much memory at most, but rows enough for the matmuls to be worth it.
constexpr int64_t kChunkBytes = int64_t{64} << 20;
constexpr int64_t kLeastRows = 64;

struct Push {
  VkDeviceAddress logits, targets, row_weights, losses, loss;
  uint32_t rows, vocabulary, first_row;
};

struct Chunk {
  int64_t first, rows;
  VkDeviceAddress logits;
};

Matrix weight_of(const LinearCrossEntropyArgs& args, bool transposed) {
  return {word_of(args.weight), element_in_word(args.weight), args.weight.dtype, args.weight.dim(1),
          transposed};
}

VkDeviceAddress row_of(const Tensor& matrix, int64_t row) {
  return address_of(matrix) + static_cast<VkDeviceAddress>(4 * row * matrix.dim(1));
}

void compute_logits(VulkanDevice& device, const LinearCrossEntropyArgs& args, const Chunk& chunk) {
  Gemm call;
  call.m = chunk.rows, call.n = args.weight.dim(0), call.k = args.weight.dim(1);
  call.a = {row_of(args.hidden, chunk.first), 0, DType::f32, call.k, false};
  call.b = weight_of(args, true);
  call.out = chunk.logits, call.out_stride = call.n;
  gemm(device, call);
}

void add_gradients(VulkanDevice& device, const LinearCrossEntropyArgs& args, const Chunk& chunk) {
  const int64_t vocabulary = args.weight.dim(0), size = args.weight.dim(1);
  if (args.dhidden) {
    Gemm call;
    call.m = chunk.rows, call.n = size, call.k = vocabulary;
    call.a = {chunk.logits, 0, DType::f32, vocabulary, false};
    call.b = weight_of(args, false);
    call.out = row_of(args.dhidden, chunk.first), call.out_stride = size;
    gemm(device, call);
  }
  if (args.dweight) {
    Gemm call;
    call.m = vocabulary, call.n = size, call.k = chunk.rows;
    call.a = {chunk.logits, 0, DType::f32, vocabulary, true};
    call.b = {row_of(args.hidden, chunk.first), 0, DType::f32, size, false};
    call.out = address_of(args.dweight), call.out_stride = size;
    call.beta = chunk.first == 0 ? 0.0f : 1.0f;
    gemm(device, call);
  }
}

}  // namespace

void linear_cross_entropy(VulkanDevice& device, const LinearCrossEntropyArgs& args) {
  const int64_t rows = args.hidden.dim(0), vocabulary = args.weight.dim(0);
  device.check_indices("linear_cross_entropy", "targets", args.targets, vocabulary);
  const int64_t most =
      std::min(rows, std::max(kLeastRows, kChunkBytes / std::max<int64_t>(1, vocabulary * 4)));
  const VkDeviceAddress logits = device.scratch(static_cast<size_t>(most * vocabulary) * 4);
  const bool differentiate = args.dhidden || args.dweight;
  Push push{logits,
            address_of(args.targets),
            address_of(args.row_weights),
            address_of(args.losses),
            address_of(args.loss),
            0,
            as_count(vocabulary),
            0};
  for (int64_t first = 0; first < rows && vocabulary > 0; first += most) {
    const Chunk chunk{first, std::min(most, rows - first), logits};
    compute_logits(device, args, chunk);
    push.rows = as_count(chunk.rows), push.first_row = as_count(first);
    device.dispatch(Shader::cross_entropy, {differentiate ? 1u : 0u, 0u}, push, spread(chunk.rows));
    if (differentiate) add_gradients(device, args, chunk);
  }
  push.rows = as_count(rows);
  device.dispatch(Shader::cross_entropy, {0u, 1u}, push, Groups{});
  if (rows == 0 && args.dweight) fill(device, FillArgs{args.dweight, 0});
}

}  // namespace lensmith::vulkan
