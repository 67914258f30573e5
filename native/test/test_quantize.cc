// quantize, dequantize, quantized_matmul: against a plain reading of the formulas in double.
#include <cmath>

#include "test/support.h"

namespace lensmith::test {
namespace {

QuantizedMatrix matrix(int64_t rows, int64_t cols, const std::string& kind) {
  QuantizedMatrix w;
  w.rows = static_cast<int32_t>(rows), w.cols = static_cast<int32_t>(cols);
  if (kind == "int8") {
    w.codes = empty({rows, cols}, DType::i8);
    w.scales = empty({rows});
    return w;
  }
  w.codes = empty({(rows * cols + 1) / 2}, DType::u8);
  const bool twice = kind == "nf4";
  w.scales = empty({w.blocks()}, twice ? DType::u8 : DType::f32);
  if (twice) {
    w.scales2 = empty({(w.blocks() + kNf4OuterBlock - 1) / kNf4OuterBlock});
    w.offset = empty({1});
  }
  return w;
}

int code_at(const QuantizedMatrix& w, int64_t i) {
  const int byte = static_cast<int>(get(w.codes, i / 2));
  return i % 2 == 0 ? byte >> 4 : byte & 15;
}

double value_at(const QuantizedMatrix& w, int64_t i) {
  if (!w.is_nf4()) return get(w.codes, i) * get(w.scales, i / w.cols) / 127;
  const int64_t block = i / 64;
  double absmax = get(w.scales, block);
  if (w.scales.dtype == DType::u8) {
    const auto code = static_cast<size_t>(absmax);
    absmax = double{kDynamicMap[code]} * get(w.scales2, block / 256) + get(w.offset, 0);
  }
  return kNf4Code[static_cast<size_t>(code_at(w, i))] * absmax;
}

std::vector<double> values_of(const QuantizedMatrix& w) {
  std::vector<double> values(static_cast<size_t>(w.numel()));
  for (int64_t i = 0; i < w.numel(); ++i) values[static_cast<size_t>(i)] = value_at(w, i);
  return values;
}

// Every code must be the nearest, by its own scale.
void test_quantize(const Kernels& kernels, Runtime& runtime) {
  Random random(1);
  for (const std::string kind : {"int8", "nf4", "nf4 once"}) {
    for (const DType dtype : {DType::f32, DType::bf16, DType::f16}) {
      for (const auto& [rows, cols] : {std::pair<int64_t, int64_t>{3, 5}, {48, 100}, {70, 640}}) {
        const std::string text = std::string(kernels.isa) + " " + kind + " of " + name_of(dtype) +
                                 " " + std::to_string(rows) + "x" + std::to_string(cols);
        const Tensor x = with_row_stride(random_tensor(random, {rows, cols}, 2, dtype), cols + 3);
        QuantizedMatrix w = matrix(rows, cols, kind);
        check(QuantizeArgs{x, w});
        kernels.quantize(runtime.context, {x, w});
        double worst = 0;
        for (int64_t i = 0; i < w.numel(); ++i) {
          const int64_t scale = w.is_nf4() ? i / 64 : i / cols;
          double largest = 0;  // of the row or block: its largest value in x
          const int64_t first = w.is_nf4() ? scale * 64 : scale * cols;
          const int64_t count = w.is_nf4() ? 64 : cols;
          for (int64_t j = first; j < first + count && j < w.numel(); ++j) {
            largest = std::fmax(largest, std::fabs(get(x, j)));
          }
          const double step = w.is_nf4() ? 0.152 * largest : largest / 254;
          // The second level is off by up to a fortieth of the spread of the absmaxes.
          const double slack = kind == "nf4" ? 0.06 : 1e-6;
          worst = std::fmax(worst, std::fabs(value_at(w, i) - get(x, i)) - step - slack);
        }
        expect(worst <= 0, text + ": codes are not the nearest, by " + std::to_string(worst));
        const Tensor out = empty({rows, cols});
        kernels.dequantize(runtime.context, {w, out});
        expect_close(text + ": dequantised", out, values_of(w), 1e-7, 2e-7);
      }
    }
  }
}

void test_zeros(const Kernels& kernels, Runtime& runtime) {
  for (const std::string kind : {"int8", "nf4", "nf4 once"}) {
    const Tensor x = full({2, 64}, 0);
    const QuantizedMatrix w = matrix(2, 64, kind);
    kernels.quantize(runtime.context, {x, w});
    const Tensor out = empty({2, 64}, DType::bf16);
    kernels.dequantize(runtime.context, {w, out});
    expect_close(std::string(kernels.isa) + " " + kind + ": zeros", out,
                 std::vector<double>(128, 0), 0);
  }
}

void test_matmul(const Kernels& kernels, Runtime& runtime) {
  Random random(2);
  const auto run = [&](int64_t m, int64_t rows, int64_t cols, const std::string& kind,
                       bool transpose, DType dtype) {
    const QuantizedMatrix w = matrix(rows, cols, kind);
    kernels.quantize(runtime.context, {random_tensor(random, {rows, cols}), w});
    const int64_t k = transpose ? cols : rows, n = transpose ? rows : cols;
    const Tensor a = with_row_stride(random_tensor(random, {m, k}, 1, dtype), k + 5);
    QuantizedMatmulArgs args;
    args.a = a, args.w = w, args.out = empty({m, n}), args.transpose_w = transpose;
    if (random.integer(0, 2) == 1) args.bias = random_tensor(random, {n}, 1, dtype);
    check(args);
    kernels.quantized_matmul(runtime.context, args);
    const std::vector<double> values = values_of(w);
    std::vector<double> want;
    for (int64_t i = 0; i < m; ++i) {
      for (int64_t j = 0; j < n; ++j) {
        double sum = args.bias ? get(args.bias, j) : 0;
        for (int64_t p = 0; p < k; ++p) {
          sum += get(a, i * k + p) *
                 values[static_cast<size_t>(transpose ? j * cols + p : p * cols + j)];
        }
        want.push_back(sum);
      }
    }
    const std::string text = std::string(kernels.isa) + " " + kind + " m=" + std::to_string(m) +
                             " w " + std::to_string(rows) + "x" + std::to_string(cols) +
                             (transpose ? " transposed" : "");
    expect_close(text, args.out, want, 4e-7 * static_cast<double>(k) + 1e-6, 1e-6);
  };
  for (const std::string kind : {"int8", "nf4", "nf4 once"}) {
    for (const bool transpose : {true, false}) {
      for (int round = 0; round < 60; ++round) {
        run(random.integer(1, 40), random.integer(1, 70), random.integer(1, 200), kind, transpose,
            round % 2 == 0 ? DType::f32 : DType::bf16);
      }
      // Rows that begin with a block: the path of decoding, and its end.
      for (const int64_t m : {1, 2, 3, 4, 5, 7, 8, 23, 24, 25, 33, 64}) {
        run(m, 37, 320, kind, transpose, DType::f32);
      }
      run(1, 37, 640, kind, transpose, DType::bf16);
      run(200, 300, 320, kind, transpose, DType::f32);
    }
  }
}

}  // namespace
}  // namespace lensmith::test

int main() {
  using namespace lensmith::test;
  Runtime runtime(3);
  for (const Kernels& kernels : available_kernels()) {
    test_quantize(kernels, runtime);
    test_zeros(kernels, runtime);
    test_matmul(kernels, runtime);
  }
  return finish();
}
