// How the kernels of attention by cooperative matrices are shaped, by the device and the size of
// heads.
#pragma once

#include "backends/vulkan/vulkan_device.h"
#include "core/tensor.h"

namespace lensmith::vulkan {

// Of a group: its subgroups, and how many rows of the other side pass through shared memory at a
// time. The other numbers are constants of the same names in shaders/attention*_coop.comp.
struct AttentionForm {
  int64_t subgroups = 0, tile = 0;
  int64_t down = 1;                // forward: small matrices of queries of a subgroup
  bool ahead = false;              // the next tile is fetched while one is multiplied
  int64_t splits = 1;              // backward: subgroups that share rows
  int64_t holds = 0, stretch = 1;  // backward
  bool weighs = false;             // backward: gradients of values are summed, too
};

struct AttentionPlan {
  int64_t size, m, n, k, subgroup;
  ElementPlaces places;
  // Without subgroups where none fits the device.
  AttentionForm forward, of_queries, of_keys;

  bool fits() const {
    return forward.subgroups > 0 && of_queries.subgroups > 0 && of_keys.subgroups > 0;
  }
};

// Rows of a group: queries, or queries or keys.
int64_t forward_rows(const AttentionPlan& plan);
int64_t backward_rows(const AttentionPlan& plan, const AttentionForm& form);

AttentionPlan plan_attention(VulkanDevice& device, int64_t head_size);

}  // namespace lensmith::vulkan
