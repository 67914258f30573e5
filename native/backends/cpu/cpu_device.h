#pragma once

#include "backends/cpu/context.h"
#include "backends/cpu/cpu_features.h"
#include "core/device.h"

namespace lensmith::cpu {

class CpuDevice final : public Device {
 public:
  explicit CpuDevice(int threads);

  Context& context() { return context_; }

  std::string name() const override { return "cpu"; }
  std::string description() const override;
  const OpTable& ops() const override;
  // Those of the instruction set, which ops() leads to: widened.cc.
  const OpTable& kernels() const { return *kernels_; }
  StorageRef allocate(size_t size_bytes) override { return allocator_.allocate(size_bytes); }
  CachingAllocator& allocator() override { return allocator_; }
  void upload(const Tensor& dst, const void* src) override;
  void download(void* dst, const Tensor& src) override;
  void finish() override {}
  DevicePeaks measure_peaks() override;

 private:
  Isa isa_;
  const OpTable* kernels_;
  CachingAllocator allocator_;
  ThreadPool pool_;
  Workspace workspace_;
  Context context_;
};

}  // namespace lensmith::cpu
