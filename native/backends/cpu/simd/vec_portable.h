// F32 without intrinsics: 4 lanes. Interface: simd/vec.h.
#pragma once

#include <cmath>
#include <cstring>

#include "backends/cpu/simd/isa.h"
#include "core/dtype.h"

LENSMITH_ISA_BEGIN

struct Mask {
  uint32_t m[4];  // all bits or none
};

#if defined(__GNUC__)
typedef float Lanes __attribute__((vector_size(16)));
#else
struct Lanes {
  float lane[4];
  float& operator[](int i) { return lane[i]; }
  float operator[](int i) const { return lane[i]; }
};
#define LENSMITH_EACH_LANE(op)                                         \
  LENSMITH_INLINE Lanes operator op(Lanes a, Lanes b) {                \
    return {{a[0] op b[0], a[1] op b[1], a[2] op b[2], a[3] op b[3]}}; \
  }
LENSMITH_EACH_LANE(+)
LENSMITH_EACH_LANE(-)
LENSMITH_EACH_LANE(*)
LENSMITH_EACH_LANE(/)
#undef LENSMITH_EACH_LANE
#endif

struct F32 {
  static constexpr int width = 4;
  Lanes v;

  template <class Lane>
  static LENSMITH_INLINE F32 each(Lane&& lane) {
    F32 result;
    for (int i = 0; i < width; ++i) result.v[i] = lane(i);
    return result;
  }

  static LENSMITH_INLINE F32 zero() { return {Lanes{0, 0, 0, 0}}; }
  static LENSMITH_INLINE F32 broadcast(float x) { return {Lanes{x, x, x, x}}; }

  static LENSMITH_INLINE float widen(float x) { return x; }
  static LENSMITH_INLINE float widen(int32_t x) { return static_cast<float>(x); }
  static LENSMITH_INLINE float widen(int8_t x) { return static_cast<float>(x); }
  static LENSMITH_INLINE float widen(bf16 x) { return to_float(x); }
  static LENSMITH_INLINE float widen(f16 x) { return to_float(x); }

  static LENSMITH_INLINE F32 load(const float* p) {
    F32 result;
    std::memcpy(&result.v, p, sizeof result.v);
    return result;
  }
  template <class T>
  static LENSMITH_INLINE F32 load(const T* p) {
    return each([&](int i) { return widen(p[i]); });
  }
  template <class T>
  static LENSMITH_INLINE F32 load_n(const T* p, int n) {
    return each([&](int i) { return i < n ? widen(p[i]) : 0.0f; });
  }
  LENSMITH_INLINE void store(float* p) const { std::memcpy(p, &v, sizeof v); }
  template <class T>
  LENSMITH_INLINE void store(T* p) const {
    for (int i = 0; i < width; ++i) p[i] = from_float<T>(v[i]);
  }
  template <class T>
  LENSMITH_INLINE void store_n(T* p, int n) const {
    for (int i = 0; i < n; ++i) p[i] = from_float<T>(v[i]);
  }
};

class NibbleTable {
 public:
  static constexpr int vectors = 1;

  explicit LENSMITH_INLINE NibbleTable(const float* table) : table_(table) {}

  LENSMITH_INLINE void look_up(const uint8_t* p, F32 (&out)[vectors]) const {
    out[0] = F32::each([&](int i) { return table_[i % 2 == 0 ? p[i / 2] >> 4 : p[i / 2] & 15]; });
  }

 private:
  const float* table_;
};

LENSMITH_INLINE F32 operator+(F32 a, F32 b) { return {a.v + b.v}; }
LENSMITH_INLINE F32 operator-(F32 a, F32 b) { return {a.v - b.v}; }
LENSMITH_INLINE F32 operator*(F32 a, F32 b) { return {a.v * b.v}; }
LENSMITH_INLINE F32 operator/(F32 a, F32 b) { return {a.v / b.v}; }
LENSMITH_INLINE F32 operator-(F32 a) {
  return F32::each([&](int i) { return -a.v[i]; });
}
LENSMITH_INLINE F32 fma(F32 a, F32 b, F32 c) { return {a.v * b.v + c.v}; }
LENSMITH_INLINE F32 max(F32 a, F32 b) {
  return F32::each([&](int i) { return a.v[i] > b.v[i] ? a.v[i] : b.v[i]; });
}
LENSMITH_INLINE F32 min(F32 a, F32 b) {
  return F32::each([&](int i) { return a.v[i] < b.v[i] ? a.v[i] : b.v[i]; });
}
LENSMITH_INLINE F32 sqrt(F32 a) {
  return F32::each([&](int i) { return std::sqrt(a.v[i]); });
}
LENSMITH_INLINE F32 abs(F32 a) {
  return F32::each([&](int i) { return std::fabs(a.v[i]); });
}
LENSMITH_INLINE F32 round(F32 a) {
  return F32::each([&](int i) { return std::nearbyint(a.v[i]); });
}
LENSMITH_INLINE F32 copysign(F32 magnitude, F32 sign) {
  return F32::each([&](int i) { return std::copysign(magnitude.v[i], sign.v[i]); });
}

template <class Truth>
LENSMITH_INLINE Mask each_truth(Truth&& truth) {
  Mask result;
  for (int i = 0; i < F32::width; ++i) result.m[i] = truth(i) ? 0xffffffffu : 0u;
  return result;
}
LENSMITH_INLINE Mask operator<(F32 a, F32 b) {
  return each_truth([&](int i) { return a.v[i] < b.v[i]; });
}
LENSMITH_INLINE Mask operator<=(F32 a, F32 b) {
  return each_truth([&](int i) { return a.v[i] <= b.v[i]; });
}
LENSMITH_INLINE Mask operator>(F32 a, F32 b) { return b < a; }
LENSMITH_INLINE Mask operator>=(F32 a, F32 b) { return b <= a; }
LENSMITH_INLINE Mask operator==(F32 a, F32 b) {
  return each_truth([&](int i) { return a.v[i] == b.v[i]; });
}
LENSMITH_INLINE Mask operator&(Mask a, Mask b) {
  return each_truth([&](int i) { return (a.m[i] & b.m[i]) != 0; });
}
LENSMITH_INLINE Mask operator|(Mask a, Mask b) {
  return each_truth([&](int i) { return (a.m[i] | b.m[i]) != 0; });
}
LENSMITH_INLINE F32 select(Mask m, F32 a, F32 b) {
  return F32::each([&](int i) { return m.m[i] != 0 ? a.v[i] : b.v[i]; });
}

LENSMITH_INLINE float reduce_add(F32 a) { return (a.v[0] + a.v[2]) + (a.v[1] + a.v[3]); }
LENSMITH_INLINE float reduce_max(F32 a) {
  const float low = a.v[0] > a.v[1] ? a.v[0] : a.v[1];
  const float high = a.v[2] > a.v[3] ? a.v[2] : a.v[3];
  return low > high ? low : high;
}
LENSMITH_INLINE float reduce_min(F32 a) {
  const float low = a.v[0] < a.v[1] ? a.v[0] : a.v[1];
  const float high = a.v[2] < a.v[3] ? a.v[2] : a.v[3];
  return low < high ? low : high;
}
LENSMITH_INLINE void reduce_add(F32 a, F32 b, F32 c, F32 d, float* sums) {
  sums[0] = reduce_add(a), sums[1] = reduce_add(b);
  sums[2] = reduce_add(c), sums[3] = reduce_add(d);
}

// In two factors, so that each is a normal number and a subnormal result is rounded once.
LENSMITH_INLINE F32 ldexp(F32 a, F32 n) {
  return F32::each([&](int i) {
    // A NaN has no integer; its lane is NaN whatever the factors.
    const int exponent = n.v[i] == n.v[i] ? static_cast<int>(n.v[i]) : 0;
    const int half = exponent >> 1;
    const float first = bits_to_float(static_cast<uint32_t>(half + 127) << 23);
    const float second = bits_to_float(static_cast<uint32_t>(exponent - half + 127) << 23);
    return a.v[i] * first * second;
  });
}

LENSMITH_INLINE void split_exponent(F32 x, F32* m, F32* e) {
  for (int i = 0; i < F32::width; ++i) {
    const uint32_t bits = float_to_bits(x.v[i]);
    const int32_t exponent = static_cast<int32_t>(bits - 0x3f3504f3u) >> 23;
    m->v[i] = bits_to_float(bits - (static_cast<uint32_t>(exponent) << 23));
    e->v[i] = static_cast<float>(exponent);
  }
}

LENSMITH_INLINE void transpose(F32 (&r)[4]) {
  for (int i = 0; i < 4; ++i) {
    for (int j = i + 1; j < 4; ++j) {
      const float above = r[i].v[j];
      r[i].v[j] = r[j].v[i];
      r[j].v[i] = above;
    }
  }
}

LENSMITH_ISA_END
