#include "backends/vulkan/attention_plan.h"

#include <algorithm>

#include "backends/vulkan/operands.h"

namespace lensmith::vulkan {
namespace {

constexpr int64_t kFactorBytes = 2, kVectorBytes = 16, kFloatBytes = 4, kRangeBytes = 8;
constexpr int64_t kBoundsBytes = 16;
constexpr int64_t kMostVectors = 64;  // of a head; beyond, registers do not hold its sums

// In order of preference; the first that fits is taken. Where places of elements are known; as
// measured on an H200 (docs/performance.md):
constexpr AttentionForm kForward[] = {
    {.subgroups = 4, .tile = 32, .ahead = true},
    {.subgroups = 4, .tile = 16, .ahead = true},
};
constexpr AttentionForm kOfQueries[] = {
    {.subgroups = 8, .tile = 32, .ahead = true, .holds = 2, .stretch = 2},
    {.subgroups = 4, .tile = 32, .ahead = true, .holds = 2, .stretch = 2},
    {.subgroups = 4, .tile = 16, .holds = 2},
};
constexpr AttentionForm kOfKeys[] = {
    {.subgroups = 8, .tile = 64, .holds = 2, .weighs = true},
    {.subgroups = 4, .tile = 32, .holds = 1, .stretch = 2, .weighs = true},
    {.subgroups = 4, .tile = 16, .holds = 2, .weighs = true},
};
// The same on drivers that compute on the CPU, where a kernel is compiled for longer than it runs.
constexpr AttentionForm kForwardBrief[] = {{.subgroups = 2, .tile = 16, .ahead = true}};
constexpr AttentionForm kOfQueriesBrief[] = {
    {.subgroups = 2, .tile = 16, .ahead = true, .holds = 2, .stretch = 2}};
constexpr AttentionForm kOfKeysBrief[] = {{.subgroups = 2, .tile = 16, .holds = 1, .weighs = true}};
// And where not, weights go through shared memory, and so do own rows.
constexpr AttentionForm kForwardShown[] = {{.subgroups = 4, .tile = 32},
                                           {.subgroups = 4, .tile = 16}};
constexpr AttentionForm kOfQueriesShown[] = {{.subgroups = 4, .tile = 32, .splits = 2},
                                             {.subgroups = 4, .tile = 16, .splits = 2}};
constexpr AttentionForm kOfKeysShown[] = {
    {.subgroups = 4, .tile = 32, .splits = 2, .weighs = true},
    {.subgroups = 4, .tile = 16, .splits = 2, .weighs = true}};

int64_t padded_of(const AttentionPlan& plan) {
  return ceil_div(plan.size, std::max(plan.n, plan.k)) * std::max(plan.n, plan.k);
}

// Bytes of a row of `elements` in shared memory, with the vector that keeps banks apart.
int64_t line_bytes(int64_t elements, int64_t element_bytes) {
  return elements * element_bytes + kVectorBytes;
}

// What all kernels have: places of elements, ranges of rows and their bounds.
int64_t small_bytes(const AttentionPlan& plan, int64_t rows, int64_t parties) {
  return plan.m * plan.n * kFloatBytes + rows * kRangeBytes + (parties + 1) * kBoundsBytes;
}

int64_t forward_bytes(const AttentionPlan& plan, const AttentionForm& form) {
  const int64_t rows = form.subgroups * form.down * plan.m;
  const int64_t lines = std::max(2 * form.tile, rows) * line_bytes(padded_of(plan), kFactorBytes);
  const int64_t shown =
      rows * (line_bytes(form.tile, kFloatBytes) + line_bytes(form.tile, kFactorBytes));
  return lines + small_bytes(plan, rows, form.subgroups) + (plan.places.known ? 0 : shown);
}

int64_t backward_bytes(const AttentionPlan& plan, const AttentionForm& form, bool of_keys) {
  const int64_t rows = backward_rows(plan, form);
  const int64_t passing = (2 - form.holds) * rows + 2 * form.tile;
  const int64_t lines = std::max(passing, rows) * line_bytes(padded_of(plan), kFactorBytes);
  const int64_t queries = kRangeBytes * (of_keys ? form.tile : rows);
  const int64_t shown = form.subgroups * plan.m * line_bytes(plan.n, kFloatBytes) +
                        2 * rows * line_bytes(form.tile, kFactorBytes);
  return lines + queries + small_bytes(plan, rows, form.subgroups) +
         (plan.places.known ? 0 : shown);
}

template <size_t N, class Bytes>
AttentionForm first_that_fits(const VulkanDevice& device, const AttentionPlan& plan,
                              const AttentionForm (&forms)[N], Bytes&& bytes) {
  for (const AttentionForm& form : forms) {
    const bool divides =
        form.tile % (form.splits * form.stretch * plan.n) == 0 && form.tile % plan.k == 0;
    const bool has_threads = form.subgroups * plan.subgroup <= kGroupSize;
    if (divides && has_threads && bytes(form) <= int64_t{device.max_shared_bytes()}) return form;
  }
  return {};
}

}  // namespace

int64_t forward_rows(const AttentionPlan& plan) {
  return plan.forward.subgroups * plan.forward.down * plan.m;
}

int64_t backward_rows(const AttentionPlan& plan, const AttentionForm& form) {
  return form.subgroups / form.splits * plan.m;
}

AttentionPlan plan_attention(VulkanDevice& device, int64_t head_size) {
  const Cooperative& cooperative = device.cooperative();
  AttentionPlan plan{head_size,
                     cooperative.m,
                     cooperative.n,
                     cooperative.k,
                     cooperative.subgroup,
                     device.element_places(),
                     {},
                     {},
                     {}};
  const auto forward = [&](const AttentionForm& form) { return forward_bytes(plan, form); };
  const auto of_queries = [&](const AttentionForm& form) {
    return backward_bytes(plan, form, false);
  };
  const auto of_keys = [&](const AttentionForm& form) { return backward_bytes(plan, form, true); };
  // Threads that share a row of a small matrix have whole vectors of four of it.
  const bool shares = plan.subgroup % plan.m == 0 && plan.n * plan.m % (4 * plan.subgroup) == 0;
  if (padded_of(plan) * kFactorBytes / kVectorBytes > kMostVectors) return plan;
  if (plan.places.known && device.is_software()) {
    plan.forward = first_that_fits(device, plan, kForwardBrief, forward);
    plan.of_queries = first_that_fits(device, plan, kOfQueriesBrief, of_queries);
    plan.of_keys = first_that_fits(device, plan, kOfKeysBrief, of_keys);
  } else if (plan.places.known) {
    plan.forward = first_that_fits(device, plan, kForward, forward);
    plan.of_queries = first_that_fits(device, plan, kOfQueries, of_queries);
    plan.of_keys = first_that_fits(device, plan, kOfKeys, of_keys);
  } else if (shares) {
    plan.forward = first_that_fits(device, plan, kForwardShown, forward);
    plan.of_queries = first_that_fits(device, plan, kOfQueriesShown, of_queries);
    plan.of_keys = first_that_fits(device, plan, kOfKeysShown, of_keys);
  }
  return plan;
}

}  // namespace lensmith::vulkan
