// adamw, sum_squares, clip_coefficient. Contract: ops/optimizer.h.
#include <cmath>

#include "backends/cpu/adamw.h"
#include "backends/cpu/kernels.h"

namespace lensmith::cpu::LENSMITH_ISA {
namespace {

constexpr int64_t kGrain = 4096;

// What the step starts from is the master where there is one.
template <class T>
void adamw_of(Context& context, const AdamWArgs& args) {
  T* const param = args.param.data<T>();
  float* const master = args.master ? args.master.data<float>() : nullptr;
  const float* const grad = args.grad.data<float>();
  float* const m = args.m.data<float>();
  float* const v = args.v.data<float>();
  const AdamWLanes step = lanes_of(args);

  context.pool.parallel_ranges(args.param.numel(), kGrain, [&](int64_t begin, int64_t end, int) {
    int64_t i = begin;
    for (; i + F32::width <= end; i += F32::width) {
      F32 first = F32::load(m + i), second = F32::load(v + i);
      const F32 old = master != nullptr ? F32::load(master + i) : F32::load(param + i);
      const F32 next = adamw_update(step, old, F32::load(grad + i), &first, &second);
      first.store(m + i);
      second.store(v + i);
      if (master != nullptr) next.store(master + i);
      next.store(param + i);
    }
    if (i == end) return;
    const int left = static_cast<int>(end - i);
    F32 first = F32::load_n(m + i, left), second = F32::load_n(v + i, left);
    const F32 old =
        master != nullptr ? F32::load_n(master + i, left) : F32::load_n(param + i, left);
    const F32 next = adamw_update(step, old, F32::load_n(grad + i, left), &first, &second);
    first.store_n(m + i, left);
    second.store_n(v + i, left);
    if (master != nullptr) next.store_n(master + i, left);
    next.store_n(param + i, left);
  });
}

// Sum of squares of `count` values in double, in an order that is the same on every machine.
template <class T>
double squares_of(const T* x, int64_t count) {
  constexpr int kLanes = 16;
  double sums[kLanes] = {};
  int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    float values[kLanes];
    for (int j = 0; j < kLanes; j += F32::width) F32::load(x + i + j).store(values + j);
    for (int j = 0; j < kLanes; ++j) sums[j] += double{values[j]} * double{values[j]};
  }
  for (; i < count; ++i) {
    const double value = to_float(x[i]);
    sums[0] += value * value;
  }
  double total = 0;
  for (int j = 0; j < kLanes; ++j) total += sums[j];
  return total;
}

template <class T>
double sum_squares_of(Context& context, const Tensor& tensor) {
  constexpr int64_t kBlock = 1 << 15;  // fixed, so that the sum does not depend on the threads
  const T* const x = tensor.data<T>();
  const int64_t total = tensor.numel();
  const int64_t blocks = (total + kBlock - 1) / kBlock;
  Workspace::Frame frame(context.workspace);
  double* const sums =
      static_cast<double*>(frame.get(static_cast<size_t>(blocks) * sizeof(double)));
  context.pool.parallel_for(blocks, [&](int64_t block, int) {
    const int64_t begin = block * kBlock;
    sums[block] = squares_of(x + begin, total - begin < kBlock ? total - begin : kBlock);
  });
  double sum = 0;
  for (int64_t block = 0; block < blocks; ++block) sum += sums[block];
  return sum;
}

}  // namespace

void adamw(Context& context, const AdamWArgs& args) {
  switch (args.param.dtype) {
    case DType::f32: adamw_of<float>(context, args); break;
    case DType::bf16: adamw_of<bf16>(context, args); break;
    case DType::f16: adamw_of<f16>(context, args); break;
    default: break;  // the contract admits no other
  }
}

void sum_squares(Context& context, const SumSquaresArgs& args) {
  double sum = 0;
  switch (args.x.dtype) {
    case DType::f32: sum = sum_squares_of<float>(context, args.x); break;
    case DType::bf16: sum = sum_squares_of<bf16>(context, args.x); break;
    case DType::f16: sum = sum_squares_of<f16>(context, args.x); break;
    default: break;  // the contract admits no other
  }
  args.out.data<float>()[args.slot] = static_cast<float>(sum);
}

void clip_coefficient(Context&, const ClipCoefficientArgs& args) {
  const float* const squares = args.squares.data<float>();
  double sum = 0;
  for (int64_t i = 0; i < args.squares.numel(); ++i) sum += squares[i];
  const float norm = static_cast<float>(std::sqrt(sum));
  // Written so that the coefficient of a norm that is not a number is not a number either.
  const float ratio = args.max_norm / (norm + 1e-6f);
  float* const out = args.out.data<float>();
  out[0] = norm;
  out[1] = args.max_norm <= 0 || ratio > 1 ? 1.0f : ratio;
}

}  // namespace lensmith::cpu::LENSMITH_ISA
