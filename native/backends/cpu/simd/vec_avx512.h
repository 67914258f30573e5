// F32 on AVX-512 (F, BW, DQ, VL): 16 lanes. Interface: simd/vec.h.
#pragma once

// GCC 12 takes the undefined pass-through operands of its own intrinsics for mistakes.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC diagnostic ignored "-Wuninitialized"
#endif
#include <immintrin.h>
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

#include <cstring>

#include "backends/cpu/simd/isa.h"
#include "core/dtype.h"

LENSMITH_ISA_BEGIN

struct Mask {
  __mmask16 m;
};

struct F32 {
  static constexpr int width = 16;
  __m512 v;

  static LENSMITH_INLINE __mmask16 first(int n) { return static_cast<__mmask16>((1u << n) - 1u); }
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
    return _mm512_cvtepi32_epi16(_mm512_mask_or_epi32(rounded, nan, high, _mm512_set1_epi32(0x40)));
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
  static LENSMITH_INLINE F32 load(const int8_t* p) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
    return {_mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(bytes))};
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

  static LENSMITH_INLINE F32 load_n(const int8_t* p, int n) {
    return {_mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_maskz_loadu_epi8(first(n), p)))};
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

// One register holds the whole table.
class NibbleTable {
 public:
  static constexpr int vectors = 1;

  explicit LENSMITH_INLINE NibbleTable(const float* table) : table_(_mm512_loadu_ps(table)) {}

  LENSMITH_INLINE void look_up(const uint8_t* p, F32 (&out)[vectors]) const {
    int32_t bits[2];
    std::memcpy(bits, p, sizeof bits);
    const __m512i bytes =
        _mm512_inserti64x4(_mm512_set1_epi32(bits[0]), _mm256_set1_epi32(bits[1]), 1);
    const __m512i shifts =
        _mm512_setr_epi32(4, 0, 12, 8, 20, 16, 28, 24, 4, 0, 12, 8, 20, 16, 28, 24);
    out[0].v = _mm512_permutexvar_ps(_mm512_srlv_epi32(bytes, shifts), table_);
  }

 private:
  __m512 table_;
};

LENSMITH_INLINE F32 operator+(F32 a, F32 b) { return {_mm512_add_ps(a.v, b.v)}; }
LENSMITH_INLINE F32 operator-(F32 a, F32 b) { return {_mm512_sub_ps(a.v, b.v)}; }
LENSMITH_INLINE F32 operator*(F32 a, F32 b) { return {_mm512_mul_ps(a.v, b.v)}; }
LENSMITH_INLINE F32 operator/(F32 a, F32 b) { return {_mm512_div_ps(a.v, b.v)}; }
LENSMITH_INLINE F32 operator-(F32 a) { return {_mm512_xor_ps(a.v, _mm512_set1_ps(-0.0f))}; }
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

LENSMITH_INLINE Mask operator<(F32 a, F32 b) { return {_mm512_cmp_ps_mask(a.v, b.v, _CMP_LT_OQ)}; }
LENSMITH_INLINE Mask operator<=(F32 a, F32 b) { return {_mm512_cmp_ps_mask(a.v, b.v, _CMP_LE_OQ)}; }
LENSMITH_INLINE Mask operator>(F32 a, F32 b) { return b < a; }
LENSMITH_INLINE Mask operator>=(F32 a, F32 b) { return b <= a; }
LENSMITH_INLINE Mask operator==(F32 a, F32 b) { return {_mm512_cmp_ps_mask(a.v, b.v, _CMP_EQ_OQ)}; }
LENSMITH_INLINE Mask operator&(Mask a, Mask b) { return {static_cast<__mmask16>(a.m & b.m)}; }
LENSMITH_INLINE Mask operator|(Mask a, Mask b) { return {static_cast<__mmask16>(a.m | b.m)}; }
LENSMITH_INLINE F32 select(Mask m, F32 a, F32 b) { return {_mm512_mask_blend_ps(m.m, b.v, a.v)}; }

LENSMITH_INLINE float reduce_add(F32 a) { return _mm512_reduce_add_ps(a.v); }
LENSMITH_INLINE float reduce_max(F32 a) { return _mm512_reduce_max_ps(a.v); }
LENSMITH_INLINE float reduce_min(F32 a) { return _mm512_reduce_min_ps(a.v); }
LENSMITH_INLINE void reduce_add(F32 a, F32 b, F32 c, F32 d, float* sums) {
  const __m512 ab = _mm512_add_ps(_mm512_unpacklo_ps(a.v, b.v), _mm512_unpackhi_ps(a.v, b.v));
  const __m512 cd = _mm512_add_ps(_mm512_unpacklo_ps(c.v, d.v), _mm512_unpackhi_ps(c.v, d.v));
  const __m512d ab2 = _mm512_castps_pd(ab), cd2 = _mm512_castps_pd(cd);
  const __m512 all = _mm512_add_ps(_mm512_castpd_ps(_mm512_unpacklo_pd(ab2, cd2)),
                                   _mm512_castpd_ps(_mm512_unpackhi_pd(ab2, cd2)));
  const __m256 half = _mm256_add_ps(_mm512_castps512_ps256(all), _mm512_extractf32x8_ps(all, 1));
  _mm_storeu_ps(sums, _mm_add_ps(_mm256_castps256_ps128(half), _mm256_extractf128_ps(half, 1)));
}

LENSMITH_INLINE F32 ldexp(F32 a, F32 n) {
  const __mmask16 some = _mm512_cmp_ps_mask(n.v, _mm512_set1_ps(-254.0f), _CMP_NEQ_UQ);
  return {_mm512_maskz_scalef_ps(some, a.v, n.v)};
}

LENSMITH_INLINE void split_exponent(F32 x, F32* m, F32* e) {
  const __m512i bits = _mm512_castps_si512(x.v);
  const __m512i exponent =
      _mm512_srai_epi32(_mm512_sub_epi32(bits, _mm512_set1_epi32(0x3f3504f3)), 23);
  m->v = _mm512_castsi512_ps(_mm512_sub_epi32(bits, _mm512_slli_epi32(exponent, 23)));
  e->v = _mm512_cvtepi32_ps(exponent);
}

LENSMITH_INLINE void transpose(F32 (&r)[16]) {
  __m512 t[16];
  for (int g = 0; g < 16; g += 4) {
    const __m512 low01 = _mm512_unpacklo_ps(r[g].v, r[g + 1].v);
    const __m512 high01 = _mm512_unpackhi_ps(r[g].v, r[g + 1].v);
    const __m512 low23 = _mm512_unpacklo_ps(r[g + 2].v, r[g + 3].v);
    const __m512 high23 = _mm512_unpackhi_ps(r[g + 2].v, r[g + 3].v);
    // Lane L (of 128 bits) of t[g + c] now holds column 4 L + c of four rows.
    t[g] = _mm512_castpd_ps(_mm512_unpacklo_pd(_mm512_castps_pd(low01), _mm512_castps_pd(low23)));
    t[g + 1] =
        _mm512_castpd_ps(_mm512_unpackhi_pd(_mm512_castps_pd(low01), _mm512_castps_pd(low23)));
    t[g + 2] =
        _mm512_castpd_ps(_mm512_unpacklo_pd(_mm512_castps_pd(high01), _mm512_castps_pd(high23)));
    t[g + 3] =
        _mm512_castpd_ps(_mm512_unpackhi_pd(_mm512_castps_pd(high01), _mm512_castps_pd(high23)));
  }
  for (int c = 0; c < 4; ++c) {
    const __m512 even01 = _mm512_shuffle_f32x4(t[c], t[4 + c], 0x88);
    const __m512 odd01 = _mm512_shuffle_f32x4(t[c], t[4 + c], 0xdd);
    const __m512 even23 = _mm512_shuffle_f32x4(t[8 + c], t[12 + c], 0x88);
    const __m512 odd23 = _mm512_shuffle_f32x4(t[8 + c], t[12 + c], 0xdd);
    r[c].v = _mm512_shuffle_f32x4(even01, even23, 0x88);
    r[4 + c].v = _mm512_shuffle_f32x4(odd01, odd23, 0x88);
    r[8 + c].v = _mm512_shuffle_f32x4(even01, even23, 0xdd);
    r[12 + c].v = _mm512_shuffle_f32x4(odd01, odd23, 0xdd);
  }
}

LENSMITH_ISA_END
