// adamw (optimizer.h) with both moments in 8 bits: a byte a value, and a scale for each block of
// 256 values in row-major order, B = ceil(numel / 256) blocks.
//
//   m [B, 256] u8, m_scale [B] f32: m(i) = dynamic_map(m[i]) · m_scale(i / 256), of both signs
//   v [B, 256] u8, v_scale [B] f32: v(i) = unsigned_dynamic_map(v[i]) · v_scale(i / 256)
//
// The step computes in f32 and moves the weight by the moments as they are before they are rounded.
// Then a block's scale becomes its largest size, and a value the nearest of the map, the lower one
// of two. A scale below the normal numbers is 0 with all of its block. Bytes past the last value
// are 0. m, v start at 4 bytes.
//
// One departure from the source: a v above 0 is never rounded to 0. Where its neighbours are some
// thousand times larger, nearest would leave an m that lives to be divided by eps alone, and the
// weight would jump.
//
// Source: arXiv:2110.02861; bitsandbytes' block-wise Adam, whose blocks are as long.
#pragma once

#include "core/dynamic_map.h"
#include "ops/optimizer.h"

namespace lensmith {

inline constexpr int64_t kMomentBlock = 256;
inline constexpr float kSmallestMomentScale = 1.17549435e-38f;

struct AdamW8bitArgs : AdamWRates {
  Tensor param, grad, m, m_scale, v, v_scale, master, grad_scale;

  template <class Visitor>
  void visit(Visitor& visitor) {
    visitor.out(param), visitor.in(grad), visitor.out(m), visitor.out(m_scale);
    visitor.out(v), visitor.out(v_scale);
    visitor.optional_out(master), visitor.optional_in(grad_scale);
    visit_rates(visitor);
  }
};

inline void check(const AdamW8bitArgs& s) {
  constexpr const char* op = "adamw_8bit";
  check_weight(op, s);
  const int64_t blocks = (s.param.numel() + kMomentBlock - 1) / kMomentBlock;
  const auto codes = [&](const char* name, const Tensor& tensor) {
    Operand(op, name, tensor).shape({blocks, kMomentBlock}).dtype({DType::u8});
    Operand(op, name, tensor).contiguous().writable();
    require(tensor.offset_bytes % 4 == 0, op, "codes that start at a multiple of 4 bytes",
            std::to_string(tensor.offset_bytes));
  };
  codes("m", s.m);
  codes("v", s.v);
  Operand(op, "m_scale", s.m_scale).shape({blocks}).output();
  Operand(op, "v_scale", s.v_scale).shape({blocks}).output();
}

}  // namespace lensmith
