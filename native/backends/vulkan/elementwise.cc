// add, mul, scale, activation, swiglu and their gradients: elementwise.comp, elementwise_wide.comp.
#include "backends/vulkan/kernels.h"
#include "backends/vulkan/operands.h"

namespace lensmith::vulkan {
namespace {

// Numbers of elementwise.glsl; activations count on from the first by their kind.
enum Operation : uint32_t {
  kAdd = 0,
  kMul = 1,
  kScale = 2,
  kActivation = 10,
  kActivationBackward = 20,
  kSwiglu = 30,
  kSwigluBackward = 31,
};

struct Operands {
  Tensor a, b, c, out0, out1;
  float alpha = 1;
};

constexpr int64_t kEight = 8;

// What eights.glsl reads and writes.
bool is_wide(const Operands& s) {
  const bool is_repeated = s.b.defined() && s.b.numel() != s.a.numel();
  return !is_repeated && is_at_vectors(s.a) && is_at_vectors(s.b) && is_at_vectors(s.c) &&
         is_at_vectors(s.out0) && is_at_vectors(s.out1);
}

// The first elements, as many as come in eights. Returns how many.
int64_t run_wide(VulkanDevice& device, uint32_t operation, const Operands& s) {
  struct Push {
    VkDeviceAddress a, b, c, out0, out1;
    uint32_t eights;
    float alpha;
  };
  const int64_t eights = is_wide(s) ? s.a.numel() / kEight : 0;
  if (eights == 0) return 0;
  device.dispatch(Shader::elementwise_wide,
                  {operation, id_of(s.a), id_of(s.b), id_of(s.c), id_of(s.out0), id_of(s.out1)},
                  Push{address_of(s.a), address_of(s.b), address_of(s.c), address_of(s.out0),
                       address_of(s.out1), as_count(eights), s.alpha},
                  linear_groups(eights));
  return eights * kEight;
}

void run(VulkanDevice& device, uint32_t operation, const Operands& s) {
  struct Push {
    VkDeviceAddress a, b, c, out0, out1;
    uint32_t begin, count, count_b;
    uint32_t first_a, first_b, first_c, first_0, first_1;
    float alpha;
  };
  const int64_t count = s.a.numel(), count_b = s.b.defined() ? s.b.numel() : count;
  as_count(count);
  const int64_t done = run_wide(device, operation, s);
  if (done == count) return;
  device.dispatch(Shader::elementwise,
                  {operation, id_of(s.a), id_of(s.b), id_of(s.c), id_of(s.out0), id_of(s.out1)},
                  Push{word_of(s.a), word_of(s.b), word_of(s.c), word_of(s.out0), word_of(s.out1),
                       as_count(done), as_count(count), as_count(count_b), element_in_word(s.a),
                       element_in_word(s.b), element_in_word(s.c), element_in_word(s.out0),
                       element_in_word(s.out1), s.alpha},
                  linear_groups(count - done));
}

}  // namespace

void add(VulkanDevice& device, const AddArgs& args) {
  run(device, kAdd, {args.a, args.b, {}, args.out, {}, args.alpha});
}

void mul(VulkanDevice& device, const MulArgs& args) {
  run(device, kMul, {args.a, args.b, {}, args.out, {}});
}

void scale(VulkanDevice& device, const ScaleArgs& args) {
  run(device, kScale, {args.x, {}, {}, args.out, {}, args.factor});
}

void activation(VulkanDevice& device, const ActivationArgs& args) {
  run(device, kActivation + static_cast<uint32_t>(args.kind), {args.x, {}, {}, args.out, {}});
}

void activation_backward(VulkanDevice& device, const ActivationBackwardArgs& args) {
  run(device, kActivationBackward + static_cast<uint32_t>(args.kind),
      {args.x, args.grad, {}, args.dx, {}});
}

void swiglu(VulkanDevice& device, const SwigluArgs& args) {
  run(device, kSwiglu, {args.gate, args.up, {}, args.out, {}});
}

void swiglu_backward(VulkanDevice& device, const SwigluBackwardArgs& args) {
  run(device, kSwigluBackward, {args.gate, args.up, args.grad, args.dgate, args.dup});
}

}  // namespace lensmith::vulkan
