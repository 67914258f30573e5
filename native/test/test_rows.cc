// gather_rows, scatter_rows, scatter_add_rows, rope and reduce, against float64.
#include <cmath>

#include "test/support.h"

namespace {

using namespace lensmith;
using namespace lensmith::test;

const DType kFloats[] = {DType::f32, DType::bf16, DType::f16};

std::string label(const Kernels& k, const std::string& what) { return k.isa + (" " + what); }
std::string text(int64_t n) { return std::to_string(n); }

std::vector<int32_t> random_index(Random& random, int64_t count, int64_t rows) {
  std::vector<int32_t> index;
  for (int64_t i = 0; i < count; ++i)
    index.push_back(static_cast<int32_t>(random.integer(0, rows)));
  return index;
}

void test_gather(Runtime& runtime, const Kernels& k) {
  Random random(21);
  for (const int64_t width : {0, 1, 7, 64, 65, 1000}) {
    for (const int64_t count : {0, 1, 40}) {
      for (const DType dtype : kFloats) {
        const Tensor dense = random_tensor(random, {11, width}, 1, dtype);
        const Tensor x = count == 1 ? dense : with_row_stride(dense, width + 5);
        const std::vector<int32_t> index = random_index(random, count, 11);
        std::vector<double> want;
        for (const int32_t row : index)
          for (int64_t i = 0; i < width; ++i) want.push_back(get(dense, row * width + i));
        const GatherRowsArgs args{x, integers(index), empty({count, width})};
        check(args);
        k.gather_rows(runtime.context, args);
        expect_close(label(k, "gather_rows " + text(count) + " of " + text(width)), args.out, want,
                     0);
      }
    }
  }
}

void test_scatter(Runtime& runtime, const Kernels& k) {
  Random random(22);
  const int64_t rows = 50;
  for (const int64_t width : {1, 7, 64, 65, 1000}) {
    const Tensor src = random_tensor(random, {30, width});
    std::vector<int32_t> index;
    for (int32_t i = 0; i < 30; ++i) index.push_back(i * 7 % 50);
    const Tensor out = with_row_stride(random_tensor(random, {rows, width}), width + 3);
    std::vector<double> want = to_doubles(out);
    for (int64_t i = 0; i < src.numel(); ++i)
      want[static_cast<size_t>(index[static_cast<size_t>(i / width)] * width + i % width)] =
          get(src, i);
    const ScatterRowsArgs args{with_row_stride(src, width + 1), integers(index), out};
    check(args);
    k.scatter_rows(runtime.context, args);
    expect_close(label(k, "scatter_rows " + text(width)), out, want, 0);
  }
}

void test_scatter_add(const Kernels& k) {
  for (const int64_t width : {1, 7, 64, 65, 1000}) {
    for (const int threads : {1, 4}) {
      Runtime runtime(threads);
      Random random(23);
      const int64_t rows = 13, count = 700;
      const Tensor src = random_tensor(random, {count, width});
      const std::vector<int32_t> index = random_index(random, count, rows);
      const Tensor dense = random_tensor(random, {rows, width});
      // The order of the additions is part of the contract, so f32 sums match to the bit.
      std::vector<double> want = to_doubles(dense);
      for (int64_t i = 0; i < src.numel(); ++i) {
        double& at =
            want[static_cast<size_t>(index[static_cast<size_t>(i / width)] * width + i % width)];
        at = static_cast<float>(at) + static_cast<float>(get(src, i));
      }
      const Tensor out = with_row_stride(dense, width + 3);
      const ScatterAddRowsArgs args{src, integers(index), out};
      check(args);
      k.scatter_add_rows(runtime.context, args);
      expect_close(label(k, "scatter_add_rows " + text(width)), out, want, 0);
    }
  }
}

void test_bad_index(Runtime& runtime, const Kernels& k) {
  const char* const code = "tensor/index-out-of-range";
  for (const int32_t bad : {-1, 4, INT32_MIN, INT32_MAX}) {
    const Tensor index = integers({0, bad}), x = full({4, 3}, 1), rows = full({2, 3}, 2);
    expect_error(label(k, "gather_rows"), code, [&] {
      k.gather_rows(runtime.context, {x, index, rows});
    });
    expect_error(label(k, "scatter_rows"), code, [&] {
      k.scatter_rows(runtime.context, {rows, index, x});
    });
    expect_error(label(k, "scatter_add_rows"), code, [&] {
      k.scatter_add_rows(runtime.context, {rows, index, x});
    });
    const Tensor heads = full({2, 1, 2}, 1), held = full({4, 1, 2}, 3);
    expect_error(label(k, "rope"), code, [&] {
      k.rope(runtime.context, {heads, integers({0, 1}), full({1}, 1), index, held, 1, false});
    });
    expect_close(label(k, "a failed call writes nothing"), held, std::vector<double>(8, 3), 0);
    expect_close(label(k, "a failed call writes nothing"), x, std::vector<double>(12, 1), 0);
    expect_close(label(k, "a failed call writes nothing"), rows, std::vector<double>(6, 2), 0);
  }
}

void test_rope(Runtime& runtime, const Kernels& k) {
  Random random(24);
  for (const int64_t size : {0, 2, 6, 64, 66, 128}) {
    for (const int64_t heads : {1, 5}) {
      const std::vector<int32_t> positions = {0, 1, 2, 77, 4095, 99999, 5000000, -3};
      const int64_t rows = static_cast<int64_t>(positions.size()), half = size / 2;
      const Tensor x = random_tensor(random, {rows, heads, size}), frequency = empty({half});
      for (int64_t i = 0; i < half; ++i)
        set(frequency, i, std::pow(10000.0, -static_cast<double>(i) / static_cast<double>(half)));
      const float scale = 1.25f;
      const auto rotated = [&](double sign) {
        std::vector<double> want(static_cast<size_t>(x.numel()));
        for (int64_t line = 0; line < rows * heads; ++line) {
          for (int64_t i = 0; i < half; ++i) {
            const float angle = static_cast<float>(positions[static_cast<size_t>(line / heads)]) *
                                static_cast<float>(get(frequency, i));
            const double c = std::cos(static_cast<double>(angle));
            const double s = sign * std::sin(static_cast<double>(angle));
            const double a = get(x, line * size + i), b = get(x, line * size + half + i);
            want[static_cast<size_t>(line * size + i)] = scale * (a * c - b * s);
            want[static_cast<size_t>(line * size + half + i)] = scale * (b * c + a * s);
          }
        }
        return want;
      };
      const std::vector<double> want = rotated(1), want_inverse = rotated(-1);
      const Tensor out = empty({rows, heads, size});
      const RopeArgs inverse{x, integers(positions), frequency, {}, out, scale, true};
      check(inverse);
      k.rope(runtime.context, inverse);
      expect_close(label(k, "rope inverse " + text(size)), out, want_inverse, 4e-7);
      // Rows of a larger result, of which three are nobody's.
      const std::vector<int32_t> index = {9, 0, 5, 1, 10, 3, 7, 2};
      const int64_t width = heads * size;
      const Tensor held = full({11, heads, size}, 7);
      std::vector<double> want_held(static_cast<size_t>(held.numel()), 7);
      for (int64_t i = 0; i < x.numel(); ++i) {
        const int64_t to = index[static_cast<size_t>(i / width)] * width + i % width;
        want_held[static_cast<size_t>(to)] = want[static_cast<size_t>(i)];
      }
      const RopeArgs into{x, integers(positions), frequency, integers(index), held, scale, false};
      check(into);
      k.rope(runtime.context, into);
      expect_close(label(k, "rope into rows " + text(size)), held, want_held, 4e-7);
      k.rope(runtime.context, {x, integers(positions), frequency, {}, x, scale, false});
      expect_close(label(k, "rope in place " + text(size)), x, want, 4e-7);
    }
  }
  // Cosine and sine themselves, at every size of angle: a head of (1, 0) becomes (cos, sin).
  const int64_t count = 20000;
  const Tensor ones = empty({count, 1, 2}), out = empty({count, 1, 2});
  std::vector<int32_t> positions;
  std::vector<double> want;
  for (int64_t i = 0; i < count; ++i) {
    set(ones, 2 * i, 1), set(ones, 2 * i + 1, 0);
    positions.push_back(
        static_cast<int32_t>(random.integer(-(int64_t{1} << (i % 28)), int64_t{1} << (i % 28))));
    const double angle = static_cast<float>(positions.back()) * 0.3731f;
    want.push_back(std::cos(angle)), want.push_back(std::sin(angle));
  }
  k.rope(runtime.context, {ones, integers(positions), full({1}, 0.3731f), {}, out, 1, false});
  expect_close(label(k, "rope angles"), out, want, 1e-30, 1.2e-7);
}

double reduced(const Tensor& x, int32_t kind, int64_t o, int64_t i) {
  const int64_t n = x.shape[1], inner = x.shape[2];
  double sum = 0, top = -INFINITY;
  for (int64_t r = 0; r < n; ++r) {
    const double value = get(x, (o * n + r) * inner + i);
    sum += value;
    if (value > top || std::isnan(value)) top = value;
  }
  return kind == 0 ? sum : kind == 1 ? sum / static_cast<double>(n) : top;
}

void test_reduce(const Kernels& k) {
  const std::vector<Shape> shapes = {{1, 1, 1},    {3, 7, 1},     {2, 0, 5},    {0, 4, 3},
                                     {4, 1000, 1}, {3, 65, 7},    {2, 63, 257}, {1, 200003, 1},
                                     {2, 9000, 3}, {1, 700, 300}, {300, 5, 1},  {2, 3, 0}};
  for (const Shape& shape : shapes) {
    for (const DType dtype : kFloats) {
      Random random(25);
      const Tensor x = random_tensor(random, shape, 2, dtype);
      for (int32_t kind = 0; kind <= 2; ++kind) {
        if (kind != 0 && shape[1] == 0) continue;
        std::vector<double> want;
        for (int64_t o = 0; o < shape[0]; ++o)
          for (int64_t i = 0; i < shape[2]; ++i) want.push_back(reduced(x, kind, o, i));
        Tensor first;
        for (const int threads : {1, 4}) {
          Runtime runtime(threads);
          const ReduceArgs args{x, empty({shape[0], shape[2]}), kind};
          check(args);
          k.reduce(runtime.context, args);
          const std::string what = "reduce " + text(kind) + " " + x.describe();
          expect_close(label(k, what), args.out, want, 1e-10, 6.1e-8);
          if (threads == 1) first = args.out;
          expect_same(label(k, what + " threads"), args.out, first);
        }
      }
    }
  }
  Runtime runtime(2);
  for (const int64_t inner : {1, 9}) {
    const Tensor x = full({1, 100, inner}, -1), out = empty({1, inner});
    set(x, 40 * inner, NAN);
    k.reduce(runtime.context, {x, out, 2});
    expect(std::isnan(get(out, 0)), label(k, "max keeps a NaN"));
    expect(inner == 1 || get(out, 1) == -1, label(k, "max of others"));
  }
}

void bench(const Kernels& k, int threads) {
  Runtime runtime(threads);
  Random random(26);
  auto& c = runtime.context;
  const auto report = [&](const char* name, double bytes, double seconds) {
    std::printf("%-9s %d threads  %-18s %7.2f ms %6.1f GB/s\n", k.isa, threads, name, seconds * 1e3,
                bytes / seconds * 1e-9);
  };
  const int64_t rows = 2048, heads = 32, size = 128;
  const double bytes = 4.0 * rows * heads * size;
  const Tensor x = full({rows, heads, size}, 1), out = full({rows, heads, size}, 0);
  std::vector<int32_t> positions;
  for (int32_t i = 0; i < rows; ++i) positions.push_back(i);
  const Tensor index = integers(positions), frequency = full({size / 2}, 0.1);
  report("rope", 2 * bytes, best_seconds([&] {
           k.rope(c, {x, index, frequency, {}, out, 1, false});
         }));
  const Tensor thin = full({rows, 1, size}, 1);
  report("rope of one head", 8.0 * rows * size, best_seconds([&] {
           k.rope(c, {thin, index, frequency, {}, thin, 1, false});
         }));
  const auto shaped = [](Tensor tensor, const Shape& shape) {
    tensor.set_contiguous(static_cast<int>(shape.size()), shape.data());
    return tensor;
  };
  const Tensor table = shaped(x, {rows, heads * size}), wide = shaped(out, {rows, heads * size});
  report("gather_rows", 2 * bytes, best_seconds([&] { k.gather_rows(c, {table, index, wide}); }));
  report("scatter_rows", 2 * bytes, best_seconds([&] { k.scatter_rows(c, {table, index, wide}); }));
  report("scatter_add_rows", 3 * bytes, best_seconds([&] {
           k.scatter_add_rows(c, {table, index, wide});
         }));
  const Tensor line = full({1, rows * heads * size, 1}, 1), one = full({1, 1}, 0);
  report("sum of all", bytes, best_seconds([&] { k.reduce(c, {line, one, 0}); }));
  const Tensor columns = full({1, heads * size}, 0);
  report("sum of columns", bytes, best_seconds([&] {
           k.reduce(c, {shaped(x, {1, rows, heads * size}), columns, 0});
         }));
  const Tensor each_row = full({rows, 1}, 0);
  report("max of rows", bytes, best_seconds([&] {
           k.reduce(c, {shaped(x, {rows, heads * size, 1}), each_row, 2});
         }));
}

}  // namespace

int main(int argc, char** argv) {
  for (const Kernels& k : available_kernels()) {
    if (wants_bench(argc, argv)) {
      bench(k, 1), bench(k, 2);
      continue;
    }
    Runtime runtime(3);
    test_gather(runtime, k);
    test_scatter(runtime, k);
    test_scatter_add(k);
    test_bad_index(runtime, k);
    test_rope(runtime, k);
    test_reduce(k);
  }
  return finish();
}
