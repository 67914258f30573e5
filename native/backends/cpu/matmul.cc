// matmul, quantized_matmul: see gemm.h.
#include "backends/cpu/gemm.h"
#include "backends/cpu/kernels.h"
#include "backends/cpu/loops.h"
#include "backends/cpu/quantized.h"

LENSMITH_ISA_BEGIN
namespace {

bool is_matrix(const Tensor& bias) { return bias && bias.rank == 2; }

// Where sums in f32 go: to the result, or to scratch memory that is then narrowed into it.
class Sums {
 public:
  Sums(Context& context, const Tensor& out)
      : context_(context), out_(out), frame_(context.workspace) {
    if (out.dtype == DType::f32)
      at_ = out.data<float>(), stride_ = out.stride[0];
    else
      at_ = static_cast<float*>(frame_.get(static_cast<size_t>(out.numel()) * sizeof(float))),
      stride_ = out.dim(1);
  }

  float* data() const { return at_; }
  int64_t stride() const { return stride_; }

  // Adds a bias that is a matrix.
  void finish(const Tensor& bias) {
    if (is_matrix(bias)) each_row([&](int64_t row) { add(bias, row); });
    if (out_.dtype != DType::f32) each_row([&](int64_t row) { narrow(row); });
  }

 private:
  template <class Visit>
  void each_row(const Visit& visit) {
    const int64_t columns = out_.dim(1);
    context_.pool.parallel_ranges(out_.dim(0), larger(1, kGrain / larger(1, columns)),
                                  [&](int64_t begin, int64_t end, int) {
                                    for (int64_t row = begin; row < end; ++row) visit(row);
                                  });
  }

  void add(const Tensor& bias, int64_t row) {
    const float* const from = bias.data<float>() + row * bias.stride[0];
    float* const to = at_ + row * stride_;
    each_vector(out_.dim(1), [&](int64_t i, auto lanes) {
      store(load(from + i, lanes) + load(to + i, lanes), to + i, lanes);
    });
  }

  void narrow(int64_t row) {
    const float* const from = at_ + row * stride_;
    bf16* const to = out_.data<bf16>() + row * out_.stride[0];
    each_vector(out_.dim(1),
                [&](int64_t i, auto lanes) { store(load(from + i, lanes), to + i, lanes); });
  }

  Context& context_;
  const Tensor& out_;
  Workspace::Frame frame_;
  float* at_ = nullptr;
  int64_t stride_ = 0;
};

void set_bias(GemmArgs& call, const Tensor& bias) {
  if (!bias || is_matrix(bias)) return;
  call.bias = bias.raw();
  call.bias_dtype = bias.dtype;
}

void set_a(GemmArgs& call, const Tensor& a) {
  call.a = a.raw();
  call.a_dtype = a.dtype;
  call.lda = a.stride[0];
}

void set_b(GemmArgs& call, const Tensor& b) {
  call.b = b.raw();
  call.b_dtype = b.dtype;
  call.ldb = b.stride[0];
}

// Has alpha · low op(side) added to the product, if there is one.
void set_beside(GemmArgs& call, GemmArgs& beside, const Tensor& low, const Tensor& side,
                bool transpose_side, float alpha) {
  if (!low) return;
  beside.m = call.m, beside.n = call.n, beside.k = low.dim(1);
  set_a(beside, low);
  set_b(beside, side);
  beside.trans_b = transpose_side;
  beside.c = call.c, beside.ldc = call.ldc;
  beside.alpha = alpha, beside.beta = 1;
  call.beside = &beside;
}

}  // namespace

void matmul(Context& context, const MatmulArgs& args) {
  Sums sums(context, args.out);
  GemmArgs call;
  call.m = args.out.dim(0), call.n = args.out.dim(1);
  call.k = args.a.dim(args.transpose_a ? 0 : 1);
  set_a(call, args.a);
  set_b(call, args.b);
  set_bias(call, args.bias);
  call.trans_a = args.transpose_a, call.trans_b = args.transpose_b;
  call.c = sums.data(), call.ldc = sums.stride();
  call.alpha = args.alpha, call.beta = args.beta;
  GemmArgs beside;
  set_beside(call, beside, args.low, args.side, args.transpose_b, args.side_alpha);
  gemm(context.pool, context.workspace, call);
  sums.finish(args.bias);
}

void quantized_matmul(Context& context, const QuantizedMatmulArgs& args) {
  Sums sums(context, args.out);
  const QuantizedRows w = rows_of(args.w);
  GemmArgs call;
  call.m = args.out.dim(0), call.n = args.out.dim(1), call.k = args.a.dim(1);
  set_a(call, args.a);
  set_bias(call, args.bias);
  call.b_quantized = &w;
  call.trans_b = args.transpose_w;
  call.c = sums.data(), call.ldc = sums.stride();
  GemmArgs beside;
  set_beside(call, beside, args.low, args.side, args.transpose_w, args.side_alpha);
  gemm(context.pool, context.workspace, call);
  sums.finish(args.bias);
}

LENSMITH_ISA_END
