// Says which instruction sets of this architecture a test could not run.
#pragma once

#include <cstdio>

#include "backends/cpu/cpu_features.h"

namespace lensmith::test {

inline void print_missing_isas() {
#if defined(__x86_64__) || defined(_M_X64)
  for (const cpu::Isa isa : {cpu::Isa::avx2, cpu::Isa::avx512, cpu::Isa::amx}) {
    if (!cpu::is_supported(isa)) {
      std::printf("skipped %s: not in this build or on this CPU\n", cpu::name_of(isa));
    }
  }
#endif
}

}  // namespace lensmith::test
