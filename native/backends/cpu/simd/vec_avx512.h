// F32 on AVX-512 (F, BW, DQ, VL): 16 lanes. Interface: simd/vec.h.
#pragma once

#include <immintrin.h>

#include "backends/cpu/simd/isa.h"
#include "core/dtype.h"

LENSMITH_ISA_BEGIN

struct Mask {
  __mmask16 m;
};

struct F32 {
  static constexpr int width = 16;
  __m512 v;

  static LENSMITH_INLINE __mmask16 first(int n) {
    return static_cast<__mmask16>((1u << n) - 1u);
  }
  static LENSMITH_INLINE __m512 widen_bf16(__m256i bits) {
    return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(bits), 16));
  }
  LENSMITH_INLINE __m256i narrow_bf16() const {
    const __m512i bits = _mm512_castps_si512(v);
    const __m512i high = _mm512_srli_epi32(bits, 16);
    const __m512i odd = _mm512_and_si512(high, _mm512_set1_epi32(1));
    const __m512i rounded = _mm512_srli_epi32(
        _mm512_add_epi32(_mm512_add_epi32(bits, _mm512_set1_epi32(0x7fff)), odd), 16);
    const __mmask16 nan = _mm512_cmp_ps_mask(v, v, _CMP_UNORD_Q);
    return _mm512_cvtepi32_epi16(
        _mm512_mask_or_epi32(rounded, nan, high, _mm512_set1_epi32(0x40)));
  }
  LENSMITH_INLINE __m256i narrow_f16() const {
    return _mm512_cvtps_ph(v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  }

  static LENSMITH_INLINE F32 zero() { return {_mm512_setzero_ps()}; }
  static LENSMITH_INLINE F32 broadcast(float x) { return {_mm512_set1_ps(x)}; }

  static LENSMITH_INLINE F32 load(const float* p) { return {_mm512_loadu_ps(p)}; }
  static LENSMITH_INLINE F32 load(const bf16* p) {
    return {widen_bf16(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)))};
  }
  static LENSMITH_INLINE F32 load(const f16* p) {
    return {_mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)))};
  }
  static LENSMITH_INLINE F32 load(const int32_t* p) {
    return {_mm512_cvtepi32_ps(_mm512_loadu_si512(p))};
  }
  static LENSMITH_INLINE F32 load_n(const float* p, int n) {
    return {_mm512_maskz_loadu_ps(first(n), p)};
  }
  static LENSMITH_INLINE F32 load_n(const bf16* p, int n) {
    return {widen_bf16(_mm256_maskz_loadu_epi16(first(n), p))};
  }
  static LENSMITH_INLINE F32 load_n(const f16* p, int n) {
    return {_mm512_cvtph_ps(_mm256_maskz_loadu_epi16(first(n), p))};
  }
  static LENSMITH_INLINE F32 load_n(const int32_t* p, int n) {
    return {_mm512_cvtepi32_ps(_mm512_maskz_loadu_epi32(first(n), p))};
  }

  LENSMITH_INLINE void store(float* p) const { _mm512_storeu_ps(p, v); }
  LENSMITH_INLINE void store(bf16* p) const {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), narrow_bf16());
  }
  LENSMITH_INLINE void store(f16* p) const {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), narrow_f16());
  }
  LENSMITH_INLINE void store_n(float* p, int n) const { _mm512_mask_storeu_ps(p, first(n), v); }
  LENSMITH_INLINE void store_n(bf16* p, int n) const {
    _mm256_mask_storeu_epi16(p, first(n), narrow_bf16());
  }
  LENSMITH_INLINE void store_n(f16* p, int n) const {
    _mm256_mask_storeu_epi16(p, first(n), narrow_f16());
  }
};

LENSMITH_INLINE F32 operator+(F32 a, F32 b) { return {_mm512_add_ps(a.v, b.v)}; }
LENSMITH_INLINE F32 operator-(F32 a, F32 b) { return {_mm512_sub_ps(a.v, b.v)}; }
LENSMITH_INLINE F32 operator*(F32 a, F32 b) { return {_mm512_mul_ps(a.v, b.v)}; }
LENSMITH_INLINE F32 operator/(F32 a, F32 b) { return {_mm512_div_ps(a.v, b.v)}; }
LENSMITH_INLINE F32 operator-(F32 a) {
  return {_mm512_xor_ps(a.v, _mm512_set1_ps(-0.0f))};
}
LENSMITH_INLINE F32 fma(F32 a, F32 b, F32 c) { return {_mm512_fmadd_ps(a.v, b.v, c.v)}; }
LENSMITH_INLINE F32 max(F32 a, F32 b) { return {_mm512_max_ps(a.v, b.v)}; }
LENSMITH_INLINE F32 min(F32 a, F32 b) { return {_mm512_min_ps(a.v, b.v)}; }
LENSMITH_INLINE F32 sqrt(F32 a) { return {_mm512_sqrt_ps(a.v)}; }
LENSMITH_INLINE F32 abs(F32 a) { return {_mm512_andnot_ps(_mm512_set1_ps(-0.0f), a.v)}; }
LENSMITH_INLINE F32 round(F32 a) {
  return {_mm512_roundscale_ps(a.v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC)};
}
LENSMITH_INLINE F32 copysign(F32 magnitude, F32 sign) {
  const __m512 bit = _mm512_set1_ps(-0.0f);
  return {_mm512_or_ps(_mm512_andnot_ps(bit, magnitude.v), _mm512_and_ps(bit, sign.v))};
}

LENSMITH_INLINE Mask operator<(F32 a, F32 b) {
  return {_mm512_cmp_ps_mask(a.v, b.v, _CMP_LT_OQ)};
}
LENSMITH_INLINE Mask operator<=(F32 a, F32 b) {
  return {_mm512_cmp_ps_mask(a.v, b.v, _CMP_LE_OQ)};
}
LENSMITH_INLINE Mask operator>(F32 a, F32 b) { return b < a; }
LENSMITH_INLINE Mask operator>=(F32 a, F32 b) { return b <= a; }
LENSMITH_INLINE Mask operator==(F32 a, F32 b) {
  return {_mm512_cmp_ps_mask(a.v, b.v, _CMP_EQ_OQ)};
}
LENSMITH_INLINE Mask operator&(Mask a, Mask b) { return {static_cast<__mmask16>(a.m & b.m)}; }
LENSMITH_INLINE Mask operator|(Mask a, Mask b) { return {static_cast<__mmask16>(a.m | b.m)}; }
LENSMITH_INLINE F32 select(Mask m, F32 a, F32 b) { return {_mm512_mask_blend_ps(m.m, b.v, a.v)}; }

LENSMITH_INLINE float reduce_add(F32 a) { return _mm512_reduce_add_ps(a.v); }
LENSMITH_INLINE float reduce_max(F32 a) { return _mm512_reduce_max_ps(a.v); }
LENSMITH_INLINE float reduce_min(F32 a) { return _mm512_reduce_min_ps(a.v); }

LENSMITH_INLINE F32 ldexp(F32 a, F32 n) { return {_mm512_scalef_ps(a.v, n.v)}; }

LENSMITH_INLINE void split_exponent(F32 x, F32* m, F32* e) {
  const __m512i bits = _mm512_castps_si512(x.v);
  const __m512i exponent =
      _mm512_srai_epi32(_mm512_sub_epi32(bits, _mm512_set1_epi32(0x3f3504f3)), 23);
  m->v = _mm512_castsi512_ps(_mm512_sub_epi32(bits, _mm512_slli_epi32(exponent, 23)));
  e->v = _mm512_cvtepi32_ps(exponent);
}

LENSMITH_ISA_END
