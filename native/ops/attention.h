// Fused attention over packed segments; no T×T matrix is kept.
//
// Segment s owns query rows q_offsets[s] .. q_offsets[s+1] and key rows k_offsets[s] ..
// k_offsets[s+1]; rows of different segments do not see each other.
//   S[i, j] = scale · q_i · k_j;  out_i = Σ_j softmax_j(S[i, j]) v_j;  lse_i = log Σ_j exp S[i, j]
// With `causal`, query i of a segment with Lq queries and Lk keys sees keys j ≤ i + (Lk − Lq): the
// last query meets the last key, which serves whole sequences and cached decoding alike. With
// window > 0 it also sees only j > i + (Lk − Lq) − window. A query that sees no key gives 0 and
// lse −inf.
//
//   q    [Nq, Hq, D] f32 | bf16, rows contiguous (axis 0 may be strided: a slice of a fused
//        projection)
//   k, v [Nk, Hkv, D] f32 | bf16, each its own, rows contiguous; Hq is a multiple of Hkv, head h
//   reads h / (Hq / Hkv) q_offsets, k_offsets  [S + 1] i32, ascending from 0; q_offsets ends at
//   most at Nq, k_offsets
//        at most at Nk (a cache may be larger than what is filled)
//   out  [Nq, Hq, D] f32 | bf16;  lse [Nq, Hq] f32
//   reduced  q, k, v, the probabilities and, backward, grad and ds may be rounded to 16 bits as
//        they are multiplied, as the weights of the model are; sums stay f32. The CPU rounds
//        nothing but results that are bf16.
//
// Backward, grad, dq, dk and dv may be f32 or bf16, each its own. It recomputes the probabilities
// from lse; with delta_i = Σ grad_i · out_i:
//   dv_j = Σ_i p_ij grad_i;  ds_ij = p_ij (grad_i · v_j − delta_i);
//   dq_i = scale Σ_j ds_ij k_j;  dk_j = scale Σ_i ds_ij q_i        (summed over the shared heads)
//
// Source: arXiv:2205.14135, arXiv:2307.08691.
#pragma once

#include "core/check.h"

namespace lensmith {

struct AttentionArgs {
  Tensor q, k, v, q_offsets, k_offsets, out, lse;
  float scale = 1;
  bool causal = false;
  int32_t window = 0;
  bool reduced = false;

  template <class Visitor>
  void visit(Visitor& visitor) {
    visitor.in(q), visitor.in(k), visitor.in(v), visitor.in(q_offsets), visitor.in(k_offsets);
    visitor.out(out), visitor.out(lse);
    visitor.real(scale), visitor.flag(causal), visitor.integer(window), visitor.flag(reduced);
  }
};

struct AttentionBackwardArgs {
  Tensor q, k, v, q_offsets, k_offsets, out, lse, grad, dq, dk, dv;
  float scale = 1;
  bool causal = false;
  int32_t window = 0;
  bool reduced = false;

  template <class Visitor>
  void visit(Visitor& visitor) {
    visitor.in(q), visitor.in(k), visitor.in(v), visitor.in(q_offsets), visitor.in(k_offsets);
    visitor.in(out), visitor.in(lse), visitor.in(grad);
    visitor.out(dq), visitor.out(dk), visitor.out(dv);
    visitor.real(scale), visitor.flag(causal), visitor.integer(window), visitor.flag(reduced);
  }
};

template <class Args>
void check_attention_inputs(const char* op, const Args& s) {
  Operand(op, "q", s.q).rank(3).dtype({DType::f32, DType::bf16}).rows_contiguous();
  const int64_t key_rows = s.k.rank == 3 ? s.k.dim(0) : 0;
  Operand(op, "k", s.k).rank(3).dtype({DType::f32, DType::bf16}).rows_contiguous();
  const int64_t kv_heads = s.k.dim(1);
  Operand(op, "k", s.k).shape({key_rows, kv_heads, s.q.dim(2)});
  Operand(op, "v", s.v).same_shape(s.k).dtype({DType::f32, DType::bf16}).rows_contiguous();
  require(kv_heads > 0 && s.q.dim(1) % kv_heads == 0, op,
          "query heads a multiple of key-value heads",
          std::to_string(s.q.dim(1)) + " and " + std::to_string(kv_heads));
  Operand(op, "q_offsets", s.q_offsets).rank(1).i32().contiguous();
  Operand(op, "k_offsets", s.k_offsets).same_shape(s.q_offsets).i32().contiguous();
  require(s.q_offsets.dim(0) >= 1, op, "at least one offset", "none");
  require(s.window >= 0, op, "window >= 0", std::to_string(s.window));
}

inline void check_attention_result(const char* op, const char* name, const Tensor& result,
                                   const Tensor& like) {
  const Operand operand(op, name, result);
  operand.same_shape(like).dtype({DType::f32, DType::bf16}).contiguous().writable();
}

inline void check(const AttentionArgs& s) {
  check_attention_inputs("attention", s);
  check_attention_result("attention", "out", s.out, s.q);
  Operand("attention", "lse", s.lse).shape({s.q.dim(0), s.q.dim(1)}).output();
}

inline void check(const AttentionBackwardArgs& s) {
  check_attention_inputs("attention_backward", s);
  const char* const op = "attention_backward";
  Operand(op, "out", s.out).same_shape(s.q).dtype({DType::f32, DType::bf16}).contiguous();
  Operand(op, "lse", s.lse).shape({s.q.dim(0), s.q.dim(1)}).f32().contiguous();
  Operand(op, "grad", s.grad).same_shape(s.q).dtype({DType::f32, DType::bf16}).contiguous();
  check_attention_result(op, "dq", s.dq, s.q);
  check_attention_result(op, "dk", s.dk, s.k);
  check_attention_result(op, "dv", s.dv, s.k);
}

}  // namespace lensmith
