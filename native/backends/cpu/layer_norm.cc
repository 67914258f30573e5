#include <cmath>

#include "backends/cpu/kernels.h"
#include "backends/cpu/rows.h"

namespace lensmith::cpu::LENSMITH_ISA {
namespace {

template <class W, class B>
void forward(Context& context, const LayerNormArgs& args, const W* weight, const B* bias) {
  const int64_t width = args.x.shape[1];
  const float share = 1 / static_cast<float>(width);
  for_rows(context, args.x.shape[0], width, [&](int64_t row, int) {
    const float* const x = args.x.data<float>() + row * width;
    float* const out = args.out.data<float>() + row * width;
    const float mean = share * accumulate(width, [&](F32 sum, int64_t i, auto lanes) {
                         return sum + load(x + i, lanes);
                       });
    const F32 middle = F32::broadcast(mean);
    // A second pass over a row that is in the cache by now: no digits cancel.
    const float squares = accumulate(width, [&](F32 sum, int64_t i, auto lanes) {
      const F32 distance = cut(load(x + i, lanes) - middle, lanes);
      return fma(distance, distance, sum);
    });
    const float rstd = 1 / std::sqrt(squares * share + args.eps);
    args.mean.data<float>()[row] = mean;
    args.rstd.data<float>()[row] = rstd;
    const F32 factor = F32::broadcast(rstd);
    each_vector(width, [&](int64_t i, auto lanes) {
      const F32 normal = (load(x + i, lanes) - middle) * factor;
      store(fma(normal, load(weight + i, lanes), load(bias + i, lanes)), out + i, lanes);
    });
  });
}

struct Row {
  const float* x;
  const float* grad;
  float mean, rstd;
  int64_t width;
};

void add_weight_gradients(const Row& row, float* dweight, float* dbias) {
  const F32 middle = F32::broadcast(row.mean), factor = F32::broadcast(row.rstd);
  if (dweight) {
    each_vector(row.width, [&](int64_t i, auto lanes) {
      const F32 normal = (load(row.x + i, lanes) - middle) * factor;
      store(fma(load(row.grad + i, lanes), normal, load(dweight + i, lanes)), dweight + i, lanes);
    });
  }
  if (dbias) {
    each_vector(row.width, [&](int64_t i, auto lanes) {
      store(load(dbias + i, lanes) + load(row.grad + i, lanes), dbias + i, lanes);
    });
  }
}

template <class W>
void input_gradient(const Row& row, const W* weight, float* dx) {
  const F32 middle = F32::broadcast(row.mean), factor = F32::broadcast(row.rstd);
  const float share = 1 / static_cast<float>(row.width);
  const float mean_g = share * accumulate(row.width, [&](F32 sum, int64_t i, auto lanes) {
                         return fma(load(row.grad + i, lanes), load(weight + i, lanes), sum);
                       });
  // Lanes beyond the end add nothing: grad is 0 there.
  const float dot = share * accumulate(row.width, [&](F32 sum, int64_t i, auto lanes) {
                      const F32 g = load(row.grad + i, lanes) * load(weight + i, lanes);
                      return fma(g, (load(row.x + i, lanes) - middle) * factor, sum);
                    });
  const F32 shift = F32::broadcast(mean_g), pull = F32::broadcast(-dot);
  each_vector(row.width, [&](int64_t i, auto lanes) {
    const F32 g = load(row.grad + i, lanes) * load(weight + i, lanes);
    const F32 normal = (load(row.x + i, lanes) - middle) * factor;
    store(factor * fma(pull, normal, g - shift), dx + i, lanes);
  });
}

float* data_or_null(const Tensor& tensor) { return tensor ? tensor.data<float>() : nullptr; }

}  // namespace

void layer_norm(Context& context, const LayerNormArgs& args) {
  with_float_type(args.weight.dtype, [&](auto weight) {
    with_float_type(args.bias.dtype, [&](auto bias) {
      forward(context, args, args.weight.data<decltype(weight)>(),
              args.bias.data<decltype(bias)>());
    });
  });
}

void layer_norm_backward(Context& context, const LayerNormBackwardArgs& args) {
  const int64_t rows = args.x.shape[0], width = args.x.shape[1];
  const RowBlocks blocks(rows, width);
  Workspace::Frame frame(context.workspace);
  const BlockSums dweight(frame, blocks, width, data_or_null(args.dweight));
  const BlockSums dbias(frame, blocks, width, data_or_null(args.dbias));
  float* const dx = data_or_null(args.dx);
  with_float_type(args.weight.dtype, [&](auto type) {
    const auto* const weight = args.weight.data<decltype(type)>();
    context.pool.parallel_for(blocks.count, [&](int64_t block, int) {
      float* const dweight_line = dweight.start(block);
      float* const dbias_line = dbias.start(block);
      const int64_t end = smaller(rows, (block + 1) * blocks.size);
      for (int64_t n = block * blocks.size; n < end; ++n) {
        const Row row{args.x.data<float>() + n * width, args.grad.data<float>() + n * width,
                      args.mean.data<float>()[n], args.rstd.data<float>()[n], width};
        add_weight_gradients(row, dweight_line, dbias_line);
        if (dx) input_gradient(row, weight, dx + n * width);
      }
    });
  });
  dweight.finish(context);
  dbias.finish(context);
}

}  // namespace lensmith::cpu::LENSMITH_ISA
