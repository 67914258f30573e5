// Products with one short axis, as the inside of adapters has: shaders/narrow.glsl. In f32, and
// with a long matrix that can be read four elements at a time.
#include <algorithm>

#include "backends/vulkan/gemm.h"

namespace lensmith::vulkan {
namespace {

constexpr int64_t kShortest = 1, kLongest = 32;  // of the short axis
constexpr int64_t kLong = 256;                   // at least, of the long ones
constexpr int64_t kSlice = 64;                   // of shaders/narrow.glsl
constexpr int64_t kVector = 4;

bool is_short(int64_t side) { return side >= kShortest && side <= kLongest; }

// Lines of `width` elements that may be read four at a time.
bool has_vectors(const Matrix& matrix, int64_t width) {
  return matrix.address % 16 == 0 && matrix.stride % kVector == 0 && width % kVector == 0;
}

uint32_t flag(bool value) { return value ? 1 : 0; }
uint32_t rounded(int64_t side) { return as_count(ceil_div(side, kVector) * kVector); }

// K in so many parts that the groups fill a large device; one, too, goes through matmul_join.
Split parts_of(VulkanDevice& device, const Gemm& s, int64_t groups) {
  Split split = split_of(device, s, groups, kSlice);
  if (split.parts > 1) return split;
  split.k_each = s.k;
  split.sums = device.scratch(static_cast<size_t>(s.m * s.n) * 4, Scratch::parts);
  return split;
}

// turned: the long matrix is a, and so the result's long axis goes down.
void rows(VulkanDevice& device, const Gemm& s, bool turned) {
  struct Push {
    VkDeviceAddress narrow, wide, to;
    uint32_t rows, width, k, lda, ldb, k_each;
  };
  constexpr int64_t kColumns = 256;
  const Matrix& narrow = turned ? s.b : s.a;
  const Matrix& wide = turned ? s.a : s.b;
  const int64_t short_side = turned ? s.n : s.m, width = turned ? s.m : s.n;
  const int64_t groups = ceil_div(width, kColumns);
  const Split split = parts_of(device, s, groups);
  device.dispatch(Shader::narrow_rows, {rounded(short_side), flag(turned)},
                  Push{narrow.address, wide.address, split.sums, as_count(short_side),
                       as_count(width), as_count(s.k), as_count(narrow.stride),
                       as_count(wide.stride / kVector), as_count(split.k_each)},
                  Groups{as_count(groups), 1, as_count(split.parts)});
  join(device, s, split);
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

}  // namespace

bool gemm_narrow(VulkanDevice& device, const Gemm& s) {
  if (s.a.dtype != DType::f32 || s.b.dtype != DType::f32) return false;
  if (is_short(s.k) && s.m >= kSlice && s.n >= kLong && s.bias.address == 0) {
    const Matrix out{s.out, 0, DType::f32, s.out_stride, false};
    if (s.a.transposed || !has_vectors(out, s.n)) return false;
    return inner(device, s), true;
  }
  if (s.k < kLong) return false;
  if (is_short(s.n) && s.m >= kLong && s.a.transposed && !s.b.transposed && has_vectors(s.a, s.m))
    return rows(device, s, true), true;
  if (is_short(s.m) && s.n >= kLong && s.a.transposed && !s.b.transposed && has_vectors(s.b, s.n))
    return rows(device, s, false), true;
  return false;
}

}  // namespace lensmith::vulkan
