// What the native tests share: tensors with guarded memory, seeded random numbers, comparison,
// every instruction set that runs on this machine, and a closing line `N passed, N failed`.
#pragma once

#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <initializer_list>
#include <limits>
#include <new>
#include <string>
#include <vector>

#include "backends/cpu/context.h"
#include "backends/cpu/cpu_features.h"
#include "core/dtype.h"
#include "core/error.h"
#include "core/tensor.h"
#include "core/thread_pool.h"
#include "core/workspace.h"
#include "isa_kernels.h"
#include "missing_isas.h"
#include "ops/ops.h"

namespace lensmith::test {

// ---- kernels ----

// Those that this CPU can run, the portable one first.
inline std::vector<Kernels> available_kernels() {
  std::vector<Kernels> all;
#define ISA(isa) \
  if (cpu::is_supported(cpu::Isa::isa)) all.push_back(cpu::isa::kernels());
#include "backends/cpu/isas.def"
  return all;
}

// What a kernel runs with.
struct Runtime {
  explicit Runtime(int threads) : pool(threads), workspace(threads), context{pool, workspace} {}

  ThreadPool pool;
  Workspace workspace;
  cpu::Context context;
};

// ---- tensors ----

// Heap memory between two guards; a kernel that wrote past its operand ends the test program.
class GuardedStorage final : public Storage {
 public:
  static StorageRef make(size_t size_bytes) {
    char* const block = static_cast<char*>(
        ::operator new (size_bytes + 2 * kGuardBytes, std::align_val_t{kGuardBytes}));
    std::memset(block, kGuard, kGuardBytes);
    // Each 0xFFFFFFFF is a NaN: memory that a kernel forgets to write shows.
    std::memset(block + kGuardBytes, 0xff, size_bytes);
    std::memset(block + kGuardBytes + size_bytes, kGuard, kGuardBytes);
    return StorageRef(new GuardedStorage(block, size_bytes));
  }

 private:
  static constexpr size_t kGuardBytes = 64;
  static constexpr unsigned char kGuard = 0xa5;

  GuardedStorage(char* block, size_t size_bytes)
      : Storage(block + kGuardBytes, size_bytes), block_(block) {}

  ~GuardedStorage() override {
    const char* const after = block_ + kGuardBytes + size_bytes();
    for (size_t i = 0; i < kGuardBytes; ++i) {
      if (static_cast<unsigned char>(block_[i]) == kGuard &&
          static_cast<unsigned char>(after[i]) == kGuard) {
        continue;
      }
      std::fprintf(stderr, "A kernel wrote outside of its operand.\n");
      std::abort();
    }
    ::operator delete (block_, std::align_val_t{kGuardBytes});
  }

  char* block_;
};

using Shape = std::vector<int64_t>;

// Contiguous, filled with NaN (floats) or -1 (integers).
inline Tensor empty(const Shape& shape, DType dtype = DType::f32) {
  Tensor tensor;
  tensor.dtype = dtype;
  tensor.set_contiguous(static_cast<int>(shape.size()), shape.data());
  tensor.storage = GuardedStorage::make(static_cast<size_t>(bytes_for(dtype, tensor.numel())));
  return tensor;
}

// Element `index` in row-major order of a float tensor, strides respected.
inline int64_t element_offset(const Tensor& tensor, int64_t index) {
  int64_t offset = 0;
  for (int axis = tensor.rank - 1; axis >= 0; --axis) {
    offset += index % tensor.shape[axis] * tensor.stride[axis];
    index /= tensor.shape[axis];
  }
  return offset;
}

inline double get(const Tensor& tensor, int64_t index) {
  const int64_t at = element_offset(tensor, index);
  switch (tensor.dtype) {
    case DType::f32: return tensor.data<float>()[at];
    case DType::bf16: return to_float(tensor.data<bf16>()[at]);
    case DType::f16: return to_float(tensor.data<f16>()[at]);
    case DType::i32: return tensor.data<int32_t>()[at];
    case DType::u8: return tensor.data<uint8_t>()[at];
    case DType::i8: return tensor.data<int8_t>()[at];
  }
  return 0;
}

inline void set(const Tensor& tensor, int64_t index, double value) {
  const int64_t at = element_offset(tensor, index);
  switch (tensor.dtype) {
    case DType::f32: tensor.data<float>()[at] = static_cast<float>(value); break;
    case DType::bf16: tensor.data<bf16>()[at] = from_float<bf16>(static_cast<float>(value)); break;
    case DType::f16: tensor.data<f16>()[at] = from_float<f16>(static_cast<float>(value)); break;
    case DType::i32: tensor.data<int32_t>()[at] = static_cast<int32_t>(value); break;
    case DType::u8: tensor.data<uint8_t>()[at] = static_cast<uint8_t>(value); break;
    case DType::i8: tensor.data<int8_t>()[at] = static_cast<int8_t>(value); break;
  }
}

inline std::vector<double> to_doubles(const Tensor& tensor) {
  std::vector<double> values(static_cast<size_t>(tensor.numel()));
  for (size_t i = 0; i < values.size(); ++i) values[i] = get(tensor, static_cast<int64_t>(i));
  return values;
}

inline Tensor full(const Shape& shape, double value, DType dtype = DType::f32) {
  const Tensor tensor = empty(shape, dtype);
  for (int64_t i = 0; i < tensor.numel(); ++i) set(tensor, i, value);
  return tensor;
}

// Values in row-major order, rounded to the dtype.
template <class T>
Tensor from_values(const Shape& shape, const std::vector<T>& values, DType dtype = DType::f32) {
  const Tensor tensor = empty(shape, dtype);
  for (size_t i = 0; i < values.size(); ++i) {
    set(tensor, static_cast<int64_t>(i), static_cast<double>(values[i]));
  }
  return tensor;
}

inline Tensor integers(const std::vector<int32_t>& values) {
  return from_values({static_cast<int64_t>(values.size())}, values, DType::i32);
}

// A copy of `tensor` inside wider rows, so that axis 0 is strided like a slice of a fused
// projection; what lies between the rows is NaN.
inline Tensor with_row_stride(const Tensor& tensor, int64_t row_stride) {
  const int64_t rows = tensor.shape[0];
  Tensor strided = empty({rows > 0 ? rows : 1, row_stride}, tensor.dtype);
  const Tensor wide = strided;
  strided.rank = tensor.rank;
  strided.shape = tensor.shape;
  strided.stride = tensor.stride;
  strided.stride[0] = wide.stride[0];
  for (int64_t i = 0; i < tensor.numel(); ++i) set(strided, i, get(tensor, i));
  return strided;
}

// ---- random numbers ----

class Random {  // splitmix64
 public:
  explicit Random(uint64_t seed) : state_(seed) {}

  uint64_t next() {
    uint64_t z = (state_ += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  double uniform(double low, double high) {
    return low + (high - low) * (static_cast<double>(next() >> 11) * 0x1p-53);
  }
  // In [low, high).
  int64_t integer(int64_t low, int64_t high) {
    return low + static_cast<int64_t>(next() % static_cast<uint64_t>(high - low));
  }

 private:
  uint64_t state_;
};

// Uniform in [-scale, scale).
inline Tensor random_tensor(Random& random, const Shape& shape, double scale = 1,
                            DType dtype = DType::f32) {
  const Tensor tensor = empty(shape, dtype);
  for (int64_t i = 0; i < tensor.numel(); ++i) set(tensor, i, random.uniform(-scale, scale));
  return tensor;
}

// ---- expectations ----

struct Counts {
  int passed = 0;
  int failed = 0;
};

inline Counts& counts() {
  static Counts instance;
  return instance;
}

inline bool expect(bool holds, const std::string& what) {
  ++(holds ? counts().passed : counts().failed);
  if (!holds) std::printf("FAILED %s\n", what.c_str());
  return holds;
}

// |actual - expected| <= atol + rtol |expected| everywhere; NaN meets NaN, infinity its own sign.
inline bool expect_close(const std::string& what, const Tensor& actual,
                         const std::vector<double>& expected, double atol, double rtol = 0) {
  if (static_cast<size_t>(actual.numel()) != expected.size()) {
    return expect(false, what + ": " + std::to_string(actual.numel()) + " elements, expected " +
                             std::to_string(expected.size()));
  }
  double worst = 0;
  int64_t worst_index = -1;
  for (size_t i = 0; i < expected.size(); ++i) {
    const double got = get(actual, static_cast<int64_t>(i)), want = expected[i];
    if (got == want || (std::isnan(got) && std::isnan(want))) continue;
    double excess = std::fabs(got - want) / (atol + rtol * std::fabs(want));
    if (!(excess <= std::numeric_limits<double>::max())) excess = INFINITY;
    if (excess > 1 && excess > worst) worst = excess, worst_index = static_cast<int64_t>(i);
  }
  if (worst_index < 0) return expect(true, what);
  char text[160];
  std::snprintf(text, sizeof text, ": element %lld is %.9g, expected %.9g (%.3g times too far)",
                static_cast<long long>(worst_index), get(actual, worst_index),
                expected[static_cast<size_t>(worst_index)], worst);
  return expect(false, what + text);
}

inline bool expect_same(const std::string& what, const Tensor& actual, const Tensor& expected) {
  return expect_close(what, actual, to_doubles(expected), 0);
}

// Runs fn, which must throw lensmith::Error with this code.
template <class F>
bool expect_error(const std::string& what, const std::string& code, F&& fn) {
  try {
    fn();
  } catch (const Error& error) {
    return expect(error.code == code, what + ": " + error.code + " instead of " + code);
  }
  return expect(false, what + ": no error, expected " + code);
}

// The last line of a test program, and its exit status.
inline int finish() {
  print_missing_isas();
  std::printf("%d passed, %d failed\n", counts().passed, counts().failed);
  return counts().failed == 0 ? 0 : 1;
}

// ---- benchmarks ----

inline bool wants_bench(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--bench") == 0) return true;
  }
  return false;
}

// Shortest wall time of a call, in seconds, over about `budget_s` of repetitions.
template <class F>
double best_seconds(F&& fn, double budget_s = 0.25) {
  using Clock = std::chrono::steady_clock;
  const auto elapsed = [](Clock::time_point since) {
    return std::chrono::duration<double>(Clock::now() - since).count();
  };
  fn();
  double best = INFINITY;
  const auto start = Clock::now();
  do {
    const auto begin = Clock::now();
    fn();
    const double took = elapsed(begin);
    if (took < best) best = took;
  } while (elapsed(start) < budget_s);
  return best;
}

}  // namespace lensmith::test
