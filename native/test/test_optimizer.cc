// adamw, sum_squares and clip_coefficient against float64, on every instruction set of this
// machine. With --bench: speed of a step.
#include <cstring>

#include "test/support.h"

namespace {

using namespace lensmith;
using namespace lensmith::test;

struct Case {
  const char* name;
  Shape shape;
  DType dtype = DType::f32;
  bool master = false, grad_scale = false;
  double weight_decay = 0.1;
};

struct Parameter {
  Tensor param, grad, m, v, master, grad_scale;
};

Parameter parameter_of(const Case& c, Random& random) {
  Parameter p;
  p.master = random_tensor(random, c.shape);
  p.param = empty(c.shape, c.dtype);
  for (int64_t i = 0; i < p.param.numel(); ++i) set(p.param, i, get(p.master, i));
  p.m = full(c.shape, 0), p.v = full(c.shape, 0);
  if (!c.master) p.master = Tensor();
  if (c.grad_scale) p.grad_scale = full({1}, 0.37);
  return p;
}

AdamWArgs adamw_args(const Parameter& p, double weight_decay, int32_t step) {
  AdamWArgs args;
  args.param = p.param, args.grad = p.grad, args.m = p.m, args.v = p.v;
  args.master = p.master, args.grad_scale = p.grad_scale;
  args.lr = 3e-3, args.weight_decay = weight_decay, args.step = step;
  check(args);
  return args;
}

// A few steps; the gradients span many orders of magnitude.
void test_adamw(const Case& c) {
  for (const Kernels& kernels : available_kernels()) {
    Random random(9);
    Runtime runtime(3);
    Parameter p = parameter_of(c, random);
    std::vector<double> x = to_doubles(p.master ? p.master : p.param);
    std::vector<double> m(x.size(), 0), v(x.size(), 0);
    for (int32_t step = 1; step <= 5; ++step) {
      p.grad = empty(c.shape);
      for (int64_t i = 0; i < p.grad.numel(); ++i) {
        set(p.grad, i, random.uniform(-1, 1) * std::pow(10, random.uniform(-6, 1)));
      }
      kernels.adamw(runtime.context, adamw_args(p, c.weight_decay, step));
      for (size_t i = 0; i < x.size(); ++i) {
        const double scale = c.grad_scale ? get(p.grad_scale, 0) : 1;
        const double g = get(p.grad, static_cast<int64_t>(i)) * scale;
        x[i] *= 1 - 3e-3 * c.weight_decay;
        m[i] = 0.9 * m[i] + 0.1 * g;
        v[i] = 0.999 * v[i] + 0.001 * g * g;
        const double corrected = std::sqrt(v[i] / (1 - std::pow(0.999, step)));
        x[i] -= 3e-3 / (1 - std::pow(0.9, step)) * m[i] / (corrected + 1e-8);
      }
    }
    const std::string name = std::string(kernels.isa) + " " + c.name + " ";
    expect_close(name + "m", p.m, m, 1e-7, 1e-5);
    expect_close(name + "v", p.v, v, 1e-12, 1e-5);
    expect_close(name + "param", p.master ? p.master : p.param, x, 1e-6);
    if (!p.master) continue;
    const Tensor rounded = empty(c.shape, c.dtype);
    for (int64_t i = 0; i < rounded.numel(); ++i) set(rounded, i, get(p.master, i));
    expect_same(name + "param is its master rounded", p.param, rounded);
  }
}

// A weight with its moments in 8 bits.
AdamW8bitArgs adamw_8bit_args(const Parameter& p, double weight_decay) {
  const int64_t blocks = (p.param.numel() + kMomentBlock - 1) / kMomentBlock;
  AdamW8bitArgs args;
  args.param = p.param, args.grad = p.grad;
  args.master = p.master, args.grad_scale = p.grad_scale;
  const auto codes = [&] {
    const Tensor tensor = empty({blocks, kMomentBlock}, DType::u8);
    std::memset(tensor.raw(), 0, static_cast<size_t>(tensor.numel()));
    return tensor;
  };
  args.m = codes(), args.v = codes();
  args.m_scale = full({blocks}, 0), args.v_scale = full({blocks}, 0);
  args.lr = 3e-3, args.weight_decay = weight_decay;
  check(args);
  return args;
}

std::vector<double> widened(const Tensor& codes, const Tensor& scale, const float* map,
                            int64_t count) {
  std::vector<double> values;
  for (int64_t i = 0; i < count; ++i)
    values.push_back(map[codes.data<uint8_t>()[i]] * get(scale, i / kMomentBlock));
  return values;
}

// The first step is that of moments in f32; what is kept is theirs, rounded to the maps.
void test_adamw_8bit(const Case& c) {
  for (const Kernels& kernels : available_kernels()) {
    Random random(9);
    Runtime runtime(3);
    Parameter whole = parameter_of(c, random);
    Random same(9);
    Parameter few = parameter_of(c, same);
    whole.grad = few.grad = random_tensor(random, c.shape);
    kernels.adamw(runtime.context, adamw_args(whole, c.weight_decay, 1));
    const AdamW8bitArgs args = adamw_8bit_args(few, c.weight_decay);
    kernels.adamw_8bit(runtime.context, args);
    const std::string name = std::string(kernels.isa) + " 8-bit " + c.name + " ";
    expect_same(name + "param", few.param, whole.param);
    const int64_t count = few.param.numel();
    const auto m = widened(args.m, args.m_scale, kDynamicMap.data(), count);
    const auto v = widened(args.v, args.v_scale, kUnsignedDynamicMap.data(), count);
    // Half of the widest step of the maps, of m in 0.1 and v in 0.001 at most.
    expect_close(name + "m", whole.m, m, 0.1 * 0.9 / 64 / 2 + 1e-7);
    expect_close(name + "v", whole.v, v, 0.001 * 0.9 / 128 / 2 + 1e-9);
  }
}

void test_sum_squares(int64_t count, DType dtype) {
  Random random(4);
  const Tensor x = random_tensor(random, {count}, 3, dtype);
  double expected = 0;
  for (const double value : to_doubles(x)) expected += value * value;
  Runtime one(1), three(3);
  for (const Kernels& kernels : available_kernels()) {
    SumSquaresArgs args;
    args.x = x, args.slot = 1;
    args.out = full({3}, 5);
    check(args);
    kernels.sum_squares(one.context, args);
    const std::string name = std::string(kernels.isa) + " sum of " + std::to_string(count);
    expect_close(name, args.out, {5, expected, 5}, 0, 6e-8);
    const double first = get(args.out, 1);
    kernels.sum_squares(three.context, args);
    expect(get(args.out, 1) == first, name + ", three threads");
  }
}

void test_clip() {
  Runtime runtime(1);
  const double nan = NAN, inf = INFINITY;
  struct {
    std::vector<double> squares;
    float max_norm;
    double norm, coefficient;
  } const cases[] = {
      {{9, 16}, 1, 5, 1 / (5 + 1e-6)},
      {{9, 16}, 10, 5, 1},
      {{9, 16}, 0, 5, 1},
      {{9, 16}, -1, 5, 1},
      {{}, 1, 0, 1},
      {{0, 0}, 1e-7f, 0, 0.1},
      {{nan, 1}, 1, nan, nan},
      {{inf, 1}, 1, inf, 0},
  };
  for (const Kernels& kernels : available_kernels()) {
    for (const auto& c : cases) {
      ClipCoefficientArgs args;
      args.squares = from_values<double>({static_cast<int64_t>(c.squares.size())}, c.squares);
      args.out = empty({2});
      args.max_norm = c.max_norm;
      check(args);
      kernels.clip_coefficient(runtime.context, args);
      expect_close(std::string(kernels.isa) + " clip", args.out, {c.norm, c.coefficient}, 0, 1e-6);
    }
  }
}

void bench() {
  Random random(1);
  for (const Case& c : {Case{"f32", {4 << 20}}, Case{"bf16", {4 << 20}, DType::bf16, true}}) {
    Parameter p = parameter_of(c, random);
    p.grad = random_tensor(random, c.shape);
    for (const int threads : {1, 2}) {
      Runtime runtime(threads);
      for (const Kernels& kernels : available_kernels()) {
        const AdamWArgs args = adamw_args(p, 0.1, 3);
        const double took = best_seconds([&] { kernels.adamw(runtime.context, args); });
        const AdamW8bitArgs few = adamw_8bit_args(p, 0.1);
        const double few_took = best_seconds([&] { kernels.adamw_8bit(runtime.context, few); });
        const double bytes = (c.master ? 32.0 : 28.0) * static_cast<double>(p.grad.numel());
        SumSquaresArgs squares;
        squares.x = p.grad, squares.out = empty({1});
        const double sum_took =
            best_seconds([&] { kernels.sum_squares(runtime.context, squares); });
        std::printf(
            "%-8s adamw %s 4M: %.2f ms, %.1f GB/s; 8-bit %.2f ms; sum_squares %.2f ms; %d "
            "threads\n",
            kernels.isa, c.name, took * 1e3, bytes / took * 1e-9, few_took * 1e3, sum_took * 1e3,
            threads);
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
      {"f32", {37, 11}},
      {"f32 long", {30011}, DType::f32, false, true},
      {"no decay", {100}, DType::f32, false, false, 0},
      {"f32 with master", {77}, DType::f32, true},
      {"bf16", {1003}, DType::bf16, true, true},
      {"f16", {19, 3}, DType::f16, true},
      {"empty", {0, 4}},
  };
  for (const Case& c : cases) test_adamw(c);
  for (const Case& c : cases) test_adamw_8bit(c);
  for (const int64_t count : {0, 1, 17, 1000, 32768, 100003}) test_sum_squares(count, DType::f32);
  test_sum_squares(5001, DType::bf16);
  test_sum_squares(5001, DType::f16);
  test_clip();
  return finish();
}
