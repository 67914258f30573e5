#include "backends/cpu/gemm.h"
#include "backends/cpu/kernels.h"
#include "backends/cpu/quantized.h"

LENSMITH_ISA_BEGIN

void quantized_matmul(Context& context, const QuantizedMatmulArgs& args) {
  const QuantizedRows w = rows_of(args.w);
  GemmArgs gemm_args;
  gemm_args.m = args.out.dim(0);
  gemm_args.n = args.out.dim(1);
  gemm_args.k = args.a.dim(1);
  gemm_args.a = args.a.raw();
  gemm_args.a_dtype = args.a.dtype;
  gemm_args.lda = args.a.stride[0];
  gemm_args.b_quantized = &w;
  gemm_args.trans_b = args.transpose_w;
  gemm_args.c = args.out.data<float>();
  gemm_args.ldc = args.out.stride[0];
  if (args.bias) {
    gemm_args.bias = args.bias.raw();
    gemm_args.bias_dtype = args.bias.dtype;
  }
  gemm(context.pool, context.workspace, gemm_args);
}

LENSMITH_ISA_END
