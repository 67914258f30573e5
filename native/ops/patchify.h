// Images to rows of patches (im2col with stride = kernel = patch), so that patch embedding is one
// matmul with the convolution's weight seen as [hidden, C·p·p].
//
//   pixels [B, C, H, W] f32, contiguous; H and W at least `patch`; what remains at the right and
//          the bottom after whole patches is left out, as a convolution does
//   rows   [B · (H/p) · (W/p), C · p · p] f32: patches row by row, channel-major inside
//
// unpatchify is the backward pass: the gradient of rows put back to pixels (0 where none was).
#pragma once

#include "core/check.h"

namespace lensmith {

struct PatchifyArgs {
  Tensor pixels, rows;
  int32_t patch = 1;

  template <class Visitor>
  void visit(Visitor& v) {
    v.in(pixels), v.out(rows), v.integer(patch);
  }
};

struct UnpatchifyArgs {
  Tensor rows, pixels;
  int32_t patch = 1;

  template <class Visitor>
  void visit(Visitor& v) {
    v.in(rows), v.out(pixels), v.integer(patch);
  }
};

inline void check_patches(const char* op, const Tensor& pixels, const Tensor& rows, int32_t patch) {
  Operand(op, "pixels", pixels).rank(4).f32().contiguous();
  require(patch >= 1, op, "patch >= 1", std::to_string(patch));
  const int64_t grid = (pixels.dim(2) / patch) * (pixels.dim(3) / patch);
  Operand(op, "rows", rows)
      .shape({pixels.dim(0) * grid, pixels.dim(1) * patch * patch})
      .f32()
      .contiguous();
}

inline void check(const PatchifyArgs& s) {
  check_patches("patchify", s.pixels, s.rows, s.patch);
  Operand("patchify", "rows", s.rows).writable();
}

inline void check(const UnpatchifyArgs& s) {
  check_patches("unpatchify", s.pixels, s.rows, s.patch);
  Operand("unpatchify", "pixels", s.pixels).writable();
}

}  // namespace lensmith
