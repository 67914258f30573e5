#include <cstring>

#include "backends/cpu/kernels.h"
#include "backends/cpu/loops.h"

namespace lensmith::cpu::LENSMITH_ISA {
namespace {

struct Grid {
  int64_t channels, height, width, patch, patches_y, patches_x;

  Grid(const Tensor& pixels, int32_t patch_size)
      : channels(pixels.shape[1]),
        height(pixels.shape[2]),
        width(pixels.shape[3]),
        patch(patch_size),
        patches_y(height / patch),
        patches_x(width / patch) {}

  int64_t row_size() const { return channels * patch * patch; }
};

void copy_floats(float* to, const float* from, int64_t count) {
  std::memcpy(to, from, static_cast<size_t>(count) * sizeof(float));
}

}  // namespace

void patchify(Context& context, const PatchifyArgs& args) {
  const Grid grid(args.pixels, args.patch);
  const float* const pixels = args.pixels.data<float>();
  float* const rows = args.rows.data<float>();
  for_rows(context, args.rows.shape[0], grid.row_size(), [&](int64_t row, int) {
    const int64_t px = row % grid.patches_x, line = row / grid.patches_x;
    const int64_t py = line % grid.patches_y, image = line / grid.patches_y;
    float* to = rows + row * grid.row_size();
    for (int64_t c = 0; c < grid.channels; ++c) {
      const float* from =
          pixels + (((image * grid.channels + c) * grid.height) + py * grid.patch) * grid.width +
          px * grid.patch;
      for (int64_t y = 0; y < grid.patch; ++y, from += grid.width, to += grid.patch)
        copy_floats(to, from, grid.patch);
    }
  });
}

// Goes by lines of pixels, each written once and whole, what lies beyond the patches included.
void unpatchify(Context& context, const UnpatchifyArgs& args) {
  const Grid grid(args.pixels, args.patch);
  const float* const rows = args.rows.data<float>();
  float* const pixels = args.pixels.data<float>();
  const int64_t lines = args.pixels.shape[0] * grid.channels * grid.height;
  for_rows(context, lines, grid.width, [&](int64_t line, int) {
    float* const to = pixels + line * grid.width;
    const int64_t y = line % grid.height, plane = line / grid.height;
    const int64_t c = plane % grid.channels, image = plane / grid.channels;
    const int64_t py = y / grid.patch;
    const int64_t covered = py < grid.patches_y ? grid.patches_x : 0;
    const float* from = rows + (image * grid.patches_y + py) * grid.patches_x * grid.row_size() +
                        (c * grid.patch + y % grid.patch) * grid.patch;
    for (int64_t px = 0; px < covered; ++px)
      copy_floats(to + px * grid.patch, from + px * grid.row_size(), grid.patch);
    for (int64_t x = covered * grid.patch; x < grid.width; ++x) to[x] = 0;
  });
}

}  // namespace lensmith::cpu::LENSMITH_ISA
