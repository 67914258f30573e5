// Products with one short axis, as the inside of adapters has: shaders/narrow.glsl. They read a
// long matrix of any float type once, and what stands beside it, f32, is never rounded to fewer
// bits.
#include <algorithm>

#include "backends/vulkan/gemm.h"

namespace lensmith::vulkan {
namespace {

constexpr int64_t kLongestInside = 32;  // of a short K
constexpr int64_t kLongestShort = 64;   // of a short axis of the result
constexpr int64_t kLong = 256;          // at least, of the others
constexpr int64_t kEachShort = 16;      // of a short axis, of one group
constexpr int64_t kVector = 4;
// Groups that were fastest on a card with 132 cores.
constexpr int64_t kGroupsOfDots = 264, kGroupsOfRows = 512;

bool is_short(int64_t side) { return side >= 1 && side <= kLongestShort; }

// Lines of `width` elements that may be read so many at a time.
bool lies_in(const Matrix& matrix, int64_t width, int64_t vector) {
  const auto bytes = static_cast<VkDeviceAddress>(bytes_for(matrix.dtype, vector));
  return matrix.first == 0 && matrix.address % bytes == 0 && matrix.stride % vector == 0 &&
         width % vector == 0;
}

uint32_t flag(bool value) { return value ? 1 : 0; }
uint32_t id(const Matrix& matrix) { return static_cast<uint32_t>(matrix.dtype); }
uint32_t rounded(int64_t side) { return as_count(ceil_div(side, kVector) * kVector); }

// Where the groups write: the result, or parts of it and then matmul_join. K is split in so many
// that the groups fill a large device.
struct Target {
  Split split;
  VkDeviceAddress to;
  uint32_t stride;
  float alpha;

  bool is_joined() const { return split.sums != 0; }
};

Target target_of(VulkanDevice& device, const Gemm& s, int64_t groups, int64_t slice,
                 int64_t most_groups) {
  constexpr int64_t kLeastSlices = 4;
  const int64_t slices = ceil_div(s.k, slice);
  const int64_t wanted = std::clamp<int64_t>((most_groups + groups / 2) / groups, 1,
                                             std::max<int64_t>(slices / kLeastSlices, 1));
  Split split;
  split.k_each = ceil_div(slices, wanted) * slice;
  split.parts = ceil_div(s.k, split.k_each);
  as_count(split.parts * s.m * s.n);
  if (split.parts == 1 && s.beta == 0 && s.bias.address == 0)
    return {split, s.out, as_count(s.out_stride), s.alpha};
  split.sums = device.scratch(static_cast<size_t>(split.parts * s.m * s.n) * 4, Scratch::parts);
  return {split, split.sums, as_count(s.n), 1};
}

// Rows that a thread has on their way. A driver that computes on the CPU takes seconds to compile
// what is unrolled for more.
int64_t rows_at_once(const VulkanDevice& device, int64_t most) {
  return device.is_software() ? 1 : most;
}

// a is long, and its rows lie along K.
void dots(VulkanDevice& device, const Gemm& s) {
  struct Push {
    VkDeviceAddress a, elements, b, fours_of_b, to;
    uint32_t first, m, n, k, lda, ldb, ldc, k_each;
    float alpha;
  };
  constexpr int64_t kDown = 32, kSlice = 64;  // of shaders/narrow_dots.comp
  const int64_t rows = rows_at_once(device, 4);
  const bool whole = lies_in(s.a, s.k, 16 / bytes_for(s.a.dtype, 1));
  const bool whole_b = s.b.transposed && lies_in(s.b, s.k, kVector);
  const int64_t down = ceil_div(s.m, kDown * rows), chunks = ceil_div(s.n, kEachShort);
  const Target target = target_of(device, s, down * chunks, kSlice, kGroupsOfDots);
  device.dispatch(
      Shader::narrow_dots,
      {rounded(std::min(s.n, kEachShort)), flag(!s.b.transposed), id(s.a), flag(whole),
       as_count(rows), flag(whole_b), flag(device.is_software())},
      Push{s.a.address, s.a.address, s.b.address, s.b.address, target.to, s.a.first, as_count(s.m),
           as_count(s.n), as_count(s.k), as_count(s.a.stride), as_count(s.b.stride), target.stride,
           as_count(target.split.k_each), target.alpha},
      Groups{as_count(down), as_count(chunks), as_count(target.split.parts)});
  if (target.is_joined()) join(device, s, target.split);
}

// Both matrices have K rows. turned: the long one is a, and so the result's long axis goes down.
void rows(VulkanDevice& device, const Gemm& s, bool turned) {
  struct Push {
    VkDeviceAddress narrow, fours_of_narrow, wide, halves, elements, to;
    uint32_t first, rows, width, k, lda, ldb, ldc, k_each;
    float alpha;
  };
  constexpr int64_t kColumns = 128, kPhases = 4;  // of shaders/narrow_rows.comp
  const Matrix& narrow = turned ? s.b : s.a;
  const Matrix& wide = turned ? s.a : s.b;
  const int64_t short_side = turned ? s.n : s.m, width = turned ? s.m : s.n;
  const int64_t ahead = rows_at_once(device, 8);
  const int64_t across = ceil_div(width, kColumns), chunks = ceil_div(short_side, kEachShort);
  const Target target = target_of(device, s, across * chunks, kPhases * ahead, kGroupsOfRows);
  device.dispatch(Shader::narrow_rows,
                  {rounded(std::min(short_side, kEachShort)), flag(turned), id(wide),
                   flag(lies_in(wide, width, kVector)), as_count(ahead),
                   flag(lies_in(narrow, short_side, kVector))},
                  Push{narrow.address, narrow.address, wide.address, wide.address, wide.address,
                       target.to, wide.first, as_count(short_side), as_count(width), as_count(s.k),
                       as_count(narrow.stride), as_count(wide.stride), target.stride,
                       as_count(target.split.k_each), target.alpha},
                  Groups{as_count(across), as_count(chunks), as_count(target.split.parts)});
  if (target.is_joined()) join(device, s, target.split);
}

void inner(VulkanDevice& device, const Gemm& s) {
  struct Push {
    VkDeviceAddress a, b, to;
    uint32_t m, n, k, lda, ldb, ldc;
    float alpha, beta;
  };
  constexpr int64_t kRows = 128, kColumns = 256;
  device.dispatch(Shader::narrow_inner, {rounded(s.k), flag(s.b.transposed), flag(s.beta != 0)},
                  Push{s.a.address, s.b.address, s.out, as_count(s.m), as_count(s.n), as_count(s.k),
                       as_count(s.a.stride), as_count(s.b.stride), as_count(s.out_stride / kVector),
                       s.alpha, s.beta},
                  tile_groups(s.m, s.n, kRows, kColumns));
}

bool is_for_inner(const Gemm& s) {
  const Matrix out{s.out, 0, DType::f32, s.out_stride, false};
  return s.a.dtype == DType::f32 && s.b.dtype == DType::f32 && s.k <= kLongestInside && s.m >= 64 &&
         s.n >= kLong && s.bias.address == 0 && !s.a.transposed && lies_in(out, s.n, kVector);
}

// Worth it where the long matrix is; beside one of 16 bits always, since other ways may round what
// stands beside it.
bool is_worth_it(const Matrix& wide, int64_t side, int64_t k) {
  return wide.dtype != DType::f32 || (side >= kLong && k >= kLong);
}

}  // namespace

bool gemm_narrow(VulkanDevice& device, const Gemm& s) {
  if (s.weight != nullptr || s.k == 0) return false;
  as_count((s.a.transposed ? s.k : s.m) * s.a.stride);
  as_count((s.b.transposed ? s.n : s.k) * s.b.stride);
  if (is_for_inner(s)) return inner(device, s), true;
  const bool a_fits = s.a.dtype == DType::f32, b_fits = s.b.dtype == DType::f32;
  if (!s.a.transposed) {
    const bool fits = b_fits && is_short(s.n) && s.m > kFewRows && is_worth_it(s.a, s.m, s.k);
    return fits && (dots(device, s), true);
  }
  if (s.b.transposed) return false;
  if (b_fits && is_short(s.n) && is_worth_it(s.a, s.m, s.k)) return rows(device, s, true), true;
  if (a_fits && is_short(s.m) && is_worth_it(s.b, s.n, s.k)) return rows(device, s, false), true;
  return false;
}

}  // namespace lensmith::vulkan
