// Upper bounds for benchmarks: multiply-adds that touch no memory, and plain reading. Compiled once
// for each instruction set, like kernels.
#pragma once

#include <cstdint>
#include <cstring>

namespace lensmith::cpu {

#define ISA(name)                                   \
  namespace name {                                  \
  /* Returns the floating-point operations done;    \
     of a matrix unit of bf16, a sixth of them. */  \
  double multiply_add_registers(int64_t rounds);    \
  /* The sum of count floats, a multiple of 128. */ \
  float sum_of(const float* values, int64_t count); \
  }
#include "backends/cpu/isas.def"

struct Peak {
  double (*multiply_add)(int64_t rounds);
  float (*sum_of)(const float* values, int64_t count);
};

inline Peak peak_of(const char* isa) {
#define ISA(name) \
  if (std::strcmp(isa, #name) == 0) return {name::multiply_add_registers, name::sum_of};
#include "backends/cpu/isas.def"
  return {portable::multiply_add_registers, portable::sum_of};
}

}  // namespace lensmith::cpu
