// Tiles of a matrix product, kTileM × kTileN, one a group, the operands passing through shared memory in
// slices of 16 along K. A thread keeps kEachM × kEachN sums; K is summed in order, by one thread.
// Shaders that include this define the constants kColumns (threads side by side), kEachM and kEachN;
// load_a(row, k) and load_b(column, k), which fill the slices that begin there; and
// store_sum(row, column, sum).
#extension GL_EXT_control_flow_attributes : require

const uint kSlice = 16u;
const uint kRows = kGroup / kColumns;
const uint kTileM = kRows * kEachM, kTileN = kColumns * kEachN;
const uint kRowA = kTileM + 1u, kRowB = kTileN + 1u;  // one more, so that neighbours meet other banks

shared float tile_a[kSlice * kRowA];
shared float tile_b[kSlice * kRowB];

void load_a(uint row, uint k);
void load_b(uint column, uint k);
void store_sum(uint row, uint column, float sum);

void multiply_tile(uint m, uint n, uint begin, uint end) {
  uint me = gl_LocalInvocationIndex;
  uint x = me % kColumns, y = me / kColumns;
  uint row = gl_WorkGroupID.y * kTileM, column = gl_WorkGroupID.x * kTileN;
  float sums[kEachM * kEachN];
  for (uint i = 0u; i < kEachM * kEachN; ++i) sums[i] = 0.0;
  for (uint k = begin; k < end; k += kSlice) {
    barrier();
    load_a(row, k);
    load_b(column, k);
    barrier();
    [[dont_unroll]] for (uint along = 0u; along < kSlice; ++along) {
      float left[kEachM], right[kEachN];
      for (uint i = 0u; i < kEachM; ++i) left[i] = tile_a[along * kRowA + y + kRows * i];
      for (uint j = 0u; j < kEachN; ++j) right[j] = tile_b[along * kRowB + x + kColumns * j];
      for (uint i = 0u; i < kEachM; ++i)
        for (uint j = 0u; j < kEachN; ++j)
          sums[i * kEachN + j] = fma(left[i], right[j], sums[i * kEachN + j]);
    }
  }
  for (uint i = 0u; i < kEachM; ++i) {
    for (uint j = 0u; j < kEachN; ++j) {
      uint r = row + y + kRows * i, c = column + x + kColumns * j;
      if (r < m && c < n) store_sum(r, c, sums[i * kEachN + j]);
    }
  }
}
