// Kernel files are compiled once per instruction set, each time with other compiler flags and with
// LENSMITH_ISA naming the set: portable, avx2, avx512 or neon. All they define lives in
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

#if LENSMITH_ISA_ID == LENSMITH_ISA_AVX512
#if !defined(__AVX512F__) || !defined(__AVX512BW__) || !defined(__AVX512DQ__) || \
    !defined(__AVX512VL__) || !defined(__FMA__) || !defined(__F16C__)
#error "LENSMITH_ISA=avx512 needs -mavx512f -mavx512bw -mavx512dq -mavx512vl -mfma -mf16c"
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

#if defined(_MSC_VER) && !defined(__clang__)
#define LENSMITH_INLINE __forceinline
#else
#define LENSMITH_INLINE inline __attribute__((always_inline))
#endif

#define LENSMITH_ISA_BEGIN namespace lensmith::cpu::LENSMITH_ISA {
#define LENSMITH_ISA_END }
