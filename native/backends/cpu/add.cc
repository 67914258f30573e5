#include "backends/cpu/binary.h"
#include "backends/cpu/kernels.h"

namespace lensmith::cpu::LENSMITH_ISA {

void add(Context& context, const AddArgs& args) {
  const F32 alpha = F32::broadcast(args.alpha);
  binary(context, args.a, args.b, args.out, [=](F32 a, F32 b) { return fma(alpha, b, a); });
}

}  // namespace lensmith::cpu::LENSMITH_ISA
