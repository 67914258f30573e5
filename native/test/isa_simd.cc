// Compiled once per instruction set, like a kernel.
#include "isa_simd.h"

#include "backends/cpu/simd/math.h"

LENSMITH_ISA_BEGIN
namespace {

template <F32 (*f)(F32)>
void map(const float* x, float* y, int count) {
  for (int i = 0; i < count; i += F32::width) f(F32::load(x + i)).store(y + i);
}

template <class From, class To>
void convert(const From* x, To* y, int count) {
  int i = 0;
  for (; i + F32::width <= count; i += F32::width) F32::load(x + i).store(y + i);
  F32::load_n(x + i, count - i).store_n(y + i, count - i);
}

void transpose_square(float* x) {
  F32 rows[F32::width];
  for (int i = 0; i < F32::width; ++i) rows[i] = F32::load(x + i * F32::width);
  transpose(rows);
  for (int i = 0; i < F32::width; ++i) rows[i].store(x + i * F32::width);
}

void reduce(const float* x, float* y) {
  const F32 value = F32::load(x);
  y[0] = reduce_add(value), y[1] = reduce_max(value), y[2] = reduce_min(value);
}

void reduce_four(const float* x, float* y) {
  constexpr int w = F32::width;
  reduce_add(F32::load(x), F32::load(x + w), F32::load(x + 2 * w), F32::load(x + 3 * w), y);
}

F32 call_exp(F32 x) { return exp(x); }
F32 call_log(F32 x) { return log(x); }
F32 call_tanh(F32 x) { return tanh(x); }
F32 call_erf(F32 x) { return erf(x); }
F32 call_round(F32 x) { return round(x); }

}  // namespace

const test::Simd& simd() {
  static constexpr test::Simd table = {
      F32::width,
      map<call_exp>,
      map<call_log>,
      map<call_tanh>,
      map<call_erf>,
      map<call_round>,
      convert<bf16, float>,
      convert<f16, float>,
      convert<float, bf16>,
      convert<float, f16>,
      convert<float, float>,
      transpose_square,
      reduce,
      reduce_four,
  };
  return table;
}

LENSMITH_ISA_END
