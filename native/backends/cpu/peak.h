// Upper bounds for benchmarks: multiply-adds that touch no memory, and plain reading. Compiled once
// for each instruction set, like kernels.
#pragma once

#include <cstdint>
#include <cstring>

namespace lensmith::cpu {

#define LENSMITH_DECLARE_PEAK(isa)                  \
  namespace isa {                                   \
  /* Returns the floating-point operations done. */ \
  double multiply_add_registers(int64_t rounds);    \
  /* The sum of count floats, a multiple of 128. */ \
  float sum_of(const float* values, int64_t count); \
  }
LENSMITH_DECLARE_PEAK(portable)
LENSMITH_DECLARE_PEAK(avx2)
LENSMITH_DECLARE_PEAK(avx512)
LENSMITH_DECLARE_PEAK(neon)
#undef LENSMITH_DECLARE_PEAK

struct Peak {
  double (*multiply_add)(int64_t rounds);
  float (*sum_of)(const float* values, int64_t count);
};

inline Peak peak_of([[maybe_unused]] const char* isa) {
#if defined(__x86_64__) || defined(_M_X64)
  if (std::strcmp(isa, "avx512") == 0) {
    return {avx512::multiply_add_registers, avx512::sum_of};
  }
  if (std::strcmp(isa, "avx2") == 0) return {avx2::multiply_add_registers, avx2::sum_of};
#elif defined(__aarch64__) || defined(_M_ARM64)
  if (std::strcmp(isa, "neon") == 0) return {neon::multiply_add_registers, neon::sum_of};
#endif
  return {portable::multiply_add_registers, portable::sum_of};
}

}  // namespace lensmith::cpu
