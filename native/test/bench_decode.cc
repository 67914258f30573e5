// The kernels of a decoded token by themselves, in the shapes of src-main/app/bench/workload.ts
// (512×8 and 32,064 words) after 357 tokens, on the best instruction set: what a token takes where
// neither JavaScript nor a queue takes part. Beside it, reading as many bytes in one run.
//   bench_decode [threads] [f16 | bf16 | f32 | int8]
#include <algorithm>
#include <map>

#include "backends/cpu/peak.h"
#include "support.h"

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace lensmith::test {
namespace {

constexpr int64_t kHidden = 512, kInner = 1408, kLayers = 8, kHeads = 8, kWords = 32064;
constexpr int64_t kHeld = 357;

double now_us() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double, std::micro>(now).count();
}

// In large pages where the system has them, as the allocator's blocks are.
class Pages final : public Storage {
 public:
  static StorageRef make(size_t bytes) {
    constexpr size_t kPage = size_t{2} << 20;
    const size_t rounded = (bytes + kPage - 1) / kPage * kPage;
    void* const memory = ::operator new (rounded, std::align_val_t{kPage});
#if defined(__linux__)
    madvise(memory, rounded, MADV_HUGEPAGE);
#endif
    std::memset(memory, 0, rounded);
    return StorageRef(new Pages(memory, bytes));
  }

 private:
  using Storage::Storage;
  ~Pages() override { ::operator delete (data(), std::align_val_t{size_t{2} << 20}); }
};

Tensor weight(const Shape& shape, DType dtype) {
  Tensor tensor;
  tensor.dtype = dtype;
  tensor.set_contiguous(static_cast<int>(shape.size()), shape.data());
  tensor.storage = Pages::make(static_cast<size_t>(bytes_for(dtype, tensor.numel())));
  return tensor;
}

struct Layer {
  Tensor q, k, v, o, gate, up, down, keys, values;
};

class Token {
 public:
  // dtypes of the weights of layers (i8: int8 by rows) and of the head
  Token(const Kernels& kernels, int threads, DType layer, DType head)
      : kernels_(kernels), runtime_(threads) {
    for (int64_t i = 0; i < kLayers; ++i) {
      const auto square = [&] { return weight({kHidden, kHidden}, layer); };
      const auto cache = [&] { return weight({kHeld + 32, kHeads, kHidden / kHeads}, DType::f32); };
      layers_.push_back({square(), square(), square(), square(), weight({kInner, kHidden}, layer),
                         weight({kInner, kHidden}, layer), weight({kHidden, kInner}, layer),
                         cache(), cache()});
    }
    head_ = weight({kWords, kHidden}, head);
    scales_ = full({kInner}, 1);
    norm_ = full({kHidden}, 1);
    x_ = full({1, kHidden}, 0.5);
    for (Tensor* row : {&normed_, &q_, &k_, &v_, &attended_, &out_}) *row = full({1, kHidden}, 0);
    for (Tensor* row : {&gate_, &up_, &inner_}) *row = full({1, kInner}, 0);
    logits_ = full({1, kWords}, 0);
    rstd_ = full({1}, 0);
    lse_ = full({1, kHeads}, 0);
    q_offsets_ = integers({0, 1}), k_offsets_ = integers({0, kHeld});
  }

  void run() {
    for (const Layer& layer : layers_) {
      norm();
      linear(normed_, layer.q, q_), linear(normed_, layer.k, k_), linear(normed_, layer.v, v_);
      attend(layer);
      linear(attended_, layer.o, out_);
      norm();
      linear(normed_, layer.gate, gate_), linear(normed_, layer.up, up_);
      timed("swiglu", [&] { kernels_.swiglu(runtime_.context, {gate_, up_, inner_}); });
      linear(inner_, layer.down, out_);
    }
    norm();
    linear(normed_, head_, logits_);
  }

  int64_t bytes() const {
    int64_t sum = bytes_for(head_.dtype, head_.numel());
    for (const Layer& s : layers_) {
      for (const Tensor* t : {&s.q, &s.k, &s.v, &s.o, &s.gate, &s.up, &s.down})
        sum += bytes_for(t->dtype, t->numel());
      sum += 2 * kHeld * kHidden * 4;
    }
    return sum;
  }

  std::map<std::string, double> times;

 private:
  template <class Run>
  void timed(const char* name, Run&& run) {
    const double start = now_us();
    run();
    times[name] += now_us() - start;
  }

  void norm() {
    timed("norm", [&] { kernels_.rms_norm(runtime_.context, {x_, norm_, normed_, rstd_, 1e-5f}); });
  }

  void linear(const Tensor& x, const Tensor& w, const Tensor& out) {
    timed(&w == &head_ ? "head" : "layers", [&] {
      if (w.dtype == DType::i8) {
        QuantizedMatmulArgs args;
        args.a = x, args.out = out;
        args.w = {
            w, scales_, {}, {}, static_cast<int32_t>(w.dim(0)), static_cast<int32_t>(w.dim(1))};
        return kernels_.quantized_matmul(runtime_.context, args);
      }
      MatmulArgs args;
      args.a = x, args.b = w, args.out = out, args.transpose_b = true;
      kernels_.matmul(runtime_.context, args);
    });
  }

  void attend(const Layer& layer) {
    timed("attention", [&] {
      AttentionArgs args{q_,         layer.keys, layer.values, q_offsets_,
                         k_offsets_, attended_,  lse_,         0.1f};
      for (Tensor* t : {&args.q, &args.out}) {
        const int64_t shape[] = {1, kHeads, kHidden / kHeads};
        t->set_contiguous(3, shape);
      }
      kernels_.attention(runtime_.context, args);
    });
  }

  const Kernels kernels_;
  Runtime runtime_;
  std::vector<Layer> layers_;
  Tensor head_, scales_, norm_, x_, normed_, q_, k_, v_, attended_, out_, gate_, up_, inner_,
      logits_, rstd_, lse_, q_offsets_, k_offsets_;
};

// Prints a fast and a usual time, in microseconds; returns the first of them.
double say(const std::string& name, std::vector<double> times) {
  std::sort(times.begin(), times.end());
  const double quarter = times[times.size() / 4], median = times[times.size() / 2];
  std::printf("  %-10s %6.0f us in the first quarter, median %6.0f\n", name.c_str(), quarter,
              median);
  return quarter;
}

void bench_token(Token& token) {
  constexpr int kRuns = 300;
  std::map<std::string, std::vector<double>> times;
  for (int i = 0; i < kRuns; ++i) {
    token.times.clear();
    const double start = now_us();
    token.run();
    times["token"].push_back(now_us() - start);
    for (const auto& [op, us] : token.times) times[op].push_back(us);
  }
  const double token_us = say("token", times["token"]);
  std::printf("  %.1f GB/s\n", static_cast<double>(token.bytes()) / token_us / 1e3);
  times.erase("token");
  for (const auto& [op, all] : times) say(op, all);
}

void bench_reading(const char* isa, int threads, int64_t bytes) {
  constexpr int64_t kPieces = 64;
  ThreadPool pool(threads);
  const cpu::Peak peak = cpu::peak_of(isa);
  const int64_t floats = bytes / 4 / kPieces;
  const Tensor memory = weight({kPieces * floats}, DType::f32);
  volatile float sink = 0;
  std::vector<double> times;
  for (int i = 0; i < 50; ++i) {
    const double start = now_us();
    pool.parallel_for(kPieces, [&](int64_t piece, int) {
      sink = peak.sum_of(memory.data<float>() + piece * floats, floats);
    });
    times.push_back(now_us() - start);
  }
  say("reading", times);
}

}  // namespace
}  // namespace lensmith::test

int main(int count, char** words) {
  using namespace lensmith;
  using namespace lensmith::test;
  const int threads = count > 1 ? std::atoi(words[1]) : 1;
  const std::string format = count > 2 ? words[2] : "f16";
  const DType dtype = format == "f32" ? DType::f32 : format == "f16" ? DType::f16 : DType::bf16;
  const Kernels kernels = available_kernels().back();
  Token token(kernels, threads, format == "int8" ? DType::i8 : dtype, dtype);
  std::printf("%s, %s, %d threads, %.1f MB\n", format.c_str(), kernels.isa, threads,
              static_cast<double>(token.bytes()) / 1e6);
  bench_token(token);
  bench_reading(kernels.isa, threads, token.bytes());
}
