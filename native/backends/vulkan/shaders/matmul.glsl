// Tiles of kTile × kTile of a matrix product, one a group, the operands passing through shared memory
// in slices of 16 along K. A thread keeps kEach × kEach sums; K is summed in order, by one thread.
// Shaders that include this define load_a(row, k) and load_b(column, k), which fill the slices that
// begin there, and store_sum(row, column, sum).
#extension GL_EXT_control_flow_attributes : require

const uint kSlice = 16u;
const uint kEach = kTile / 16u;
const uint kRow = kTile + 1u;  // one more, so that neighbours meet other banks

shared float tile_a[kSlice * kRow];
shared float tile_b[kSlice * kRow];

void load_a(uint row, uint k);
void load_b(uint column, uint k);
void store_sum(uint row, uint column, float sum);

void multiply_tile(uint m, uint n, uint inner) {
  uint me = gl_LocalInvocationIndex;
  uint x = me % 16u, y = me / 16u;
  uint row = gl_WorkGroupID.y * kTile, column = gl_WorkGroupID.x * kTile;
  float sums[kEach * kEach];
  for (uint i = 0u; i < kEach * kEach; ++i) sums[i] = 0.0;
  for (uint k = 0u; k < inner; k += kSlice) {
    barrier();
    load_a(row, k);
    load_b(column, k);
    barrier();
    [[dont_unroll]] for (uint along = 0u; along < kSlice; ++along) {
      float left[kEach], right[kEach];
      for (uint i = 0u; i < kEach; ++i) left[i] = tile_a[along * kRow + y + 16u * i];
      for (uint j = 0u; j < kEach; ++j) right[j] = tile_b[along * kRow + x + 16u * j];
      for (uint i = 0u; i < kEach; ++i)
        for (uint j = 0u; j < kEach; ++j)
          sums[i * kEach + j] = fma(left[i], right[j], sums[i * kEach + j]);
    }
  }
  for (uint i = 0u; i < kEach; ++i) {
    for (uint j = 0u; j < kEach; ++j) {
      uint r = row + y + 16u * i, c = column + x + 16u * j;
      if (r < m && c < n) store_sum(r, c, sums[i * kEach + j]);
    }
  }
}
