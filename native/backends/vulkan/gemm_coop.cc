// Products by cooperative matrices (shaders/matmul_coop.comp). Their factors have 16 bits: an
// operand that is stored so and lies right is read as it is, any other is packed first, which costs
// a pass over it beside the product's many. Sums are f32.
#include <algorithm>

#include "backends/vulkan/gemm.h"
#include "backends/vulkan/gemm_plan.h"

namespace lensmith::vulkan {
namespace {

constexpr int64_t kVector = 8;  // factors in 16 bytes

// Below this a product is no work, and packing would cost more than it saves.
constexpr int64_t kLeastSide = 16;

// The lines of a factor in memory: along K where they are rows of a, or columns of b.
struct Lines {
  int64_t count, width;
  bool along_k;
};

Lines lines_of(const Matrix& matrix, int64_t rows, int64_t cols, bool is_a) {
  const bool along_k = is_a != matrix.transposed;
  return {matrix.transposed ? cols : rows, matrix.transposed ? rows : cols, along_k};
}

// A factor as the kernel takes it.
struct Factor {
  VkDeviceAddress address;
  int64_t vectors;  // from line to line
};

int64_t packed_vectors(const Lines& lines) { return ceil_div(lines.width, kVector); }

size_t packed_bytes(const Lines& lines) {
  return static_cast<size_t>(lines.count * packed_vectors(lines)) * 16;
}

// Past the end of a line along K only zeros may follow; other lines may be read on into what lies
// there.
bool lies_right(const Matrix& matrix, const Lines& lines, DType element) {
  return matrix.dtype == element && matrix.first == 0 && matrix.address % 16 == 0 &&
         matrix.stride % kVector == 0 && (!lines.along_k || lines.width % kVector == 0);
}

// f16 has too few exponents for gradients and large activations: see shaders/scaling.glsl.
bool is_scaled(const VulkanDevice& device) { return device.cooperative().element == DType::f16; }

uint32_t flag(bool value) { return value ? 1 : 0; }

void find_largest(VulkanDevice& device, const Matrix& matrix, const Lines& lines,
                  VkDeviceAddress to) {
  struct Push {
    VkDeviceAddress from, to;
    uint32_t first, lines, width, stride;
  };
  constexpr int64_t kMostLargestGroups = 1024;
  const int64_t groups = ceil_div(lines.count * lines.width, kGroupSize * 8);
  device.dispatch(Shader::largest, {static_cast<uint32_t>(matrix.dtype)},
                  Push{matrix.address, to, matrix.first, as_count(lines.count),
                       as_count(lines.width), as_count(matrix.stride)},
                  Groups{as_count(std::min(groups, kMostLargestGroups)), 1, 1});
}

Factor pack(VulkanDevice& device, const Matrix& matrix, const Lines& lines, VkDeviceAddress to,
            VkDeviceAddress largest) {
  struct Push {
    VkDeviceAddress from, wide, to, largest;
    uint32_t first, lines, width, stride, vectors;
  };
  const bool is_wide =
      matrix.dtype == DType::f32 && matrix.address % 16 == 0 && matrix.stride % 4 == 0;
  const bool scaled = is_scaled(device);
  if (scaled) find_largest(device, matrix, lines, largest);
  const int64_t vectors = packed_vectors(lines);
  device.dispatch(
      Shader::pack,
      {static_cast<uint32_t>(matrix.dtype), static_cast<uint32_t>(device.cooperative().element),
       flag(is_wide), flag(scaled)},
      Push{matrix.address, matrix.address, to, largest, matrix.first, as_count(lines.count),
           as_count(lines.width), as_count(matrix.stride), as_count(vectors)},
      linear_groups(lines.count * vectors));
  return {to, vectors};
}

// What no value is larger than by more than twice: the scales of rows or blocks; where those are in
// 8 bits themselves, what they are made of, a factor and an offset.
void find_largest(VulkanDevice& device, const QuantizedMatrix& w, VkDeviceAddress to) {
  const auto add = [&](const Tensor& tensor) {
    const int64_t count = tensor.numel();
    find_largest(device, {word_of(tensor), 0, DType::f32, count}, {1, count, true}, to);
  };
  if (w.scales.dtype == DType::f32) return add(w.scales);
  add(w.scales2);
  add(w.offset);
}

Factor pack(VulkanDevice& device, const QuantizedMatrix& w, VkDeviceAddress to,
            VkDeviceAddress largest) {
  struct Push {
    QuantizedPush w;
    VkDeviceAddress to, largest;
  };
  constexpr int64_t kEach = 8;  // of shaders/pack_quantized.comp
  if (is_scaled(device)) find_largest(device, w, largest);
  const int64_t vectors = w.cols / kVector;
  device.dispatch(Shader::pack_quantized,
                  {format_of(w), has_whole_rows(w),
                   static_cast<uint32_t>(device.cooperative().element), flag(is_scaled(device))},
                  Push{push_of(device, w), to, largest},
                  spread(ceil_div(w.rows * vectors, kGroupSize * kEach)));
  return {to, vectors};
}

void clear_words(VulkanDevice& device, VkDeviceAddress words, uint32_t count) {
  struct Push {
    VkDeviceAddress to;
    uint32_t first, count, bits;
  };
  device.dispatch(Shader::fill, {32}, Push{words, 0, count, 0}, Groups{});
}

// The two factors of a product, in memory that they share with the sizes that they were scaled by.
struct Factors {
  Factor a, b;
  VkDeviceAddress largest_a, largest_b;

  // The same from a row of a on, a multiple of kVector; `transposed`: a's lines lie along M.
  Factors from_row(int64_t row, bool transposed) const {
    Factors rest = *this;
    rest.a.address +=
        static_cast<VkDeviceAddress>(transposed ? row / kVector : row * a.vectors) * 16;
    return rest;
  }
};

Factors factors_of(VulkanDevice& device, const Gemm& s) {
  constexpr size_t kHead = 64;  // the sizes, and what keeps the vectors aligned
  const Lines lines_a = lines_of(s.a, s.m, s.k, true);
  const Lines lines_b = s.weight != nullptr ? Lines{s.weight->rows, s.weight->cols, s.b.transposed}
                                            : lines_of(s.b, s.k, s.n, false);
  const DType element = device.cooperative().element;
  const bool scaled = is_scaled(device);
  const bool a_lies = !scaled && lies_right(s.a, lines_a, element);
  const bool b_lies = s.weight == nullptr && !scaled && lies_right(s.b, lines_b, element);
  const size_t bytes_a = a_lies ? 0 : packed_bytes(lines_a);
  const size_t bytes_b = b_lies ? 0 : packed_bytes(lines_b);
  const VkDeviceAddress head = device.scratch(kHead + bytes_a + bytes_b, Scratch::factors);
  Factors factors{{s.a.address, s.a.stride / kVector},
                  {s.b.address, s.b.stride / kVector},
                  head,
                  head + sizeof(uint32_t)};
  if (scaled) clear_words(device, head, 2);
  if (!a_lies) factors.a = pack(device, s.a, lines_a, head + kHead, factors.largest_a);
  const VkDeviceAddress to_b = head + kHead + bytes_a;
  if (s.weight != nullptr)
    factors.b = pack(device, *s.weight, to_b, factors.largest_b);
  else if (!b_lies)
    factors.b = pack(device, s.b, lines_b, to_b, factors.largest_b);
  return factors;
}

// With `split`, its parts of K into its sums.
void multiply_tiles(VulkanDevice& device, const Gemm& s, const CoopShape& shape, const Factors& f,
                    const Split& split) {
  struct Push {
    VkDeviceAddress a, b, bias, to, largest_a, largest_b;
    uint32_t m, n, k, lda, ldb, ldc, first_bias;
    float alpha, beta;
    uint32_t k_each;
  };
  const Cooperative& c = device.cooperative();
  Groups groups = tile_groups(s.m, s.n, tile_m(c, shape), tile_n(c, shape));
  const bool splits = split.parts > 1;
  if (splits) groups.z = as_count(split.parts);
  const bool is_aligned = splits ? s.n % 4 == 0 : s.out % 16 == 0 && s.out_stride % 4 == 0;
  const Shader shader =
      c.element == DType::bf16 ? Shader::matmul_coop_bf16 : Shader::matmul_coop_f16;
  device.dispatch(shader,
                  {shape.down * shape.across * c.subgroup, flag(s.a.transposed),
                   flag(s.b.transposed), c.m, c.n, c.k, shape.across, shape.down, shape.tiles_m,
                   shape.tiles_n, shape.slice, flag(s.bias.address != 0 && !splits),
                   static_cast<uint32_t>(s.bias.dtype), flag(s.beta != 0 && !splits),
                   flag(is_scaled(device)), flag(splits), shape.buffers, flag(is_aligned)},
                  Push{f.a.address, f.b.address, s.bias.address, splits ? split.sums : s.out,
                       f.largest_a, f.largest_b, as_count(s.m), as_count(s.n), as_count(s.k),
                       as_count(f.a.vectors), as_count(f.b.vectors), as_count(s.out_stride),
                       s.bias.first, s.alpha, s.beta, as_count(splits ? split.k_each : s.k)},
                  groups, work_of(s));
}

// The rows of tiles that fill the device, and those that are left over, with parts of their K.
void multiply_apart(VulkanDevice& device, const Gemm& s, const CoopShape& shape, const Rest& rest) {
  const int64_t whole = rest.first_row_of_tiles * tile_m(device.cooperative(), shape);
  Gemm first = s, last = s;
  first.m = whole, last.m = s.m - whole;
  last.out += static_cast<VkDeviceAddress>(whole * s.out_stride) * sizeof(float);
  const Split parts = split_into(device, last, rest.parts, shape.slice, Scratch::rest);
  const Factors f = factors_of(device, s);
  multiply_tiles(device, first, shape, f, {});
  // It waits for the factors, as the one before it did: which there has to be.
  device.order().overlap();
  multiply_tiles(device, last, shape, f.from_row(whole, s.a.transposed), parts);
  join(device, last, parts);
}

}  // namespace

bool can_cooperate(const VulkanDevice& device, const Gemm& s) {
  if (!device.cooperative().usable || std::min({s.m, s.n, s.k}) < kLeastSide) return false;
  if (s.weight != nullptr) return s.weight->cols % kVector == 0;
  return s.a.dtype != DType::f32 || s.b.dtype != DType::f32;
}

void gemm_coop(VulkanDevice& device, const Gemm& s) {
  const Cooperative& c = device.cooperative();
  const CoopShape shape = coop_shape_for(c, int64_t{device.max_shared_bytes()},
                                         {s.m, s.n, s.k, s.a.transposed, s.b.transposed});
  const Groups groups = tile_groups(s.m, s.n, tile_m(c, shape), tile_n(c, shape));
  const Split split = split_of(device, s, int64_t{groups.x} * groups.y, shape.slice);
  if (split.parts > 1) {
    multiply_tiles(device, s, shape, factors_of(device, s), split);
    return join(device, s, split);
  }
  const int64_t room = int64_t{shape.groups_of_core} * device.cores();
  const Rest rest = rest_of(room, groups.y, groups.x, s.k);
  if (rest.parts == 1) return multiply_tiles(device, s, shape, factors_of(device, s), split);
  multiply_apart(device, s, shape, rest);
}

}  // namespace lensmith::vulkan
