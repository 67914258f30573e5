#include "backends/cpu/binary.h"
#include "backends/cpu/kernels.h"

namespace lensmith::cpu::LENSMITH_ISA {

void mul(Context& context, const MulArgs& args) {
  binary(context, args.a, args.b, args.out, [](F32 a, F32 b) { return a * b; });
}

}  // namespace lensmith::cpu::LENSMITH_ISA
