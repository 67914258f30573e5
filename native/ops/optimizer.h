// What an optimiser step is made of.
//
// sum_squares:      out[slot] = Σ x² (summed in f64); one slot a parameter.
// clip_coefficient: out[0] = sqrt(Σ squares), the gradient's norm over all parameters;
//                   out[1] = min(1, max_norm / (out[0] + 1e-6)), or 1 when max_norm ≤ 0.
// adamw, with g = grad · grad_scale[0] (grad_scale optional, one f32: out[1] above):
//   p ← p · (1 − lr · weight_decay);  m ← β1 m + (1 − β1) g;  v ← β2 v + (1 − β2) g²
//   p ← p − lr / (1 − β1^step) · m / (sqrt(v / (1 − β2^step)) + eps)
// param f32, or bf16/f16 with `master` (f32) given: the master is updated and param is its
// rounding. grad, m, v, master f32 in the shape of param; step counts from 1.
//
// Source: arXiv:1711.05101; numerics as torch.optim.AdamW and torch.nn.utils.clip_grad_norm_.
#pragma once

#include <cmath>

#include "core/check.h"

namespace lensmith {

// Double, as the reference holds them: 1 - beta2 in f32 would be off by 1e-5.
struct AdamWRates {
  double lr = 0, beta1 = 0.9, beta2 = 0.999, eps = 1e-8, weight_decay = 0;
  int32_t step = 1;

  template <class Visitor>
  void visit_rates(Visitor& visitor) {
    visitor.real(lr), visitor.real(beta1), visitor.real(beta2), visitor.real(eps);
    visitor.real(weight_decay), visitor.integer(step);
  }
};

// What kernels compute with: worked out in double and rounded once, as the reference does.
struct AdamWNumbers {
  float decay, one_minus_beta1, beta2, one_minus_beta2, root_correction, eps, step_size;

  explicit AdamWNumbers(const AdamWRates& rates) {
    const double correction1 = 1 - std::pow(rates.beta1, static_cast<double>(rates.step));
    const double correction2 = 1 - std::pow(rates.beta2, static_cast<double>(rates.step));
    decay = static_cast<float>(1 - rates.lr * rates.weight_decay);
    one_minus_beta1 = static_cast<float>(1 - rates.beta1);
    beta2 = static_cast<float>(rates.beta2);
    one_minus_beta2 = static_cast<float>(1 - rates.beta2);
    root_correction = static_cast<float>(std::sqrt(correction2));
    eps = static_cast<float>(rates.eps);
    step_size = static_cast<float>(rates.lr / correction1);
  }
};

struct AdamWArgs : AdamWRates {
  Tensor param, grad, m, v, master, grad_scale;

  template <class Visitor>
  void visit(Visitor& visitor) {
    visitor.out(param), visitor.in(grad), visitor.out(m), visitor.out(v);
    visitor.optional_out(master), visitor.optional_in(grad_scale);
    visit_rates(visitor);
  }
};

struct SumSquaresArgs {
  Tensor x, out;
  int32_t slot = 0;

  template <class Visitor>
  void visit(Visitor& v) {
    v.in(x), v.out(out), v.integer(slot);
  }
};

struct ClipCoefficientArgs {
  Tensor squares, out;
  float max_norm = 0;

  template <class Visitor>
  void visit(Visitor& v) {
    v.in(squares), v.out(out), v.real(max_norm);
  }
};

// What every form of AdamW asks of a weight.
template <class Args>
void check_weight(const char* op, const Args& s) {
  Operand(op, "param", s.param).any_float().contiguous().writable();
  Operand(op, "grad", s.grad).same_shape(s.param).f32().contiguous();
  if (s.param.dtype != DType::f32 || s.master)
    Operand(op, "master", s.master).same_shape(s.param).output();
  if (s.grad_scale) Operand(op, "grad_scale", s.grad_scale).shape({1}).f32();
  require(s.step >= 1, op, "step >= 1", std::to_string(s.step));
}

inline void check(const AdamWArgs& s) {
  check_weight("adamw", s);
  Operand("adamw", "m", s.m).same_shape(s.param).output();
  Operand("adamw", "v", s.v).same_shape(s.param).output();
}

inline void check(const SumSquaresArgs& s) {
  Operand("sum_squares", "x", s.x).defined().any_float().contiguous();
  Operand("sum_squares", "out", s.out).rank(1).output();
  require(s.slot >= 0 && s.slot < s.out.dim(0), "sum_squares", "a slot inside out",
          std::to_string(s.slot));
}

inline void check(const ClipCoefficientArgs& s) {
  Operand("clip_coefficient", "squares", s.squares).rank(1).f32().contiguous();
  Operand("clip_coefficient", "out", s.out).shape({2}).output();
}

}  // namespace lensmith
