// rms_norm, layer_norm and their gradients.
#include "backends/vulkan/kernels.h"
#include "backends/vulkan/operands.h"

namespace lensmith::vulkan {
namespace {

struct Forward {
  Tensor x, weight, bias, out, mean, rstd;
  float eps;
  bool layer;
};

struct Backward {
  Tensor x, weight, mean, rstd, grad, dx, dweight, dbias;
  bool layer;
};

constexpr int64_t kMostFours = 8;  // of a row, that a thread holds

bool is_in_fours(const Tensor& tensor) {
  return !tensor.defined() || address_of(tensor) % (4 * bytes_for(tensor.dtype, 1)) == 0;
}

// Rows that can be read four elements at a time and that a group holds whole. Returns how many
// fours a thread then holds; 0 for others.
uint32_t fours_held(const VulkanDevice& device, int64_t size,
                    std::initializer_list<const Tensor*> operands) {
  const int64_t held = ceil_div(size, 4 * kGroupSize);
  bool fits = device.casts_addresses() && size > 0 && size % 4 == 0 && held <= kMostFours;
  for (const Tensor* operand : operands) fits = fits && is_in_fours(*operand);
  return fits ? static_cast<uint32_t>(held) : 0;
}

bool run_wide(VulkanDevice& device, const Forward& s) {
  struct Push {
    VkDeviceAddress x, weight, bias, to, mean, rstd;
    uint32_t rows, fours;
    float eps;
  };
  const int64_t size = s.x.dim(1);
  const uint32_t held = fours_held(device, size, {&s.x, &s.weight, &s.bias, &s.out});
  if (held == 0) return false;
  device.dispatch(
      Shader::norm_wide,
      {s.layer ? 1u : 0u, id_of(s.weight), id_of(s.bias), held, id_of(s.x), id_of(s.out)},
      Push{address_of(s.x), address_of(s.weight), address_of(s.bias), address_of(s.out),
           address_of(s.mean), address_of(s.rstd), as_count(s.x.dim(0)), as_count(size / 4), s.eps},
      spread(s.x.dim(0)));
  return true;
}

void run(VulkanDevice& device, const Forward& s) {
  struct Push {
    VkDeviceAddress x, weight, bias, to, mean, rstd;
    uint32_t rows, size, first_x, first_weight, first_bias, first_to;
    float eps;
  };
  as_count(s.x.numel());
  if (run_wide(device, s)) return;
  device.dispatch(
      Shader::norm, {s.layer ? 1u : 0u, id_of(s.weight), id_of(s.bias), id_of(s.x), id_of(s.out)},
      Push{word_of(s.x), word_of(s.weight), word_of(s.bias), word_of(s.out), address_of(s.mean),
           address_of(s.rstd), as_count(s.x.dim(0)), as_count(s.x.dim(1)), element_in_word(s.x),
           element_in_word(s.weight), element_in_word(s.bias), element_in_word(s.out), s.eps},
      spread(s.x.dim(0)));
}

bool run_slopes_wide(VulkanDevice& device, const Backward& s) {
  struct Push {
    VkDeviceAddress x, weight, grad, dx, mean, rstd;
    uint32_t rows, fours;
  };
  const int64_t size = s.x.dim(1);
  const uint32_t held = fours_held(device, size, {&s.x, &s.weight, &s.grad, &s.dx});
  if (held == 0) return false;
  device.dispatch(
      Shader::norm_backward_wide,
      {s.layer ? 1u : 0u, id_of(s.weight), held, id_of(s.x), id_of(s.grad), id_of(s.dx)},
      Push{address_of(s.x), address_of(s.weight), address_of(s.grad), address_of(s.dx),
           address_of(s.mean), address_of(s.rstd), as_count(s.x.dim(0)), as_count(size / 4)},
      spread(s.x.dim(0)));
  return true;
}

void run_slopes(VulkanDevice& device, const Backward& s) {
  struct Push {
    VkDeviceAddress x, weight, grad, dx, mean, rstd;
    uint32_t rows, size, first_x, first_weight, first_grad, first_dx;
  };
  if (run_slopes_wide(device, s)) return;
  device.dispatch(
      Shader::norm_backward,
      {s.layer ? 1u : 0u, id_of(s.weight), id_of(s.x), id_of(s.grad), id_of(s.dx)},
      Push{word_of(s.x), word_of(s.weight), word_of(s.grad), word_of(s.dx), address_of(s.mean),
           address_of(s.rstd), as_count(s.x.dim(0)), as_count(s.x.dim(1)), element_in_word(s.x),
           element_in_word(s.weight), element_in_word(s.grad), element_in_word(s.dx)},
      spread(s.x.dim(0)));
}

void run(VulkanDevice& device, const Backward& s) {
  struct WeightsPush {
    VkDeviceAddress x, grad, mean, rstd, dweight, dbias;
    uint32_t rows, size, first_x, first_grad;
  };
  as_count(s.x.numel());
  if (s.dx) run_slopes(device, s);
  if (!s.dweight && !s.dbias) return;
  const int64_t size = s.x.dim(1);
  device.dispatch(
      Shader::norm_weights,
      {s.layer ? 1u : 0u, s.dweight ? 1u : 0u, s.dbias ? 1u : 0u, id_of(s.x), id_of(s.grad)},
      WeightsPush{word_of(s.x), word_of(s.grad), address_of(s.mean), address_of(s.rstd),
                  address_of(s.dweight), address_of(s.dbias), as_count(s.x.dim(0)), as_count(size),
                  element_in_word(s.x), element_in_word(s.grad)},
      spread(ceil_div(size, 32)));
}

}  // namespace

void rms_norm(VulkanDevice& device, const RmsNormArgs& args) {
  run(device, Forward{args.x, args.weight, {}, args.out, {}, args.rstd, args.eps, false});
}

void rms_norm_backward(VulkanDevice& device, const RmsNormBackwardArgs& args) {
  run(device,
      Backward{args.x, args.weight, {}, args.rstd, args.grad, args.dx, args.dweight, {}, false});
}

void layer_norm(VulkanDevice& device, const LayerNormArgs& args) {
  run(device,
      Forward{args.x, args.weight, args.bias, args.out, args.mean, args.rstd, args.eps, true});
}

void layer_norm_backward(VulkanDevice& device, const LayerNormBackwardArgs& args) {
  run(device, Backward{args.x, args.weight, args.mean, args.rstd, args.grad, args.dx, args.dweight,
                       args.dbias, true});
}

}  // namespace lensmith::vulkan
