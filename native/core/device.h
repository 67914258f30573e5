// What a backend is: memory, transfers, and a table of kernels.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "core/allocator.h"
#include "core/tensor.h"
#include "ops/ops.h"

namespace lensmith {

class Device;

// All methods that touch the contents of memory (kernels, upload, download, finish) are called on
// the stream's thread, in order. allocate and stats are called from any thread.
template <class Args>
using Kernel = void (*)(Device&, const Args&);

struct OpTable {
#define OP(name, Args) Kernel<Args> name;
#include "ops/ops.def"
};

// What a device can do at most; zeros where it cannot tell.
struct DevicePeaks {
  double flop_per_second = 0;   // multiply-adds from registers, two operations each
  double bytes_per_second = 0;  // reading memory
};

class Device {
 public:
  Device() = default;
  virtual ~Device() = default;
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;

  virtual std::string name() const = 0;         // "cpu"
  virtual std::string description() const = 0;  // "avx512, 2 threads"
  virtual const OpTable& ops() const = 0;

  virtual StorageRef allocate(size_t size_bytes) = 0;
  virtual CachingAllocator& allocator() = 0;

  // Contiguous tensors only; the byte counts are those of the tensor.
  virtual void upload(const Tensor& dst, const void* src) = 0;
  virtual void download(void* dst, const Tensor& src) = 0;
  // Returns when all work handed to the device is done.
  virtual void finish() = 0;

  // Measures for a good part of a second, on the calling thread, while no work is queued.
  virtual DevicePeaks measure_peaks() { return {}; }
};

// threads <= 0: one for each core.
std::unique_ptr<Device> make_cpu_device(int threads);

}  // namespace lensmith
