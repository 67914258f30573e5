// out = combine(a, b) for add and mul: b of a's shape, a suffix of it, or one number.
#pragma once

#include "backends/cpu/loops.h"
#include "core/tensor.h"

LENSMITH_ISA_BEGIN

template <class A, class B, class Combine>
void binary(Context& context, const A* a, const B* b, float* out, int64_t count, int64_t b_count,
            Combine combine) {
  if (b_count == 1) {
    const F32 value = F32::broadcast(to_float(*b));
    return for_elements(context, count, [&](int64_t begin, int64_t end) {
      each_vector(end - begin, [&](int64_t i, auto lanes) {
        store(combine(load(a + begin + i, lanes), value), out + begin + i, lanes);
      });
    });
  }
  // b starts again every b_count elements; for a full b that is never.
  for_elements(context, count, [&](int64_t begin, int64_t end) {
    for (int64_t at = begin; at < end;) {
      const int64_t in_b = at % b_count;
      const int64_t run = smaller(b_count - in_b, end - at);
      each_vector(run, [&](int64_t i, auto lanes) {
        store(combine(load(a + at + i, lanes), load(b + in_b + i, lanes)), out + at + i, lanes);
      });
      at += run;
    }
  });
}

template <class Combine>
void binary(Context& context, const Tensor& a, const Tensor& b, const Tensor& out,
            Combine combine) {
  const int64_t count = a.numel();
  if (count == 0) return;
  with_float_type(a.dtype, [&](auto a_type) {
    with_float_type(b.dtype, [&](auto b_type) {
      binary(context, a.data<decltype(a_type)>(), b.data<decltype(b_type)>(), out.data<float>(),
             count, b.numel(), combine);
    });
  });
}

LENSMITH_ISA_END
