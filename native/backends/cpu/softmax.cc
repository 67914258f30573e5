#include <limits>

#include "backends/cpu/kernels.h"
#include "backends/cpu/loops.h"
#include "backends/cpu/simd/math.h"

namespace lensmith::cpu::LENSMITH_ISA {
namespace {

// A NaN may get lost here; its own exponential brings it back into the sum.
float largest(const float* x, int64_t n) {
  F32 top = F32::broadcast(-std::numeric_limits<float>::infinity()), other = top;
  int64_t i = 0;
  for (; i + 2 * F32::width <= n; i += 2 * F32::width) {
    top = max(top, F32::load(x + i));
    other = max(other, F32::load(x + i + F32::width));
  }
  float result = reduce_max(max(top, other));
  for (; i < n; ++i) result = x[i] > result ? x[i] : result;
  return result;
}

}  // namespace

void softmax(Context& context, const SoftmaxArgs& args) {
  const int64_t width = args.x.shape[1];
  for_rows(context, args.x.shape[0], width, [&](int64_t row, int) {
    const float* const x = args.x.data<float>() + row * width;
    float* const out = args.out.data<float>() + row * width;
    const F32 top = F32::broadcast(largest(x, width));
    const float sum = accumulate(width, [&](F32 partial, int64_t i, auto lanes) {
      const F32 e = exp(load(x + i, lanes) - top);
      store(e, out + i, lanes);
      return partial + cut(e, lanes);
    });
    const F32 share = F32::broadcast(1 / sum);
    each_vector(
        width, [&](int64_t i, auto lanes) { store(load(out + i, lanes) * share, out + i, lanes); });
  });
}

void softmax_backward(Context& context, const SoftmaxBackwardArgs& args) {
  const int64_t width = args.out.shape[1];
  for_rows(context, args.out.shape[0], width, [&](int64_t row, int) {
    const float* const out = args.out.data<float>() + row * width;
    const float* const grad = args.grad.data<float>() + row * width;
    float* const dx = args.dx.data<float>() + row * width;
    const F32 mean = F32::broadcast(accumulate(width, [&](F32 sum, int64_t i, auto lanes) {
      return fma(load(grad + i, lanes), load(out + i, lanes), sum);
    }));
    each_vector(width, [&](int64_t i, auto lanes) {
      store(load(out + i, lanes) * (load(grad + i, lanes) - mean), dx + i, lanes);
    });
  });
}

}  // namespace lensmith::cpu::LENSMITH_ISA
