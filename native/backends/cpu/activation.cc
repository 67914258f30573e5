#include "backends/cpu/kernels.h"
#include "backends/cpu/loops.h"
#include "backends/cpu/simd/math.h"

namespace lensmith::cpu::LENSMITH_ISA {
namespace {

LENSMITH_INLINE F32 number(float value) { return F32::broadcast(value); }

// Each function f with value(x) = f(x) and slope(x) = f'(x).

struct Gelu {
  // The normal distribution function.
  static LENSMITH_INLINE F32 below(F32 x) {
    return fma(number(0.5f), erf(x * number(0.707106781f)), number(0.5f));
  }
  static LENSMITH_INLINE F32 value(F32 x) { return x * below(x); }
  static LENSMITH_INLINE F32 slope(F32 x) {
    const F32 density = number(0.398942280f) * exp(number(-0.5f) * x * x);
    return fma(x, density, below(x));
  }
};

struct GeluTanh {
  static constexpr float kScale = 0.797884561f;  // sqrt(2 / pi)
  static constexpr float kCubic = 0.044715f;

  static LENSMITH_INLINE F32 curve(F32 x) {
    return tanh(number(kScale) * x * fma(number(kCubic) * x, x, number(1)));
  }
  static LENSMITH_INLINE F32 value(F32 x) { return number(0.5f) * x * (number(1) + curve(x)); }
  static LENSMITH_INLINE F32 slope(F32 x) {
    const F32 t = curve(x);
    const F32 inner = number(kScale) * fma(number(3 * kCubic) * x, x, number(1));
    return number(0.5f) * fma(x * inner, fma(-t, t, number(1)), number(1) + t);
  }
};

struct QuickGelu {
  static constexpr float kSteepness = 1.702f;

  static LENSMITH_INLINE F32 value(F32 x) { return x / (number(1) + exp(number(-kSteepness) * x)); }
  static LENSMITH_INLINE F32 slope(F32 x) {
    const F32 steep = number(kSteepness) * x, s = sigmoid(steep);
    return s * fma(steep, number(1) - s, number(1));
  }
};

struct Silu {
  static LENSMITH_INLINE F32 value(F32 x) { return x / (number(1) + exp(-x)); }
  static LENSMITH_INLINE F32 slope(F32 x) {
    const F32 s = sigmoid(x);
    return s * fma(x, number(1) - s, number(1));
  }
};

struct Relu {
  static LENSMITH_INLINE F32 value(F32 x) { return max(F32::zero(), x); }
  static LENSMITH_INLINE F32 slope(F32 x) {
    return select(x > F32::zero(), number(1), F32::zero());
  }
};

template <class Function>
void forward(Context& context, const ActivationArgs& args) {
  const float* const x = args.x.data<float>();
  float* const out = args.out.data<float>();
  for_elements(context, args.x.numel(), [&](int64_t begin, int64_t end) {
    each_vector(end - begin, [&](int64_t i, auto lanes) {
      store(Function::value(load(x + begin + i, lanes)), out + begin + i, lanes);
    });
  });
}

template <class Function>
void backward(Context& context, const ActivationBackwardArgs& args) {
  const float* const x = args.x.data<float>();
  const float* const grad = args.grad.data<float>();
  float* const dx = args.dx.data<float>();
  for_elements(context, args.x.numel(), [&](int64_t begin, int64_t end) {
    each_vector(end - begin, [&](int64_t i, auto lanes) {
      const F32 slope = Function::slope(load(x + begin + i, lanes));
      store(load(grad + begin + i, lanes) * slope, dx + begin + i, lanes);
    });
  });
}

template <class Fn>
void with_function(int32_t kind, Fn&& fn) {
  switch (static_cast<ActivationKind>(kind)) {
    case ActivationKind::gelu: return fn(Gelu{});
    case ActivationKind::gelu_tanh: return fn(GeluTanh{});
    case ActivationKind::quick_gelu: return fn(QuickGelu{});
    case ActivationKind::silu: return fn(Silu{});
    case ActivationKind::relu: return fn(Relu{});
  }
}

}  // namespace

void activation(Context& context, const ActivationArgs& args) {
  with_function(args.kind, [&](auto function) { forward<decltype(function)>(context, args); });
}

void activation_backward(Context& context, const ActivationBackwardArgs& args) {
  with_function(args.kind, [&](auto function) { backward<decltype(function)>(context, args); });
}

}  // namespace lensmith::cpu::LENSMITH_ISA
