#include "backends/cpu/kernels.h"
#include "backends/cpu/loops.h"

namespace lensmith::cpu::LENSMITH_ISA {

void scale(Context& context, const ScaleArgs& args) {
  const F32 factor = F32::broadcast(args.factor);
  float* const out = args.out.data<float>();
  with_float_type(args.x.dtype, [&](auto type) {
    const auto* const x = args.x.data<decltype(type)>();
    for_elements(context, args.x.numel(), [&](int64_t begin, int64_t end) {
      each_vector(end - begin, [&](int64_t i, auto lanes) {
        store(factor * load(x + begin + i, lanes), out + begin + i, lanes);
      });
    });
  });
}

}  // namespace lensmith::cpu::LENSMITH_ISA
