// gemm of every instruction set that runs on this machine, for its test and its benchmark.
#pragma once

#include <vector>

#include "backends/cpu/cpu_features.h"
#include "backends/cpu/gemm.h"

namespace lensmith::cpu {

#define LENSMITH_DECLARE_GEMM(isa)                     \
  namespace isa {                                      \
  void gemm(ThreadPool&, Workspace&, const GemmArgs&); \
  void gemm(Workspace&, const GemmArgs&);              \
  }
LENSMITH_DECLARE_GEMM(portable)
LENSMITH_DECLARE_GEMM(avx2)
LENSMITH_DECLARE_GEMM(avx512)
LENSMITH_DECLARE_GEMM(neon)
#undef LENSMITH_DECLARE_GEMM

}  // namespace lensmith::cpu

namespace lensmith::test {

struct GemmOfIsa {
  const char* name;
  void (*pooled)(ThreadPool&, Workspace&, const cpu::GemmArgs&);
  void (*alone)(Workspace&, const cpu::GemmArgs&);
};

// The least capable set first.
inline std::vector<GemmOfIsa> gemm_isas() {
  std::vector<GemmOfIsa> all = {{"portable", cpu::portable::gemm, cpu::portable::gemm}};
#if defined(__x86_64__) || defined(_M_X64)
  if (is_supported(cpu::Isa::avx2)) all.push_back({"avx2", cpu::avx2::gemm, cpu::avx2::gemm});
  if (is_supported(cpu::Isa::avx512)) {
    all.push_back({"avx512", cpu::avx512::gemm, cpu::avx512::gemm});
  }
#elif defined(__aarch64__) || defined(_M_ARM64)
  all.push_back({"neon", cpu::neon::gemm, cpu::neon::gemm});
#endif
  return all;
}

}  // namespace lensmith::test
