#include <cmath>

#include "backends/cpu/kernels.h"
#include "backends/cpu/loops.h"

namespace lensmith::cpu::LENSMITH_ISA {
namespace {

// To the nearest integer, ties to even; beyond the range of i32 its bounds; NaN gives 0.
int32_t to_i32(float value) {
  if (value != value) return 0;
  if (value >= 2147483648.0f) return INT32_MAX;
  if (value <= -2147483648.0f) return INT32_MIN;
  return static_cast<int32_t>(std::nearbyint(value));
}

template <class T>
void fill_with(Context& context, const Tensor& out, T value) {
  T* const data = out.data<T>();
  for_elements(context, out.numel(), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) data[i] = value;
  });
}

}  // namespace

void fill(Context& context, const FillArgs& args) {
  if (args.out.dtype == DType::i32) return fill_with(context, args.out, to_i32(args.value));
  with_float_type(args.out.dtype, [&](auto type) {
    fill_with(context, args.out, from_float<decltype(type)>(args.value));
  });
}

}  // namespace lensmith::cpu::LENSMITH_ISA
