// attention and attention_backward against float64, on every instruction set of this machine.
// With --bench: speed of the shapes that models use.
#include <algorithm>

#include "test/support.h"

namespace {

using namespace lensmith;
using namespace lensmith::test;

struct Case {
  const char* name;
  std::vector<int32_t> queries, keys;  // of each segment
  int64_t heads, kv_heads, dim;
  bool causal = false;
  int32_t window = 0;
  int64_t spare_queries = 0, spare_keys = 0;  // rows behind the last segment
  bool strided = false;
};

Tensor offsets_of(const std::vector<int32_t>& lengths) {
  std::vector<int32_t> offsets = {0};
  for (const int32_t length : lengths) offsets.push_back(offsets.back() + length);
  return integers(offsets);
}

struct Operands {
  Tensor q, k, v, q_offsets, k_offsets, grad;
  float scale = 1;
};

Operands operands_of(const Case& c, Random& random) {
  Operands o;
  o.q_offsets = offsets_of(c.queries);
  o.k_offsets = offsets_of(c.keys);
  const int64_t nq =
      static_cast<int64_t>(get(o.q_offsets, o.q_offsets.numel() - 1)) + c.spare_queries;
  const int64_t nk = static_cast<int64_t>(get(o.k_offsets, o.k_offsets.numel() - 1)) + c.spare_keys;
  o.q = random_tensor(random, {nq, c.heads, c.dim}, 2);
  o.k = random_tensor(random, {nk, c.kv_heads, c.dim}, 2);
  o.v = random_tensor(random, {nk, c.kv_heads, c.dim}, 2);
  o.grad = random_tensor(random, {nq, c.heads, c.dim});
  o.scale = static_cast<float>(1 / std::sqrt(std::max(1.0, static_cast<double>(c.dim))));
  if (c.strided) {
    o.q = with_row_stride(o.q, c.heads * c.dim + 5);
    o.k = with_row_stride(o.k, c.kv_heads * c.dim + 3);
    o.v = with_row_stride(o.v, c.kv_heads * c.dim + 7);
  }
  return o;
}

// ---- oracle ----

struct Expected {
  std::vector<double> out, lse, dq, dk, dv;
};

struct Indexer {
  int64_t heads, dim;
  size_t operator()(int64_t row, int64_t head, int64_t d) const {
    return static_cast<size_t>((row * heads + head) * dim + d);
  }
};

Expected oracle(const Case& c, const Operands& o) {
  const std::vector<double> q = to_doubles(o.q), k = to_doubles(o.k), v = to_doubles(o.v),
                            grad = to_doubles(o.grad);
  Expected e;
  e.out.assign(q.size(), 0), e.dq.assign(q.size(), 0);
  e.dk.assign(k.size(), 0), e.dv.assign(k.size(), 0);
  e.lse.assign(static_cast<size_t>(o.q.dim(0) * c.heads), -INFINITY);
  const Indexer qi{c.heads, c.dim}, ki{c.kv_heads, c.dim};
  int64_t q_row = 0, k_row = 0;
  for (size_t s = 0; s < c.queries.size(); q_row += c.queries[s], k_row += c.keys[s], ++s) {
    const int64_t lq = c.queries[s], lk = c.keys[s];
    for (int64_t i = 0; i < lq; ++i) {
      for (int64_t h = 0; h < c.heads; ++h) {
        const int64_t g = h / (c.heads / c.kv_heads), row = q_row + i;
        std::vector<double> p(static_cast<size_t>(lk), 0);
        double largest = -INFINITY, sum = 0;
        for (int64_t j = 0; j < lk; ++j) {
          const int64_t position = i + lk - lq;
          double score = 0;
          for (int64_t d = 0; d < c.dim; ++d) score += q[qi(row, h, d)] * k[ki(k_row + j, g, d)];
          const bool seen =
              (!c.causal || j <= position) && (c.window == 0 || j > position - c.window);
          p[static_cast<size_t>(j)] = seen ? score * o.scale : -INFINITY;
          largest = std::max(largest, p[static_cast<size_t>(j)]);
        }
        if (largest == -INFINITY) continue;
        for (double& x : p) sum += x = std::exp(x - largest);
        e.lse[static_cast<size_t>(row * c.heads + h)] = largest + std::log(sum);
        double delta = 0;
        for (int64_t d = 0; d < c.dim; ++d) {
          double value = 0;
          for (int64_t j = 0; j < lk; ++j) {
            value += p[static_cast<size_t>(j)] / sum * v[ki(k_row + j, g, d)];
          }
          e.out[qi(row, h, d)] = value;
          delta += value * grad[qi(row, h, d)];
        }
        for (int64_t j = 0; j < lk; ++j) {
          const double weight = p[static_cast<size_t>(j)] / sum;
          double dp = 0;
          for (int64_t d = 0; d < c.dim; ++d) dp += grad[qi(row, h, d)] * v[ki(k_row + j, g, d)];
          const double ds = weight * (dp - delta) * o.scale;
          for (int64_t d = 0; d < c.dim; ++d) {
            e.dv[ki(k_row + j, g, d)] += weight * grad[qi(row, h, d)];
            e.dk[ki(k_row + j, g, d)] += ds * q[qi(row, h, d)];
            e.dq[qi(row, h, d)] += ds * k[ki(k_row + j, g, d)];
          }
        }
      }
    }
  }
  return e;
}

// ---- running ----

AttentionArgs forward_args(const Case& c, const Operands& o) {
  AttentionArgs args;
  args.q = o.q, args.k = o.k, args.v = o.v;
  args.q_offsets = o.q_offsets, args.k_offsets = o.k_offsets;
  args.out = empty({o.q.dim(0), c.heads, c.dim});
  args.lse = empty({o.q.dim(0), c.heads});
  args.scale = o.scale, args.causal = c.causal, args.window = c.window;
  check(args);
  return args;
}

AttentionBackwardArgs backward_args(const Operands& o, const AttentionArgs& forward) {
  AttentionBackwardArgs args;
  args.q = o.q, args.k = o.k, args.v = o.v;
  args.q_offsets = o.q_offsets, args.k_offsets = o.k_offsets;
  args.out = forward.out, args.lse = forward.lse, args.grad = o.grad;
  args.dq = empty({o.q.dim(0), o.q.dim(1), o.q.dim(2)});
  args.dk = empty({o.k.dim(0), o.k.dim(1), o.k.dim(2)});
  args.dv = empty({o.k.dim(0), o.k.dim(1), o.k.dim(2)});
  args.scale = forward.scale, args.causal = forward.causal, args.window = forward.window;
  check(args);
  return args;
}

void test_case(const Case& c) {
  Random random(7);
  const Operands o = operands_of(c, random);
  const Expected expected = oracle(c, o);
  Runtime one(1), three(3);
  for (const Kernels& kernels : available_kernels()) {
    const std::string name = std::string(kernels.isa) + " " + c.name + " ";
    const AttentionArgs args = forward_args(c, o);
    kernels.attention(one.context, args);
    expect_close(name + "out", args.out, expected.out, 4e-6, 1e-5);
    expect_close(name + "lse", args.lse, expected.lse, 4e-6, 2e-6);
    const AttentionBackwardArgs back = backward_args(o, args);
    kernels.attention_backward(one.context, back);
    expect_close(name + "dq", back.dq, expected.dq, 2e-5, 2e-5);
    expect_close(name + "dk", back.dk, expected.dk, 2e-5, 2e-5);
    expect_close(name + "dv", back.dv, expected.dv, 2e-5, 2e-5);

    const AttentionArgs again = forward_args(c, o);
    kernels.attention(three.context, again);
    expect_same(name + "out, three threads", again.out, args.out);
    const AttentionBackwardArgs back_again = backward_args(o, again);
    kernels.attention_backward(three.context, back_again);
    expect_same(name + "dq, three threads", back_again.dq, back.dq);
    expect_same(name + "dk, three threads", back_again.dk, back.dk);
    expect_same(name + "dv, three threads", back_again.dv, back.dv);
  }
}

const Case kCases[] = {
    {"one token", {1}, {1}, 1, 1, 4},
    {"full", {70}, {70}, 2, 2, 64},
    {"odd sizes", {53}, {67}, 3, 3, 12},
    {"D 18 causal", {101}, {101}, 4, 2, 18, true},
    {"D 1", {9}, {20}, 2, 1, 1, true},
    {"D 0", {9}, {20}, 2, 1, 0, true},
    {"D 128 causal", {50}, {50}, 2, 1, 128, true},
    {"segments", {5, 0, 130, 1, 49}, {5, 3, 130, 1, 49}, 4, 2, 32, true},
    {"segments, some without keys", {4, 6, 60}, {0, 9, 60}, 2, 2, 16},
    {"more queries than keys, causal", {90}, {40}, 2, 2, 16, true},
    {"window", {150}, {150}, 2, 1, 16, true, 20},
    {"window without causal", {60}, {90}, 2, 2, 24, false, 7},
    {"window of one", {70}, {70}, 1, 1, 8, true, 1},
    {"strided", {33, 40}, {33, 40}, 4, 2, 20, true, 0, 0, 0, true},
    {"decode", {1, 1, 1}, {100, 1, 333}, 4, 4, 64, true, 0, 0, 40},
    {"decode, odd head", {1}, {131}, 3, 3, 18, true, 0, 0, 9, true},
    {"decode, window", {1}, {500}, 2, 2, 32, true, 90},
    {"decode, grouped", {1, 2}, {77, 300}, 12, 2, 40, true, 0, 2, 11},
    {"decode, split over keys", {1}, {1700}, 2, 2, 24, true, 0, 0, 100},
    {"several tokens, split over keys", {5}, {1200}, 8, 2, 16, true},
    {"split over keys that a window hides", {2}, {1600}, 2, 1, 8, true, 1300},
    {"empty", {}, {}, 2, 1, 8, false, 0, 3, 2},
    {"no rows at all", {0}, {0}, 2, 1, 8},
    {"long", {260}, {260}, 1, 1, 16, true},
    {"window shorter than a block", {300}, {300}, 2, 1, 8, true, 5},
    {"more keys than a worker holds", {60}, {1100}, 1, 1, 128, true},
    {"some segments with more", {60, 70}, {1100, 70}, 1, 1, 128, true},
};

// Scores far apart: the softmax must neither overflow nor lose the largest.
void test_large_scores() {
  Random random(3);
  const Case c = {"large scores", {80}, {200}, 2, 1, 16};
  Operands o = operands_of(c, random);
  o.scale = 40;
  const Expected expected = oracle(c, o);
  Runtime runtime(2);
  for (const Kernels& kernels : available_kernels()) {
    const AttentionArgs args = forward_args(c, o);
    kernels.attention(runtime.context, args);
    expect_close(std::string(kernels.isa) + " large scores", args.out, expected.out, 2e-3, 1e-3);
    expect_close(std::string(kernels.isa) + " large lse", args.lse, expected.lse, 1e-3, 2e-6);
  }
}

void test_not_a_number() {
  Random random(4);
  const Case c = {"nan", {60}, {60}, 1, 1, 16, true};
  const Operands o = operands_of(c, random);
  set(o.k, 30 * 16 + 3, NAN);
  Runtime runtime(1);
  for (const Kernels& kernels : available_kernels()) {
    const AttentionArgs args = forward_args(c, o);
    kernels.attention(runtime.context, args);
    bool right = true;
    for (int64_t i = 0; i < 60; ++i)
      right = right && std::isnan(get(args.out, i * 16)) == (i >= 30);
    expect(right, std::string(kernels.isa) + " NaN reaches the queries that see it, no others");
  }
}

void test_bad_offsets() {
  Random random(5);
  const Case c = {"bad", {4, 4}, {4, 4}, 1, 1, 4};
  const std::vector<int32_t> bad[] = {{1, 4, 8}, {0, 5, 4}, {0, 4, 9}, {0, -1, 4}};
  Runtime runtime(1);
  for (const Kernels& kernels : available_kernels()) {
    for (const std::vector<int32_t>& offsets : bad) {
      Operands o = operands_of(c, random);
      const Tensor good = o.q_offsets;
      o.q_offsets = integers(offsets);
      expect_error("q_offsets", "tensor/index-out-of-range",
                   [&] { kernels.attention(runtime.context, forward_args(c, o)); });
      o.q_offsets = good, o.k_offsets = integers(offsets);
      const AttentionArgs args = forward_args(c, o);
      expect_error("k_offsets", "tensor/index-out-of-range",
                   [&] { kernels.attention_backward(runtime.context, backward_args(o, args)); });
    }
  }
}

// ---- benchmark ----

void bench() {
  const Case cases[] = {
      {"T 197 D 64", {197}, {197}, 12, 12, 64},
      {"T 577 D 64", {577}, {577}, 16, 16, 64},
      {"T 512 D 64", {512}, {512}, 8, 8, 64},
      {"T 512 D 64 causal", {512}, {512}, 8, 8, 64, true},
      {"T 2048 D 64 causal grouped", {2048}, {2048}, 8, 2, 64, true},
      {"T 1024 D 128 causal", {1024}, {1024}, 4, 4, 128, true},
      {"T 256 D 32 x4 causal", {256, 256, 256, 256}, {256, 256, 256, 256}, 4, 4, 32, true},
      {"T 160 D 16 x8 causal",
       {160, 160, 160, 160, 160, 160, 160, 160},
       {160, 160, 160, 160, 160, 160, 160, 160},
       4,
       4,
       16,
       true},
      {"T 160 D 18 x8 causal",
       {160, 160, 160, 160, 160, 160, 160, 160},
       {160, 160, 160, 160, 160, 160, 160, 160},
       4,
       4,
       18,
       true},
      {"decode 2048 D 64", {1}, {2048}, 16, 16, 64, true},
      {"decode 2048 D 128 grouped", {1}, {2048}, 32, 8, 128, true},
  };
  std::printf("%-8s %-28s %10s %10s %10s %10s\n", "set", "shape", "forward", "GFLOP/s", "backward",
              "GFLOP/s");
  for (const int threads : {1, 2}) {
    Runtime runtime(threads);
    for (const Case& c : cases) {
      Random random(1);
      const Operands o = operands_of(c, random);
      double pairs = 0;
      for (size_t s = 0; s < c.queries.size(); ++s) {
        const double all = 1.0 * c.queries[s] * c.keys[s];
        pairs += c.causal && c.queries[s] > 1 ? all / 2 : all;
      }
      const double flops = 4 * pairs * static_cast<double>(c.heads * c.dim);
      for (const Kernels& kernels : available_kernels()) {
        if (kernels.isa == std::string("portable") && threads > 1) continue;
        const AttentionArgs args = forward_args(c, o);
        const double forward = best_seconds([&] { kernels.attention(runtime.context, args); }, 0.1);
        const AttentionBackwardArgs back = backward_args(o, args);
        const double backward =
            best_seconds([&] { kernels.attention_backward(runtime.context, back); }, 0.1);
        std::printf("%-8s %-28s %8.3f ms %8.1f %8.3f ms %8.1f  %d threads\n", kernels.isa, c.name,
                    forward * 1e3, flops / forward * 1e-9, backward * 1e3,
                    2.5 * flops / backward * 1e-9, threads);
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
  for (const Case& c : kCases) test_case(c);
  test_large_scores();
  test_not_a_number();
  test_bad_offsets();
  return finish();
}
