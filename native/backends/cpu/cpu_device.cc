#include "backends/cpu/cpu_device.h"

#include <chrono>
#include <cstring>
#include <memory>
#include <thread>

#include "backends/cpu/peak.h"

namespace lensmith {
namespace cpu {

// One table an instruction set; see table.cc.
#define ISA(name)            \
  namespace name {           \
  const OpTable& op_table(); \
  }
#include "backends/cpu/isas.def"

namespace {

const OpTable& table_for(Isa isa) {
#define ISA(name) \
  if (isa == Isa::name) return name::op_table();
#include "backends/cpu/isas.def"
  return portable::op_table();
}

int thread_count(int wanted) {
  if (wanted > 0) return wanted;
  const unsigned cores = std::thread::hardware_concurrency();
  return cores == 0 ? 1 : static_cast<int>(cores);
}

template <class F>
double seconds_of(F&& fn) {
  const auto start = std::chrono::steady_clock::now();
  fn();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

CpuDevice::CpuDevice(int threads)
    : isa_(best_isa()),
      kernels_(&table_for(isa_)),
      pool_(thread_count(threads)),
      workspace_(pool_.size()),
      context_{pool_, workspace_} {}

std::string CpuDevice::description() const {
  return std::string(name_of(isa_)) + ", " + std::to_string(pool_.size()) + " threads";
}

void CpuDevice::upload(const Tensor& dst, const void* src) {
  std::memcpy(dst.raw(), src, static_cast<size_t>(bytes_for(dst.dtype, dst.numel())));
}

void CpuDevice::download(void* dst, const Tensor& src) {
  std::memcpy(dst, src.raw(), static_cast<size_t>(bytes_for(src.dtype, src.numel())));
}

DevicePeaks CpuDevice::measure_peaks() {
  const Peak peak = peak_of(name_of(isa_));
  const int threads = pool_.size();
  constexpr int64_t kRounds = 2'000'000, kPieces = 64, kPieceFloats = int64_t{1} << 20;
  const StorageRef memory = allocate(kPieces * kPieceFloats * sizeof(float));
  float* const floats = static_cast<float*>(memory->data());
  const auto for_pieces = [&](auto&& fn) {
    pool_.parallel_for(kPieces, [&](int64_t i, int) { fn(floats + i * kPieceFloats); });
  };
  for_pieces([](float* piece) { std::memset(piece, 0, kPieceFloats * sizeof(float)); });
  const double flops = peak.multiply_add(kRounds) * threads;  // also wakes the clock
  DevicePeaks peaks;
  peaks.flop_per_second =
      flops / seconds_of([&] {
        pool_.parallel_for(threads, [&](int64_t, int) { peak.multiply_add(kRounds); });
      });
  peaks.bytes_per_second =
      static_cast<double>(kPieces * kPieceFloats * sizeof(float)) / seconds_of([&] {
        for_pieces([&](const float* piece) {
          volatile float sink = peak.sum_of(piece, kPieceFloats);
          (void)sink;
        });
      });
  return peaks;
}

}  // namespace cpu

std::unique_ptr<Device> make_cpu_device(int threads) {
  return std::make_unique<cpu::CpuDevice>(threads);
}

}  // namespace lensmith
