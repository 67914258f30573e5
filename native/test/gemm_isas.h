// gemm of every instruction set that runs on this machine, for its test and its benchmark.
#pragma once

#include <vector>

#include "backends/cpu/cpu_features.h"
#include "backends/cpu/gemm.h"

namespace lensmith::cpu {

#define ISA(name)                                      \
  namespace name {                                     \
  void gemm(ThreadPool&, Workspace&, const GemmArgs&); \
  void gemm(Workspace&, const GemmArgs&);              \
  }
#include "backends/cpu/isas.def"

}  // namespace lensmith::cpu

namespace lensmith::test {

struct GemmOfIsa {
  const char* name;
  void (*pooled)(ThreadPool&, Workspace&, const cpu::GemmArgs&);
  void (*alone)(Workspace&, const cpu::GemmArgs&);
};

// The least capable set first.
inline std::vector<GemmOfIsa> gemm_isas() {
  std::vector<GemmOfIsa> all;
#define ISA(isa) \
  if (is_supported(cpu::Isa::isa)) all.push_back({#isa, cpu::isa::gemm, cpu::isa::gemm});
#include "backends/cpu/isas.def"
  return all;
}

}  // namespace lensmith::test
