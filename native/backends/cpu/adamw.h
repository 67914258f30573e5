// The arithmetic that every form of AdamW shares. Contract: ops/optimizer.h.
#pragma once

#include "backends/cpu/simd/vec.h"
#include "ops/optimizer.h"

LENSMITH_ISA_BEGIN

// The numbers of one step in every lane.
struct AdamWLanes {
  F32 grad_scale, decay, one_minus_beta1, beta2, one_minus_beta2;
  F32 root_correction, eps, minus_step_size;
};

template <class Args>
LENSMITH_INLINE AdamWLanes lanes_of(const Args& args) {
  const AdamWNumbers numbers(args);
  const float scale = args.grad_scale ? args.grad_scale.template data<float>()[0] : 1.0f;
  return {F32::broadcast(scale),
          F32::broadcast(numbers.decay),
          F32::broadcast(numbers.one_minus_beta1),
          F32::broadcast(numbers.beta2),
          F32::broadcast(numbers.one_minus_beta2),
          F32::broadcast(numbers.root_correction),
          F32::broadcast(numbers.eps),
          F32::broadcast(-numbers.step_size)};
}

// The new value of weight p; m and v are updated in place.
LENSMITH_INLINE F32 adamw_update(const AdamWLanes& s, F32 p, F32 grad, F32* m, F32* v) {
  const F32 g = grad * s.grad_scale;
  *m = fma(s.one_minus_beta1, g - *m, *m);
  *v = fma(s.one_minus_beta2 * g, g, *v * s.beta2);
  const F32 denominator = sqrt(*v) / s.root_correction + s.eps;
  return fma(s.minus_step_size, *m / denominator, p * s.decay);
}

LENSMITH_ISA_END
