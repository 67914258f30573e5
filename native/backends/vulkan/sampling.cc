// argmax, top_k, sample: select.comp.
#include "backends/vulkan/kernels.h"
#include "backends/vulkan/operands.h"

namespace lensmith::vulkan {
namespace {

enum Kind : uint32_t { kArgmax = 0, kTopK = 1, kSample = 2 };

struct Push {
  VkDeviceAddress scores, to, values;
  uint32_t rows, vocabulary, k, seed, stream;
  float temperature, top_p;
};

Push push_of(const Tensor& logits, const Tensor& out) {
  as_count(logits.numel());
  return {address_of(logits),
          address_of(out),
          0,
          as_count(logits.dim(0)),
          as_count(logits.dim(1)),
          0,
          0,
          0,
          1,
          1};
}

// The logits with what was said before made less likely, in scratch memory.
VkDeviceAddress penalised(VulkanDevice& device, const SampleArgs& args) {
  struct PenalisePush {
    VkDeviceAddress logits, scores, history;
    uint32_t count, vocabulary, history_length;
    float penalty;
  };
  const int64_t count = args.logits.numel();
  PenalisePush push{address_of(args.logits),      device.scratch(static_cast<size_t>(count) * 4),
                    address_of(args.history),     as_count(count),
                    as_count(args.logits.dim(1)), as_count(args.history.dim(1)),
                    args.repetition_penalty};
  device.dispatch(Shader::penalise, {0u}, push, linear_groups(count));
  push.count = as_count(args.history.numel());
  device.dispatch(Shader::penalise, {1u}, push, linear_groups(args.history.numel()));
  return push.scores;
}

}  // namespace

void argmax(VulkanDevice& device, const ArgmaxArgs& args) {
  device.dispatch(Shader::select, {kArgmax}, push_of(args.logits, args.out),
                  spread(args.logits.dim(0)));
}

void top_k(VulkanDevice& device, const TopKArgs& args) {
  Push push = push_of(args.logits, args.indices);
  push.values = address_of(args.values);
  push.k = as_count(args.values.dim(1));
  if (push.k > 0) device.dispatch(Shader::select, {kTopK}, push, spread(args.logits.dim(0)));
}

void sample(VulkanDevice& device, const SampleArgs& args) {
  if (args.history) device.check_indices("sample", "history", args.history, args.logits.dim(1), -1);
  if (args.logits.dim(0) == 0) return;
  Push push = push_of(args.logits, args.out);
  if (args.history && args.history.numel() > 0 && args.repetition_penalty != 1)
    push.scores = penalised(device, args);
  push.k = static_cast<uint32_t>(args.top_k);
  push.seed = args.seed, push.stream = args.stream;
  push.temperature = args.temperature, push.top_p = args.top_p;
  device.dispatch(Shader::select, {kSample}, push, spread(args.logits.dim(0)));
}

}  // namespace lensmith::vulkan
