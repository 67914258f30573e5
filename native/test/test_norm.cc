// rms_norm, layer_norm and softmax with their backward passes, against float64. Gradients of the
// oracle are central differences, so that no formula is taken from the kernels.
#include <cmath>
#include <functional>

#include "test/support.h"

namespace {

using namespace lensmith;
using namespace lensmith::test;

using Row = std::vector<double>;
const DType kFloats[] = {DType::f32, DType::bf16, DType::f16};
const std::vector<std::pair<int64_t, int64_t>> kShapes = {{0, 8},  {1, 1},   {3, 7},    {5, 63},
                                                          {4, 64}, {70, 65}, {2, 1000}, {33, 130}};

std::string label(const Kernels& k, const char* op, int64_t rows, int64_t width) {
  return std::string(k.isa) + " " + op + " [" + std::to_string(rows) + ", " +
         std::to_string(width) + "]";
}

Row row_of(const Tensor& x, int64_t row) {
  Row values;
  for (int64_t i = 0; i < x.dim(-1); ++i) values.push_back(get(x, row * x.dim(-1) + i));
  return values;
}

Row rms(const Row& x, double eps) {
  double squares = 0;
  for (const double v : x) squares += v * v;
  const double rstd = 1 / std::sqrt(squares / static_cast<double>(x.size()) + eps);
  Row out;
  for (const double v : x) out.push_back(v * rstd);
  return out;
}

Row centred(const Row& x, double eps) {
  double mean = 0, variance = 0;
  for (const double v : x) mean += v / static_cast<double>(x.size());
  for (const double v : x) variance += (v - mean) * (v - mean) / static_cast<double>(x.size());
  Row out;
  for (const double v : x) out.push_back((v - mean) / std::sqrt(variance + eps));
  return out;
}

Row softmax_of(const Row& x) {
  double top = -INFINITY, sum = 0;
  for (const double v : x) top = std::max(top, v);
  for (const double v : x) sum += std::exp(v - top);
  Row out;
  for (const double v : x) out.push_back(std::exp(v - top) / sum);
  return out;
}

// d (Σ g · f(x)) / dx
Row gradient(const std::function<Row(const Row&)>& f, Row x, const Row& g) {
  Row result;
  for (double& v : x) {
    const double kept = v, h = 1e-5;
    v = kept + h;
    const Row above = f(x);
    v = kept - h;
    const Row below = f(x);
    v = kept;
    double sum = 0;
    for (size_t i = 0; i < g.size(); ++i) sum += g[i] * (above[i] - below[i]) / (2 * h);
    result.push_back(sum);
  }
  return result;
}

struct NormOracle {
  Row out, dx, dweight, dbias;
};

NormOracle norm_oracle(Row (*normalise)(const Row&, double), const Tensor& x, const Tensor& weight,
                       const Tensor* bias, const Tensor& grad, double eps) {
  NormOracle oracle;
  const size_t width = static_cast<size_t>(x.shape[1]);
  const Row w = to_doubles(weight), b = bias ? to_doubles(*bias) : Row(width, 0);
  oracle.dweight = oracle.dbias = Row(width, 0);
  for (int64_t n = 0; n < x.shape[0]; ++n) {
    const Row normal = normalise(row_of(x, n), eps), g = row_of(grad, n);
    Row weighted;
    for (size_t i = 0; i < width; ++i) {
      oracle.out.push_back(normal[i] * w[i] + b[i]);
      oracle.dweight[i] += g[i] * normal[i];
      oracle.dbias[i] += g[i];
      weighted.push_back(g[i] * w[i]);
    }
    const Row dx =
        gradient([&](const Row& v) { return normalise(v, eps); }, row_of(x, n), weighted);
    oracle.dx.insert(oracle.dx.end(), dx.begin(), dx.end());
  }
  return oracle;
}

void test_rms_norm(Runtime& runtime, const Kernels& k) {
  Random random(11);
  const float eps = 1e-5f;
  for (const auto& [rows, width] : kShapes) {
    for (const DType dtype : kFloats) {
      const Tensor x = random_tensor(random, {rows, width}, 3);
      const Tensor weight = random_tensor(random, {width}, 1, dtype);
      const Tensor grad = random_tensor(random, {rows, width});
      const NormOracle want = norm_oracle(rms, x, weight, nullptr, grad, eps);
      const Tensor out = empty({rows, width}), rstd = empty({rows}), dx = empty({rows, width});
      const Tensor dweight = empty({width}), dweight_alone = empty({width});
      const RmsNormArgs forward{x, weight, out, rstd, eps};
      check(forward);
      k.rms_norm(runtime.context, forward);
      expect_close(label(k, "rms_norm", rows, width), out, want.out, 1e-6, 1e-6);
      const RmsNormBackwardArgs backward{x, weight, rstd, grad, dx, dweight};
      check(backward);
      k.rms_norm_backward(runtime.context, backward);
      expect_close(label(k, "rms_norm dx", rows, width), dx, want.dx, 3e-6, 3e-6);
      expect_close(label(k, "rms_norm dweight", rows, width), dweight, want.dweight, 1e-5, 1e-6);
      k.rms_norm_backward(runtime.context, {x, weight, rstd, grad, {}, dweight_alone});
      expect_same(label(k, "rms_norm dweight alone", rows, width), dweight_alone, dweight);
      k.rms_norm_backward(runtime.context, {x, weight, rstd, grad, grad, {}});
      expect_same(label(k, "rms_norm dx over grad", rows, width), grad, dx);
    }
  }
}

void test_layer_norm(Runtime& runtime, const Kernels& k) {
  Random random(12);
  const float eps = 1e-5f;
  for (const auto& [rows, width] : kShapes) {
    for (const DType dtype : kFloats) {
      const Tensor x = random_tensor(random, {rows, width}, 3);
      for (int64_t i = 0; i < x.numel(); ++i) set(x, i, get(x, i) + 2);
      const Tensor weight = random_tensor(random, {width}, 1, dtype);
      const Tensor bias =
          random_tensor(random, {width}, 1, dtype == DType::f32 ? DType::f16 : dtype);
      const Tensor grad = random_tensor(random, {rows, width});
      const NormOracle want = norm_oracle(centred, x, weight, &bias, grad, eps);
      const Tensor out = empty({rows, width}), mean = empty({rows}), rstd = empty({rows});
      const Tensor dx = empty({rows, width}), dweight = empty({width}), dbias = empty({width});
      const LayerNormArgs forward{x, weight, bias, out, mean, rstd, eps};
      check(forward);
      k.layer_norm(runtime.context, forward);
      expect_close(label(k, "layer_norm", rows, width), out, want.out, 2e-6, 1e-6);
      const LayerNormBackwardArgs backward{x, weight, mean, rstd, grad, dx, dweight, dbias};
      check(backward);
      k.layer_norm_backward(runtime.context, backward);
      // With one column x̂ is 0 and 1/std is large: only its rounding remains in dx.
      expect_close(label(k, "layer_norm dx", rows, width), dx, want.dx, width == 1 ? 1e-4 : 5e-6,
                   3e-6);
      expect_close(label(k, "layer_norm dweight", rows, width), dweight, want.dweight, 1e-5, 1e-6);
      expect_close(label(k, "layer_norm dbias", rows, width), dbias, want.dbias, 1e-5, 1e-6);
      k.layer_norm_backward(runtime.context, {x, weight, mean, rstd, grad, grad, {}, {}});
      expect_same(label(k, "layer_norm dx over grad", rows, width), grad, dx);
    }
  }
  // A mean that is large beside the spread must not eat its digits.
  const Tensor far = empty({1, 64}), one = full({64}, 1), zero = full({64}, 0);
  for (int64_t i = 0; i < 64; ++i) set(far, i, 4096 + 0.5 * static_cast<double>(i % 4));
  const Tensor out = empty({1, 64}), mean = empty({1}), rstd = empty({1});
  k.layer_norm(runtime.context, {far, one, zero, out, mean, rstd, eps});
  expect_close(label(k, "layer_norm far from 0", 1, 64), out, centred(row_of(far, 0), eps), 1e-5);
}

void test_softmax(Runtime& runtime, const Kernels& k) {
  Random random(13);
  for (const auto& [rows, width] : kShapes) {
    const Tensor x = random_tensor(random, {rows, width}, 10);
    for (int64_t i = 0; i < x.numel(); ++i) set(x, i, get(x, i) - 90);
    const Tensor grad = random_tensor(random, {rows, width});
    Row want, want_dx;
    for (int64_t n = 0; n < rows; ++n) {
      const Row out = softmax_of(row_of(x, n));
      const Row dx = gradient(softmax_of, row_of(x, n), row_of(grad, n));
      want.insert(want.end(), out.begin(), out.end());
      want_dx.insert(want_dx.end(), dx.begin(), dx.end());
    }
    const Tensor out = empty({rows, width}), dx = empty({rows, width});
    k.softmax(runtime.context, {x, out});
    expect_close(label(k, "softmax", rows, width), out, want, 1e-7, 1e-5);
    k.softmax_backward(runtime.context, {out, grad, dx});
    expect_close(label(k, "softmax_backward", rows, width), dx, want_dx, 1e-6, 1e-5);
    k.softmax(runtime.context, {x, x});
    expect_same(label(k, "softmax in place", rows, width), x, out);
  }
  // Masked entries get 0; a row with a NaN is NaN throughout, wherever it stands.
  Row values(70, 1.0);
  values[3] = values[69] = -INFINITY;
  const Tensor masked = from_values({1, 70}, values);
  k.softmax(runtime.context, {masked, masked});
  Row want(70, 1.0 / 68);
  want[3] = want[69] = 0;
  expect_close(label(k, "softmax masked", 1, 70), masked, want, 1e-8);
  for (const size_t at : {0, 33, 69}) {
    values.assign(70, 1.0);
    values[at] = NAN;
    const Tensor broken = from_values({1, 70}, values);
    k.softmax(runtime.context, {broken, broken});
    expect_close(label(k, "softmax of NaN", 1, 70), broken, Row(70, NAN), 0);
  }
}

// Large enough for many blocks; one thread and four must agree to the last bit.
void test_threads(const Kernels& k) {
  const int64_t rows = 3001, width = 70;
  std::vector<Tensor> first;
  for (const int threads : {1, 4}) {
    Runtime runtime(threads);
    Random random(14);
    const Tensor x = random_tensor(random, {rows, width}),
                 grad = random_tensor(random, {rows, width});
    const Tensor weight = random_tensor(random, {width}), bias = random_tensor(random, {width});
    const Tensor out = empty({rows, width}), mean = empty({rows}), rstd = empty({rows});
    std::vector<Tensor> results;
    const auto keep = [&](const Shape& shape) {
      results.push_back(empty(shape));
      return results.back();
    };
    k.rms_norm(runtime.context, {x, weight, keep({rows, width}), rstd, 1e-6f});
    k.rms_norm_backward(runtime.context,
                        {x, weight, rstd, grad, keep({rows, width}), keep({width})});
    const Tensor dweight = results.back();
    Row want(width, 0);
    for (int64_t n = 0; n < rows; ++n) {
      const Row normal = rms(row_of(x, n), 1e-6), g = row_of(grad, n);
      for (size_t i = 0; i < want.size(); ++i) want[i] += g[i] * normal[i];
    }
    expect_close(label(k, "rms_norm dweight", rows, width), dweight, want, 1e-4);
    k.layer_norm(runtime.context, {x, weight, bias, keep({rows, width}), mean, rstd, 1e-6f});
    k.layer_norm_backward(runtime.context, {x, weight, mean, rstd, grad, keep({rows, width}),
                                            keep({width}), keep({width})});
    k.softmax(runtime.context, {x, out});
    k.softmax_backward(runtime.context, {out, grad, keep({rows, width})});
    if (threads == 1) first = results;
    for (size_t i = 0; i < results.size(); ++i)
      expect_same(label(k, "threads", rows, width) + " result " + std::to_string(i), results[i],
                  first[i]);
  }
}

void bench(const Kernels& k, int threads) {
  Runtime runtime(threads);
  Random random(15);
  const int64_t rows = 2048, width = 2048;
  const Tensor x = random_tensor(random, {rows, width}),
               grad = random_tensor(random, {rows, width});
  const Tensor weight = full({width}, 1), bias = full({width}, 0), dweight = full({width}, 0);
  const Tensor out = full({rows, width}, 0), mean = full({rows}, 0), rstd = full({rows}, 1);
  const auto report = [&](const char* name, double arrays, double seconds) {
    std::printf("%-9s %d threads  %-20s %7.2f ms %6.1f GB/s\n", k.isa, threads, name, seconds * 1e3,
                arrays * 4 * static_cast<double>(rows * width) / seconds * 1e-9);
  };
  auto& c = runtime.context;
  report("rms_norm", 2, best_seconds([&] { k.rms_norm(c, {x, weight, out, rstd, 1e-5f}); }));
  report("rms_norm_backward", 3, best_seconds([&] {
           k.rms_norm_backward(c, {x, weight, rstd, grad, out, dweight});
         }));
  report("layer_norm", 2, best_seconds([&] {
           k.layer_norm(c, {x, weight, bias, out, mean, rstd, 1e-5f});
         }));
  report("layer_norm_backward", 3, best_seconds([&] {
           k.layer_norm_backward(c, {x, weight, mean, rstd, grad, out, dweight, bias});
         }));
  report("softmax", 2, best_seconds([&] { k.softmax(c, {x, out}); }));
  report("softmax_backward", 3, best_seconds([&] { k.softmax_backward(c, {x, grad, out}); }));
}

}  // namespace

int main(int argc, char** argv) {
  for (const Kernels& k : available_kernels()) {
    if (wants_bench(argc, argv)) {
      bench(k, 1), bench(k, 2);
      continue;
    }
    Runtime runtime(3);
    test_rms_norm(runtime, k);
    test_layer_norm(runtime, k);
    test_softmax(runtime, k);
    test_threads(k);
  }
  return finish();
}
