// linear_cross_entropy. Contract: ops/linear_cross_entropy.h.
#include <algorithm>
#include <cmath>

#include "backends/cpu/gemm.h"
#include "backends/cpu/kernels.h"
#include "backends/cpu/simd/math.h"
#include "ops/indices.h"

namespace lensmith::cpu::LENSMITH_ISA {
namespace {

// Logits of a chunk: about so much memory, but enough rows that the weight, which every chunk
// reads anew, is not what the matmuls wait for.
#if LENSMITH_ISA_ID >= LENSMITH_ISA_AVX512
constexpr int64_t kChunkBytes = 24 << 20;
#else
constexpr int64_t kChunkBytes = 12 << 20;
#endif
constexpr int64_t kLeastRows = 64;

// Rows of a chunk; chunks are as equal as can be, so that none is too short for a fast matmul.
int64_t chunk_rows(int64_t rows, int64_t vocabulary) {
  const int64_t most = std::max(kLeastRows, kChunkBytes / (vocabulary * 4));
  const int64_t chunks = (rows + most - 1) / most;
  return chunks == 0 ? 0 : (rows + chunks - 1) / chunks;
}

float largest_of(const float* x, int64_t count) {
  F32 top = F32::broadcast(-__builtin_inff());
  int64_t i = 0;
  for (; i + F32::width <= count; i += F32::width) top = max(F32::load(x + i), top);
  float largest = reduce_max(top);
  for (; i < count; ++i) largest = x[i] > largest ? x[i] : largest;
  return largest;
}

// Σ exp(x − shift); with `keep` the exponentials take the place of x. Short stretches are summed
// in f32 and those sums in f64, so that a long vocabulary costs no accuracy.
template <bool keep>
double exponential_sum(float* x, int64_t count, float shift) {
  constexpr int64_t kStretch = 16 * F32::width;
  const F32 shifts = F32::broadcast(shift);
  double total = 0;
  for (int64_t begin = 0; begin < count; begin += kStretch) {
    const int64_t end = std::min(count, begin + kStretch);
    F32 sum = F32::zero();
    int64_t i = begin;
    for (; i + F32::width <= end; i += F32::width) {
      const F32 value = exp(F32::load(x + i) - shifts);
      sum = sum + value;
      if (keep) value.store(x + i);
    }
    if (i < end) {
      const int rest = static_cast<int>(end - i);
      float tail[F32::width] = {};
      exp(F32::load_n(x + i, rest) - shifts).store_n(tail, rest);
      sum = sum + F32::load(tail);
      if (keep) F32::load(tail).store_n(x + i, rest);
    }
    total += reduce_add(sum);
  }
  return total;
}

void multiply_all(float* x, int64_t count, float factor) {
  const F32 factors = F32::broadcast(factor);
  int64_t i = 0;
  for (; i + F32::width <= count; i += F32::width) (F32::load(x + i) * factors).store(x + i);
  for (; i < count; ++i) x[i] *= factor;
}

// The loss of one row; with `differentiate` its logits become row_weight · (softmax − onehot).
double row_loss(float* logits, int64_t vocabulary, int32_t target, float row_weight,
                bool differentiate) {
  const float largest = largest_of(logits, vocabulary);
  const float target_logit = logits[target];
  const double sum = differentiate ? exponential_sum<true>(logits, vocabulary, largest)
                                   : exponential_sum<false>(logits, vocabulary, largest);
  if (differentiate) {
    multiply_all(logits, vocabulary, static_cast<float>(row_weight / sum));
    logits[target] -= row_weight;
  }
  return std::log(sum) + (double{largest} - double{target_logit});
}

struct Chunk {
  int64_t first, rows;
  float* logits;  // [rows, V]
};

struct Sizes {
  int64_t rows, vocabulary, dim;
};

void compute_logits(Context& context, const LinearCrossEntropyArgs& args, const Sizes& sizes,
                    const Chunk& chunk) {
  GemmArgs gemm_args;
  gemm_args.m = chunk.rows, gemm_args.n = sizes.vocabulary, gemm_args.k = sizes.dim;
  gemm_args.a = args.hidden.data<float>() + chunk.first * sizes.dim, gemm_args.lda = sizes.dim;
  gemm_args.b = args.weight.raw(), gemm_args.b_dtype = args.weight.dtype;
  gemm_args.ldb = sizes.dim, gemm_args.trans_b = true;
  gemm_args.c = chunk.logits, gemm_args.ldc = sizes.vocabulary;
  gemm(context.pool, context.workspace, gemm_args);
}

void add_gradients(Context& context, const LinearCrossEntropyArgs& args, const Sizes& sizes,
                   const Chunk& chunk) {
  if (args.dhidden) {
    GemmArgs gemm_args;
    gemm_args.m = chunk.rows, gemm_args.n = sizes.dim, gemm_args.k = sizes.vocabulary;
    gemm_args.a = chunk.logits, gemm_args.lda = sizes.vocabulary;
    gemm_args.b = args.weight.raw(), gemm_args.b_dtype = args.weight.dtype;
    gemm_args.ldb = sizes.dim;
    gemm_args.c = args.dhidden.data<float>() + chunk.first * sizes.dim, gemm_args.ldc = sizes.dim;
    gemm(context.pool, context.workspace, gemm_args);
  }
  if (args.dweight) {
    GemmArgs gemm_args;
    gemm_args.m = sizes.vocabulary, gemm_args.n = sizes.dim, gemm_args.k = chunk.rows;
    gemm_args.a = chunk.logits, gemm_args.lda = sizes.vocabulary, gemm_args.trans_a = true;
    gemm_args.b = args.hidden.data<float>() + chunk.first * sizes.dim, gemm_args.ldb = sizes.dim;
    gemm_args.c = args.dweight.data<float>(), gemm_args.ldc = sizes.dim;
    gemm_args.beta = chunk.first == 0 ? 0.0f : 1.0f;
    gemm(context.pool, context.workspace, gemm_args);
  }
}

}  // namespace

void linear_cross_entropy(Context& context, const LinearCrossEntropyArgs& args) {
  const Sizes sizes = {args.hidden.dim(0), args.weight.dim(0), args.hidden.dim(1)};
  const int32_t* const targets = args.targets.data<int32_t>();
  require_indices("linear_cross_entropy", "targets", targets, sizes.rows, sizes.vocabulary);
  const float* const row_weights = args.row_weights.data<float>();
  float* const losses = args.losses.data<float>();
  const bool differentiate = args.dhidden || args.dweight;

  const int64_t most = chunk_rows(sizes.rows, std::max<int64_t>(1, sizes.vocabulary));
  Workspace::Frame frame(context.workspace);
  double* const row_losses =
      static_cast<double*>(frame.get(static_cast<size_t>(most) * sizeof(double)));
  float* const logits =
      static_cast<float*>(frame.get(static_cast<size_t>(most * sizes.vocabulary) * sizeof(float)));
  double loss = 0;
  for (int64_t first = 0; first < sizes.rows; first += most) {
    const Chunk chunk = {first, std::min(most, sizes.rows - first), logits};
    compute_logits(context, args, sizes, chunk);
    context.pool.parallel_for(chunk.rows, [&](int64_t i, int) {
      const int64_t row = first + i;
      row_losses[i] = row_loss(logits + i * sizes.vocabulary, sizes.vocabulary, targets[row],
                               row_weights[row], differentiate);
    });
    for (int64_t i = 0; i < chunk.rows; ++i) {
      losses[first + i] = static_cast<float>(row_losses[i]);
      loss += row_weights[first + i] * row_losses[i];
    }
    if (differentiate) add_gradients(context, args, sizes, chunk);
  }
  args.loss.data<float>()[0] = static_cast<float>(loss);
  if (sizes.rows == 0 && args.dweight) {
    float* const dweight = args.dweight.data<float>();
    std::fill(dweight, dweight + args.dweight.numel(), 0.0f);
  }
}

}  // namespace lensmith::cpu::LENSMITH_ISA
