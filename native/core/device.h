// What a backend is: memory, transfers, and a table of kernels.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <vector>

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

// Time spent in an op.
struct OpTime {
  int64_t calls = 0;
  double milliseconds = 0;
};
using OpTimes = std::map<std::string, OpTime>;

// What a graphics device was given.
struct CommandCounts {
  int64_t dispatches = 0;
  int64_t copies = 0;
  int64_t barriers = 0;  // commands that had to wait for those before
  int64_t submits = 0;
  int64_t waits = 0;  // of the host, for all that was given

  void add(const CommandCounts& more) {
    dispatches += more.dispatches, copies += more.copies, barriers += more.barriers;
    submits += more.submits, waits += more.waits;
  }
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
  // The machine's memory where kernels reach it, more slowly, beside the device's own: for what is
  // seldom used and does not fit. The same allocator where a device has no memory of its own.
  virtual CachingAllocator& host_allocator() { return allocator(); }
  // What the device has for itself; 0 where that is the machine's memory.
  virtual int64_t memory_bytes() const { return 0; }
  // From now on, what is asked for belongs to a call of this op, and the device times it; null: to
  // none. False where the device has no clock of its own.
  virtual bool time_as(const char* /*op*/) { return false; }
  // What it has timed since the last call, of work that is done. Called from any thread.
  virtual OpTimes take_times() { return {}; }
  // What it was given since the last call, as far as that is done; zeros where kernels run at once.
  // Called from any thread.
  virtual CommandCounts take_command_counts() { return {}; }

  // Whether products round a factor beside one of 16 bits or fewer to as many (cooperative
  // matrices): values that only products read then lose nothing more by being kept so.
  virtual bool rounds_factors() const { return false; }

  // Whether kernels take operands that lie in a mapped file. Where not, they are placed first.
  virtual bool reads_mapped_files() const { return true; }

  // Contiguous tensors only; the byte counts are those of the tensor.
  virtual void upload(const Tensor& dst, const void* src) = 0;
  virtual void download(void* dst, const Tensor& src) = 0;
  // Returns when all work handed to the device is done. Throws what went wrong on the way.
  virtual void finish() = 0;

  // Measures for a good part of a second, on the calling thread, while no work is queued.
  virtual DevicePeaks measure_peaks() { return {}; }
};

// threads <= 0: one for each core.
std::unique_ptr<Device> make_cpu_device(int threads);
// `vulkan:N`, or `vulkan` for the best one. Throws Error "device/…" when there is none.
// memory_bytes: what may be used of its memory, as if it had no more; 0: all.
std::unique_ptr<Device> make_vulkan_device(const std::string& name, int64_t memory_bytes);

// A graphics device of this machine.
struct DeviceFact {
  std::string id;  // "vulkan:0"
  std::string name;
  std::string kind;    // "discrete", "integrated", "virtual", "software" or "other"
  std::string driver;  // "NVIDIA 550.54.14"
  int64_t memory_bytes = 0;
  std::vector<std::string> features;  // for people: "Vulkan 1.3", "subgroups of 32"
  bool is_software = false;           // a driver that computes on the CPU
  bool is_best = false;               // what `vulkan` means
  std::string lacks;                  // what the kernels need and it has not; empty: it can be used
};

// Throws Error "device/…" when Vulkan cannot be asked.
std::vector<DeviceFact> vulkan_devices();

}  // namespace lensmith
