// Elementary functions on F32. Their polynomials are minimax fits made for this file; the errors
// given are those that native/test/test_simd.cc checks against float64.
#pragma once

#include <cmath>

#include "backends/cpu/simd/vec.h"

LENSMITH_ISA_BEGIN

// c[0] + x c[1] + x² c[2] + …
template <int N>
LENSMITH_INLINE F32 polynomial(F32 x, const float (&c)[N]) {
  F32 sum = F32::broadcast(c[N - 1]);
  LENSMITH_UNROLL(16)
  for (int i = N - 2; i >= 0; --i) sum = fma(sum, x, F32::broadcast(c[i]));
  return sum;
}

// e^x within 1.1 ulp, subnormal results included; exp(-inf) = 0, above 88.73: inf, NaN stays.
LENSMITH_INLINE F32 exp(F32 x) {
  constexpr float kTerms[] = {0.500000008f, 0.166665159f, 0.041666263f, 0.00836915887f,
                              0.00139464581f};
  // Far below the smallest subnormal (-104), so that there ldexp gives 0 without an underflow.
  x = min(F32::broadcast(89.0f), max(F32::broadcast(-176.0f), x));
  const F32 n = round(x * F32::broadcast(1.44269504f));
  // ln 2 in two parts; n times the first is exact.
  F32 r = fma(n, F32::broadcast(-0.693359375f), x);
  r = fma(n, F32::broadcast(2.12194440e-4f), r);
  const F32 tail = fma(polynomial(r, kTerms), r * r, r);
  return ldexp(F32::broadcast(1.0f) + tail, n);
}

// ln x within 1 ulp; log(0) = -inf, log(inf) = inf, negative: NaN.
LENSMITH_INLINE F32 log(F32 x) {
  constexpr float kTerms[] = {0.333333109f,  -0.250000163f, 0.200022042f,
                              -0.166676437f, 0.142178915f,  -0.124112687f,
                              0.119047121f,  -0.116464344f, 0.0667527189f};
  constexpr float kSmallestNormal = 1.17549435e-38f;
  constexpr float kInfinity = HUGE_VALF;
  const F32 zero = F32::zero();
  const Mask subnormal = x < F32::broadcast(kSmallestNormal);
  F32 m, e;
  split_exponent(select(subnormal, x * F32::broadcast(33554432.0f), x), &m, &e);
  e = select(subnormal, e - F32::broadcast(25.0f), e);
  const F32 f = m - F32::broadcast(1.0f);
  const F32 square = f * f;
  F32 tail = polynomial(f, kTerms) * (square * f);
  tail = fma(e, F32::broadcast(-2.12194440e-4f), tail);
  tail = fma(square, F32::broadcast(-0.5f), tail);
  const F32 finite = fma(e, F32::broadcast(0.693359375f), f + tail);
  F32 result = select(x == F32::broadcast(kInfinity), x, finite);
  result = select(x == zero, F32::broadcast(-kInfinity), result);
  return select(x >= zero, result, F32::broadcast(NAN));
}

// tanh x within 1.5 ulp.
LENSMITH_INLINE F32 tanh(F32 x) {
  constexpr float kTerms[] = {-0.333332975f, 0.133319153f, -0.0537832935f, 0.0207946192f,
                              -0.00589394687f};
  const F32 one = F32::broadcast(1.0f);
  const F32 magnitude = abs(x);
  const F32 square = x * x;
  const F32 small = fma(polynomial(square, kTerms) * square, x, x);
  const F32 large = one - F32::broadcast(2.0f) / (exp(magnitude + magnitude) + one);
  return select(magnitude < F32::broadcast(0.6f), small, copysign(large, x));
}

// 1 / (1 + e^-x).
LENSMITH_INLINE F32 sigmoid(F32 x) {
  const F32 one = F32::broadcast(1.0f);
  return one / (one + exp(-x));
}

// erf x = 2/sqrt(pi) ∫₀ˣ e^(-t²) dt, absolute error below 2e-7.
LENSMITH_INLINE F32 erf(F32 x) {
  constexpr float kSmall[] = {1.12837914f,    -0.376124594f,  0.112814371f,
                              -0.0267524202f, 0.00497195864f, -0.000588163945f};
  // ln(1 - erf x) on [0.93, 4]; beyond, erf rounds to 1.
  constexpr float kLarge[] = {-0.000211004563f, -1.12761403f,    -0.637282616f, -0.103846874f,
                              0.0221879243f,    -0.00303395745f, 0.00019505309f};
  const F32 magnitude = abs(x);
  const F32 small = x * polynomial(x * x, kSmall);
  const F32 bounded = min(F32::broadcast(4.0f), magnitude);
  const F32 large = F32::broadcast(1.0f) - exp(polynomial(bounded, kLarge));
  return select(magnitude < F32::broadcast(0.95f), small, copysign(large, x));
}

LENSMITH_ISA_END
