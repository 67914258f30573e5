// A matrix product of few rows, as in decoding, where reading b is all the work: a group has kColumns
// columns of one row, and 256 / kColumns threads share the sum of each. Shaders that include this
// define partial_sum(row, column, lane), and store_sum(row, column, sum).

// A row of a transposed b is read along K by neighbours, one that is not along N.
const uint kColumns = kTransposeB ? 8u : 32u;
const uint kLanes = kGroup / kColumns;

shared float sums[kGroup];

float partial_sum(uint row, uint column, uint lane);
void store_sum(uint row, uint column, float sum);

void multiply_row(uint n) {
  uint me = gl_LocalInvocationIndex;
  uint lane = kTransposeB ? me % kLanes : me / kColumns;
  uint slot = kTransposeB ? me / kLanes : me % kColumns;
  uint column = gl_WorkGroupID.x * kColumns + slot, row = gl_WorkGroupID.y;
  uint place = slot * kLanes + lane;
  sums[place] = column < n ? partial_sum(row, column, lane) : 0.0;
  for (uint step = kLanes / 2u; step > 0u; step /= 2u) {
    barrier();
    if (lane < step) sums[place] += sums[place + step];
  }
  if (lane == 0u && column < n) store_sum(row, column, sums[place]);
}
