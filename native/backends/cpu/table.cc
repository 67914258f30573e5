// The op table of one instruction set (this file is compiled once for each).
#include "backends/cpu/cpu_device.h"
#include "backends/cpu/kernels.h"

namespace lensmith::cpu::LENSMITH_ISA {

const OpTable& op_table() {
  static constexpr OpTable table = {
#define OP(name, Args)                                                   \
  [](Device& device, const Args& args) {                                 \
    LENSMITH_ISA::name(static_cast<CpuDevice&>(device).context(), args); \
  },
#include "ops/ops.def"
  };
  return table;
}

}  // namespace lensmith::cpu::LENSMITH_ISA
