// argmax, top_k and sample against plain sorting, on every instruction set of this machine.
// With --bench: speed at the vocabularies of large models.
#include <algorithm>
#include <numeric>

#include "test/support.h"

namespace {

using namespace lensmith;
using namespace lensmith::test;

std::string at(const Kernels& kernels, const char* what) {
  return std::string(kernels.isa) + " " + what;
}

ArgmaxArgs argmax_args(const Tensor& logits) {
  ArgmaxArgs args;
  args.logits = logits, args.out = empty({logits.dim(0)}, DType::i32);
  check(args);
  return args;
}

TopKArgs top_k_args(const Tensor& logits, int64_t k) {
  TopKArgs args;
  args.logits = logits;
  args.values = empty({logits.dim(0), k});
  args.indices = empty({logits.dim(0), k}, DType::i32);
  check(args);
  return args;
}

// ---- argmax, top_k ----

std::vector<int64_t> sorted_ids(const Tensor& logits, int64_t row) {
  const int64_t vocabulary = logits.dim(1);
  std::vector<int64_t> ids(static_cast<size_t>(vocabulary));
  std::iota(ids.begin(), ids.end(), 0);
  const auto value = [&](int64_t id) {
    const double x = get(logits, row * vocabulary + id);
    return std::isnan(x) ? -INFINITY : x;
  };
  std::stable_sort(ids.begin(), ids.end(),
                   [&](int64_t a, int64_t b) { return value(a) > value(b); });
  return ids;
}

void test_order(const char* name, const Tensor& logits) {
  const int64_t rows = logits.dim(0), vocabulary = logits.dim(1);
  Runtime runtime(2);
  for (const Kernels& kernels : available_kernels()) {
    const ArgmaxArgs best = argmax_args(logits);
    kernels.argmax(runtime.context, best);
    for (int64_t row = 0; row < rows; ++row) {
      expect(get(best.out, row) == static_cast<double>(sorted_ids(logits, row)[0]),
             at(kernels, name) + " argmax");
    }
    for (const int64_t k : {int64_t{0}, int64_t{1}, int64_t{3}, int64_t{50}, vocabulary}) {
      if (k > vocabulary) continue;
      const TopKArgs args = top_k_args(logits, k);
      kernels.top_k(runtime.context, args);
      bool right = true;
      for (int64_t row = 0; row < rows; ++row) {
        const std::vector<int64_t> ids = sorted_ids(logits, row);
        for (int64_t i = 0; i < k; ++i) {
          const int64_t id = ids[static_cast<size_t>(i)];
          const double want = get(logits, row * vocabulary + id);
          const double got = get(args.values, row * k + i);
          right = right && get(args.indices, row * k + i) == static_cast<double>(id) &&
                  (got == want || (std::isnan(got) && std::isnan(want)));
        }
      }
      expect(right, at(kernels, name) + " top " + std::to_string(k));
    }
  }
}

void test_orders() {
  Random random(1);
  test_order("one", random_tensor(random, {3, 1}));
  test_order("odd", random_tensor(random, {4, 37}));
  test_order("long", random_tensor(random, {2, 20011}));
  const Tensor ties = empty({2, 9001});
  for (int64_t i = 0; i < ties.numel(); ++i)
    set(ties, i, static_cast<double>(random.integer(0, 5)));
  test_order("ties", ties);
  const Tensor rising = empty({1, 12000});
  for (int64_t i = 0; i < rising.numel(); ++i) set(rising, i, static_cast<double>(i));
  test_order("rising", rising);
  test_order("same", full({1, 5000}, 0.5));
  test_order("signed zeros", from_values<double>({1, 5}, {-1, -0.0, 0.0, -0.0, -2}));
  const double inf = INFINITY, nan = NAN;
  test_order("specials", from_values<double>({1, 8}, {nan, -inf, 2, inf, nan, inf, -inf, 1}));
  test_order("all NaN", full({1, 70}, nan));
  test_order("all -inf", full({1, 70}, -inf));
}

// ---- sample ----

// The words of Philox4x32-10 for the counter (block, 0, stream, 0), written plainly.
void philox(uint32_t block, uint32_t stream, uint32_t seed, uint32_t (&c)[4]) {
  c[0] = block, c[1] = 0, c[2] = stream, c[3] = 0;
  uint32_t key[2] = {seed, 0};
  for (int round = 0; round < 10; ++round) {
    const uint64_t a = uint64_t{0xd2511f53} * c[0], b = uint64_t{0xcd9e8d57} * c[2];
    const uint32_t next[4] = {
        static_cast<uint32_t>(b >> 32) ^ c[1] ^ key[0], static_cast<uint32_t>(b),
        static_cast<uint32_t>(a >> 32) ^ c[3] ^ key[1], static_cast<uint32_t>(a)};
    std::copy(next, next + 4, c);
    key[0] += 0x9e3779b9, key[1] += 0xbb67ae85;
  }
}

struct Settings {
  const char* name;
  float temperature, top_p, penalty;
  int32_t top_k;
};

SampleArgs sample_args(const Tensor& logits, const Settings& s, const Tensor& history,
                       uint32_t seed, uint32_t stream) {
  SampleArgs args;
  args.logits = logits, args.history = history;
  args.out = empty({logits.dim(0)}, DType::i32);
  args.temperature = s.temperature, args.top_p = s.top_p, args.repetition_penalty = s.penalty;
  args.top_k = s.top_k, args.seed = seed, args.stream = stream;
  check(args);
  return args;
}

// Probabilities of one row, by sorting everything in float64.
std::vector<double> distribution(const Tensor& logits, int64_t row, const Settings& s,
                                 const Tensor& history) {
  const int64_t vocabulary = logits.dim(1);
  std::vector<double> x(static_cast<size_t>(vocabulary));
  for (int64_t i = 0; i < vocabulary; ++i)
    x[static_cast<size_t>(i)] = get(logits, row * vocabulary + i);
  std::vector<bool> seen(x.size(), false);
  for (int64_t i = 0; history && i < history.dim(1); ++i) {
    const int64_t token = static_cast<int64_t>(get(history, row * history.dim(1) + i));
    if (token < 0 || seen[static_cast<size_t>(token)]) continue;
    seen[static_cast<size_t>(token)] = true;
    double& logit = x[static_cast<size_t>(token)];
    logit = logit > 0 ? logit / s.penalty : logit * s.penalty;
  }
  std::vector<size_t> ids(x.size());
  std::iota(ids.begin(), ids.end(), size_t{0});
  std::stable_sort(ids.begin(), ids.end(), [&](size_t a, size_t b) { return x[a] > x[b]; });
  if (s.top_k > 0 && s.top_k < vocabulary) ids.resize(static_cast<size_t>(s.top_k));
  std::vector<double> p(x.size(), 0);
  double total = 0;
  for (const size_t id : ids) total += p[id] = std::exp((x[id] - x[ids[0]]) / s.temperature);
  double sum = 0;
  size_t kept = 0;
  while (kept < ids.size() && (kept == 0 || sum < s.top_p * total)) sum += p[ids[kept++]];
  if (s.top_p >= 1) kept = ids.size(), sum = total;
  for (size_t i = kept; i < ids.size(); ++i) p[ids[i]] = 0;
  for (double& value : p) value /= sum;
  return p;
}

// The token whose stretch of the distribution holds the uniform; −1 when it lies too near to a
// border for f32 weights to decide.
int64_t drawn(const std::vector<double>& p, double uniform) {
  double sum = 0;
  for (size_t i = 0; i < p.size(); ++i) {
    if (p[i] == 0) continue;
    if (std::fabs(sum + p[i] - uniform) < 1e-6 && sum + p[i] < 1 - 1e-9) return -1;
    sum += p[i];
    if (sum > uniform) return static_cast<int64_t>(i);
  }
  return -1;
}

void test_sampling(const Tensor& logits, const Settings& s, const Tensor& history) {
  const int64_t rows = logits.dim(0);
  Runtime runtime(2);
  for (const Kernels& kernels : available_kernels()) {
    int decided = 0, wrong = 0;
    for (uint32_t stream = 0; stream < 12; ++stream) {
      const SampleArgs args = sample_args(logits, s, history, 77, stream);
      kernels.sample(runtime.context, args);
      for (int64_t row = 0; row < rows; ++row) {
        uint32_t words[4];
        philox(static_cast<uint32_t>(row / 4), stream, 77, words);
        const int64_t token =
            drawn(distribution(logits, row, s, history), (words[row % 4] >> 8) * 0x1p-24);
        if (token < 0) continue;
        ++decided;
        if (get(args.out, row) != static_cast<double>(token)) ++wrong;
      }
    }
    expect(decided > 6 * rows && wrong == 0, at(kernels, s.name) + ": " + std::to_string(wrong) +
                                                 " of " + std::to_string(decided) + " draws wrong");
  }
}

void test_samplings() {
  Random random(5);
  const Tensor logits = random_tensor(random, {6, 203}, 4);
  const Tensor history = empty({6, 20}, DType::i32);
  for (int64_t i = 0; i < history.numel(); ++i) {
    set(history, i, static_cast<double>(random.integer(-1, 40)));  // many twice
  }
  const Tensor none;
  const Settings settings[] = {
      {"plain", 1, 1, 1, 0},
      {"temperature", 0.4f, 1, 1, 0},
      {"top_k", 1, 1, 1, 5},
      {"top_k of one", 1, 1, 1, 1},
      {"top_p", 1, 0.8f, 1, 0},
      {"small top_p", 1, 1e-6f, 1, 0},
      {"top_k and top_p", 0.7f, 0.6f, 1, 20},
      {"top_k above V", 1.5f, 1, 1, 1000},
  };
  for (const Settings& s : settings) test_sampling(logits, s, none);
  test_sampling(logits, {"penalty", 1, 1, 1.8f, 0}, history);
  test_sampling(logits, {"penalty and all", 0.9f, 0.9f, 1.3f, 30}, history);
  test_sampling(random_tensor(random, {2, 5000}, 1), {"wide nucleus", 1, 0.97f, 1, 0}, none);
}

void test_extremes() {
  Runtime runtime(1);
  const Settings cold = {"cold", 1e-40f, 1, 1, 0}, plain = {"plain", 1, 0.9f, 1, 0};
  const double inf = INFINITY, nan = NAN;
  for (const Kernels& kernels : available_kernels()) {
    const auto token = [&](const std::vector<double>& logits, const Settings& s) {
      const SampleArgs args = sample_args(
          from_values<double>({1, static_cast<int64_t>(logits.size())}, logits), s, Tensor(), 1, 2);
      kernels.sample(runtime.context, args);
      return static_cast<int>(get(args.out, 0));
    };
    expect(token({1, 3, 2, -7}, cold) == 1, at(kernels, "temperature near zero takes the largest"));
    expect(token({1, inf, 2}, plain) == 1, at(kernels, "an infinite logit wins"));
    expect(token({nan, -inf, 2, nan}, plain) == 2, at(kernels, "NaN and -inf are never drawn"));
    const int any = token({nan, nan}, plain);
    expect(any == 0 || any == 1, at(kernels, "nothing but NaN gives a token all the same"));
    const Tensor logits = full({1, 10}, 0);
    for (const int32_t bad : {-2, 10}) {
      expect_error(at(kernels, "history"), "tensor/index-out-of-range", [&] {
        const Tensor history = from_values<int32_t>({1, 2}, {0, bad}, DType::i32);
        kernels.sample(runtime.context, sample_args(logits, plain, history, 1, 1));
      });
    }
    kernels.sample(runtime.context, sample_args(empty({0, 9}), plain, Tensor(), 1, 1));
  }
}

void bench() {
  Random random(1);
  const Tensor logits = random_tensor(random, {1, 150000}, 8);
  Runtime runtime(1);
  for (const Kernels& kernels : available_kernels()) {
    const ArgmaxArgs best = argmax_args(logits);
    const TopKArgs top = top_k_args(logits, 50);
    const double argmax_s = best_seconds([&] { kernels.argmax(runtime.context, best); });
    const double top_s = best_seconds([&] { kernels.top_k(runtime.context, top); });
    std::printf("%-8s V 150000: argmax %.3f ms, top 50 %.3f ms\n", kernels.isa, argmax_s * 1e3,
                top_s * 1e3);
    for (const Settings& s : {Settings{"plain", 1, 1, 1, 0}, Settings{"top_k 50", 1, 1, 1, 50},
                              Settings{"top_p 0.9", 1, 0.9f, 1, 0}}) {
      const SampleArgs args = sample_args(logits, s, Tensor(), 1, 1);
      const double took = best_seconds([&] { kernels.sample(runtime.context, args); });
      std::printf("%-8s   sample %-10s %.3f ms\n", kernels.isa, s.name, took * 1e3);
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (wants_bench(argc, argv)) {
    bench();
    return 0;
  }
  test_orders();
  test_samplings();
  test_extremes();
  return finish();
}
