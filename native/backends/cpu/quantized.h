// A quantised operand as kernels read it.
#pragma once

#include "backends/cpu/gemm.h"
#include "ops/quantized.h"

namespace lensmith::cpu {

inline QuantizedRows rows_of(const QuantizedMatrix& w) {
  QuantizedRows rows;
  rows.is_nf4 = w.is_nf4();
  rows.codes = w.codes.raw();
  rows.cols = w.cols;
  if (w.scales.dtype == DType::f32) {
    rows.scales = w.scales.data<float>();
    return rows;
  }
  rows.scale_codes = w.scales.data<uint8_t>();
  rows.scales2 = w.scales2.data<float>();
  rows.offset = w.offset.data<float>()[0];
  return rows;
}

}  // namespace lensmith::cpu
