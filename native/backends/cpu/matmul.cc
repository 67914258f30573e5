#include "backends/cpu/gemm.h"
#include "backends/cpu/kernels.h"

LENSMITH_ISA_BEGIN

void matmul(Context& context, const MatmulArgs& args) {
  GemmArgs gemm_args;
  gemm_args.m = args.out.dim(0);
  gemm_args.n = args.out.dim(1);
  gemm_args.k = args.a.dim(args.transpose_a ? 0 : 1);
  gemm_args.a = args.a.raw();
  gemm_args.a_dtype = args.a.dtype;
  gemm_args.lda = args.a.stride[0];
  gemm_args.trans_a = args.transpose_a;
  gemm_args.b = args.b.raw();
  gemm_args.b_dtype = args.b.dtype;
  gemm_args.ldb = args.b.stride[0];
  gemm_args.trans_b = args.transpose_b;
  gemm_args.c = args.out.data<float>();
  gemm_args.ldc = args.out.stride[0];
  gemm_args.alpha = args.alpha;
  gemm_args.beta = args.beta;
  if (args.bias) {
    gemm_args.bias = args.bias.raw();
    gemm_args.bias_dtype = args.bias.dtype;
  }
  gemm(context.pool, context.workspace, gemm_args);
}

LENSMITH_ISA_END
