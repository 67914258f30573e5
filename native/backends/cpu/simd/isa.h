// Kernel files are compiled once per instruction set, each time with other compiler flags and with
// LENSMITH_ISA naming the set: portable, avx2, avx512, amx or neon. All they define lives in
// lensmith::cpu::LENSMITH_ISA, so that the builds coexist and one is chosen at run time.
//
// Such a file must define nothing outside that namespace and use no inline function of others that
// the compiler may leave out of line (std::vector, std::function, streams): the linker keeps one
// copy for the whole program, perhaps the one full of AVX-512.
#pragma once

#define LENSMITH_ISA_ID_portable 0
#define LENSMITH_ISA_ID_neon 1
#define LENSMITH_ISA_ID_avx2 2
#define LENSMITH_ISA_ID_avx512 3
#define LENSMITH_ISA_ID_amx 4
#define LENSMITH_ISA_JOIN_(a, b) a##b
#define LENSMITH_ISA_JOIN(a, b) LENSMITH_ISA_JOIN_(a, b)

#ifndef LENSMITH_ISA
#define LENSMITH_ISA portable
#endif
// Number of the set this file is compiled for, for #if.
#define LENSMITH_ISA_ID LENSMITH_ISA_JOIN(LENSMITH_ISA_ID_, LENSMITH_ISA)

#define LENSMITH_ISA_NEON 1
#define LENSMITH_ISA_AVX2 2
#define LENSMITH_ISA_AVX512 3
#define LENSMITH_ISA_AMX 4  // has all that AVX512 has: test with >=

#if defined(_MSC_VER) && !defined(__clang__)
// Its /arch switches imply all that a set needs, but define fewer macros.
#elif LENSMITH_ISA_ID >= LENSMITH_ISA_AVX512
#if !defined(__AVX512F__) || !defined(__AVX512BW__) || !defined(__AVX512DQ__) || \
    !defined(__AVX512VL__) || !defined(__FMA__) || !defined(__F16C__)
#error "LENSMITH_ISA=avx512 needs -mavx512f -mavx512bw -mavx512dq -mavx512vl -mfma -mf16c"
#endif
#if LENSMITH_ISA_ID == LENSMITH_ISA_AMX && \
    (!defined(__AVX512BF16__) || !defined(__AMX_TILE__) || !defined(__AMX_BF16__))
#error "LENSMITH_ISA=amx needs -mavx512bf16 -mamx-tile -mamx-bf16 too"
#endif
#elif LENSMITH_ISA_ID == LENSMITH_ISA_AVX2
#if !defined(__AVX2__) || !defined(__FMA__) || !defined(__F16C__)
#error "LENSMITH_ISA=avx2 needs -mavx2 -mfma -mf16c"
#endif
#elif LENSMITH_ISA_ID == LENSMITH_ISA_NEON
#if !defined(__aarch64__) && !defined(_M_ARM64)
#error "LENSMITH_ISA=neon needs a 64-bit ARM target"
#endif
#endif

// LENSMITH_INLINE          before a function: always inlined
// LENSMITH_INLINE_LAMBDA   after the parameters of a lambda: the same
// LENSMITH_UNROLL(n)       before a loop of at most n rounds: unrolled, so that arrays indexed by
// it
//                          stay in registers
// LENSMITH_PREFETCH(p)     asks for the cache line of p; any address may be given
#if defined(_MSC_VER) && !defined(__clang__)
#define LENSMITH_INLINE __forceinline
#define LENSMITH_INLINE_LAMBDA
#define LENSMITH_UNROLL(n)
#define LENSMITH_PREFETCH(p) ((void)(p))
#else
#define LENSMITH_INLINE inline __attribute__((always_inline))
#define LENSMITH_INLINE_LAMBDA __attribute__((always_inline))
#define LENSMITH_PRAGMA(text) _Pragma(#text)
#define LENSMITH_UNROLL(n) LENSMITH_PRAGMA(GCC unroll n)
#define LENSMITH_PREFETCH(p) __builtin_prefetch((p), 0, 2)
#endif

#define LENSMITH_ISA_BEGIN namespace lensmith::cpu::LENSMITH_ISA {
#define LENSMITH_ISA_END }
