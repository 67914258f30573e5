#include "backends/vulkan/gemm_plan.h"

#include <algorithm>

#include "backends/vulkan/operands.h"

namespace lensmith::vulkan {
namespace {

constexpr int64_t kVector = 8;  // factors in 16 bytes

// Of K: a shorter part is not worth a group.
constexpr int64_t kLeastK = 256;

// Both slices, with a vector more a line, and a small matrix of sums for each subgroup.
int64_t shared_bytes(const Cooperative& form, const CoopShape& shape, const GemmSizes& sizes) {
  const int64_t m = tile_m(form, shape), n = tile_n(form, shape), slice = shape.slice;
  const int64_t a = sizes.transposed_a ? slice * (m + kVector) : m * (slice + kVector);
  const int64_t b = sizes.transposed_b ? n * (slice + kVector) : slice * (n + kVector);
  return 2 * (a + b) * shape.buffers + int64_t{4} * shape.down * shape.across * form.m * form.n;
}

}  // namespace

int64_t tile_m(const Cooperative& form, const CoopShape& shape) {
  return int64_t{shape.down} * shape.tiles_m * form.m;
}

int64_t tile_n(const Cooperative& form, const CoopShape& shape) {
  return int64_t{shape.across} * shape.tiles_n * form.n;
}

CoopShape coop_shape_for(const Cooperative& form, int64_t max_shared_bytes,
                         const GemmSizes& sizes) {
  constexpr int64_t kEnoughGroups = 128;
  const CoopShape large{2, 2, 64 / form.m, 64 / form.n, 32, 1, 2};
  const CoopShape small{2, 2, 32 / form.m, 32 / form.n, 32, 2, 4};
  const int64_t groups =
      ceil_div(sizes.m, tile_m(form, large)) * ceil_div(sizes.n, tile_n(form, large));
  const bool fits = shared_bytes(form, large, sizes) <= max_shared_bytes &&
                    large.down * large.across * form.subgroup <= uint32_t{kGroupSize};
  return groups >= kEnoughGroups && fits ? large : small;
}

int64_t parts_of_k(int64_t cores, int64_t tiles, int64_t k) {
  constexpr int64_t kGroupsOfCore = 4, kGroups = 512, kMostParts = 32;
  const int64_t groups = cores > 0 ? kGroupsOfCore * cores : kGroups;
  const int64_t wanted = std::min({groups / std::max<int64_t>(tiles, 1), k / kLeastK, kMostParts});
  return std::max<int64_t>(wanted, 1);
}

Rest rest_of(int64_t room, int64_t tiles_down, int64_t tiles_across, int64_t k) {
  constexpr int64_t kMostParts = 8;
  constexpr double kLeastGain = 0.02;  // of all the time: the parts have to be joined
  const int64_t tiles = tiles_down * tiles_across;
  if (room == 0 || tiles < room) return {};
  const int64_t rows = tiles / room * room / tiles_across;
  // One row of many tiles: parts of all its sums would cost more to join than a round.
  if (rows == 0) return {};
  const int64_t rest = tiles - rows * tiles_across;
  const auto rounds = [&](int64_t parts) {
    return static_cast<double>(ceil_div(rest * parts, room)) / static_cast<double>(parts);
  };
  int64_t best = 1;
  for (int64_t parts = 2; parts <= std::min(kMostParts, k / kLeastK); ++parts)
    if (rounds(parts) < rounds(best)) best = parts;
  const double all = rounds(1) + static_cast<double>(ceil_div(rows * tiles_across, room));
  return rounds(1) - rounds(best) > kLeastGain * all ? Rest{rows, best} : Rest{};
}

}  // namespace lensmith::vulkan
