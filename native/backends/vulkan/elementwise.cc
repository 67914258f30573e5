// add, mul, scale, activation, swiglu and their gradients: elementwise.comp.
#include "backends/vulkan/kernels.h"
#include "backends/vulkan/operands.h"

namespace lensmith::vulkan {
namespace {

// Numbers of elementwise.comp; activations count on from the first by their kind.
enum Operation : uint32_t {
  kAdd = 0,
  kMul = 1,
  kScale = 2,
  kActivation = 10,
  kActivationBackward = 20,
  kSwiglu = 30,
  kSwigluBackward = 31,
};

struct Push {
  VkDeviceAddress a, b, c, out0, out1;
  uint32_t count, count_b, first_a, first_b;
  float alpha;
};

void run(VulkanDevice& device, uint32_t operation, const Tensor& a, const Tensor& b,
         const Tensor& c, const Tensor& out0, const Tensor& out1, float alpha) {
  const int64_t count = a.numel();
  const int64_t count_b = b.defined() ? b.numel() : count;
  if (count == 0) return;
  const Push push{
      word_of(a),      word_of(b),        address_of(c),      address_of(out0),   address_of(out1),
      as_count(count), as_count(count_b), element_in_word(a), element_in_word(b), alpha};
  device.dispatch(Shader::elementwise, {operation, id_of(a), id_of(b)}, push, linear_groups(count));
}

}  // namespace

void add(VulkanDevice& device, const AddArgs& args) {
  run(device, kAdd, args.a, args.b, {}, args.out, {}, args.alpha);
}

void mul(VulkanDevice& device, const MulArgs& args) {
  run(device, kMul, args.a, args.b, {}, args.out, {}, 1);
}

void scale(VulkanDevice& device, const ScaleArgs& args) {
  run(device, kScale, args.x, {}, {}, args.out, {}, args.factor);
}

void activation(VulkanDevice& device, const ActivationArgs& args) {
  run(device, kActivation + static_cast<uint32_t>(args.kind), args.x, {}, {}, args.out, {}, 1);
}

void activation_backward(VulkanDevice& device, const ActivationBackwardArgs& args) {
  run(device, kActivationBackward + static_cast<uint32_t>(args.kind), args.x, args.grad, {},
      args.dx, {}, 1);
}

void swiglu(VulkanDevice& device, const SwigluArgs& args) {
  run(device, kSwiglu, args.gate, args.up, {}, args.out, {}, 1);
}

void swiglu_backward(VulkanDevice& device, const SwigluBackwardArgs& args) {
  run(device, kSwigluBackward, args.gate, args.up, args.grad, args.dgate, args.dup, 1);
}

}  // namespace lensmith::vulkan
