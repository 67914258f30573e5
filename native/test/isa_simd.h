// F32 of every instruction set over plain arrays, for its test.
#pragma once

#include <cstdint>
#include <vector>

#include "backends/cpu/cpu_features.h"
#include "core/dtype.h"

namespace lensmith::test {

struct Simd {
  int width;
  // y[i] = f(x[i]); count is a multiple of 16.
  void (*exp)(const float* x, float* y, int count);
  void (*log)(const float* x, float* y, int count);
  void (*tanh)(const float* x, float* y, int count);
  void (*erf)(const float* x, float* y, int count);
  void (*round)(const float* x, float* y, int count);
  // Conversions, n elements through load_n and store_n, whole vectors through load and store.
  void (*widen_bf16)(const bf16* x, float* y, int count);
  void (*widen_f16)(const f16* x, float* y, int count);
  void (*narrow_bf16)(const float* x, bf16* y, int count);
  void (*narrow_f16)(const float* x, f16* y, int count);
  void (*copy)(const float* x, float* y, int count);
  // In place, width × width.
  void (*transpose)(float* x);
  // Of `width` numbers: sum, greatest, least.
  void (*reduce)(const float* x, float* y);
  // Four sums of `width` numbers.
  void (*reduce_four)(const float* x, float* y);
};

}  // namespace lensmith::test

namespace lensmith::cpu {

#define ISA(name)           \
  namespace name {          \
  const test::Simd& simd(); \
  }
#include "backends/cpu/isas.def"

}  // namespace lensmith::cpu

namespace lensmith::test {

struct SimdOfIsa {
  const char* name;
  const Simd& simd;
};

inline std::vector<SimdOfIsa> simd_isas() {
  std::vector<SimdOfIsa> all;
#define ISA(isa) \
  if (is_supported(cpu::Isa::isa)) all.push_back({#isa, cpu::isa::simd()});
#include "backends/cpu/isas.def"
  return all;
}

}  // namespace lensmith::test
