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

// Rows that can be read 16 bytes at a time and that a group holds whole.
bool run_wide(VulkanDevice& device, const Forward& s) {
  struct Push {
    VkDeviceAddress x, weight, bias, to, mean, rstd;
    uint32_t rows, fours;
    float eps;
  };
  const int64_t size = s.x.dim(1), held = ceil_div(size, 4 * kGroupSize);
  const bool fits = device.casts_addresses() && size > 0 && size % 4 == 0 && held <= kMostFours &&
                    is_in_fours(s.x) && is_in_fours(s.weight) && is_in_fours(s.bias) &&
                    is_in_fours(s.out);
  if (!fits) return false;
  device.dispatch(
      Shader::norm_wide,
      {s.layer ? 1u : 0u, id_of(s.weight), id_of(s.bias), static_cast<uint32_t>(held)},
      Push{address_of(s.x), address_of(s.weight), address_of(s.bias), address_of(s.out),
           address_of(s.mean), address_of(s.rstd), as_count(s.x.dim(0)), as_count(size / 4), s.eps},
      spread(s.x.dim(0)));
  return true;
}

void run(VulkanDevice& device, const Forward& s) {
  struct Push {
    VkDeviceAddress x, weight, bias, to, mean, rstd;
    uint32_t rows, size, first_weight, first_bias;
    float eps;
  };
  as_count(s.x.numel());
  if (run_wide(device, s)) return;
  device.dispatch(
      Shader::norm, {s.layer ? 1u : 0u, id_of(s.weight), id_of(s.bias)},
      Push{address_of(s.x), word_of(s.weight), word_of(s.bias), address_of(s.out),
           address_of(s.mean), address_of(s.rstd), as_count(s.x.dim(0)), as_count(s.x.dim(1)),
           element_in_word(s.weight), element_in_word(s.bias), s.eps},
      spread(s.x.dim(0)));
}

void run(VulkanDevice& device, const Backward& s) {
  struct Push {
    VkDeviceAddress x, weight, mean, rstd, grad, dx;
    uint32_t rows, size, first_weight;
  };
  struct WeightsPush {
    VkDeviceAddress x, mean, rstd, grad, dweight, dbias;
    uint32_t rows, size;
  };
  as_count(s.x.numel());
  const uint32_t layer = s.layer ? 1 : 0;
  const uint32_t rows = as_count(s.x.dim(0)), size = as_count(s.x.dim(1));
  if (s.dx) {
    device.dispatch(
        Shader::norm_backward, {layer, id_of(s.weight)},
        Push{address_of(s.x), word_of(s.weight), address_of(s.mean), address_of(s.rstd),
             address_of(s.grad), address_of(s.dx), rows, size, element_in_word(s.weight)},
        spread(rows));
  }
  if (!s.dweight && !s.dbias) return;
  device.dispatch(
      Shader::norm_weights, {layer, s.dweight ? 1u : 0u, s.dbias ? 1u : 0u},
      WeightsPush{address_of(s.x), address_of(s.mean), address_of(s.rstd), address_of(s.grad),
                  address_of(s.dweight), address_of(s.dbias), rows, size},
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
