#include "backends/cpu/kernels.h"
#include "backends/cpu/loops.h"
#include "ops/indices.h"

namespace lensmith::cpu::LENSMITH_ISA {

// Threads share the columns and each goes through all rows in order, so that rows which meet in one
// target are added in the order of i.
void scatter_add_rows(Context& context, const ScatterAddRowsArgs& args) {
  constexpr int64_t kCacheLine = 16;  // floats
  const int32_t* const index = args.index.data<int32_t>();
  require_indices("scatter_add_rows", "index", index, args.index.shape[0], args.out.shape[0]);
  const float* const src = args.src.data<float>();
  float* const out = args.out.data<float>();
  const int64_t rows = args.index.shape[0];
  const int64_t src_stride = args.src.stride[0], out_stride = args.out.stride[0];
  const int64_t grain = ceil_div(kGrain / larger(1, rows) + 1, kCacheLine) * kCacheLine;
  context.pool.parallel_ranges(args.out.shape[1], grain, [&](int64_t begin, int64_t end, int) {
    for (int64_t row = 0; row < rows; ++row) {
      const float* const from = src + row * src_stride + begin;
      float* const to = out + index[row] * out_stride + begin;
      each_vector(end - begin, [&](int64_t i, auto lanes) {
        store(load(to + i, lanes) + load(from + i, lanes), to + i, lanes);
      });
    }
  });
}

}  // namespace lensmith::cpu::LENSMITH_ISA
