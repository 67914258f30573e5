// linear_cross_entropy against float64, on every instruction set of this machine.
// With --bench: speed of the heads of small and large models.
#include "test/support.h"

namespace {

using namespace lensmith;
using namespace lensmith::test;

struct Case {
  const char* name;
  int64_t rows, vocabulary, dim;
  DType dtype = DType::f32;
  double scale = 1;  // of the hidden rows
};

struct Operands {
  Tensor hidden, weight, targets, row_weights;
};

Operands operands_of(const Case& c, Random& random) {
  Operands o;
  o.hidden = random_tensor(random, {c.rows, c.dim}, c.scale);
  o.weight = random_tensor(random, {c.vocabulary, c.dim}, 1, c.dtype);
  o.targets = empty({c.rows}, DType::i32);
  o.row_weights = empty({c.rows});
  for (int64_t r = 0; r < c.rows; ++r) {
    set(o.targets, r, static_cast<double>(random.integer(0, c.vocabulary)));
    set(o.row_weights, r, r % 7 == 3 ? 0 : random.uniform(0, 0.1));
  }
  return o;
}

struct Expected {
  std::vector<double> losses, dhidden, dweight;
  double loss = 0;
};

Expected oracle(const Case& c, const Operands& o) {
  const std::vector<double> hidden = to_doubles(o.hidden), weight = to_doubles(o.weight);
  Expected e;
  e.losses.resize(static_cast<size_t>(c.rows));
  e.dhidden.assign(hidden.size(), 0), e.dweight.assign(weight.size(), 0);
  std::vector<double> logits(static_cast<size_t>(c.vocabulary));
  for (int64_t r = 0; r < c.rows; ++r) {
    const double* const h = hidden.data() + r * c.dim;
    double largest = -INFINITY, sum = 0;
    for (int64_t t = 0; t < c.vocabulary; ++t) {
      double logit = 0;
      for (int64_t d = 0; d < c.dim; ++d)
        logit += h[d] * weight[static_cast<size_t>(t * c.dim + d)];
      logits[static_cast<size_t>(t)] = logit;
      largest = std::max(largest, logit);
    }
    for (const double logit : logits) sum += std::exp(logit - largest);
    const int64_t target = static_cast<int64_t>(get(o.targets, r));
    const double row_weight = get(o.row_weights, r);
    const double loss = largest + std::log(sum) - logits[static_cast<size_t>(target)];
    e.losses[static_cast<size_t>(r)] = loss;
    e.loss += row_weight * loss;
    for (int64_t t = 0; t < c.vocabulary; ++t) {
      const double p = std::exp(logits[static_cast<size_t>(t)] - largest) / sum;
      const double gradient = row_weight * (p - (t == target ? 1 : 0));
      for (int64_t d = 0; d < c.dim; ++d) {
        e.dhidden[static_cast<size_t>(r * c.dim + d)] +=
            gradient * weight[static_cast<size_t>(t * c.dim + d)];
        e.dweight[static_cast<size_t>(t * c.dim + d)] += gradient * h[d];
      }
    }
  }
  return e;
}

LinearCrossEntropyArgs args_of(const Operands& o, bool dhidden, bool dweight) {
  LinearCrossEntropyArgs args;
  args.hidden = o.hidden, args.weight = o.weight;
  args.targets = o.targets, args.row_weights = o.row_weights;
  args.losses = empty({o.hidden.dim(0)});
  args.loss = empty({1});
  if (dhidden) args.dhidden = empty({o.hidden.dim(0), o.hidden.dim(1)});
  if (dweight) args.dweight = empty({o.weight.dim(0), o.weight.dim(1)});
  check(args);
  return args;
}

void test_case(const Case& c) {
  Random random(11);
  const Operands o = operands_of(c, random);
  const Expected expected = oracle(c, o);
  Runtime one(1), three(3);
  for (const Kernels& kernels : available_kernels()) {
    const std::string name = std::string(kernels.isa) + " " + c.name + " ";
    const double tolerance = 3e-6 * std::max(1.0, c.scale);
    const LinearCrossEntropyArgs both = args_of(o, true, true);
    kernels.linear_cross_entropy(one.context, both);
    expect_close(name + "losses", both.losses, expected.losses, tolerance, 2e-6);
    expect_close(name + "loss", both.loss, {expected.loss}, tolerance, 1e-6);
    expect_close(name + "dhidden", both.dhidden, expected.dhidden, tolerance, 1e-5);
    expect_close(name + "dweight", both.dweight, expected.dweight, tolerance, 1e-5);

    const LinearCrossEntropyArgs none = args_of(o, false, false);
    kernels.linear_cross_entropy(three.context, none);
    expect_same(name + "losses without gradients, three threads", none.losses, both.losses);
    expect_same(name + "loss without gradients, three threads", none.loss, both.loss);
    const LinearCrossEntropyArgs hidden_only = args_of(o, true, false);
    kernels.linear_cross_entropy(three.context, hidden_only);
    expect_same(name + "dhidden alone, three threads", hidden_only.dhidden, both.dhidden);
    const LinearCrossEntropyArgs weight_only = args_of(o, false, true);
    kernels.linear_cross_entropy(three.context, weight_only);
    expect_same(name + "dweight alone, three threads", weight_only.dweight, both.dweight);
  }
}

void test_bad_targets() {
  Random random(2);
  const Case c = {"bad", 3, 5, 4};
  Runtime runtime(2);
  for (const Kernels& kernels : available_kernels()) {
    for (const int32_t bad : {-1, 5, -100}) {
      Operands o = operands_of(c, random);
      o.targets = integers({0, bad, 4});
      expect_error("target " + std::to_string(bad), "tensor/index-out-of-range",
                   [&] { kernels.linear_cross_entropy(runtime.context, args_of(o, true, true)); });
    }
  }
}

void test_not_a_number() {
  Random random(2);
  const Case c = {"nan", 4, 50, 8};
  Runtime runtime(1);
  for (const Kernels& kernels : available_kernels()) {
    const Operands o = operands_of(c, random);
    set(o.hidden, 8, NAN);
    const LinearCrossEntropyArgs args = args_of(o, true, true);
    kernels.linear_cross_entropy(runtime.context, args);
    expect(std::isnan(get(args.losses, 1)) && !std::isnan(get(args.losses, 0)),
           std::string(kernels.isa) + " NaN stays in its row");
    expect(std::isnan(get(args.loss, 0)), std::string(kernels.isa) + " NaN reaches the loss");
  }
}

void bench() {
  const Case cases[] = {{"V 4096 D 256", 1024, 4096, 256},
                        {"V 32000 D 512", 256, 32000, 512},
                        {"V 32000 D 512 bf16", 256, 32000, 512, DType::bf16},
                        {"V 150000 D 256", 64, 150000, 256}};
  std::printf("%-8s %-20s %10s %10s\n", "set", "shape", "ms", "GFLOP/s");
  for (const int threads : {1, 2}) {
    Runtime runtime(threads);
    for (const Case& c : cases) {
      Random random(1);
      const Operands o = operands_of(c, random);
      for (const Kernels& kernels : available_kernels()) {
        if (kernels.isa == std::string("portable")) continue;
        const LinearCrossEntropyArgs loss = args_of(o, false, false), both = args_of(o, true, true);
        const double forward =
            best_seconds([&] { kernels.linear_cross_entropy(runtime.context, loss); });
        const double all =
            best_seconds([&] { kernels.linear_cross_entropy(runtime.context, both); });
        const double flops = 2.0 * static_cast<double>(c.rows * c.vocabulary * c.dim);
        std::printf("%-8s %-20s %10.2f %10.1f loss, %d threads\n", kernels.isa, c.name,
                    forward * 1e3, flops / forward * 1e-9, threads);
        std::printf("%-8s %-20s %10.2f %10.1f with gradients, %d threads\n", kernels.isa, c.name,
                    all * 1e3, 3 * flops / all * 1e-9, threads);
      }
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (wants_bench(argc, argv)) {
    bench();
    return 0;
  }
  const Case cases[] = {
      {"one row", 1, 7, 3},
      {"odd", 13, 101, 19},
      {"one token", 5, 1, 4},
      {"bf16", 20, 300, 32, DType::bf16},
      {"f16", 20, 300, 33, DType::f16},
      {"large logits", 9, 65, 16, DType::f32, 60},
      {"no rows", 0, 40, 8},
      {"several chunks", 150, 50000, 5},
  };
  for (const Case& c : cases) test_case(c);
  test_bad_targets();
  test_not_a_number();
  return finish();
}
