// dropout and random_fill: exact words of Philox, moments, and independence of threads and place,
// on every instruction set of this machine.
#include "test/support.h"

namespace {

using namespace lensmith;
using namespace lensmith::test;

RandomFillArgs fill_args(const Tensor& out, int32_t kind, float a, float b, uint32_t seed,
                         uint32_t stream) {
  RandomFillArgs args;
  args.out = out, args.kind = kind, args.a = a, args.b = b;
  args.seed = seed, args.stream = stream;
  check(args);
  return args;
}

DropoutArgs dropout_args(const Tensor& x, const Tensor& out, float probability) {
  DropoutArgs args;
  args.x = x, args.out = out, args.probability = probability, args.seed = 3, args.stream = 8;
  check(args);
  return args;
}

// Written plainly: the uniform of element i.
double uniform_of(uint64_t element, uint32_t stream, uint32_t seed) {
  uint32_t c[4] = {static_cast<uint32_t>(element / 4), static_cast<uint32_t>(element / 4 >> 32),
                   stream, 0};
  uint32_t key[2] = {seed, 0};
  for (int round = 0; round < 10; ++round) {
    const uint64_t a = uint64_t{0xd2511f53} * c[0], b = uint64_t{0xcd9e8d57} * c[2];
    c[0] = static_cast<uint32_t>(b >> 32) ^ c[1] ^ key[0], c[1] = static_cast<uint32_t>(b);
    c[2] = static_cast<uint32_t>(a >> 32) ^ c[3] ^ key[1], c[3] = static_cast<uint32_t>(a);
    key[0] += 0x9e3779b9, key[1] += 0xbb67ae85;
  }
  return (c[element % 4] >> 8) * 0x1p-24;
}

void test_uniform(const Kernels& kernels) {
  Runtime one(1), three(3);
  const std::string isa = kernels.isa;
  const Tensor known = empty({4});
  kernels.random_fill(one.context, fill_args(known, 0, 0, 1, 0, 0));
  // Known answer of Philox4x32-10 for counter 0 and key 0.
  expect_close(isa + " known answer", known,
               {0x6627e8 * 0x1p-24, 0xe169c5 * 0x1p-24, 0xbc57ac * 0x1p-24, 0x9b00db * 0x1p-24}, 0);
  for (const int64_t count : {0, 1, 63, 64, 65, 10007}) {
    const Tensor out = empty({count}), again = empty({count});
    kernels.random_fill(one.context, fill_args(out, 0, 0, 1, 0xdeadbeef, 0xfffffff0));
    std::vector<double> expected;
    for (int64_t i = 0; i < count; ++i) {
      expected.push_back(uniform_of(static_cast<uint64_t>(i), 0xfffffff0, 0xdeadbeef));
    }
    expect_close(isa + " uniform " + std::to_string(count), out, expected, 0);
    kernels.random_fill(three.context, fill_args(again, 0, 0, 1, 0xdeadbeef, 0xfffffff0));
    expect_same(isa + " uniform, three threads", again, out);
  }
  const Tensor range = empty({50000});
  for (const float low : {-3.0f, 16777216.0f}) {
    kernels.random_fill(one.context, fill_args(range, 0, low, low + 2, 5, 6));
    bool inside = true;
    for (const double x : to_doubles(range)) inside = inside && x >= low && x < low + 2;
    expect(inside, isa + " uniform stays in [a, b)");
  }
}

void test_normal(const Kernels& kernels) {
  Runtime one(1), three(3);
  const std::string isa = kernels.isa;
  constexpr int64_t kCount = 200002;
  const Tensor out = empty({kCount}), again = empty({kCount});
  kernels.random_fill(one.context, fill_args(out, 1, 2, 3, 11, 12));
  kernels.random_fill(three.context, fill_args(again, 1, 2, 3, 11, 12));
  expect_same(isa + " normal, three threads", again, out);
  std::vector<double> expected;
  double sum = 0, squares = 0, fourths = 0, neighbours = 0;
  for (int64_t i = 0; i < kCount; ++i) {
    const uint64_t pair = static_cast<uint64_t>(i) & ~uint64_t{1};
    const double radius = std::sqrt(-2 * std::log(uniform_of(pair, 12, 11) + 0x1p-24));
    const double angle = 2 * M_PI * uniform_of(pair + 1, 12, 11);
    expected.push_back(2 + 3 * radius * (i % 2 == 0 ? std::cos(angle) : std::sin(angle)));
    const double z = (get(out, i) - 2) / 3;
    sum += z, squares += z * z, fourths += z * z * z * z;
    if (i > 0) neighbours += z * (get(out, i - 1) - 2) / 3;
  }
  expect_close(isa + " normal", out, expected, 4e-6);
  expect(std::fabs(sum / kCount) < 0.01, isa + " mean");
  expect(std::fabs(squares / kCount - 1) < 0.015, isa + " deviation");
  expect(std::fabs(fourths / kCount - 3) < 0.12, isa + " fourth moment");
  expect(std::fabs(neighbours / kCount) < 0.01, isa + " neighbours are independent");
  for (const DType dtype : {DType::bf16, DType::f16}) {
    const Tensor half = empty({1001}, dtype), rounded = empty({1001}, dtype);
    kernels.random_fill(one.context, fill_args(half, 1, 2, 3, 11, 12));
    for (int64_t i = 0; i < 1001; ++i) set(rounded, i, get(out, i));
    expect_same(isa + " normal in half precision", half, rounded);
  }
}

void test_dropout(const Kernels& kernels) {
  Random random(1);
  Runtime one(1), three(3);
  const std::string isa = kernels.isa;
  const Tensor x = random_tensor(random, {61, 331}), out = empty({61, 331});
  for (const float p : {0.0f, 0.25f, 0.9f}) {
    kernels.dropout(one.context, dropout_args(x, out, p));
    std::vector<double> expected;
    for (int64_t i = 0; i < x.numel(); ++i) {
      const bool keep = uniform_of(static_cast<uint64_t>(i), 8, 3) >= p;
      expected.push_back(keep ? get(x, i) / (1.0 - p) : 0);
    }
    expect_close(isa + " dropout", out, expected, 0, 3e-7);
    const Tensor in_place = empty({61, 331});
    for (int64_t i = 0; i < x.numel(); ++i) set(in_place, i, get(x, i));
    kernels.dropout(three.context, dropout_args(in_place, in_place, p));
    expect_same(isa + " dropout in place, three threads", in_place, out);
  }
  // A NaN that is dropped must not come through as 0 · NaN.
  const Tensor bad = full({2000}, NAN), dropped = empty({2000});
  kernels.dropout(one.context, dropout_args(bad, dropped, 0.5f));
  int zeros = 0;
  for (const double value : to_doubles(dropped)) zeros += value == 0;
  expect(zeros > 900 && zeros < 1100, isa + " dropout of NaN");
}

}  // namespace

int main(int argc, char** argv) {
  for (const Kernels& kernels : available_kernels()) {
    test_uniform(kernels);
    test_normal(kernels);
    test_dropout(kernels);
    if (!wants_bench(argc, argv)) continue;
    Runtime runtime(1);
    const Tensor out = empty({1 << 20});
    for (const int32_t kind : {0, 1}) {
      const RandomFillArgs args = fill_args(out, kind, 0, 1, 1, 1);
      const double took = best_seconds([&] { kernels.random_fill(runtime.context, args); });
      std::printf("%-8s random_fill kind %d: %.2f ns an element\n", kernels.isa, kind,
                  took * 1e9 / (1 << 20));
    }
  }
  return finish();
}
