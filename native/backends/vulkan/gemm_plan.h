// How products by cooperative matrices are dealt out to a device: by sizes alone, so that
// native/test/test_vulkan_gemm_plan.cc can ask for any device and any product.
#pragma once

#include <cstdint>

#include "backends/vulkan/cooperative.h"

namespace lensmith::vulkan {

struct GemmSizes {
  int64_t m = 0, n = 0, k = 0;
  bool transposed_a = false, transposed_b = false;
};

// Subgroups of a group and small matrices of a subgroup, along M and N; factors of a slice along K.
struct CoopShape {
  uint32_t down, across, tiles_m, tiles_n, slice, buffers;
  uint32_t groups_of_core;  // that registers leave room for, on cards of NVIDIA
};

int64_t tile_m(const Cooperative& form, const CoopShape& shape);
int64_t tile_n(const Cooperative& form, const CoopShape& shape);

// Large tiles read each factor less often; small ones keep more of the device at work.
CoopShape coop_shape_for(const Cooperative& form, int64_t max_shared_bytes, const GemmSizes& sizes);

// Few tiles and a long K: into how many parts each tile's K is split, so that groups keep the whole
// device at work; 1: into none. A device that does not tell its cores counts as a large one.
int64_t parts_of_k(int64_t cores, int64_t tiles, int64_t k);

// Tiles are worked on as many at a time as the device has room for. The last ones, too few to fill
// it, would take as long as all others before them: the K of theirs is split instead, so that the
// whole device has a part.
struct Rest {
  int64_t first_row_of_tiles = 0;  // where there are parts, one before it is left whole
  int64_t parts = 1;               // of K; 1: leave it
};

// room: tiles that the device works on at a time; 0: unknown.
Rest rest_of(int64_t room, int64_t tiles_down, int64_t tiles_across, int64_t k);

}  // namespace lensmith::vulkan
