// Activations of 16 bits on a device whose kernels compute them in f32: operands are widened in
// front of a kernel, and results rounded behind it. Such activations are made for graphics cards;
// here they are right rather than fast.
//
// Compiled once, unlike kernels: what it uses of the library must run on every CPU.
#include <utility>
#include <vector>

#include "backends/cpu/cpu_device.h"
#include "ops/ops.h"

namespace lensmith::cpu {
namespace {

template <class... Operands>
bool has_16_bits(const Operands&... operands) {
  return ((operands.defined() && operands.dtype != DType::f32) || ...);
}

// Whether a kernel that takes f32 was given something else. Weights count in none of them: kernels
// read those as they are.
template <class Args>
bool needs_widening(const Args&) {
  return false;
}
bool needs_widening(const AddArgs& s) { return has_16_bits(s.out); }
bool needs_widening(const MulArgs& s) { return has_16_bits(s.out); }
bool needs_widening(const ScaleArgs& s) { return has_16_bits(s.out); }
bool needs_widening(const DropoutArgs& s) { return has_16_bits(s.x, s.out); }
bool needs_widening(const RopeArgs& s) { return has_16_bits(s.x, s.out); }
bool needs_widening(const ActivationArgs& s) { return has_16_bits(s.x, s.out); }
bool needs_widening(const ActivationBackwardArgs& s) { return has_16_bits(s.x, s.grad, s.dx); }
bool needs_widening(const SwigluArgs& s) { return has_16_bits(s.gate, s.up, s.out); }
bool needs_widening(const SwigluBackwardArgs& s) {
  return has_16_bits(s.gate, s.up, s.grad, s.dgate, s.dup);
}
bool needs_widening(const RmsNormArgs& s) { return has_16_bits(s.x, s.out); }
bool needs_widening(const RmsNormBackwardArgs& s) { return has_16_bits(s.x, s.grad, s.dx); }
bool needs_widening(const LayerNormArgs& s) { return has_16_bits(s.x, s.out); }
bool needs_widening(const LayerNormBackwardArgs& s) { return has_16_bits(s.x, s.grad, s.dx); }
bool needs_widening(const AttentionArgs& s) { return has_16_bits(s.q, s.k, s.v, s.out); }
bool needs_widening(const AttentionBackwardArgs& s) {
  return has_16_bits(s.q, s.k, s.v, s.out, s.grad, s.dq, s.dk, s.dv);
}

// Scratch memory as a tensor has it. Not the allocator's: what that gives now, work that was queued
// before may still read, see core/storage.h.
class Borrowed final : public Storage {
 public:
  using Storage::Storage;
};

// Puts f32 in the place of every operand of 16 bits, for as long as it lives.
class Widened {
 public:
  template <class Args>
  Widened(CpuDevice& device, Args& args) : device_(device), frame_(device.context().workspace) {
    args.visit(*this);
  }

  // What the kernel wrote goes to where it was asked for.
  void round_results() {
    for (const auto& [wide, asked] : results_) device_.kernels().copy(device_, {wide, asked});
  }

  void in(Tensor& tensor) {
    if (const Tensor asked = replace(tensor); asked)
      device_.kernels().copy(device_, {asked, tensor});
  }
  void out(Tensor& tensor) {
    if (Tensor asked = replace(tensor); asked) results_.emplace_back(tensor, std::move(asked));
  }
  void optional_in(Tensor& tensor) { in(tensor); }
  void optional_out(Tensor& tensor) { out(tensor); }
  void real(float) {}
  void real(double) {}
  void integer(int32_t) {}
  void word(uint32_t) {}
  void flag(bool) {}

 private:
  // Returns what stood there; undefined where nothing was to do.
  Tensor replace(Tensor& tensor) {
    if (!tensor.defined() || (tensor.dtype != DType::bf16 && tensor.dtype != DType::f16)) return {};
    Tensor asked = tensor;
    tensor.dtype = DType::f32;
    tensor.offset_bytes = 0;
    tensor.set_contiguous(asked.rank, asked.shape.data());
    const auto bytes = static_cast<size_t>(bytes_for(DType::f32, asked.numel()));
    tensor.storage = StorageRef(new Borrowed(frame_.get(bytes), bytes));
    return asked;
  }

  CpuDevice& device_;
  Workspace::Frame frame_;
  std::vector<std::pair<Tensor, Tensor>> results_;
};

template <class Args>
void run(Device& device, const Args& args, Kernel<Args> OpTable::*kernel) {
  auto& cpu = static_cast<CpuDevice&>(device);
  if (!needs_widening(args)) return (cpu.kernels().*kernel)(device, args);
  Args wide = args;
  Widened operands(cpu, wide);
  (cpu.kernels().*kernel)(device, wide);
  operands.round_results();
}

}  // namespace

const OpTable& CpuDevice::ops() const {
  static constexpr OpTable table = {
#define OP(name, Args) \
  [](Device& device, const Args& args) { run<Args>(device, args, &OpTable::name); },
#include "ops/ops.def"
  };
  return table;
}

}  // namespace lensmith::cpu
