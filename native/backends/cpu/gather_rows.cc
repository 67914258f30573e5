#include "backends/cpu/kernels.h"
#include "backends/cpu/loops.h"
#include "ops/indices.h"

namespace lensmith::cpu::LENSMITH_ISA {

void gather_rows(Context& context, const GatherRowsArgs& args) {
  const int32_t* const index = args.index.data<int32_t>();
  require_indices("gather_rows", "index", index, args.index.shape[0], args.x.shape[0]);
  const int64_t width = args.x.shape[1], row_stride = args.x.stride[0];
  float* const out = args.out.data<float>();
  with_float_type(args.x.dtype, [&](auto type) {
    const auto* const x = args.x.data<decltype(type)>();
    for_rows(context, args.index.shape[0], width, [&](int64_t row, int) {
      const auto* const from = x + index[row] * row_stride;
      float* const to = out + row * width;
      each_vector(width,
                  [&](int64_t i, auto lanes) { store(load(from + i, lanes), to + i, lanes); });
    });
  });
}

}  // namespace lensmith::cpu::LENSMITH_ISA
