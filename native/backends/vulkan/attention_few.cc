#include "backends/vulkan/attention_few.h"

#include <algorithm>

#include "backends/vulkan/operands.h"

namespace lensmith::vulkan {
namespace {

constexpr int64_t kMostQueries = 16, kLargestHead = 256;
// Of the keys, for a query: what a group meets at once, while there are groups enough.
constexpr int64_t kKeysOfShare = 64, kMostShares = 64;

// Whether rows of heads can be read four elements at a time, as floats.
bool is_in_fours(const Tensor& tensor) {
  return tensor.dtype == DType::f32 && address_of(tensor) % 16 == 0 &&
         (tensor.dim(0) <= 1 || tensor.stride[0] % 4 == 0);
}

// Keys belong to sequences, of which few queries are often one each.
int64_t shares_of(int64_t key_rows, int64_t queries) {
  return std::clamp<int64_t>(ceil_div(key_rows, kKeysOfShare * queries), 1, kMostShares);
}

struct Shares {
  VkDeviceAddress values, sums, done;
  int64_t count;
};

void attend(VulkanDevice& device, const AttentionArgs& s, const Shares& shares) {
  struct Push {
    VkDeviceAddress q, k, v, q_offsets, k_offsets, values, sums, to, lse, done;
    uint32_t query_rows, key_rows, heads, group, q_stride, k_stride, v_stride, segments;
    float scale;
    int32_t window;
  };
  const int64_t queries = s.q.dim(0), heads = s.q.dim(1);
  // Shares last: those of later groups are often empty, as a cache is longer than what it holds.
  device.dispatch(
      Shader::attention_few,
      {as_count(s.q.dim(2)), s.causal ? 1u : 0u, device.shares_between_groups() ? 1u : 0u},
      Push{address_of(s.q),
           address_of(s.k),
           address_of(s.v),
           address_of(s.q_offsets),
           address_of(s.k_offsets),
           shares.values,
           shares.sums,
           address_of(s.out),
           address_of(s.lse),
           shares.done,
           as_count(queries),
           as_count(s.k.dim(0)),
           as_count(heads),
           as_count(heads / s.k.dim(1)),
           as_count(s.q.stride[0]),
           as_count(s.k.stride[0]),
           as_count(s.v.stride[0]),
           as_count(s.q_offsets.dim(0) - 1),
           s.scale,
           s.window},
      Groups{as_count(heads), as_count(queries), as_count(shares.count)});
}

void join(VulkanDevice& device, const AttentionArgs& s, const Shares& shares) {
  struct Push {
    VkDeviceAddress values, sums, to, lse;
    uint32_t count, shares;
  };
  const int64_t count = s.q.dim(0) * s.q.dim(1);
  device.dispatch(Shader::attention_join, {as_count(s.q.dim(2))},
                  Push{shares.values, shares.sums, address_of(s.out), address_of(s.lse),
                       as_count(count), as_count(shares.count)},
                  spread(count));
}

}  // namespace

bool attend_few_queries(VulkanDevice& device, const AttentionArgs& s) {
  const int64_t queries = s.q.dim(0), heads = s.q.dim(1), size = s.q.dim(2);
  const bool fits = queries > 0 && queries <= kMostQueries && size > 0 && size % 4 == 0 &&
                    size <= kLargestHead && heads <= kMostGroups && s.out.dtype == DType::f32 &&
                    is_in_fours(s.q) && is_in_fours(s.k) && is_in_fours(s.v) &&
                    is_at_vectors(s.out);
  if (!fits) return false;
  as_count(queries * s.q.stride[0]);
  as_count(s.k.dim(0) * s.k.stride[0]);
  as_count(s.v.dim(0) * s.v.stride[0]);
  Shares shares{0, 0, 0, shares_of(s.k.dim(0), queries)};
  const int64_t places = queries * heads * shares.count;
  shares.values = device.scratch(static_cast<size_t>(places * (size + 2)) * 4);
  shares.sums = shares.values + static_cast<VkDeviceAddress>(places * size) * 4;
  const bool joins = device.shares_between_groups();
  if (joins) shares.done = device.counters(static_cast<size_t>(queries * heads));
  attend(device, s, shares);
  if (!joins) join(device, s, shares);
  return true;
}

}  // namespace lensmith::vulkan
