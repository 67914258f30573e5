// What the kernels of attention share. A group has kRows rows of one head, and kLanes threads a row;
// it meets the other side in tiles of kLanes rows, which pass through shared memory when they fit
// (kShared). Including files declare the push constants first.

const uint kLanes = kGroup / kRows;
const uint kPerLane = (kSize + kLanes - 1u) / kLanes;  // of a head's elements
const uint kTileRow = kSize + 1u;

#include "attention_segments.glsl"

shared float tile[kShared ? kLanes * kTileRow : 1u];

// Brings rows first .. first + kLanes - 1 of one head into the tile; those from `end` on are 0.
void load_tile(Floats memory, uint stride, uint head, uint first, uint end) {
  if (!kShared) return;
  for (uint i = gl_LocalInvocationIndex; i < kLanes * kSize; i += kGroup) {
    uint row = i / kSize, d = i % kSize;
    tile[row * kTileRow + d] =
        first + row < end ? memory.at[(first + row) * stride + head * kSize + d] : 0.0;
  }
}

// Element d of row `first + lane` of what load_tile brought.
float tile_at(Floats memory, uint stride, uint head, uint first, uint lane, uint d, uint end) {
  if (kShared) return tile[lane * kTileRow + d];
  return first + lane < end ? memory.at[(first + lane) * stride + head * kSize + d] : 0.0;
}
