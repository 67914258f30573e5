#include "backends/cpu/cpu_features.h"

#include <cstdint>
#include <cstdlib>
#include <cstring>

#if defined(__x86_64__)
#include <cpuid.h>
#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif
#elif defined(_M_X64)
#include <intrin.h>
#endif

namespace lensmith::cpu {
namespace {

constexpr Isa kBestFirst[] = {Isa::amx, Isa::avx512, Isa::avx2, Isa::neon, Isa::portable};

#if defined(__x86_64__) || defined(_M_X64)

struct Registers {
  uint32_t a = 0, b = 0, c = 0, d = 0;
};

Registers cpuid(uint32_t leaf, uint32_t part = 0) {
  Registers r;
#if defined(__x86_64__)
  __get_cpuid_count(leaf, part, &r.a, &r.b, &r.c, &r.d);
#else
  int values[4];
  __cpuid(values, 0);
  if (static_cast<uint32_t>(values[0]) < leaf) return r;
  __cpuidex(values, static_cast<int>(leaf), static_cast<int>(part));
  r = {static_cast<uint32_t>(values[0]), static_cast<uint32_t>(values[1]),
       static_cast<uint32_t>(values[2]), static_cast<uint32_t>(values[3])};
#endif
  return r;
}

// Which register states the operating system saves (XCR0).
uint64_t saved_states() {
#if defined(__x86_64__)
  uint32_t low, high;
  asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return uint64_t{high} << 32 | low;
#else
  return _xgetbv(0);
#endif
}

bool has(uint32_t word, int bit) { return (word >> bit & 1u) != 0; }

// Linux gives a process the large registers of AMX only when it asks. It refuses where a signal
// handler's stack would not hold them.
bool may_use_matrix_registers() {
#if defined(LENSMITH_WITH_AMX) && defined(__linux__)
  constexpr long kRequestPermission = 0x1023, kTileData = 18;  // arch_prctl(2), of the kernel's ABI
  return syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
#else
  return false;
#endif
}

struct X86Features {
  bool avx2 = false;
  bool avx512 = false;
  bool amx = false;

  X86Features() {
    constexpr uint64_t kYmm = 0x6, kZmm = 0xe6, kTiles = 0x60000;
    const Registers basic = cpuid(1);
    const bool osxsave = has(basic.c, 27);
    if (!osxsave) return;
    const uint64_t saved = saved_states();
    const bool avx = has(basic.c, 28), fma = has(basic.c, 12), f16c = has(basic.c, 29);
    const Registers extended = cpuid(7);
    avx2 = (saved & kYmm) == kYmm && avx && fma && f16c && has(extended.b, 5);
    avx512 = avx2 && (saved & kZmm) == kZmm && has(extended.b, 16) && has(extended.b, 17) &&
             has(extended.b, 30) && has(extended.b, 31);
    const bool has_amx = avx512 && has(cpuid(7, 1).a, 5) && has(extended.d, 22) &&
                         has(extended.d, 24) && (saved & kTiles) == kTiles;
    amx = has_amx && may_use_matrix_registers();
  }
};

#endif

}  // namespace

const char* name_of(Isa isa) {
  switch (isa) {
    case Isa::portable: return "portable";
    case Isa::neon: return "neon";
    case Isa::avx2: return "avx2";
    case Isa::avx512: return "avx512";
    case Isa::amx: return "amx";
  }
  return "?";
}

bool is_supported(Isa isa) {
#if defined(__x86_64__) || defined(_M_X64)
  static const X86Features features;
  if (isa == Isa::avx2) return features.avx2;
  if (isa == Isa::avx512) return features.avx512;
  if (isa == Isa::amx) return features.amx;
#elif defined(__aarch64__) || defined(_M_ARM64)
  if (isa == Isa::neon) return true;  // part of the base architecture
#endif
  return isa == Isa::portable;
}

Isa best_isa() {
  const char* const wanted = std::getenv("LENSMITH_ISA");
  if (wanted != nullptr) {
    for (const Isa isa : kBestFirst) {
      if (is_supported(isa) && std::strcmp(wanted, name_of(isa)) == 0) return isa;
    }
  }
  for (const Isa isa : kBestFirst) {
    if (is_supported(isa)) return isa;
  }
  return Isa::portable;
}

}  // namespace lensmith::cpu
