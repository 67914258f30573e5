// What the kernels of attention share. A group has kRows rows of one head, and kLanes threads a row;
// it meets the other side in tiles of kLanes rows, which pass through shared memory when they fit
// (kShared). Including files declare the push constants first.

const uint kLanes = kGroup / kRows;
const uint kPerLane = (kSize + kLanes - 1u) / kLanes;  // of a head's elements
const uint kTileRow = kSize + 1u;

#include "attention_segments.glsl"

// Tensors by their place in kTypes, a nibble each, and in push.firsts, a bit each: elements of 16 bits may
// begin in the middle of a word.
const uint kQ = 0, kK = 1, kV = 2, kGrad = 3, kTo = 4, kToValues = 5;

uint type_of(uint tensor) { return kTypes >> (4u * tensor) & 15u; }
uint first_of(uint tensor) { return push.firsts >> tensor & 1u; }

float read(Words memory, uint tensor, uint i) { return load(memory, first_of(tensor), i, type_of(tensor)); }

void write(Words memory, uint tensor, uint i, float value) {
  if (type_of(tensor) == kF32) memory.at[i] = floatBitsToUint(value);
  else store_part(memory, first_of(tensor) + i, narrow(value, type_of(tensor)), 16u);
}

shared float tile[kShared ? kLanes * kTileRow : 1u];

// Brings rows first .. first + kLanes - 1 of one head into the tile; those from `end` on are 0.
void load_tile(Words memory, uint tensor, uint stride, uint head, uint first, uint end) {
  if (!kShared) return;
  for (uint i = gl_LocalInvocationIndex; i < kLanes * kSize; i += kGroup) {
    uint row = i / kSize, d = i % kSize;
    tile[row * kTileRow + d] =
        first + row < end ? read(memory, tensor, (first + row) * stride + head * kSize + d) : 0.0;
  }
}

// Element d of row `first + lane` of what load_tile brought.
float tile_at(Words memory, uint tensor, uint stride, uint head, uint first, uint lane, uint d,
              uint end) {
  if (kShared) return tile[lane * kTileRow + d];
  return first + lane < end ? read(memory, tensor, (first + lane) * stride + head * kSize + d) : 0.0;
}
