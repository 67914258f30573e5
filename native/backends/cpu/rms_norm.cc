#include <cmath>

#include "backends/cpu/kernels.h"
#include "backends/cpu/rows.h"

namespace lensmith::cpu::LENSMITH_ISA {
namespace {

template <class W>
void forward(Context& context, const RmsNormArgs& args, const W* weight) {
  const int64_t width = args.x.shape[1];
  for_rows(context, args.x.shape[0], width, [&](int64_t row, int) {
    const float* const x = args.x.data<float>() + row * width;
    float* const out = args.out.data<float>() + row * width;
    const float squares = accumulate(width, [&](F32 sum, int64_t i, auto lanes) {
      const F32 value = load(x + i, lanes);
      return fma(value, value, sum);
    });
    const float rstd = 1 / std::sqrt(squares / static_cast<float>(width) + args.eps);
    args.rstd.data<float>()[row] = rstd;
    const F32 factor = F32::broadcast(rstd);
    each_vector(width, [&](int64_t i, auto lanes) {
      store(load(x + i, lanes) * factor * load(weight + i, lanes), out + i, lanes);
    });
  });
}

template <class W>
void backward_row(const float* x, const W* weight, const float* grad, float rstd, int64_t width,
                  float* dx, float* dweight) {
  const F32 factor = F32::broadcast(rstd);
  if (dweight) {
    each_vector(width, [&](int64_t i, auto lanes) {
      const F32 normal = load(x + i, lanes) * factor;
      store(fma(load(grad + i, lanes), normal, load(dweight + i, lanes)), dweight + i, lanes);
    });
  }
  if (!dx) return;
  const float dot = accumulate(width, [&](F32 sum, int64_t i, auto lanes) {
    return fma(load(grad + i, lanes) * load(weight + i, lanes), load(x + i, lanes), sum);
  });
  // mean(g · x̂) · rstd · x = rstd² · mean(g · x) · x
  const F32 pull = F32::broadcast(-dot * rstd * rstd / static_cast<float>(width));
  each_vector(width, [&](int64_t i, auto lanes) {
    const F32 g = load(grad + i, lanes) * load(weight + i, lanes);
    store(factor * fma(pull, load(x + i, lanes), g), dx + i, lanes);
  });
}

}  // namespace

void rms_norm(Context& context, const RmsNormArgs& args) {
  with_float_type(args.weight.dtype,
                  [&](auto type) { forward(context, args, args.weight.data<decltype(type)>()); });
}

void rms_norm_backward(Context& context, const RmsNormBackwardArgs& args) {
  const int64_t rows = args.x.shape[0], width = args.x.shape[1];
  const RowBlocks blocks(rows, width);
  Workspace::Frame frame(context.workspace);
  const BlockSums dweight(frame, blocks, width,
                          args.dweight ? args.dweight.data<float>() : nullptr);
  float* const dx = args.dx ? args.dx.data<float>() : nullptr;
  with_float_type(args.weight.dtype, [&](auto type) {
    const auto* const weight = args.weight.data<decltype(type)>();
    context.pool.parallel_for(blocks.count, [&](int64_t block, int) {
      float* const line = dweight.start(block);
      const int64_t end = smaller(rows, (block + 1) * blocks.size);
      for (int64_t row = block * blocks.size; row < end; ++row) {
        backward_row(args.x.data<float>() + row * width, weight,
                     args.grad.data<float>() + row * width, args.rstd.data<float>()[row], width,
                     dx ? dx + row * width : nullptr, line);
      }
    });
  });
  dweight.finish(context);
}

}  // namespace lensmith::cpu::LENSMITH_ISA
