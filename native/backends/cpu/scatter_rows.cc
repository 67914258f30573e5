#include <cstring>

#include "backends/cpu/kernels.h"
#include "backends/cpu/loops.h"
#include "ops/indices.h"

namespace lensmith::cpu::LENSMITH_ISA {

void scatter_rows(Context& context, const ScatterRowsArgs& args) {
  const int32_t* const index = args.index.data<int32_t>();
  require_indices("scatter_rows", "index", index, args.index.shape[0], args.out.shape[0]);
  const float* const src = args.src.data<float>();
  float* const out = args.out.data<float>();
  const int64_t width = args.out.shape[1];
  const int64_t src_stride = args.src.stride[0], out_stride = args.out.stride[0];
  for_rows(context, args.index.shape[0], width, [&](int64_t row, int) {
    std::memcpy(out + index[row] * out_stride, src + row * src_stride,
                static_cast<size_t>(width) * sizeof(float));
  });
}

}  // namespace lensmith::cpu::LENSMITH_ISA
