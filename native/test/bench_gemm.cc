// Speed of gemm on the best instruction set (LENSMITH_ISA picks another), beside what the machine
// can do: multiply-adds from registers alone, and reading memory. Best of several runs, since other
// work on the machine only ever slows things down.
//   bench_gemm [threads] [words that a section's name must contain]
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <utility>
#include <vector>

#include "backends/cpu/gemm.h"
#include "backends/cpu/peak.h"
#include "core/dtype.h"
#include "core/thread_pool.h"
#include "core/workspace.h"
#include "gemm_isas.h"

namespace lensmith {
namespace {

using cpu::GemmArgs;

bool one_thread = false;

// With one thread, time that the thread ran, which other programs disturb least; else wall time.
double now_seconds() {
#if defined(CLOCK_THREAD_CPUTIME_ID)
  if (one_thread) {
    timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
  }
#endif
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

template <class F>
double best_seconds(F&& fn, double budget_seconds = 0.3) {
  fn();
  double best = 1e9, spent = 0;
  for (int run = 0; run < 400 && (run < 5 || spent < budget_seconds); ++run) {
    const double start = now_seconds();
    fn();
    const double seconds = now_seconds() - start;
    best = std::min(best, seconds);
    spent += seconds;
  }
  return best;
}

// Memory as tensors have it.
template <class T>
struct Aligned {
  using value_type = T;
  static constexpr std::align_val_t kLine{64};
  T* allocate(size_t count) { return static_cast<T*>(::operator new(count * sizeof(T), kLine)); }
  void deallocate(T* memory, size_t) { ::operator delete(memory, kLine); }
  bool operator==(const Aligned&) const = default;
};

struct Bench {
  test::GemmOfIsa isa;
  ThreadPool pool;
  Workspace workspace;
  double peak_flops, read_bytes;

  Bench(const test::GemmOfIsa& gemm, int threads) : isa(gemm), pool(threads), workspace(threads) {
    const cpu::Peak peak = cpu::peak_of(isa.name);
    constexpr int64_t kRounds = 1'000'000;
    const double flops = peak.multiply_add(kRounds) * threads;
    peak_flops = flops / best_seconds([&] {
                   pool.parallel_for(threads, [&](int64_t, int) { peak.multiply_add(kRounds); });
                 });
    const std::vector<float> memory(size_t{64} << 20, 1.0f);
    const int64_t pieces = 64, piece = static_cast<int64_t>(memory.size()) / pieces;
    volatile float sink = 0;
    read_bytes = static_cast<double>(memory.size() * sizeof(float)) / best_seconds([&] {
                   pool.parallel_for(pieces, [&](int64_t i, int) {
                     sink = peak.sum_of(memory.data() + i * piece, piece);
                   });
                 });
  }

  // kind: two letters as in BLAS, op of A and of B.
  void run(int64_t m, int64_t n, int64_t k, DType a, DType b, const char* kind) {
    const std::vector<uint8_t, Aligned<uint8_t>> a_data(static_cast<size_t>(bytes_for(a, m * k)),
                                                        0);
    // Enough copies of B that a small one does not stay in cache, as weights do not in decoding.
    const size_t b_bytes = static_cast<size_t>(bytes_for(b, n * k));
    const size_t copies = m <= 32 ? std::max<size_t>(1, (size_t{192} << 20) / b_bytes) : 1;
    const std::vector<uint8_t, Aligned<uint8_t>> b_data(b_bytes * std::min<size_t>(copies, 64), 0);
    std::vector<float, Aligned<float>> c(static_cast<size_t>(m * n));
    GemmArgs g;
    g.m = m, g.n = n, g.k = k;
    g.trans_a = kind[0] == 't', g.trans_b = kind[1] == 't';
    g.a = a_data.data(), g.a_dtype = a, g.lda = g.trans_a ? m : k;
    g.b_dtype = b, g.ldb = g.trans_b ? k : n;
    g.c = c.data(), g.ldc = n;
    size_t next = 0;
    const double seconds = best_seconds(
        [&] {
          g.b = b_data.data() + next * b_bytes;
          next = (next + 1) % std::min<size_t>(copies, 64);
          isa.pooled(pool, workspace, g);
        },
        0.2);
    const double flops =
        2.0 * static_cast<double>(m) * static_cast<double>(n) * static_cast<double>(k);
    std::printf(
        "%5lld %6lld %6lld  %s  %-4s %-4s %9.1f us %7.1f GFLOP/s %5.1f %% of peak, B %5.1f GB/s "
        "%5.1f %%\n",
        static_cast<long long>(m), static_cast<long long>(n), static_cast<long long>(k), kind,
        name_of(a), name_of(b), seconds * 1e6, flops / seconds * 1e-9,
        100 * flops / seconds / peak_flops, static_cast<double>(b_bytes) / seconds * 1e-9,
        100 * static_cast<double>(b_bytes) / seconds / read_bytes);
    std::fflush(stdout);
  }
};

constexpr DType kTypes[] = {DType::f32, DType::bf16, DType::f16};

void square(Bench& bench) {
  for (const DType b : kTypes) {
    for (const int64_t size : {256, 512, 1024}) bench.run(size, size, size, DType::f32, b, "nt");
  }
  bench.run(1024, 1024, 1024, DType::f32, DType::f32, "nn");
  bench.run(1024, 1024, 1024, DType::f32, DType::f32, "tn");
  bench.run(512, 2048, 2048, DType::bf16, DType::bf16, "nt");
}

void small_m(Bench& bench) {
  for (const DType b : {DType::f32, DType::bf16}) {
    for (const int64_t m : {2, 4, 6, 8, 9, 12, 16, 24, 32, 48, 64, 72, 73, 96, 128, 144, 145}) {
      bench.run(m, 2048, 2048, DType::f32, b, "nt");
    }
  }
  for (const int64_t m : {2, 4, 5, 8, 16, 32})
    bench.run(m, 2048, 2048, DType::f32, DType::bf16, "nn");
}

void matvec(Bench& bench) {
  for (const DType b : kTypes) {
    bench.run(1, 2048, 2048, DType::f32, b, "nt");
    bench.run(1, 8192, 2048, DType::f32, b, "nt");
    bench.run(1, 576, 576, DType::f32, b, "nt");
    bench.run(1, 2048, 2048, DType::f32, b, "nn");
  }
}

void training(Bench& bench) {
  for (const int64_t rank : {4, 8, 16, 64}) {
    bench.run(512, rank, 2048, DType::f32, DType::f32, "nt");  // x Aᵀ
    bench.run(512, 2048, rank, DType::f32, DType::f32, "nt");  // (x Aᵀ) Bᵀ
    bench.run(2048, rank, 512, DType::f32, DType::f32, "tn");  // gradient of B
    bench.run(rank, 2048, 512, DType::f32, DType::f32, "tn");  // gradient of A
    bench.run(512, rank, 2048, DType::f32, DType::f32, "nn");  // gradient of x Aᵀ
  }
  bench.run(512, 2048, 512, DType::f32, DType::bf16, "nn");  // gradient of x
  bench.run(2048, 512, 512, DType::f32, DType::f32, "tn");   // gradient of a weight
  bench.run(512, 49152, 576, DType::f32, DType::f32, "nt");  // logits
}

// Those of a training step of src-main/app/bench/workload.ts, and of its vision tower.
void steps(Bench& bench) {
  constexpr DType f32 = DType::f32;
  for (const char* const kind : {"nt", "nn"}) {
    bench.run(1300, 512, 512, f32, f32, kind);
    bench.run(1300, 1408, 512, f32, f32, kind);
    bench.run(1300, 512, 1408, f32, f32, kind);
  }
  bench.run(512, 512, 1300, f32, f32, "tn");
  bench.run(512, 1408, 1300, f32, f32, "tn");
  bench.run(788, 768, 768, f32, f32, "nt");
  bench.run(788, 3072, 768, f32, f32, "nt");
  bench.run(788, 768, 3072, f32, f32, "nt");
  bench.run(308, 32064, 512, f32, f32, "nt");
  bench.run(1300, 1408, 512, f32, DType::bf16, "nt");
}

// Those of the head and its gradient, for as many rows as a chunk has.
void head(Bench& bench) {
  for (const int64_t rows : {77, 103, 154, 308}) {
    bench.run(rows, 32064, 512, DType::f32, DType::f32, "nt");
    bench.run(rows, 512, 32064, DType::f32, DType::f32, "nn");
  }
}

// Those of an adapter of rank 16 in such a step.
void adapters(Bench& bench) {
  constexpr DType f32 = DType::f32;
  for (const int64_t size : {512, 1408}) {
    bench.run(1300, 16, size, f32, f32, "nt");  // x Aᵀ
    bench.run(1300, 16, size, f32, f32, "nn");  // gradient of x Aᵀ
    bench.run(16, size, 1300, f32, f32, "tn");  // gradient of A
    bench.run(size, 16, 1300, f32, f32, "tn");  // gradient of B
  }
}

}  // namespace
}  // namespace lensmith

int main(int argc, char** argv) {
  using namespace lensmith;
  const int threads = argc > 1 ? std::atoi(argv[1]) : 2;
  one_thread = threads == 1;
  const char* const wanted = argc > 2 ? argv[2] : "";
  const char* const best = cpu::name_of(cpu::best_isa());
  for (const test::GemmOfIsa& isa : test::gemm_isas()) {
    if (std::strcmp(isa.name, best) != 0) continue;
    Bench bench(isa, threads);
    std::printf("%s, %d threads: peak %.1f GFLOP/s, read %.1f GB/s\n", isa.name, threads,
                bench.peak_flops * 1e-9, bench.read_bytes * 1e-9);
    const std::pair<const char*, void (*)(Bench&)> sections[] = {
        {"square", square}, {"small_m", small_m}, {"matvec", matvec},    {"training", training},
        {"steps", steps},   {"head", head},       {"adapters", adapters}};
    for (const auto& [name, section] : sections) {
      if (std::strstr(name, wanted) == nullptr) continue;
      std::printf("%s: m n k, op(A) op(B), dtypes\n", name);
      section(bench);
    }
  }
}
