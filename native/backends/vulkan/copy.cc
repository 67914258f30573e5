// copy, fill.
#include "backends/vulkan/copy.h"

#include <array>

#include "backends/vulkan/kernels.h"
#include "backends/vulkan/operands.h"

namespace lensmith::vulkan {
namespace {

struct CopyPush {
  VkDeviceAddress from, to;
  uint32_t count, first_from, first_to, rank;
  uint32_t size[kMaxRank], from_stride[kMaxRank], to_stride[kMaxRank];
};

// Where elements come from.
struct Source {
  VkDeviceAddress address;
  uint32_t first;
  DType dtype;
  const std::array<int64_t, kMaxRank>& stride;
};

// The axes in the order of dst's indices, with those merged that lie as one in both.
void lay_out(const std::array<int64_t, kMaxRank>& from_stride, const Tensor& dst, CopyPush* push) {
  int last = -1;
  for (int i = 0; i < dst.rank; ++i) {
    if (dst.shape[i] == 1) continue;
    const auto size = static_cast<uint32_t>(dst.shape[i]);
    const uint32_t from = as_count(from_stride[i]), to = as_count(dst.stride[i]);
    const bool merges =
        last >= 0 && push->from_stride[last] == from * size && push->to_stride[last] == to * size;
    if (merges) {
      push->size[last] *= size;
    } else {
      push->size[++last] = size;
    }
    push->from_stride[last] = from, push->to_stride[last] = to;
  }
  push->rank = static_cast<uint32_t>(last + 1);
}

// Elements that share a word are written together when they lie side by side.
int64_t elements_per_word(DType dtype) { return 4 / bytes_for(dtype, 1); }

int64_t words_spanned(const Tensor& tensor) {
  return ceil_div(element_in_word(tensor) + tensor.numel(), elements_per_word(tensor.dtype));
}

constexpr int64_t kPieceBytes = 16;

bool starts_a_piece(const Tensor& tensor) { return address_of(tensor) % kPieceBytes == 0; }

// Of memory that lies alike in both; any other goes element by element.
bool copies_bytes(const CopyArgs& args) {
  return args.src.dtype == args.dst.dtype && args.src.contiguous() && args.dst.contiguous() &&
         starts_a_piece(args.src) && starts_a_piece(args.dst);
}

void copy_dense(VulkanDevice& device, const CopyArgs& args) {
  struct Push {
    VkDeviceAddress from, to, from_words, to_words;
    uint32_t pieces, rest;
  };
  const VkDeviceAddress from = address_of(args.src), to = address_of(args.dst);
  const int64_t bytes = bytes_for(args.dst.dtype, args.dst.numel());
  const int64_t pieces = bytes / kPieceBytes, rest = bytes % kPieceBytes;
  device.dispatch(Shader::copy_dense, {},
                  Push{from, to, from, to, as_count(pieces), as_count(rest)},
                  linear_groups(pieces + (rest > 0 ? 1 : 0)));
}

uint32_t bits_of(float value, DType dtype) {
  switch (dtype) {
    case DType::bf16: return from_float<bf16>(value).bits;
    case DType::f16: return from_float<f16>(value).bits;
    case DType::i32: return static_cast<uint32_t>(static_cast<int32_t>(value));
    default: return float_to_bits(value);
  }
}

void copy_from(VulkanDevice& device, const Source& src, const Tensor& dst) {
  const int64_t count = dst.numel();
  if (count == 0) return;
  CopyPush push{
      src.address, word_of(dst), as_count(count), src.first, element_in_word(dst), 0, {}, {}, {}};
  lay_out(src.stride, dst, &push);
  const bool packed = elements_per_word(dst.dtype) > 1 && dst.contiguous();
  device.dispatch(Shader::copy, {static_cast<uint32_t>(src.dtype), id_of(dst), packed ? 1u : 0u},
                  push, linear_groups(packed ? words_spanned(dst) : count));
}

}  // namespace

void copy(VulkanDevice& device, const CopyArgs& args) {
  if (args.dst.numel() > 0 && copies_bytes(args)) return copy_dense(device, args);
  copy_from(device, {word_of(args.src), element_in_word(args.src), args.src.dtype, args.src.stride},
            args.dst);
}

void copy_floats(VulkanDevice& device, VkDeviceAddress from, const Tensor& to) {
  std::array<int64_t, kMaxRank> stride{};
  int64_t step = 1;
  for (int i = to.rank - 1; i >= 0; --i) {
    stride[i] = step;
    step *= to.shape[i];
  }
  copy_from(device, {from, 0, DType::f32, stride}, to);
}

void fill(VulkanDevice& device, const FillArgs& args) {
  struct Push {
    VkDeviceAddress to;
    uint32_t first, count, bits;
  };
  const int64_t count = args.out.numel();
  if (count == 0) return;
  const auto width = static_cast<uint32_t>(8 * bytes_for(args.out.dtype, 1));
  device.dispatch(Shader::fill, {width},
                  Push{word_of(args.out), element_in_word(args.out), as_count(count),
                       bits_of(args.value, args.out.dtype)},
                  linear_groups(words_spanned(args.out)));
}

}  // namespace lensmith::vulkan
