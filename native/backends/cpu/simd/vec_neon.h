// F32 on NEON of 64-bit ARM: 4 lanes. Interface: simd/vec.h.
#pragma once

#include <arm_neon.h>

#include <cstring>

#include "backends/cpu/simd/isa.h"
#include "core/dtype.h"

LENSMITH_ISA_BEGIN

struct Mask {
  uint32x4_t m;
};

struct F32 {
  static constexpr int width = 4;
  float32x4_t v;

  template <class Lane>
  struct Lanes {
    Lane lane[width] = {};
  };
  // 16 and 32-bit lanes through memory: only the ends of rows come here.
  template <class Lane>
  static LENSMITH_INLINE Lanes<Lane> copy_in(const void* p, int n) {
    Lanes<Lane> lanes;
    for (int i = 0; i < n; ++i) lanes.lane[i] = static_cast<const Lane*>(p)[i];
    return lanes;
  }

  static LENSMITH_INLINE float32x4_t widen_bf16(uint16x4_t bits) {
    return vreinterpretq_f32_u32(vshll_n_u16(bits, 16));
  }
  static LENSMITH_INLINE float32x4_t widen_f16(uint16x4_t bits) {
    return vcvt_f32_f16(vreinterpret_f16_u16(bits));
  }
  LENSMITH_INLINE uint16x4_t narrow_bf16() const {
    const uint32x4_t bits = vreinterpretq_u32_f32(v);
    const uint32x4_t high = vshrq_n_u32(bits, 16);
    const uint32x4_t odd = vandq_u32(high, vdupq_n_u32(1));
    const uint32x4_t rounded =
        vshrq_n_u32(vaddq_u32(vaddq_u32(bits, vdupq_n_u32(0x7fff)), odd), 16);
    const uint32x4_t quiet = vorrq_u32(high, vdupq_n_u32(0x40));
    return vmovn_u32(vbslq_u32(vceqq_f32(v, v), rounded, quiet));
  }
  LENSMITH_INLINE uint16x4_t narrow_f16() const { return vreinterpret_u16_f16(vcvt_f16_f32(v)); }

  static LENSMITH_INLINE F32 zero() { return {vdupq_n_f32(0)}; }
  static LENSMITH_INLINE F32 broadcast(float x) { return {vdupq_n_f32(x)}; }

  static LENSMITH_INLINE F32 load(const float* p) { return {vld1q_f32(p)}; }
  static LENSMITH_INLINE F32 load(const bf16* p) {
    return {widen_bf16(vld1_u16(reinterpret_cast<const uint16_t*>(p)))};
  }
  static LENSMITH_INLINE F32 load(const f16* p) {
    return {widen_f16(vld1_u16(reinterpret_cast<const uint16_t*>(p)))};
  }
  static LENSMITH_INLINE F32 load(const int32_t* p) { return {vcvtq_f32_s32(vld1q_s32(p))}; }
  static LENSMITH_INLINE F32 load_n(const float* p, int n) {
    return {vld1q_f32(copy_in<float>(p, n).lane)};
  }
  static LENSMITH_INLINE F32 load_n(const bf16* p, int n) {
    return {widen_bf16(vld1_u16(copy_in<uint16_t>(p, n).lane))};
  }
  static LENSMITH_INLINE F32 load_n(const f16* p, int n) {
    return {widen_f16(vld1_u16(copy_in<uint16_t>(p, n).lane))};
  }
  static LENSMITH_INLINE F32 load_n(const int32_t* p, int n) {
    return {vcvtq_f32_s32(vld1q_s32(copy_in<int32_t>(p, n).lane))};
  }

  static LENSMITH_INLINE F32 load(const int8_t* p) {
    int32_t bits;
    std::memcpy(&bits, p, sizeof bits);
    const int16x8_t wide = vmovl_s8(vreinterpret_s8_s32(vdup_n_s32(bits)));
    return {vcvtq_f32_s32(vmovl_s16(vget_low_s16(wide)))};
  }
  static LENSMITH_INLINE F32 load_n(const int8_t* p, int n) {
    return load(copy_in<int8_t>(p, n).lane);
  }

  LENSMITH_INLINE void store(float* p) const { vst1q_f32(p, v); }
  LENSMITH_INLINE void store(bf16* p) const {
    vst1_u16(reinterpret_cast<uint16_t*>(p), narrow_bf16());
  }
  LENSMITH_INLINE void store(f16* p) const {
    vst1_u16(reinterpret_cast<uint16_t*>(p), narrow_f16());
  }
  LENSMITH_INLINE void store_n(float* p, int n) const {
    float lanes[width];
    vst1q_f32(lanes, v);
    for (int i = 0; i < n; ++i) p[i] = lanes[i];
  }
  LENSMITH_INLINE void store_n(bf16* p, int n) const {
    uint16_t lanes[width];
    vst1_u16(lanes, narrow_bf16());
    for (int i = 0; i < n; ++i) p[i].bits = lanes[i];
  }
  LENSMITH_INLINE void store_n(f16* p, int n) const {
    uint16_t lanes[width];
    vst1_u16(lanes, narrow_f16());
    for (int i = 0; i < n; ++i) p[i].bits = lanes[i];
  }
};

// A table look-up of bytes finds 16 entries at once, so the table is held as one plane for each
// byte of its floats.
class NibbleTable {
 public:
  static constexpr int vectors = 4;

  explicit LENSMITH_INLINE NibbleTable(const float* table) {
    uint8_t bytes[4][16];
    for (int i = 0; i < 16; ++i) {
      uint32_t bits;
      std::memcpy(&bits, table + i, sizeof bits);
      for (int b = 0; b < 4; ++b) bytes[b][i] = static_cast<uint8_t>(bits >> 8 * b);
    }
    for (int b = 0; b < 4; ++b) planes_[b] = vld1q_u8(bytes[b]);
  }

  LENSMITH_INLINE void look_up(const uint8_t* p, F32 (&out)[vectors]) const {
    const uint8x8_t codes = vld1_u8(p);
    const uint8x8_t high = vshr_n_u8(codes, 4), low = vand_u8(codes, vdup_n_u8(15));
    const uint8x16_t index = vcombine_u8(vzip1_u8(high, low), vzip2_u8(high, low));
    uint8x16_t bytes[4];
    for (int b = 0; b < 4; ++b) bytes[b] = vqtbl1q_u8(planes_[b], index);
    const uint16x8_t words[4] = {vreinterpretq_u16_u8(vzip1q_u8(bytes[0], bytes[1])),
                                 vreinterpretq_u16_u8(vzip1q_u8(bytes[2], bytes[3])),
                                 vreinterpretq_u16_u8(vzip2q_u8(bytes[0], bytes[1])),
                                 vreinterpretq_u16_u8(vzip2q_u8(bytes[2], bytes[3]))};
    for (int h = 0; h < 2; ++h) {
      out[2 * h].v = vreinterpretq_f32_u16(vzip1q_u16(words[2 * h], words[2 * h + 1]));
      out[2 * h + 1].v = vreinterpretq_f32_u16(vzip2q_u16(words[2 * h], words[2 * h + 1]));
    }
  }

 private:
  uint8x16_t planes_[4];
};

LENSMITH_INLINE F32 operator+(F32 a, F32 b) { return {vaddq_f32(a.v, b.v)}; }
LENSMITH_INLINE F32 operator-(F32 a, F32 b) { return {vsubq_f32(a.v, b.v)}; }
LENSMITH_INLINE F32 operator*(F32 a, F32 b) { return {vmulq_f32(a.v, b.v)}; }
LENSMITH_INLINE F32 operator/(F32 a, F32 b) { return {vdivq_f32(a.v, b.v)}; }
LENSMITH_INLINE F32 operator-(F32 a) { return {vnegq_f32(a.v)}; }
LENSMITH_INLINE F32 fma(F32 a, F32 b, F32 c) { return {vfmaq_f32(c.v, a.v, b.v)}; }
LENSMITH_INLINE F32 max(F32 a, F32 b) { return {vmaxq_f32(a.v, b.v)}; }
LENSMITH_INLINE F32 min(F32 a, F32 b) { return {vminq_f32(a.v, b.v)}; }
LENSMITH_INLINE F32 sqrt(F32 a) { return {vsqrtq_f32(a.v)}; }
LENSMITH_INLINE F32 abs(F32 a) { return {vabsq_f32(a.v)}; }
LENSMITH_INLINE F32 round(F32 a) { return {vrndnq_f32(a.v)}; }
LENSMITH_INLINE F32 copysign(F32 magnitude, F32 sign) {
  return {vbslq_f32(vdupq_n_u32(0x80000000u), sign.v, magnitude.v)};
}

LENSMITH_INLINE Mask operator<(F32 a, F32 b) { return {vcltq_f32(a.v, b.v)}; }
LENSMITH_INLINE Mask operator<=(F32 a, F32 b) { return {vcleq_f32(a.v, b.v)}; }
LENSMITH_INLINE Mask operator>(F32 a, F32 b) { return b < a; }
LENSMITH_INLINE Mask operator>=(F32 a, F32 b) { return b <= a; }
LENSMITH_INLINE Mask operator==(F32 a, F32 b) { return {vceqq_f32(a.v, b.v)}; }
LENSMITH_INLINE Mask operator&(Mask a, Mask b) { return {vandq_u32(a.m, b.m)}; }
LENSMITH_INLINE Mask operator|(Mask a, Mask b) { return {vorrq_u32(a.m, b.m)}; }
LENSMITH_INLINE F32 select(Mask m, F32 a, F32 b) { return {vbslq_f32(m.m, a.v, b.v)}; }

LENSMITH_INLINE float reduce_add(F32 a) { return vaddvq_f32(a.v); }
LENSMITH_INLINE float reduce_max(F32 a) { return vmaxvq_f32(a.v); }
LENSMITH_INLINE float reduce_min(F32 a) { return vminvq_f32(a.v); }
LENSMITH_INLINE void reduce_add(F32 a, F32 b, F32 c, F32 d, float* sums) {
  vst1q_f32(sums, vpaddq_f32(vpaddq_f32(a.v, b.v), vpaddq_f32(c.v, d.v)));
}

// In two factors, so that each is a normal number and a subnormal result is rounded once.
LENSMITH_INLINE F32 ldexp(F32 a, F32 n) {
  const int32x4_t exponent = vcvtnq_s32_f32(n.v);
  const int32x4_t half = vshrq_n_s32(exponent, 1);
  const int32x4_t bias = vdupq_n_s32(127);
  const int32x4_t first = vshlq_n_s32(vaddq_s32(half, bias), 23);
  const int32x4_t second = vshlq_n_s32(vaddq_s32(vsubq_s32(exponent, half), bias), 23);
  return {vmulq_f32(vmulq_f32(a.v, vreinterpretq_f32_s32(first)), vreinterpretq_f32_s32(second))};
}

LENSMITH_INLINE void split_exponent(F32 x, F32* m, F32* e) {
  const int32x4_t bits = vreinterpretq_s32_f32(x.v);
  const int32x4_t exponent = vshrq_n_s32(vsubq_s32(bits, vdupq_n_s32(0x3f3504f3)), 23);
  m->v = vreinterpretq_f32_s32(vsubq_s32(bits, vshlq_n_s32(exponent, 23)));
  e->v = vcvtq_f32_s32(exponent);
}

LENSMITH_INLINE void transpose(F32 (&r)[4]) {
  const float64x2_t even01 = vreinterpretq_f64_f32(vtrn1q_f32(r[0].v, r[1].v));
  const float64x2_t odd01 = vreinterpretq_f64_f32(vtrn2q_f32(r[0].v, r[1].v));
  const float64x2_t even23 = vreinterpretq_f64_f32(vtrn1q_f32(r[2].v, r[3].v));
  const float64x2_t odd23 = vreinterpretq_f64_f32(vtrn2q_f32(r[2].v, r[3].v));
  r[0].v = vreinterpretq_f32_f64(vzip1q_f64(even01, even23));
  r[1].v = vreinterpretq_f32_f64(vzip1q_f64(odd01, odd23));
  r[2].v = vreinterpretq_f32_f64(vzip2q_f64(even01, even23));
  r[3].v = vreinterpretq_f32_f64(vzip2q_f64(odd01, odd23));
}

LENSMITH_ISA_END
