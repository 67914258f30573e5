#include "backends/cpu/kernels.h"
#include "backends/cpu/loops.h"
#include "backends/cpu/simd/math.h"

namespace lensmith::cpu::LENSMITH_ISA {

void swiglu(Context& context, const SwigluArgs& args) {
  const float* const gates = args.gate.data<float>();
  const float* const ups = args.up.data<float>();
  float* const out = args.out.data<float>();
  const F32 one = F32::broadcast(1);
  for_elements(context, args.gate.numel(), [&](int64_t begin, int64_t end) {
    each_vector(end - begin, [&](int64_t i, auto lanes) {
      const F32 gate = load(gates + begin + i, lanes), up = load(ups + begin + i, lanes);
      store(gate / (one + exp(-gate)) * up, out + begin + i, lanes);
    });
  });
}

void swiglu_backward(Context& context, const SwigluBackwardArgs& args) {
  const float* const gates = args.gate.data<float>();
  const float* const ups = args.up.data<float>();
  const float* const grads = args.grad.data<float>();
  float* const dgate = args.dgate.data<float>();
  float* const dup = args.dup.data<float>();
  const F32 one = F32::broadcast(1);
  for_elements(context, args.gate.numel(), [&](int64_t begin, int64_t end) {
    each_vector(end - begin, [&](int64_t i, auto lanes) {
      const int64_t at = begin + i;
      const F32 gate = load(gates + at, lanes), up = load(ups + at, lanes);
      const F32 grad = load(grads + at, lanes), s = sigmoid(gate);
      store(grad * up * s * fma(gate, one - s, one), dgate + at, lanes);
      store(grad * gate * s, dup + at, lanes);
    });
  });
}

}  // namespace lensmith::cpu::LENSMITH_ISA
