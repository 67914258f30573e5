// copy, fill, add, mul, scale, activation, swiglu and patchify, against float64.
#include <algorithm>
#include <cmath>
#include <functional>

#include "test/support.h"

namespace {

using namespace lensmith;
using namespace lensmith::test;

const DType kFloats[] = {DType::f32, DType::bf16, DType::f16};
const Shape kSizes = {0, 1, 7, 63, 64, 65, 1000, 40003};

std::string label(const Kernels& k, const std::string& what) { return k.isa + (" " + what); }
std::string text(int64_t n) { return std::to_string(n); }

// A view of the same memory with its axes in another order.
Tensor permuted(const Tensor& tensor, const std::vector<int>& order) {
  Tensor view = tensor;
  for (size_t i = 0; i < order.size(); ++i) {
    view.shape[i] = tensor.shape[order[i]];
    view.stride[i] = tensor.stride[order[i]];
  }
  return view;
}

// What dst must hold: src's values after rounding to dst's type.
std::vector<double> rounded(const std::vector<double>& values, DType dtype) {
  const Tensor one = empty({1}, dtype);
  std::vector<double> result;
  for (const double value : values) {
    set(one, 0, value);
    result.push_back(get(one, 0));
  }
  return result;
}

void expect_copy(Runtime& runtime, const Kernels& k, const std::string& what, const Tensor& src,
                 const Tensor& dst) {
  const CopyArgs args{src, dst};
  check(args);
  k.copy(runtime.context, args);
  expect_close(label(k, "copy " + what), dst, rounded(to_doubles(src), dst.dtype), 0);
}

Tensor random_of(Random& random, const Shape& shape, DType dtype) {
  const Tensor tensor = empty(shape, dtype);
  for (int64_t i = 0; i < tensor.numel(); ++i) {
    const bool integer = dtype == DType::i32 || dtype == DType::u8;
    const double value = integer ? static_cast<double>(random.integer(0, 256))
                                 : random.uniform(-1, 1) * std::exp2(random.integer(-20, 12));
    set(tensor, i, value);
  }
  return tensor;
}

void test_copy_types(Runtime& runtime, const Kernels& k) {
  Random random(1);
  const DType all[] = {DType::f32, DType::bf16, DType::f16, DType::i32, DType::u8};
  for (const DType from : all) {
    for (const DType to : all) {
      const bool floats = is_float(from) && is_float(to);
      if (from != to && !floats && to != DType::f32) continue;
      const std::string pair = std::string(name_of(from)) + " to " + name_of(to);
      for (const int64_t n : kSizes)
        expect_copy(runtime, k, pair + " " + text(n), random_of(random, {n}, from), empty({n}, to));
      expect_copy(runtime, k, pair + " transposed",
                  permuted(random_of(random, {131, 70}, from), {1, 0}), empty({70, 131}, to));
      Tensor scalar = random_of(random, {5, 1}, from);
      scalar.shape[1] = 39, scalar.stride[1] = 0;
      expect_copy(runtime, k, pair + " broadcast", scalar, empty({5, 39}, to));
    }
  }
  // Ties, overflow, subnormal numbers, infinity and NaN.
  const std::vector<double> hard = {1.00390625, 1.01171875, 65519,  65520,     -1e9,
                                    6e-8,       2.9e-8,     3.4e38, -INFINITY, INFINITY,
                                    NAN,        0.0,        -0.0,   1e-40,     2049};
  for (const DType to : kFloats) {
    const Tensor src = from_values({15}, hard);
    expect_copy(runtime, k, std::string("hard values to ") + name_of(to), src, empty({15}, to));
  }
}

void test_copy_layouts(Runtime& runtime, const Kernels& k) {
  Random random(2);
  const auto make = [&](const Shape& shape) { return random_of(random, shape, DType::f32); };
  // [B, T, H, D] to [B, H, T, D] and every other order of three axes.
  expect_copy(runtime, k, "heads", permuted(make({2, 5, 3, 8}), {0, 2, 1, 3}), empty({2, 3, 5, 8}));
  std::vector<int> order = {0, 1, 2};
  const Tensor cube = make({33, 65, 34});
  do {
    const Tensor src = permuted(cube, order);
    const Shape shape(src.shape.begin(), src.shape.begin() + 3);
    expect_copy(runtime, k, "cube", src, empty(shape));
    // The other way round: a dense source into a view.
    const Tensor back = permuted(empty({33, 65, 34}), order);
    expect_copy(runtime, k, "into a permuted cube", make(shape), back);
  } while (std::next_permutation(order.begin(), order.end()));
  expect_copy(runtime, k, "six axes", permuted(make({2, 3, 1, 4, 5, 6}), {5, 0, 2, 4, 1, 3}),
              empty({6, 2, 1, 5, 3, 4}));
  expect_copy(runtime, k, "scalar", make({}), empty({}));
  expect_copy(runtime, k, "no rows", make({0, 7}), empty({0, 7}));

  // A slice into the middle of a wider tensor leaves the rest alone.
  const Tensor wide = full({9, 50}, 3);
  Tensor slice = wide;
  slice.shape[1] = 20, slice.offset_bytes = 4 * 11;
  expect_copy(runtime, k, "into a slice", make({9, 20}), slice);
  bool untouched = true;
  for (int64_t i = 0; i < wide.numel(); ++i)
    if (i % 50 < 11 || i % 50 >= 31) untouched &= get(wide, i) == 3;
  expect(untouched, label(k, "copy into a slice wrote beside it"));

  // Rows repeated, columns with a step, rows backwards.
  Tensor rows = make({1, 300});
  rows.shape[0] = 130, rows.stride[0] = 0;
  expect_copy(runtime, k, "repeated rows", rows, empty({130, 300}));
  Tensor steps = make({40, 90});
  steps.shape[1] = 30, steps.stride[1] = 3;
  expect_copy(runtime, k, "every third column", steps, empty({40, 30}));
  Tensor backwards = make({40, 30});
  backwards.offset_bytes = 4 * 39 * 30, backwards.stride[0] = -30;
  expect_copy(runtime, k, "rows backwards", backwards, empty({40, 30}));
}

void test_fill_and_scale(Runtime& runtime, const Kernels& k) {
  Random random(3);
  for (const int64_t n : kSizes) {
    for (const DType dtype : {DType::f32, DType::bf16, DType::f16, DType::i32}) {
      const Tensor out = empty({n}, dtype);
      k.fill(runtime.context, {out, 2.7f});
      const double want = dtype == DType::i32 ? 3 : rounded({2.7f}, dtype)[0];
      expect_close(label(k, "fill " + text(n)), out, std::vector<double>(n, want), 0);
    }
    for (const DType dtype : kFloats) {
      const Tensor x = random_tensor(random, {n}, 4, dtype);
      std::vector<double> want = to_doubles(x);
      for (double& value : want) value = static_cast<float>(value * 0.37f);
      const Tensor out = dtype == DType::f32 ? x : empty({n});
      k.scale(runtime.context, {x, out, 0.37f});
      expect_close(label(k, "scale " + text(n)), out, want, 0);
    }
  }
  const Tensor out = empty({1}, DType::i32);
  const std::vector<std::pair<float, int32_t>> edges = {
      {3e9f, INT32_MAX}, {-3e9f, INT32_MIN}, {NAN, 0}, {2.5f, 2}, {-1.6f, -2}};
  for (const auto& [value, want] : edges) {
    k.fill(runtime.context, {out, value});
    expect(get(out, 0) == want, label(k, "fill i32 with " + std::to_string(value)));
  }
}

void test_binary(Runtime& runtime, const Kernels& k) {
  Random random(4);
  const float alpha = -1.75f;
  const std::vector<std::pair<Shape, Shape>> shapes = {
      {{0}, {0}},         {{1}, {1}},       {{7}, {7}},         {{63}, {63}},        {{65}, {1}},
      {{40003}, {}},      {{6, 65}, {65}},  {{301, 64}, {64}},  {{5, 4, 7}, {4, 7}}, {{3, 0}, {0}},
      {{40003}, {40003}}, {{9, 1, 1}, {1}}, {{4, 3, 2}, {3, 2}}};
  for (const auto& [a_shape, b_shape] : shapes) {
    for (const DType a_type : kFloats) {
      for (const DType b_type : kFloats) {
        const Tensor a = random_tensor(random, a_shape, 2, a_type);
        const Tensor b = random_tensor(random, b_shape, 2, b_type);
        const std::vector<double> as = to_doubles(a), bs = to_doubles(b);
        std::vector<double> sum, product;
        for (size_t i = 0; i < as.size(); ++i) {
          sum.push_back(as[i] + alpha * bs[i % bs.size()]);
          product.push_back(as[i] * bs[i % bs.size()]);
        }
        const std::string what = std::string(name_of(a_type)) + " " + name_of(b_type) + " " +
                                 text(a.numel()) + " " + text(b.numel());
        const Tensor out = empty(a_shape);
        const MulArgs mul{a, b, out};
        check(mul);
        k.mul(runtime.context, mul);
        expect_close(label(k, "mul " + what), out, product, 1e-30, 1e-7);
        const AddArgs add{a, b, a_type == DType::f32 ? a : out, alpha};  // in place where it may be
        check(add);
        k.add(runtime.context, add);
        expect_close(label(k, "add " + what), add.out, sum, 5e-7, 1e-7);
      }
    }
  }
  const Tensor x = random_tensor(random, {1000});
  const std::vector<double> before = to_doubles(x);
  k.mul(runtime.context, {x, x, x});
  std::vector<double> squares;
  for (const double value : before) squares.push_back(value * value);
  expect_close(label(k, "mul of x by x into x"), x, squares, 1e-30, 1e-7);
}

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

double activation_of(int32_t kind, double x) {
  switch (kind) {
    case 0: return x / 2 * (1 + std::erf(x / std::sqrt(2.0)));
    case 1: return x / 2 * (1 + std::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x)));
    case 2: return x * sigmoid(1.702 * x);
    case 3: return x * sigmoid(x);
    default: return x > 0 ? x : 0;
  }
}

// By a central difference whose ends lie on one side of 0, where relu has its corner.
double derivative(const std::function<double(double)>& f, double x) {
  const double h = std::min(1e-5, std::fabs(x) / 2);
  return (f(x + h) - f(x - h)) / (2 * h);
}

void test_activation(Runtime& runtime, const Kernels& k) {
  Random random(5);
  for (int32_t kind = 0; kind <= 4; ++kind) {
    const auto f = [&](double x) { return activation_of(kind, x); };
    for (const int64_t n : kSizes) {
      const std::string what = text(kind) + " " + text(n);
      const Tensor x = random_tensor(random, {n}, 9), grad = random_tensor(random, {n});
      std::vector<double> want, slope;
      for (int64_t i = 0; i < n; ++i) {
        want.push_back(f(get(x, i)));
        slope.push_back(get(grad, i) * derivative(f, get(x, i)));
      }
      const Tensor dx = empty({n});
      const ActivationBackwardArgs backward{x, grad, dx, kind};
      check(backward);
      k.activation_backward(runtime.context, backward);
      expect_close(label(k, "activation_backward " + what), dx, slope, 1e-6, 1e-6);
      k.activation(runtime.context, {x, x, kind});
      expect_close(label(k, "activation " + what), x, want, 1e-6, 1e-6);
    }
    const Tensor far = from_values<double>({5}, {-200, 200, -30, 0, NAN});
    const Tensor out = empty({5});
    k.activation(runtime.context, {far, out, kind});
    expect_close(label(k, "activation of far values"), out, {0, 200, 0, 0, NAN}, 1e-9);
    const Tensor one = full({4}, 1);
    const Tensor far_4 = from_values<double>({4}, {-200, 200, -1e8, 1e8});
    k.activation_backward(runtime.context, {far_4, one, one, kind});
    expect_close(label(k, "activation_backward of far values"), one, {0, 1, 0, 1}, 1e-9);
  }
}

void test_swiglu(Runtime& runtime, const Kernels& k) {
  Random random(6);
  for (const int64_t n : kSizes) {
    const Tensor gate = random_tensor(random, {n}, 8), up = random_tensor(random, {n}, 2);
    const Tensor grad = random_tensor(random, {n});
    std::vector<double> out, dgate, dup;
    for (int64_t i = 0; i < n; ++i) {
      const double g = get(gate, i), s = sigmoid(g);
      out.push_back(g * s * get(up, i));
      dup.push_back(get(grad, i) * g * s);
      dgate.push_back(get(grad, i) * get(up, i) *
                      derivative([](double x) { return x * sigmoid(x); }, g));
    }
    const Tensor got = empty({n}), got_gate = empty({n}), got_up = empty({n});
    k.swiglu(runtime.context, {gate, up, got});
    k.swiglu_backward(runtime.context, {gate, up, grad, got_gate, got_up});
    expect_close(label(k, "swiglu " + text(n)), got, out, 1e-6, 1e-6);
    expect_close(label(k, "swiglu_backward gate " + text(n)), got_gate, dgate, 1e-6, 1e-6);
    expect_close(label(k, "swiglu_backward up " + text(n)), got_up, dup, 1e-6, 1e-6);
  }
}

void test_patchify(Runtime& runtime, const Kernels& k) {
  Random random(7);
  const std::vector<std::pair<Shape, int32_t>> cases = {
      {{2, 3, 28, 42}, 14}, {{1, 3, 17, 11}, 4}, {{1, 1, 5, 5}, 5},     {{2, 2, 3, 4}, 1},
      {{0, 3, 8, 8}, 4},    {{1, 2, 3, 9}, 4},   {{1, 3, 224, 230}, 16}};
  for (const auto& [shape, p] : cases) {
    const int64_t b = shape[0], c = shape[1], h = shape[2], w = shape[3];
    const int64_t gy = h / p, gx = w / p, d = c * p * p;
    const Tensor pixels = random_tensor(random, shape);
    std::vector<double> rows, back(static_cast<size_t>(pixels.numel()), 0);
    for (int64_t row = 0; row < b * gy * gx; ++row) {
      for (int64_t i = 0; i < d; ++i) {
        const int64_t y = row / gx % gy * p + i / p % p, x = row % gx * p + i % p;
        const int64_t at = ((row / (gx * gy) * c + i / (p * p)) * h + y) * w + x;
        rows.push_back(get(pixels, at));
        back[static_cast<size_t>(at)] = get(pixels, at);
      }
    }
    const Tensor out = empty({b * gy * gx, d}), restored = empty(shape);
    const PatchifyArgs forward{pixels, out, p};
    check(forward);
    k.patchify(runtime.context, forward);
    expect_close(label(k, "patchify " + text(p)), out, rows, 0);
    const UnpatchifyArgs backward{out, restored, p};
    check(backward);
    k.unpatchify(runtime.context, backward);
    expect_close(label(k, "unpatchify " + text(p)), restored, back, 0);
  }
}

void bench(const Kernels& k, int threads) {
  Runtime runtime(threads);
  Random random(8);
  const int64_t n = int64_t{8} << 20, side = 2896;
  const Tensor a = full({n}, 0.5), b = full({n}, 0.25), out = full({n}, 0),
               half = full({n}, 1, DType::bf16);
  const Tensor square = full({side, side}, 1), turned = full({side, side}, 0);
  const auto report = [&](const char* name, double bytes, double seconds) {
    std::printf("%-9s %d threads  %-18s %7.2f ms %6.1f GB/s\n", k.isa, threads, name, seconds * 1e3,
                bytes / seconds * 1e-9);
  };
  auto& c = runtime.context;
  const double m = static_cast<double>(n), m_square = static_cast<double>(side * side);
  report("add", 12 * m, best_seconds([&] { k.add(c, {a, b, out, 1}); }));
  report("copy", 8 * m, best_seconds([&] { k.copy(c, {a, out}); }));
  report("copy f32 to bf16", 6 * m, best_seconds([&] { k.copy(c, {a, half}); }));
  report("copy transposed", 8 * m_square, best_seconds([&] {
           k.copy(c, {permuted(square, {1, 0}), turned});
         }));
  report("gelu", 8 * m, best_seconds([&] { k.activation(c, {a, out, 0}); }));
  report("gelu backward", 12 * m, best_seconds([&] { k.activation_backward(c, {a, b, out, 0}); }));
  report("silu", 8 * m, best_seconds([&] { k.activation(c, {a, out, 3}); }));
  report("swiglu", 12 * m, best_seconds([&] { k.swiglu(c, {a, b, out}); }));
  report("swiglu backward", 20 * m, best_seconds([&] {
           k.swiglu_backward(c, {a, a, b, out, out});
         }));
  report("fill", 4 * m, best_seconds([&] { k.fill(c, {out, 1}); }));
}

}  // namespace

int main(int argc, char** argv) {
  for (const Kernels& k : available_kernels()) {
    if (wants_bench(argc, argv)) {
      bench(k, 1), bench(k, 2);
      continue;
    }
    Runtime runtime(3);
    test_copy_types(runtime, k);
    test_copy_layouts(runtime, k);
    test_fill_and_scale(runtime, k);
    test_binary(runtime, k);
    test_activation(runtime, k);
    test_swiglu(runtime, k);
    test_patchify(runtime, k);
  }
  return finish();
}
