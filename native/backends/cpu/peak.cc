#include "backends/cpu/peak.h"

#include "backends/cpu/simd/vec.h"
#if LENSMITH_ISA_ID == LENSMITH_ISA_AMX
#include "backends/cpu/gemm_matrix_tiles.h"
#endif

LENSMITH_ISA_BEGIN

#if LENSMITH_ISA_ID == LENSMITH_ISA_AMX
double multiply_add_registers(int64_t rounds) {
  const MatrixRegisters registers;
  for (int64_t round = 0; round < rounds; ++round) multiply_registers<2, 2>();
  constexpr int kRegisters = 4, kPerProduct = 6;
  constexpr double kFlops = 2.0 * kRegisters * kLines * kLines * kStepK / kPerProduct;
  return static_cast<double>(rounds) * kFlops;
}
#else
double multiply_add_registers(int64_t rounds) {
  // Enough independent sums to hide the latency of two units, few enough for 16 registers.
  constexpr int kSums = 12;
  F32 sum[kSums];
  LENSMITH_UNROLL(12)
  for (int i = 0; i < kSums; ++i) sum[i] = F32::broadcast(static_cast<float>(i));
  const F32 factor = F32::broadcast(0.999f), term = F32::broadcast(1e-3f);
  for (int64_t round = 0; round < rounds; ++round) {
    LENSMITH_UNROLL(12)
    for (int i = 0; i < kSums; ++i) sum[i] = fma(sum[i], factor, term);
  }
  F32 all = sum[0];
  for (int i = 1; i < kSums; ++i) all = all + sum[i];
  volatile float sink = reduce_add(all);
  (void)sink;
  return static_cast<double>(rounds) * kSums * F32::width * 2;
}
#endif

float sum_of(const float* values, int64_t count) {
  F32 sum[8];
  LENSMITH_UNROLL(8)
  for (int i = 0; i < 8; ++i) sum[i] = F32::zero();
  for (int64_t j = 0; j < count; j += 8 * F32::width) {
    LENSMITH_UNROLL(8)
    for (int i = 0; i < 8; ++i) sum[i] = sum[i] + F32::load(values + j + i * F32::width);
  }
  for (int i = 1; i < 8; ++i) sum[0] = sum[0] + sum[i];
  return reduce_add(sum[0]);
}

LENSMITH_ISA_END
