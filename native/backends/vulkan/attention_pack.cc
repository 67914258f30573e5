// f16 has too few exponents for all values, so that they are multiplied by powers of two as they
// are packed (shaders/scaling.glsl). bf16 on a device that multiplies bf16 is read as it lies.
#include "backends/vulkan/attention_pack.h"

#include <algorithm>

#include "backends/vulkan/operands.h"

namespace lensmith::vulkan {
namespace {

constexpr int64_t kVectorBytes = 16, kVectorFactors = 8, kFloatBytes = 4;
constexpr int64_t kLargestBytes = 16;
enum Place { kQueries, kKeys, kValues, kGradient };  // in the words of `largest`

int64_t vectors_of(const Tensor& tensor) { return ceil_div(tensor.dim(2), kVectorFactors); }

bool is_read_as_it_lies(const VulkanDevice& device, const Tensor& tensor) {
  return device.cooperative().element == DType::bf16 && tensor.dtype == DType::bf16 &&
         is_in_vectors(tensor);
}

bool is_scaled(const VulkanDevice& device) { return device.cooperative().element == DType::f16; }

// Memory of one call, handed out piece by piece.
class Room {
 public:
  Room(const VulkanDevice& device, std::initializer_list<const Tensor*> tensors, int64_t deltas)
      : bytes_(kLargestBytes + ceil_div(deltas * kFloatBytes, kVectorBytes) * kVectorBytes) {
    first_packed_ = bytes_;
    for (const Tensor* tensor : tensors)
      if (!is_read_as_it_lies(device, *tensor)) bytes_ += packed_bytes(*tensor);
  }

  static int64_t packed_bytes(const Tensor& tensor) {
    return tensor.dim(0) * tensor.dim(1) * vectors_of(tensor) * kVectorBytes;
  }
  // Of everything; afterwards take() hands out what is packed.
  VkDeviceAddress make(VulkanDevice& device) {
    const VkDeviceAddress all = device.scratch(static_cast<size_t>(bytes_));
    next_ = all + static_cast<VkDeviceAddress>(first_packed_);
    return all;
  }
  VkDeviceAddress take(const Tensor& tensor) {
    const VkDeviceAddress taken = next_;
    next_ += static_cast<VkDeviceAddress>(packed_bytes(tensor));
    return taken;
  }

 private:
  int64_t bytes_, first_packed_;
  VkDeviceAddress next_ = 0;
};

void clear_largest(VulkanDevice& device, VkDeviceAddress to) {
  struct Push {
    VkDeviceAddress to;
    uint32_t first, count, bits;
  };
  constexpr uint32_t kWords = kLargestBytes / 4, kWordBits = 32;
  if (is_scaled(device))
    device.dispatch(Shader::fill, {kWordBits}, Push{to, 0, kWords, 0}, linear_groups(kWords));
}

void find_largest(VulkanDevice& device, const Tensor& from, const Tensor& offsets,
                  VkDeviceAddress to) {
  struct Push {
    VkDeviceAddress from, offsets, to;
    uint32_t rows, width, stride, segments, first;
  };
  constexpr int64_t kMostGroups = 1024, kEach = 8;
  const int64_t width = from.dim(1) * from.dim(2);
  const int64_t groups = ceil_div(from.dim(0) * width, kGroupSize * kEach);
  device.dispatch(
      Shader::attention_largest, {id_of(from)},
      Push{word_of(from), address_of(offsets), to, as_count(from.dim(0)), as_count(width),
           as_count(from.stride[0]), as_count(offsets.dim(0) - 1), element_in_word(from)},
      Groups{as_count(std::min(groups, kMostGroups)), 1, 1});
}

// to: 0 where nothing is packed. result: what delta is taken with; none for other tensors than the
// gradient.
void pack(VulkanDevice& device, const Tensor& from, const Tensor& offsets, VkDeviceAddress to,
          VkDeviceAddress largest, Place place, const Tensor& result) {
  struct Push {
    VkDeviceAddress from, to, offsets, largest, result, delta;
    uint32_t rows, heads, stride, segments, first, first_of_result;
  };
  const VkDeviceAddress word = largest + static_cast<VkDeviceAddress>(4 * place);
  if (is_scaled(device)) find_largest(device, from, offsets, word);
  const bool has_delta = result.defined();
  const int64_t lines = from.dim(0) * from.dim(1), lines_each = kGroupSize / vectors_of(from);
  device.dispatch(
      Shader::attention_pack,
      {as_count(from.dim(2)), static_cast<uint32_t>(device.cooperative().element), id_of(from),
       is_in_vectors(from) ? 1u : 0u, is_scaled(device) ? 1u : 0u, to != 0 ? 1u : 0u,
       has_delta ? 1u : 0u, has_delta ? id_of(result) : 0u,
       has_delta && is_in_vectors(result) ? 1u : 0u},
      Push{word_of(from), to, address_of(offsets), word, has_delta ? word_of(result) : 0,
           largest + kLargestBytes, as_count(from.dim(0)), as_count(from.dim(1)),
           as_count(from.stride[0]), as_count(offsets.dim(0) - 1), element_in_word(from),
           element_in_word(result)},
      spread(ceil_div(lines, lines_each)));
}

HeadRows rows_of(VulkanDevice& device, const Tensor& tensor, const Tensor& offsets, Room& room,
                 VkDeviceAddress largest, Place place, const Tensor& result = {}) {
  const bool lies = is_read_as_it_lies(device, tensor);
  const VkDeviceAddress to = lies ? 0 : room.take(tensor);
  if (!lies || result.defined()) pack(device, tensor, offsets, to, largest, place, result);
  if (lies) return {address_of(tensor), as_count(tensor.stride[0] / kVectorFactors)};
  return {to, as_count(tensor.dim(1) * vectors_of(tensor))};
}

template <class Args>
AttentionOperands inputs_of(VulkanDevice& device, const Args& args, Room& room) {
  AttentionOperands found;
  found.largest = room.make(device);
  clear_largest(device, found.largest);
  found.q = rows_of(device, args.q, args.q_offsets, room, found.largest, kQueries);
  found.k = rows_of(device, args.k, args.k_offsets, room, found.largest, kKeys);
  found.v = rows_of(device, args.v, args.k_offsets, room, found.largest, kValues);
  return found;
}

}  // namespace

bool is_in_vectors(const Tensor& tensor) {
  const int64_t element_bytes = bytes_for(tensor.dtype, 1);
  const bool has_rows = tensor.dim(0) <= 1 || tensor.stride[0] * element_bytes % kVectorBytes == 0;
  return address_of(tensor) % kVectorBytes == 0 && has_rows &&
         tensor.dim(2) * element_bytes % kVectorBytes == 0;
}

AttentionOperands attention_operands(VulkanDevice& device, const AttentionArgs& args) {
  Room room(device, {&args.q, &args.k, &args.v}, 0);
  return inputs_of(device, args, room);
}

AttentionOperands attention_operands(VulkanDevice& device, const AttentionBackwardArgs& args) {
  Room room(device, {&args.q, &args.k, &args.v, &args.grad}, args.q.dim(0) * args.q.dim(1));
  AttentionOperands found = inputs_of(device, args, room);
  found.grad = rows_of(device, args.grad, args.q_offsets, room, found.largest, kGradient, args.out);
  return found;
}

}  // namespace lensmith::vulkan
