// Which instruction sets of the compiled ones this machine runs.
#pragma once

namespace lensmith::cpu {

// In ascending order of preference within one architecture.
enum class Isa { portable, neon, avx2, avx512, amx };

const char* name_of(Isa isa);

// Whether this build has the set, the CPU every extension it is compiled with (avx2: FMA and F16C
// too; avx512: F, BW, DQ and VL; amx: those, AVX512_BF16, AMX-TILE and AMX-BF16), and the operating
// system saves its registers and, for amx, lets this process use them.
bool is_supported(Isa isa);

// The best supported set. The environment variable LENSMITH_ISA, read on every call, can ask for a
// lower one by name (tests, bisecting a numerical difference); unknown or unsupported names have
// no effect.
Isa best_isa();

}  // namespace lensmith::cpu
