#include <limits>

#include "backends/cpu/kernels.h"
#include "backends/cpu/loops.h"

namespace lensmith::cpu::LENSMITH_ISA {
namespace {

constexpr int64_t kColumns = 1024;     // columns that one task sums side by side
constexpr int64_t kBlock = 64 * 1024;  // elements of a task at least, where there are as many

struct Sum {
  using Value = double;
  static constexpr Value kStart = 0;
  static LENSMITH_INLINE Value join(Value a, Value b) { return a + b; }
};

struct Max {
  using Value = float;
  static constexpr Value kStart = -std::numeric_limits<float>::infinity();
  // A NaN on either side stays.
  static LENSMITH_INLINE Value join(Value a, Value b) { return a >= b || a != a ? a : b; }
};

// At most kColumns values as f32.
LENSMITH_INLINE const float* widened(const float* x, int64_t, float*) { return x; }
template <class T>
LENSMITH_INLINE const float* widened(const T* x, int64_t n, float* buffer) {
  each_vector(n, [&](int64_t i, auto lanes) { store(load(x + i, lanes), buffer + i, lanes); });
  return buffer;
}

// Values that lie one after the other, in sixteen strands for the sake of vectors.
template <class Kind, class T>
typename Kind::Value reduce_run(const T* x, int64_t n) {
  constexpr int kStrands = 16;
  typename Kind::Value strands[kStrands];
  for (auto& strand : strands) strand = Kind::kStart;
  float buffer[kColumns];
  for (int64_t begin = 0; begin < n; begin += kColumns) {
    const int64_t count = smaller(kColumns, n - begin);
    const float* const values = widened(x + begin, count, buffer);
    int64_t i = 0;
    for (; i + kStrands <= count; i += kStrands)
      for (int k = 0; k < kStrands; ++k) strands[k] = Kind::join(strands[k], values[i + k]);
    for (int k = 0; i < count; ++i, ++k) strands[k] = Kind::join(strands[k], values[i]);
  }
  auto result = Kind::kStart;
  for (const auto strand : strands) result = Kind::join(result, strand);
  return result;
}

// n rows of `width` columns, stride elements apart, into result[width]; four rows in one go, so
// that the results are read and written less often.
template <class Kind, class T>
void reduce_columns(const T* x, int64_t n, int64_t stride, int64_t width,
                    typename Kind::Value* result) {
  for (int64_t i = 0; i < width; ++i) result[i] = Kind::kStart;
  float buffer[4][kColumns];
  int64_t row = 0;
  for (; row + 4 <= n; row += 4) {
    const T* const from = x + row * stride;
    const float* const a = widened(from, width, buffer[0]);
    const float* const b = widened(from + stride, width, buffer[1]);
    const float* const c = widened(from + 2 * stride, width, buffer[2]);
    const float* const d = widened(from + 3 * stride, width, buffer[3]);
    for (int64_t i = 0; i < width; ++i) {
      const auto two = Kind::join(Kind::join(result[i], a[i]), b[i]);
      result[i] = Kind::join(Kind::join(two, c[i]), d[i]);
    }
  }
  for (; row < n; ++row) {
    const float* const values = widened(x + row * stride, width, buffer[0]);
    for (int64_t i = 0; i < width; ++i) result[i] = Kind::join(result[i], values[i]);
  }
}

// The reduced axis is cut into blocks given by the shape alone, whose results are joined in order,
// so that the sum does not depend on the number of threads.
template <class Kind, class T>
void reduce_all(Context& context, const ReduceArgs& args, const T* x) {
  using Value = typename Kind::Value;
  const int64_t outer = args.x.shape[0], n = args.x.shape[1], inner = args.x.shape[2];
  if (outer == 0 || inner == 0) return;
  float* const out = args.out.data<float>();
  const bool mean = args.kind == static_cast<int32_t>(ReduceKind::mean);
  const double divisor = mean ? static_cast<double>(n) : 1;
  const int64_t chunk = smaller(inner, kColumns), chunks = ceil_div(inner, chunk);
  const int64_t block = larger(64, kBlock / chunk), blocks = larger(1, ceil_div(n, block));

  Workspace::Frame frame(context.workspace);
  Value* const partial =
      blocks == 1 ? nullptr
                  : static_cast<Value*>(
                        frame.get(static_cast<size_t>(outer * blocks * inner) * sizeof(Value)));

  const int64_t task_size = smaller(n, block) * chunk;
  for_rows(context, outer * blocks * chunks, task_size, [&](int64_t task, int) {
    const int64_t column = task % chunks * chunk, line = task / chunks;  // line = (outer, block)
    const int64_t begin = line % blocks * block, o = line / blocks;
    const int64_t width = smaller(chunk, inner - column), count = smaller(block, n - begin);
    const T* const from = x + (o * n + begin) * inner + column;
    Value result[kColumns];
    if (inner == 1)
      result[0] = reduce_run<Kind>(from, count);
    else
      reduce_columns<Kind>(from, count, inner, width, result);
    for (int64_t i = 0; i < width; ++i) {
      if (partial)
        partial[line * inner + column + i] = result[i];
      else
        out[o * inner + column + i] = static_cast<float>(result[i] / divisor);
    }
  });
  if (!partial) return;

  for_rows(context, outer * inner, blocks, [&](int64_t at, int) {
    const Value* const first = partial + at / inner * blocks * inner + at % inner;
    Value result = Kind::kStart;
    for (int64_t b = 0; b < blocks; ++b) result = Kind::join(result, first[b * inner]);
    out[at] = static_cast<float>(result / divisor);
  });
}

}  // namespace

void reduce(Context& context, const ReduceArgs& args) {
  with_float_type(args.x.dtype, [&](auto type) {
    using T = decltype(type);
    const T* const x = args.x.data<T>();
    if (args.kind == static_cast<int32_t>(ReduceKind::max))
      reduce_all<Max>(context, args, x);
    else
      reduce_all<Sum>(context, args, x);
  });
}

}  // namespace lensmith::cpu::LENSMITH_ISA
