// F32 on AVX2 with FMA and F16C: 8 lanes. Interface: simd/vec.h.
#pragma once

#include <immintrin.h>

#include <cstring>

#include "backends/cpu/simd/isa.h"
#include "core/dtype.h"

LENSMITH_ISA_BEGIN

struct Mask {
  __m256 m;
};

struct F32 {
  static constexpr int width = 8;
  __m256 v;

  static LENSMITH_INLINE __m256i first(int n) {
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
  }
  static LENSMITH_INLINE __m128i load_n_16(const void* p, int n) {
    alignas(16) uint16_t lanes[width] = {};
    for (int i = 0; i < n; ++i) lanes[i] = static_cast<const uint16_t*>(p)[i];
    return _mm_load_si128(reinterpret_cast<const __m128i*>(lanes));
  }
  static LENSMITH_INLINE void store_n_16(__m128i bits, void* p, int n) {
    alignas(16) uint16_t lanes[width];
    _mm_store_si128(reinterpret_cast<__m128i*>(lanes), bits);
    for (int i = 0; i < n; ++i) static_cast<uint16_t*>(p)[i] = lanes[i];
  }
  static LENSMITH_INLINE __m256 widen_bf16(__m128i bits) {
    return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(bits), 16));
  }
  LENSMITH_INLINE __m128i narrow_bf16() const {
    const __m256i bits = _mm256_castps_si256(v);
    const __m256i high = _mm256_srli_epi32(bits, 16);
    const __m256i odd = _mm256_and_si256(high, _mm256_set1_epi32(1));
    const __m256i rounded = _mm256_srli_epi32(
        _mm256_add_epi32(_mm256_add_epi32(bits, _mm256_set1_epi32(0x7fff)), odd), 16);
    const __m256i quiet = _mm256_or_si256(high, _mm256_set1_epi32(0x40));
    const __m256i nan = _mm256_castps_si256(_mm256_cmp_ps(v, v, _CMP_UNORD_Q));
    const __m256i lanes = _mm256_blendv_epi8(rounded, quiet, nan);
    return _mm_packus_epi32(_mm256_castsi256_si128(lanes), _mm256_extracti128_si256(lanes, 1));
  }
  LENSMITH_INLINE __m128i narrow_f16() const {
    return _mm256_cvtps_ph(v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  }

  static LENSMITH_INLINE F32 zero() { return {_mm256_setzero_ps()}; }
  static LENSMITH_INLINE F32 broadcast(float x) { return {_mm256_set1_ps(x)}; }

  static LENSMITH_INLINE F32 load(const float* p) { return {_mm256_loadu_ps(p)}; }
  static LENSMITH_INLINE F32 load(const bf16* p) {
    return {widen_bf16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)))};
  }
  static LENSMITH_INLINE F32 load(const f16* p) {
    return {_mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)))};
  }
  static LENSMITH_INLINE F32 load(const int32_t* p) {
    return {_mm256_cvtepi32_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)))};
  }
  static LENSMITH_INLINE F32 load(const int8_t* p) {
    const __m128i bytes = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(p));
    return {_mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(bytes))};
  }
  static LENSMITH_INLINE F32 load_n(const float* p, int n) {
    return {_mm256_maskload_ps(p, first(n))};
  }
  static LENSMITH_INLINE F32 load_n(const bf16* p, int n) { return {widen_bf16(load_n_16(p, n))}; }
  static LENSMITH_INLINE F32 load_n(const f16* p, int n) {
    return {_mm256_cvtph_ps(load_n_16(p, n))};
  }
  static LENSMITH_INLINE F32 load_n(const int32_t* p, int n) {
    return {_mm256_cvtepi32_ps(_mm256_maskload_epi32(p, first(n)))};
  }

  static LENSMITH_INLINE F32 load_n(const int8_t* p, int n) {
    int8_t lanes[width] = {};
    for (int i = 0; i < n; ++i) lanes[i] = p[i];
    return load(lanes);
  }

  LENSMITH_INLINE void store(float* p) const { _mm256_storeu_ps(p, v); }
  LENSMITH_INLINE void store(bf16* p) const {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(p), narrow_bf16());
  }
  LENSMITH_INLINE void store(f16* p) const {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(p), narrow_f16());
  }
  LENSMITH_INLINE void store_n(float* p, int n) const { _mm256_maskstore_ps(p, first(n), v); }
  LENSMITH_INLINE void store_n(bf16* p, int n) const { store_n_16(narrow_bf16(), p, n); }
  LENSMITH_INLINE void store_n(f16* p, int n) const { store_n_16(narrow_f16(), p, n); }
};

// A shuffle of bytes finds 32 entries at once, so the table is held as one plane for each byte of
// its floats.
class NibbleTable {
 public:
  static constexpr int vectors = 4;

  explicit LENSMITH_INLINE NibbleTable(const float* table) {
    alignas(16) uint8_t bytes[4][16];
    for (int i = 0; i < 16; ++i) {
      uint32_t bits;
      std::memcpy(&bits, table + i, sizeof bits);
      for (int b = 0; b < 4; ++b) bytes[b][i] = static_cast<uint8_t>(bits >> 8 * b);
    }
    for (int b = 0; b < 4; ++b) {
      const __m128i plane = _mm_load_si128(reinterpret_cast<const __m128i*>(bytes[b]));
      planes_[b] = _mm256_broadcastsi128_si256(plane);
    }
  }

  LENSMITH_INLINE void look_up(const uint8_t* p, F32 (&out)[vectors]) const {
    // Four values of eight go to the low half of a register and four to the high one, since bytes
    // and words are unpacked in each half by itself.
    const __m256i twice = _mm256_setr_epi8(0, 0, 1, 1, 4, 4, 5, 5, 8, 8, 9, 9, 12, 12, 13, 13,  //
                                           2, 2, 3, 3, 6, 6, 7, 7, 10, 10, 11, 11, 14, 14, 15, 15);
    const __m256i codes = _mm256_shuffle_epi8(
        _mm256_broadcastsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p))), twice);
    const __m256i high = _mm256_and_si256(_mm256_srli_epi16(codes, 4), _mm256_set1_epi16(0x000f));
    const __m256i low = _mm256_and_si256(codes, _mm256_set1_epi16(0x0f00));
    const __m256i index = _mm256_or_si256(high, low);
    __m256i bytes[4];
    for (int b = 0; b < 4; ++b) bytes[b] = _mm256_shuffle_epi8(planes_[b], index);
    const __m256i words[4] = {
        _mm256_unpacklo_epi8(bytes[0], bytes[1]), _mm256_unpacklo_epi8(bytes[2], bytes[3]),
        _mm256_unpackhi_epi8(bytes[0], bytes[1]), _mm256_unpackhi_epi8(bytes[2], bytes[3])};
    for (int h = 0; h < 2; ++h) {
      out[2 * h].v = _mm256_castsi256_ps(_mm256_unpacklo_epi16(words[2 * h], words[2 * h + 1]));
      out[2 * h + 1].v = _mm256_castsi256_ps(_mm256_unpackhi_epi16(words[2 * h], words[2 * h + 1]));
    }
  }

 private:
  __m256i planes_[4];
};

LENSMITH_INLINE F32 operator+(F32 a, F32 b) { return {_mm256_add_ps(a.v, b.v)}; }
LENSMITH_INLINE F32 operator-(F32 a, F32 b) { return {_mm256_sub_ps(a.v, b.v)}; }
LENSMITH_INLINE F32 operator*(F32 a, F32 b) { return {_mm256_mul_ps(a.v, b.v)}; }
LENSMITH_INLINE F32 operator/(F32 a, F32 b) { return {_mm256_div_ps(a.v, b.v)}; }
LENSMITH_INLINE F32 operator-(F32 a) { return {_mm256_xor_ps(a.v, _mm256_set1_ps(-0.0f))}; }
LENSMITH_INLINE F32 fma(F32 a, F32 b, F32 c) { return {_mm256_fmadd_ps(a.v, b.v, c.v)}; }
LENSMITH_INLINE F32 max(F32 a, F32 b) { return {_mm256_max_ps(a.v, b.v)}; }
LENSMITH_INLINE F32 min(F32 a, F32 b) { return {_mm256_min_ps(a.v, b.v)}; }
LENSMITH_INLINE F32 sqrt(F32 a) { return {_mm256_sqrt_ps(a.v)}; }
LENSMITH_INLINE F32 abs(F32 a) { return {_mm256_andnot_ps(_mm256_set1_ps(-0.0f), a.v)}; }
LENSMITH_INLINE F32 round(F32 a) {
  return {_mm256_round_ps(a.v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC)};
}
LENSMITH_INLINE F32 copysign(F32 magnitude, F32 sign) {
  const __m256 bit = _mm256_set1_ps(-0.0f);
  return {_mm256_or_ps(_mm256_andnot_ps(bit, magnitude.v), _mm256_and_ps(bit, sign.v))};
}

LENSMITH_INLINE Mask operator<(F32 a, F32 b) { return {_mm256_cmp_ps(a.v, b.v, _CMP_LT_OQ)}; }
LENSMITH_INLINE Mask operator<=(F32 a, F32 b) { return {_mm256_cmp_ps(a.v, b.v, _CMP_LE_OQ)}; }
LENSMITH_INLINE Mask operator>(F32 a, F32 b) { return b < a; }
LENSMITH_INLINE Mask operator>=(F32 a, F32 b) { return b <= a; }
LENSMITH_INLINE Mask operator==(F32 a, F32 b) { return {_mm256_cmp_ps(a.v, b.v, _CMP_EQ_OQ)}; }
LENSMITH_INLINE Mask operator&(Mask a, Mask b) { return {_mm256_and_ps(a.m, b.m)}; }
LENSMITH_INLINE Mask operator|(Mask a, Mask b) { return {_mm256_or_ps(a.m, b.m)}; }
LENSMITH_INLINE F32 select(Mask m, F32 a, F32 b) { return {_mm256_blendv_ps(b.v, a.v, m.m)}; }

LENSMITH_INLINE float reduce_add(F32 a) {
  __m128 x = _mm_add_ps(_mm256_castps256_ps128(a.v), _mm256_extractf128_ps(a.v, 1));
  x = _mm_add_ps(x, _mm_movehl_ps(x, x));
  return _mm_cvtss_f32(_mm_add_ss(x, _mm_movehdup_ps(x)));
}
LENSMITH_INLINE float reduce_max(F32 a) {
  __m128 x = _mm_max_ps(_mm256_castps256_ps128(a.v), _mm256_extractf128_ps(a.v, 1));
  x = _mm_max_ps(x, _mm_movehl_ps(x, x));
  return _mm_cvtss_f32(_mm_max_ss(x, _mm_movehdup_ps(x)));
}
LENSMITH_INLINE float reduce_min(F32 a) {
  __m128 x = _mm_min_ps(_mm256_castps256_ps128(a.v), _mm256_extractf128_ps(a.v, 1));
  x = _mm_min_ps(x, _mm_movehl_ps(x, x));
  return _mm_cvtss_f32(_mm_min_ss(x, _mm_movehdup_ps(x)));
}
LENSMITH_INLINE void reduce_add(F32 a, F32 b, F32 c, F32 d, float* sums) {
  const __m256 all = _mm256_hadd_ps(_mm256_hadd_ps(a.v, b.v), _mm256_hadd_ps(c.v, d.v));
  _mm_storeu_ps(sums, _mm_add_ps(_mm256_castps256_ps128(all), _mm256_extractf128_ps(all, 1)));
}

// In two factors, so that each is a normal number and a subnormal result is rounded once.
LENSMITH_INLINE F32 ldexp(F32 a, F32 n) {
  const __m256i exponent = _mm256_cvtps_epi32(n.v);
  const __m256i half = _mm256_srai_epi32(exponent, 1);
  const __m256i rest = _mm256_sub_epi32(exponent, half);
  const __m256i bias = _mm256_set1_epi32(127);
  const __m256i first = _mm256_slli_epi32(_mm256_add_epi32(half, bias), 23);
  const __m256i second = _mm256_slli_epi32(_mm256_add_epi32(rest, bias), 23);
  return {
      _mm256_mul_ps(_mm256_mul_ps(a.v, _mm256_castsi256_ps(first)), _mm256_castsi256_ps(second))};
}

LENSMITH_INLINE void split_exponent(F32 x, F32* m, F32* e) {
  const __m256i bits = _mm256_castps_si256(x.v);
  const __m256i exponent =
      _mm256_srai_epi32(_mm256_sub_epi32(bits, _mm256_set1_epi32(0x3f3504f3)), 23);
  m->v = _mm256_castsi256_ps(_mm256_sub_epi32(bits, _mm256_slli_epi32(exponent, 23)));
  e->v = _mm256_cvtepi32_ps(exponent);
}

LENSMITH_INLINE void transpose(F32 (&r)[8]) {
  __m256 t[8];
  for (int g = 0; g < 8; g += 4) {
    const __m256 low01 = _mm256_unpacklo_ps(r[g].v, r[g + 1].v);
    const __m256 high01 = _mm256_unpackhi_ps(r[g].v, r[g + 1].v);
    const __m256 low23 = _mm256_unpacklo_ps(r[g + 2].v, r[g + 3].v);
    const __m256 high23 = _mm256_unpackhi_ps(r[g + 2].v, r[g + 3].v);
    // Lane L (of 128 bits) of t[g + c] now holds column 4 L + c of four rows.
    t[g] = _mm256_castpd_ps(_mm256_unpacklo_pd(_mm256_castps_pd(low01), _mm256_castps_pd(low23)));
    t[g + 1] =
        _mm256_castpd_ps(_mm256_unpackhi_pd(_mm256_castps_pd(low01), _mm256_castps_pd(low23)));
    t[g + 2] =
        _mm256_castpd_ps(_mm256_unpacklo_pd(_mm256_castps_pd(high01), _mm256_castps_pd(high23)));
    t[g + 3] =
        _mm256_castpd_ps(_mm256_unpackhi_pd(_mm256_castps_pd(high01), _mm256_castps_pd(high23)));
  }
  for (int c = 0; c < 4; ++c) {
    r[c].v = _mm256_permute2f128_ps(t[c], t[4 + c], 0x20);
    r[4 + c].v = _mm256_permute2f128_ps(t[c], t[4 + c], 0x31);
  }
}

LENSMITH_ISA_END
