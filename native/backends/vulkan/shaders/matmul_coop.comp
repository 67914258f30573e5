// matmul of factors of 16 bits by cooperative matrices. A group has a tile of the result, each of its
// subgroups kTilesM × kTilesN small matrices of that; the factors pass through shared memory in slices
// along K, the next slice being on its way while one is multiplied.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "cooperative.glsl"
#include "scaling.glsl"

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint kThreads = 256;
layout(constant_id = 1) const bool kTransposeA = false;
layout(constant_id = 2) const bool kTransposeB = false;
layout(constant_id = 3) const uint kM = 16;  // sides of the small matrices
layout(constant_id = 4) const uint kN = 16;
layout(constant_id = 5) const uint kK = 16;
layout(constant_id = 6) const uint kAcross = 2;  // subgroups along N
layout(constant_id = 7) const uint kDown = 2;    // and along M
layout(constant_id = 8) const uint kTilesM = 2;
layout(constant_id = 9) const uint kTilesN = 2;
layout(constant_id = 10) const uint kSlice = 32;
layout(constant_id = 11) const bool kBias = false;
layout(constant_id = 12) const uint kTypeBias = 0;
layout(constant_id = 13) const bool kAdd = false;     // beta is not 0
layout(constant_id = 14) const bool kScaled = false;  // factors were scaled to fit their type
layout(constant_id = 15) const bool kSplit = false;   // sums of a part of K, to be joined
layout(constant_id = 16) const uint kBuffers = 2;     // slices in shared memory at a time
// Rows of the result begin at multiples of 16 bytes, as those of a small matrix in memory have to.
layout(constant_id = 17) const bool kAligned = true;

layout(push_constant) uniform Push {
  Vectors a, b;
  Words bias;
  Floats to;
  Words largest_a, largest_b;  // what the factors were scaled by: scaling.glsl
  uint m, n, k, lda, ldb, ldc, first_bias;  // lda, ldb: in vectors of eight
  float alpha, beta;
  uint k_each;  // of a part of K
} push;

const uint kTileM = kDown * kTilesM * kM;
const uint kTileN = kAcross * kTilesN * kN;

// A slice of each factor, its lines along what is contiguous in memory: one vector more a line, so that
// neighbouring lines meet other banks.
const uint kLinesA = kTransposeA ? kSlice : kTileM;
const uint kVectorsA = (kTransposeA ? kTileM : kSlice) / 8u;
const uint kLineA = kVectorsA + 1u;
const uint kLinesB = kTransposeB ? kTileN : kSlice;
const uint kVectorsB = (kTransposeB ? kSlice : kTileN) / 8u;
const uint kLineB = kVectorsB + 1u;
const uint kItemsA = kLinesA * kVectorsA, kItemsB = kLinesB * kVectorsB;
const uint kLoadsA = (kItemsA + kThreads - 1u) / kThreads;  // of a thread, of a slice
const uint kLoadsB = (kItemsB + kThreads - 1u) / kThreads;
const uint kStepA = kThreads / kVectorsA;  // lines from one vector of a thread to its next
const uint kStepB = kThreads / kVectorsB;
const uint kSliceA = kLinesA * kLineA, kSliceB = kLinesB * kLineB;

shared uvec4 slices_a[kBuffers * kSliceA];
shared uvec4 slices_b[kBuffers * kSliceB];
shared float patches[kDown * kAcross * kM * kN];  // one small matrix of each subgroup

uvec4 held_a[kLoadsA];
uvec4 held_b[kLoadsB];
uint place_a, place_b;  // of the first vector that this thread fetches next
uint next_a, next_b;    // from one of its vectors to the next
uint slice_a, slice_b;  // from a slice to the next

// Line and vector of a slice where a thread begins. Lines of four vectors are dealt out so that eight
// neighbouring threads write to other banks each.
uvec2 start(uint vectors) {
  uint me = gl_LocalInvocationIndex;
  if (vectors == 4u && kThreads % 32u == 0u)
    return uvec2(me / 32u * 8u + me / 8u % 4u + me / 4u % 2u * 4u, me % 4u);
  return uvec2(me / vectors, me % vectors);
}

// Whether a thread has an i-th vector of `items`.
bool has_item(uint i, uint items) {
  return items % kThreads == 0u || gl_LocalInvocationIndex + i * kThreads < items;
}

void find_places(uint row, uint column, uint k) {
  uvec2 at = start(kVectorsA);
  place_a = ((kTransposeA ? k : row) + at.x) * push.lda + (kTransposeA ? row : k) / 8u + at.y;
  next_a = kStepA * push.lda;
  slice_a = kTransposeA ? kSlice * push.lda : kSlice / 8u;
  at = start(kVectorsB);
  place_b = ((kTransposeB ? column : k) + at.x) * push.ldb + (kTransposeB ? k : column) / 8u + at.y;
  next_b = kStepB * push.ldb;
  slice_b = kTransposeB ? kSlice / 8u : kSlice * push.ldb;
}

// Of tiles and slices that lie inside of both factors as a whole.
void fetch_inside() {
  [[unroll]] for (uint i = 0u; i < kLoadsA; ++i)
    if (has_item(i, kItemsA)) held_a[i] = push.a.at[place_a + i * next_a];
  [[unroll]] for (uint i = 0u; i < kLoadsB; ++i)
    if (has_item(i, kItemsB)) held_b[i] = push.b.at[place_b + i * next_b];
  place_a += slice_a;
  place_b += slice_b;
}

// The same with zeros outside: `row` and `column` of the tile, `k` of the slice, `end` of K.
void fetch_checked(uint row, uint column, uint k, uint end) {
  uvec2 at = start(kVectorsA);
  [[unroll]] for (uint i = 0u; i < kLoadsA; ++i) {
    uint line = at.x + i * kStepA;
    bool inside = kTransposeA ? k + line < end && row + 8u * at.y < push.m
                              : row + line < push.m && k + 8u * at.y < end;
    held_a[i] = has_item(i, kItemsA) && inside ? push.a.at[place_a + i * next_a] : uvec4(0u);
  }
  at = start(kVectorsB);
  [[unroll]] for (uint i = 0u; i < kLoadsB; ++i) {
    uint line = at.x + i * kStepB;
    bool inside = kTransposeB ? column + line < push.n && k + 8u * at.y < end
                              : k + line < end && column + 8u * at.y < push.n;
    held_b[i] = has_item(i, kItemsB) && inside ? push.b.at[place_b + i * next_b] : uvec4(0u);
  }
  place_a += slice_a;
  place_b += slice_b;
}

void put_down(uint buffer_at) {
  uvec2 at = start(kVectorsA);
  uint to = buffer_at * kSliceA + at.x * kLineA + at.y;
  [[unroll]] for (uint i = 0u; i < kLoadsA; ++i)
    if (has_item(i, kItemsA)) slices_a[to + i * kStepA * kLineA] = held_a[i];
  at = start(kVectorsB);
  to = buffer_at * kSliceB + at.x * kLineB + at.y;
  [[unroll]] for (uint i = 0u; i < kLoadsB; ++i)
    if (has_item(i, kItemsB)) slices_b[to + i * kStepB * kLineB] = held_b[i];
}

coopmat<float, gl_ScopeSubgroup, kM, kN, gl_MatrixUseAccumulator> sums[kTilesM * kTilesN];

// Two sets, so that one is on its way from shared memory while the other is multiplied.
coopmat<Element, gl_ScopeSubgroup, kM, kK, gl_MatrixUseA> left[2u * kTilesM];
coopmat<Element, gl_ScopeSubgroup, kK, kN, gl_MatrixUseB> right[2u * kTilesN];

void take(uint set, uint row, uint column, uint from_a, uint from_b, uint k) {
  [[unroll]] for (uint i = 0u; i < kTilesM; ++i) {
    uint r = row + i * kM;
    if (kTransposeA)
      coopMatLoad(left[set * kTilesM + i], slices_a, from_a + k * kLineA + r / 8u, kLineA,
                  gl_CooperativeMatrixLayoutColumnMajor);
    else
      coopMatLoad(left[set * kTilesM + i], slices_a, from_a + r * kLineA + k / 8u, kLineA,
                  gl_CooperativeMatrixLayoutRowMajor);
  }
  [[unroll]] for (uint j = 0u; j < kTilesN; ++j) {
    uint c = column + j * kN;
    if (kTransposeB)
      coopMatLoad(right[set * kTilesN + j], slices_b, from_b + c * kLineB + k / 8u, kLineB,
                  gl_CooperativeMatrixLayoutColumnMajor);
    else
      coopMatLoad(right[set * kTilesN + j], slices_b, from_b + k * kLineB + c / 8u, kLineB,
                  gl_CooperativeMatrixLayoutRowMajor);
  }
}

void multiply_slice(uint row, uint column, uint buffer_at) {
  uint from_a = buffer_at * kSliceA, from_b = buffer_at * kSliceB;
  take(0u, row, column, from_a, from_b, 0u);
  [[unroll]] for (uint step = 0u; step < kSlice / kK; ++step) {
    uint set = step % 2u;
    if (step + 1u < kSlice / kK)
      take(1u - set, row, column, from_a, from_b, (step + 1u) * kK);
    [[unroll]] for (uint j = 0u; j < kTilesN; ++j)
      [[unroll]] for (uint i = 0u; i < kTilesM; ++i)
        sums[i * kTilesN + j] = coopMatMulAdd(left[set * kTilesM + i], right[set * kTilesN + j],
                                              sums[i * kTilesN + j]);
  }
}

// How far apart the rows of the result are, and where they begin.
uint stride_of_result() { return kSplit ? push.n : push.ldc; }
uint place_of(uint row, uint column) {
  return (kSplit ? gl_WorkGroupID.z * push.m + row : row) * stride_of_result() + column;
}

void store_sum(uint row, uint column, float sum) {
  float value = sum;
  if (kAdd) value += push.beta * push.to.at[place_of(row, column)];
  if (kBias) value += load(push.bias, push.first_bias, column, kTypeBias);
  push.to.at[place_of(row, column)] = value;
}

// Of one small matrix, through shared memory: only there it is known where an element is.
void store_checked(uint row, uint column, uint corner) {
  for (uint e = gl_SubgroupInvocationID; e < kM * kN; e += gl_SubgroupSize) {
    uint r = row + e / kN, c = column + e % kN;
    if (r < push.m && c < push.n) store_sum(r, c, patches[corner + e]);
  }
}

// direct: nothing of the group's tile lies outside, and nothing is added to it.
void store(uint row, uint column, bool direct) {
  uint corner = gl_SubgroupID * kM * kN;
  float factor = kSplit ? 1.0 : push.alpha, factor_b = 1.0;
  // One after the other: the product of both may be no float.
  if (kScaled) {
    factor /= scale_for(push.largest_a.at[0]);
    factor_b = 1.0 / scale_for(push.largest_b.at[0]);
  }
  [[unroll]] for (uint i = 0u; i < kTilesM; ++i) {
    [[unroll]] for (uint j = 0u; j < kTilesN; ++j) {
      uint r = row + i * kM, c = column + j * kN;
      sums[i * kTilesN + j] *= factor;
      if (kScaled) sums[i * kTilesN + j] *= factor_b;
      if (direct) {
        coopMatStore(sums[i * kTilesN + j], push.to.at, place_of(r, c), stride_of_result(),
                     gl_CooperativeMatrixLayoutRowMajor);
      } else {
        coopMatStore(sums[i * kTilesN + j], patches, corner, kN, gl_CooperativeMatrixLayoutRowMajor);
        barrier();
        store_checked(r, c, corner);
        barrier();
      }
    }
  }
}

void main() {
  uint first_row = gl_WorkGroupID.y * kTileM, first_column = gl_WorkGroupID.x * kTileN;
  uint row = gl_SubgroupID / kAcross * kTilesM * kM, column = gl_SubgroupID % kAcross * kTilesN * kN;
  uint begin = gl_WorkGroupID.z * push.k_each, end = min(begin + push.k_each, push.k);
  bool tile_inside = first_row + kTileM <= push.m && first_column + kTileN <= push.n;
  bool inside = tile_inside && (end - begin) % kSlice == 0u;
  for (uint i = 0u; i < kTilesM * kTilesN; ++i)
    sums[i] = coopmat<float, gl_ScopeSubgroup, kM, kN, gl_MatrixUseAccumulator>(0.0);
  find_places(first_row, first_column, begin);
  uint buffer_at = 0u;
  if (inside) fetch_inside();
  else fetch_checked(first_row, first_column, begin, end);
  put_down(buffer_at);
  barrier();
  for (uint k = begin; k < end; k += kSlice) {
    bool more = k + kSlice < end;
    if (more) {
      if (inside) fetch_inside();
      else fetch_checked(first_row, first_column, k + kSlice, end);
    }
    multiply_slice(row, column, buffer_at);
    if (kBuffers == 1u) barrier();
    buffer_at = kBuffers - 1u - buffer_at;
    if (more) put_down(buffer_at);
    barrier();
  }
  store(first_row + row, first_column + column, tile_inside && !kBias && !kAdd && kAligned);
}
