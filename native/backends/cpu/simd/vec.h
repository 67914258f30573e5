// F32: as many 32-bit floats as one register of the instruction set holds, with one interface for
// all sets. Mask: one truth value per lane.
//
//   F32::width                              lanes
//   F32::zero(), F32::broadcast(x)
//   F32::load(p), F32::load_n(p, n)         p: const float*, bf16*, f16*, int32_t*, int8_t*,
//                                           unaligned;
//                                           load_n reads n of [0, width] lanes, others are 0
//   NibbleTable(table).look_up(p, out)      entries of float table[16] that the nibbles of bytes at
//                                           p name, the high one first: NibbleTable::vectors F32
//   v.store(p), v.store_n(p, n)             p: float*, bf16*, f16*, rounds to nearest even
//   a + b, a - b, a * b, a / b, -a
//   fma(a, b, c)                            a * b + c (rounded once, except in portable)
//   max(a, b), min(a, b)                    when a lane of either is NaN: b (NEON: NaN), so with a
//                                           constant as a, NaN in b goes through
//   sqrt(a), abs(a), round(a)               round: to nearest even
//   copysign(magnitude, sign)
//   a < b, a <= b, a > b, a >= b, a == b    Mask; false with NaN
//   m & n, m | n, select(m, a, b)           a where m, else b
//   reduce_add(a), reduce_max(a), reduce_min(a)
//   reduce_add(a, b, c, d, sums)            four sums at once, to float sums[4]
//   ldexp(a, n)                             a * 2^n, n integral in [-254, 254], |a| < 4; n = -254
//                                           gives 0 without an underflow, which can take a CPU
//                                           a hundred cycles
//   transpose(rows)                         F32 rows[width], in place
//   split_exponent(x, &m, &e)               x = m * 2^e, m in [sqrt(1/2), sqrt(2)); x normal, > 0
//
// Elementary functions are in simd/math.h.
#pragma once

#include "backends/cpu/simd/isa.h"
#include "core/dtype.h"

#if LENSMITH_ISA_ID >= LENSMITH_ISA_AVX512
#include "backends/cpu/simd/vec_avx512.h"
#elif LENSMITH_ISA_ID == LENSMITH_ISA_AVX2
#include "backends/cpu/simd/vec_avx2.h"
#elif LENSMITH_ISA_ID == LENSMITH_ISA_NEON
#include "backends/cpu/simd/vec_neon.h"
#else
#include "backends/cpu/simd/vec_portable.h"
#endif
