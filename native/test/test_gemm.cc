// Compares gemm with a plain float64 product, on every instruction set of this machine: random odd
// shapes, all transposes, dtypes, leading dimensions, alpha, beta and bias; then the promises about
// the bits of results, and numbers of a wide range or none at all. Prints `N passed, N failed`.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "backends/cpu/cpu_features.h"
#include "backends/cpu/gemm.h"
#include "core/dtype.h"
#include "core/thread_pool.h"
#include "core/workspace.h"
#include "gemm_isas.h"
#include "missing_isas.h"

namespace lensmith {
namespace {

using cpu::GemmArgs;
using test::GemmOfIsa;

int passed = 0, failed = 0;

void expect(bool condition, const std::string& what) {
  condition ? ++passed : ++failed;
  if (!condition && failed <= 20) std::fprintf(stderr, "FAILED %s\n", what.c_str());
}

// A matrix in one of the float dtypes and the float64 values of what it holds. Padding between
// rows is NaN, so that reading it shows.
struct Matrix {
  DType dtype;
  int64_t rows, cols, ld;
  std::vector<uint8_t> bytes;
  std::vector<double> values;

  template <class T>
  void fill(std::mt19937& random) {
    std::uniform_real_distribution<float> uniform(-1, 1);
    bytes.resize(static_cast<size_t>(rows * ld) * sizeof(T));
    T* const data = reinterpret_cast<T*>(bytes.data());
    const T padding = from_float<T>(std::numeric_limits<float>::quiet_NaN());
    for (int64_t i = 0; i < rows * ld; ++i) data[i] = padding;
    values.resize(static_cast<size_t>(rows * cols));
    for (int64_t i = 0; i < rows; ++i) {
      for (int64_t j = 0; j < cols; ++j) {
        data[i * ld + j] = from_float<T>(uniform(random));
        values[static_cast<size_t>(i * cols + j)] = to_float(data[i * ld + j]);
      }
    }
    // The last row ends the allocation: reading past it is the sanitizer's to find.
    if (rows > 0) bytes.resize(static_cast<size_t>((rows - 1) * ld + cols) * sizeof(T));
    bytes.shrink_to_fit();
  }

  Matrix(DType type, int64_t row_count, int64_t col_count, int64_t padding, std::mt19937& random)
      : dtype(type), rows(row_count), cols(col_count), ld(col_count + padding) {
    if (dtype == DType::f32) fill<float>(random);
    if (dtype == DType::bf16) fill<bf16>(random);
    if (dtype == DType::f16) fill<f16>(random);
  }

  double at(int64_t i, int64_t j) const { return values[static_cast<size_t>(i * cols + j)]; }
};

struct Problem {
  int64_t m, n, k;
  DType a, b, bias;
  bool trans_a, trans_b, with_bias;
  float alpha, beta;
  int64_t padding;

  std::string text(const char* isa) const {
    char line[256];
    std::snprintf(line, sizeof line,
                  "%s m=%lld n=%lld k=%lld a=%s%s b=%s%s bias=%s alpha=%g beta=%g padding=%lld",
                  isa, static_cast<long long>(m), static_cast<long long>(n),
                  static_cast<long long>(k), name_of(a), trans_a ? "ᵀ" : "", name_of(b),
                  trans_b ? "ᵀ" : "", with_bias ? name_of(bias) : "none", alpha, beta,
                  static_cast<long long>(padding));
    return line;
  }
};

bool matches_oracle(const GemmOfIsa& isa, ThreadPool* pool, Workspace& workspace, const Problem& s,
                    std::mt19937& random) {
  const Matrix a(s.a, s.trans_a ? s.k : s.m, s.trans_a ? s.m : s.k, s.padding, random);
  const Matrix b(s.b, s.trans_b ? s.n : s.k, s.trans_b ? s.k : s.n, s.padding, random);
  const Matrix bias(s.bias, 1, s.n, 0, random);
  const Matrix before(DType::f32, s.m, s.n, 0, random);
  const int64_t ldc = s.n + s.padding;
  constexpr float kGuard = 12345.0f;
  std::vector<float> c(static_cast<size_t>(s.m * ldc + 16), kGuard);
  for (int64_t i = 0; i < s.m; ++i) {
    for (int64_t j = 0; j < s.n; ++j) {
      c[static_cast<size_t>(i * ldc + j)] = s.beta == 0 ? std::numeric_limits<float>::quiet_NaN()
                                                        : static_cast<float>(before.at(i, j));
    }
  }

  GemmArgs g;
  g.m = s.m, g.n = s.n, g.k = s.k;
  g.a = a.bytes.data(), g.a_dtype = s.a, g.lda = a.ld, g.trans_a = s.trans_a;
  g.b = b.bytes.data(), g.b_dtype = s.b, g.ldb = b.ld, g.trans_b = s.trans_b;
  g.c = c.data(), g.ldc = ldc, g.alpha = s.alpha, g.beta = s.beta;
  if (s.with_bias) g.bias = bias.bytes.data(), g.bias_dtype = s.bias;
  pool == nullptr ? isa.alone(workspace, g) : isa.pooled(*pool, workspace, g);

  for (int64_t i = 0; i < static_cast<int64_t>(c.size()); ++i) {
    const bool inside = ldc > 0 && i / ldc < s.m && i % ldc < s.n;
    const float got = c[static_cast<size_t>(i)];
    if (!inside) {
      if (got != kGuard) return false;
      continue;
    }
    double sum = 0, magnitude = 0;
    for (int64_t p = 0; p < s.k; ++p) {
      const double product = (s.trans_a ? a.at(p, i / ldc) : a.at(i / ldc, p)) *
                             (s.trans_b ? b.at(i % ldc, p) : b.at(p, i % ldc));
      sum += product;
      magnitude += std::fabs(product);
    }
    double wanted = s.alpha * sum;
    if (s.with_bias) wanted += bias.at(0, i % ldc);
    if (s.beta != 0) wanted += s.beta * before.at(i / ldc, i % ldc);
    // Rounding errors of a sum of k terms, far below the worst case.
    const double tolerance = 3e-7 * (2 + std::fabs(s.alpha) * magnitude) + 1e-6;
    if (!(std::fabs(got - wanted) <= tolerance)) return false;
  }
  return true;
}

void test_random_shapes(const GemmOfIsa& isa, ThreadPool& pool, Workspace& workspace) {
  std::mt19937 random(1);
  const auto pick = [&](int64_t low, int64_t high) {
    return std::uniform_int_distribution<int64_t>(low, high)(random);
  };
  constexpr DType kTypes[] = {DType::f32, DType::bf16, DType::f16};
  constexpr float kScales[] = {0.0f, 1.0f, -0.75f};
  const auto run = [&](int64_t m, int64_t n, int64_t k, int round) {
    Problem s{m,
              n,
              k,
              kTypes[round % 3],
              kTypes[pick(0, 2)],
              kTypes[pick(0, 2)],
              pick(0, 1) == 1,
              pick(0, 1) == 1,
              pick(0, 1) == 1,
              pick(0, 1) == 1 ? 1.0f : 0.5f,
              kScales[pick(0, 2)],
              pick(0, 3) == 0 ? pick(1, 9) : 0};
    const bool alone = round % 5 == 0;
    expect(matches_oracle(isa, alone ? nullptr : &pool, workspace, s, random), s.text(isa.name));
  };
  for (int round = 0; round < 1500; ++round) run(pick(1, 70), pick(1, 70), pick(1, 70), round);
  for (int round = 0; round < 300; ++round) run(pick(1, 40), pick(1, 900), pick(1, 600), round);
  for (int round = 0; round < 150; ++round) run(pick(1, 600), pick(1, 40), pick(1, 600), round);
  for (int round = 0; round < 40; ++round) run(pick(100, 330), pick(1, 300), pick(200, 700), round);
  for (int round = 0; round < 60; ++round) run(pick(0, 20), pick(0, 20), 0, round);
  for (int round = 0; round < 10; ++round) run(pick(0, 1), pick(0, 1) * 5, pick(1, 5), round);
}

// Splits of k and of n that only large operands reach.
void test_slabs(const GemmOfIsa& isa, ThreadPool& pool, Workspace& workspace) {
  std::mt19937 random(2);
  const auto run = [&](int64_t m, int64_t n, int64_t k, bool trans_a, bool trans_b) {
    const Problem s{m, n, k, DType::f32, DType::bf16, DType::f32, trans_a, trans_b, true, 1, 1, 3};
    expect(matches_oracle(isa, &pool, workspace, s, random), s.text(isa.name));
  };
  run(150, 40, 9000, true, false);
  run(385, 2500, 300, false, true);
  run(385, 1100, 2200, false, false);
}

std::vector<float> product(const GemmOfIsa& isa, int threads, int64_t m, const Matrix& a,
                           const Matrix& b, bool trans_b) {
  ThreadPool pool(threads);
  Workspace workspace;
  const int64_t n = trans_b ? b.rows : b.cols;
  std::vector<float> c(static_cast<size_t>(m * n));
  GemmArgs g;
  g.m = m, g.n = n, g.k = a.cols;
  g.a = a.bytes.data(), g.lda = a.ld;
  g.b = b.bytes.data(), g.b_dtype = b.dtype, g.ldb = b.ld, g.trans_b = trans_b;
  g.c = c.data(), g.ldc = n;
  isa.pooled(pool, workspace, g);
  return c;
}

bool same_bits(const std::vector<float>& a, const std::vector<float>& b, size_t count) {
  return std::memcmp(a.data(), b.data(), count * sizeof(float)) == 0;
}

void test_bits(const GemmOfIsa& isa) {
  std::mt19937 random(3);
  for (const bool trans_b : {false, true}) {
    const int64_t n = 333, k = 777;
    const Matrix a(DType::f32, 300, k, 0, random);
    const Matrix b(DType::bf16, trans_b ? n : k, trans_b ? k : n, 0, random);
    const std::string text = std::string(isa.name) + (trans_b ? " transposed b" : " plain b");
    for (const int64_t m : {1, 3, 8, 30, 300}) {
      const std::vector<float> one = product(isa, 1, m, a, b, trans_b);
      for (const int threads : {2, 3, 7}) {
        expect(same_bits(one, product(isa, threads, m, a, b, trans_b), one.size()),
               text + ": the bits depend on the number of threads, m=" + std::to_string(m));
      }
    }
    // With b transposed few rows take dot products; without, blocks of k, as all rows do unless
    // they go through a matrix unit.
    const int64_t most_few = std::strcmp(isa.name, "amx") == 0 ? 16 : trans_b ? 32 : 0;
    const std::vector<float> all = product(isa, 2, 300, a, b, trans_b);
    const std::vector<float> few_rows = product(isa, 2, most_few, a, b, trans_b);
    for (const int64_t m : {1, 2, 3, 4, 5, 8, 9, 13, 15, 29, 33, 77, 141}) {
      const std::vector<float> few = product(isa, 2, m, a, b, trans_b);
      const std::vector<float>& reference = m <= most_few ? few_rows : all;
      expect(same_bits(few, reference, few.size()),
             text + ": the bits of a row depend on the others, m=" + std::to_string(m));
    }
  }
}

// Numbers of very different size, whose least bits count where the greatest cancel.
void test_wide_range(const GemmOfIsa& isa, ThreadPool& pool, Workspace& workspace) {
  std::mt19937 random(5);
  std::uniform_int_distribution<int> exponent(-40, 40);
  for (const bool trans_a : {false, true}) {
    for (const bool trans_b : {false, true}) {
      const int64_t m = 70, n = 90, k = 600;
      Matrix a(DType::f32, trans_a ? k : m, trans_a ? m : k, 0, random);
      Matrix b(DType::f32, trans_b ? n : k, trans_b ? k : n, 0, random);
      for (Matrix* matrix : {&a, &b}) {
        float* const data = reinterpret_cast<float*>(matrix->bytes.data());
        for (size_t i = 0; i < matrix->values.size(); ++i) {
          data[i] = std::ldexp(data[i], exponent(random));
          matrix->values[i] = data[i];
        }
      }
      std::vector<float> c(static_cast<size_t>(m * n));
      GemmArgs g;
      g.m = m, g.n = n, g.k = k;
      g.a = a.bytes.data(), g.lda = a.ld, g.trans_a = trans_a;
      g.b = b.bytes.data(), g.ldb = b.ld, g.trans_b = trans_b;
      g.c = c.data(), g.ldc = n;
      isa.pooled(pool, workspace, g);
      double worst = 0;
      for (int64_t i = 0; i < m; ++i) {
        for (int64_t j = 0; j < n; ++j) {
          double sum = 0, magnitude = 0;
          for (int64_t p = 0; p < k; ++p) {
            const double term =
                (trans_a ? a.at(p, i) : a.at(i, p)) * (trans_b ? b.at(j, p) : b.at(p, j));
            sum += term, magnitude += std::fabs(term);
          }
          const double error = std::fabs(c[static_cast<size_t>(i * n + j)] - sum);
          worst = std::max(worst, error / magnitude);
        }
      }
      expect(worst < 1e-6, std::string(isa.name) + " of a wide range: off by " +
                               std::to_string(worst * 1e7) + "e-7 of the sum of magnitudes");
    }
  }
}

// What is not a number, or not finite, shows in its own row and in no other.
void test_not_finite(const GemmOfIsa& isa, ThreadPool& pool, Workspace& workspace) {
  std::mt19937 random(6);
  const int64_t m = 70, n = 90, k = 100;
  const Matrix b(DType::f32, n, k, 0, random);
  for (const float odd :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
        -std::numeric_limits<float>::infinity()}) {
    Matrix a(DType::f32, m, k, 0, random);
    std::vector<float> plain(static_cast<size_t>(m * n)), c(plain.size());
    GemmArgs g;
    g.m = m, g.n = n, g.k = k;
    g.a = a.bytes.data(), g.lda = a.ld;
    g.b = b.bytes.data(), g.ldb = b.ld, g.trans_b = true;
    g.ldc = n;
    g.c = plain.data();
    isa.pooled(pool, workspace, g);
    constexpr int64_t kRow = 33;
    reinterpret_cast<float*>(a.bytes.data())[kRow * k + 77] = odd;
    g.c = c.data();
    isa.pooled(pool, workspace, g);
    bool shows = true, stays = true;
    for (int64_t i = 0; i < m * n; ++i) {
      const float value = c[static_cast<size_t>(i)];
      if (i / n == kRow) {
        shows = shows && !std::isfinite(value);
      } else {
        stays = stays && value == plain[static_cast<size_t>(i)];
      }
    }
    expect(shows && stays, std::string(isa.name) + ": " + std::to_string(odd) + " in a row of a");
  }
}

// A product beside another is the same as both in turn.
void test_beside(const GemmOfIsa& isa, ThreadPool& pool, Workspace& workspace) {
  std::mt19937 random(4);
  struct Sizes {
    int64_t m, n, k, r;
  };
  for (const auto& [m, n, k, r] :
       {Sizes{300, 333, 777, 16}, Sizes{150, 600, 5000, 8}, Sizes{150, 40, 70, 700},
        Sizes{9, 50, 80, 4}, Sizes{150, 70, 0, 4}, Sizes{150, 70, 30, 0}}) {
    for (const bool trans_b : {false, true}) {
      const Matrix a(DType::f32, m, k, 0, random), low(DType::f32, m, r, 0, random);
      const Matrix b(DType::f16, trans_b ? n : k, trans_b ? k : n, 0, random);
      const Matrix side(DType::bf16, trans_b ? n : r, trans_b ? r : n, 0, random);
      const auto call = [&](const Matrix& left, const Matrix& right, std::vector<float>& c) {
        GemmArgs g;
        g.m = m, g.n = n, g.k = left.cols;
        g.a = left.bytes.data(), g.lda = left.ld;
        g.b = right.bytes.data(), g.b_dtype = right.dtype, g.ldb = right.ld, g.trans_b = trans_b;
        g.c = c.data(), g.ldc = n;
        return g;
      };
      std::vector<float> together(static_cast<size_t>(m * n)), in_turn(together.size());
      for (std::vector<float>* c : {&together, &in_turn}) {
        GemmArgs first = call(a, b, *c), second = call(low, side, *c);
        second.alpha = 0.5f, second.beta = 1;
        if (c == &together) first.beside = &second;
        isa.pooled(pool, workspace, first);
        if (c == &in_turn) isa.pooled(pool, workspace, second);
      }
      expect(same_bits(together, in_turn, together.size()),
             std::string(isa.name) + ": a product beside another, k=" + std::to_string(k) +
                 " and " + std::to_string(r) + ", m=" + std::to_string(m));
    }
  }
}

}  // namespace
}  // namespace lensmith

int main() {
  using namespace lensmith;
  ThreadPool pool(3);
  Workspace workspace(pool.size());
  for (const test::GemmOfIsa& isa : test::gemm_isas()) {
    test_random_shapes(isa, pool, workspace);
    test_slabs(isa, pool, workspace);
    test_bits(isa);
    test_wide_range(isa, pool, workspace);
    test_not_finite(isa, pool, workspace);
    test_beside(isa, pool, workspace);
    std::printf("%s done\n", isa.name);
  }
  test::print_missing_isas();
  std::printf("%d passed, %d failed\n", passed, failed);
  return failed == 0 ? 0 : 1;
}
