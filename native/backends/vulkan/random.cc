// dropout, random_fill.
#include "backends/vulkan/kernels.h"
#include "backends/vulkan/operands.h"

namespace lensmith::vulkan {
namespace {

constexpr uint32_t kDropout = 2;

struct Push {
  VkDeviceAddress x, to;
  uint32_t first_x, first, count, seed, stream;
  float a, b, below_b;
};

// The largest float below b, or b itself where [a, b) is empty: rounding must not give b.
float bound_below(float a, float b) {
  if (!(a < b)) return b;
  if (b == 0) return -1.40129846e-45f;
  const uint32_t bits = float_to_bits(b);
  return bits_to_float(b > 0 ? bits - 1 : bits + 1);
}

}  // namespace

void dropout(VulkanDevice& device, const DropoutArgs& args) {
  const int64_t count = args.x.numel();
  if (count == 0) return;
  device.dispatch(Shader::random, {kDropout, id_of(args.out), id_of(args.x)},
                  Push{word_of(args.x), word_of(args.out), element_in_word(args.x),
                       element_in_word(args.out), as_count(count), args.seed, args.stream,
                       args.probability, 1.0f / (1.0f - args.probability), 0},
                  linear_groups(ceil_div(count, 4)));
}

void random_fill(VulkanDevice& device, const RandomFillArgs& args) {
  const int64_t count = args.out.numel();
  if (count == 0) return;
  device.dispatch(Shader::random, {static_cast<uint32_t>(args.kind), id_of(args.out), 0},
                  Push{0, word_of(args.out), 0, element_in_word(args.out), as_count(count),
                       args.seed, args.stream, args.a, args.b, bound_below(args.a, args.b)},
                  linear_groups(ceil_div(count, 4)));
}

}  // namespace lensmith::vulkan
