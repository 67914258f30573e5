// matmul of factors of 16 bits by cooperative matrices. A group has a tile of the result, each of its
// subgroups kTilesM × kTilesN small matrices of that; the factors pass through shared memory in slices
// along K, the next slice being on its way while one is multiplied. A product of low rank beside the other
// is a few slices more, of factors that lie elsewhere.
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
layout(constant_id = 16) const bool kSide = false;    // a product of low rank stands beside
layout(constant_id = 17) const bool kNarrow = false;  // the result is bf16, its rows whole vectors
layout(constant_id = 18) const uint kBand = 8;        // rows of tiles that are done together
layout(constant_id = 19) const uint kBuffers = 1;     // slices in shared memory at a time
layout(constant_id = 20) const bool kSideWide = false;  // its factors lie in whole vectors

layout(push_constant) uniform Push {
  Vectors a, b;
  Words bias;
  Floats to;
  Vectors to_narrow;  // the same memory
  // Factors of the product beside, in f32; or what a and b were scaled by (scaling.glsl).
  Words low;
  Vectors low_wide;  // the same memory
  Words side;
  Vectors side_wide;
  uint m, n, k, lda, ldb, ldc, first_bias;  // lda, ldb: in vectors of eight
  float alpha, beta;
  uint k_each;  // of a part of K
  uint ldlow, ldside, rank;
  float low_factor;
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

const uint kSpots = kDown * kAcross * kM * kN / 4u;  // a small matrix of the result for each subgroup

shared uvec4 slices_a[kBuffers * kSliceA > kSpots ? kBuffers * kSliceA : kSpots];
shared uvec4 slices_b[kBuffers * kSliceB];

uint place_a, place_b;  // of the first vector that this thread fetches next
uint next_a, next_b;    // from one of its vectors to the next
uint slice_a, slice_b;  // from a slice to the next
uvec4 held_a[kLoadsA];
uvec4 held_b[kLoadsB];

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

// ---- the product beside ----
//
// An adapter's factors keep their digits: each element is the sum of two of 16 bits, high and low, and
// low · side = low_high · side_high + low_low · side_high + low_high · side_low, which is one product of
// three times the rank. What is left out is 2^-16 of it.

// The one or the other part of a value, as 16 bits.
uint part_of(float value, bool low) {
  uint high = narrow(value, kElement);
  float rest = value - (kElement == kBf16 ? uintBitsToFloat(high << 16) : f16_to_float(high));
  return low ? (is_nan(rest) ? 0u : narrow(rest, kElement)) : high;
}

uvec4 parts_of(vec4 first, vec4 second, float factor, bool low) {
  uvec4 packed;
  [[unroll]] for (uint i = 0u; i < 4u; ++i) {
    vec4 from = i < 2u ? first : second;
    uint at = 2u * (i % 2u);
    packed[i] = part_of(factor * from[at], low) | (part_of(factor * from[at + 1u], low) << 16);
  }
  return packed;
}

// Eight elements along K of a line: k counts through the three parts.
uvec4 along_k(Words from, Vectors wide, uint stride, uint line, uint k, uint low_part, float factor) {
  if (k >= 3u * push.rank) return uvec4(0u);
  if (kSideWide) {
    uint at = (line * stride + k % push.rank) / 4u;
    return parts_of(uintBitsToFloat(wide.at[at]), uintBitsToFloat(wide.at[at + 1u]), factor,
                    k / push.rank == low_part);
  }
  uvec4 packed = uvec4(0u);
  for (uint i = 0u; i < 8u && k + i < 3u * push.rank; ++i) {
    float value = factor * uintBitsToFloat(from.at[line * stride + (k + i) % push.rank]);
    packed[i / 2u] |= part_of(value, (k + i) / push.rank == low_part) << (16u * (i % 2u));
  }
  return packed;
}

// Eight columns of side.
uvec4 across_k(uint k, uint column) {
  if (k >= 3u * push.rank) return uvec4(0u);
  uint place = k % push.rank * push.ldside + column;
  bool low = k / push.rank == 2u;
  if (kSideWide)
    return parts_of(uintBitsToFloat(push.side_wide.at[place / 4u]),
                    uintBitsToFloat(push.side_wide.at[place / 4u + 1u]), 1.0, low);
  uvec4 packed = uvec4(0u);
  for (uint i = 0u; i < 8u && column + i < push.n; ++i)
    packed[i / 2u] |= part_of(uintBitsToFloat(push.side.at[place + i]), low) << (16u * (i % 2u));
  return packed;
}

void fetch_beside(uint row, uint column, uint k) {
  uvec2 at = start(kVectorsA);
  [[unroll]] for (uint i = 0u; i < kLoadsA; ++i) {
    uint line = row + at.x + i * kStepA;
    held_a[i] = uvec4(0u);
    if (has_item(i, kItemsA) && line < push.m)
      held_a[i] = along_k(push.low, push.low_wide, push.ldlow, line, k + 8u * at.y, 1u,
                          push.low_factor);
  }
  at = start(kVectorsB);
  [[unroll]] for (uint i = 0u; i < kLoadsB; ++i) {
    uint line = at.x + i * kStepB, other = 8u * at.y;
    held_b[i] = uvec4(0u);
    if (kTransposeB && has_item(i, kItemsB) && column + line < push.n)
      held_b[i] = along_k(push.side, push.side_wide, push.ldside, column + line, k + other, 2u, 1.0);
    if (!kTransposeB && has_item(i, kItemsB) && column + other < push.n)
      held_b[i] = across_k(k + line, column + other);
  }
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

void take(uint set, uint row, uint column, uint buffer_at, uint k) {
  uint from_a = buffer_at * kSliceA, from_b = buffer_at * kSliceB;
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
  take(0u, row, column, buffer_at, 0u);
  [[unroll]] for (uint step = 0u; step < kSlice / kK; ++step) {
    uint set = step % 2u;
    if (step + 1u < kSlice / kK) take(1u - set, row, column, buffer_at, (step + 1u) * kK);
    [[unroll]] for (uint j = 0u; j < kTilesN; ++j)
      [[unroll]] for (uint i = 0u; i < kTilesM; ++i)
        sums[i * kTilesN + j] = coopMatMulAdd(left[set * kTilesM + i], right[set * kTilesN + j],
                                              sums[i * kTilesN + j]);
  }
}

const uint kInside = 0u, kChecked = 1u, kBeside = 2u;

void fetch(uint how, uvec2 corner, uint k, uint end) {
  if (kSide && how == kBeside) fetch_beside(corner.x, corner.y, k);
  else if (how == kInside) fetch_inside();
  else fetch_checked(corner.x, corner.y, k, end);
}

// Adds the products along K from begin to end. corner: of the group's tile; at: of the subgroup in it.
void multiply(uint how, uvec2 corner, uvec2 at, uint begin, uint end) {
  uint buffer_at = 0u;
  fetch(how, corner, begin, end);
  put_down(buffer_at);
  barrier();
  for (uint k = begin; k < end; k += kSlice) {
    bool more = k + kSlice < end;
    if (more) fetch(how, corner, k + kSlice, end);
    multiply_slice(at.x, at.y, buffer_at);
    if (kBuffers == 1u) barrier();
    buffer_at = kBuffers - 1u - buffer_at;
    if (more) put_down(buffer_at);
    barrier();
  }
}

// ---- the result ----

// How far apart the rows of the result are, and where they begin.
uint stride_of_result() { return kSplit ? push.n : push.ldc; }
uint place_of(uint row, uint column) {
  return (kSplit ? gl_WorkGroupID.z * push.m + row : row) * stride_of_result() + column;
}

float with_bias(float sum, uint column) {
  return kBias ? sum + load(push.bias, push.first_bias, column, kTypeBias) : sum;
}

// Of one small matrix, through shared memory: only there it is known where an element is.
void store_floats(uint row, uint column, uint spot) {
  for (uint e = gl_SubgroupInvocationID; e < kM * kN; e += gl_SubgroupSize) {
    uint r = row + e / kN, c = column + e % kN;
    if (r >= push.m || c >= push.n) continue;
    float value = uintBitsToFloat(slices_a[spot + e / 4u][e % 4u]);
    if (kAdd) value += push.beta * push.to.at[place_of(r, c)];
    push.to.at[place_of(r, c)] = with_bias(value, c);
  }
}

uint pair_at(uint spot, uint e, uint column) {
  float low = uintBitsToFloat(slices_a[spot + e / 4u][e % 4u]);
  float high = uintBitsToFloat(slices_a[spot + e / 4u][e % 4u + 1u]);
  return bf16_from_float(with_bias(low, column)) |
         (bf16_from_float(with_bias(high, column + 1u)) << 16);
}

void store_vectors(uint row, uint column, uint spot) {
  for (uint v = gl_SubgroupInvocationID; v < kM * kN / 8u; v += gl_SubgroupSize) {
    uint e = 8u * v, r = row + e / kN, c = column + e % kN;
    if (r >= push.m || c >= push.n) continue;
    push.to_narrow.at[place_of(r, c) / 8u] =
        uvec4(pair_at(spot, e, c), pair_at(spot, e + 2u, c + 2u), pair_at(spot, e + 4u, c + 4u),
              pair_at(spot, e + 6u, c + 6u));
  }
}

// direct: nothing of the group's tile lies outside, and its elements are stored as they are.
void store(uint row, uint column, bool direct) {
  uint spot = gl_SubgroupID * (kM * kN / 4u);
  float factor = kSplit ? 1.0 : push.alpha, factor_b = 1.0;
  // One after the other: the product of both may be no float.
  if (kScaled) {
    factor /= scale_for(push.low.at[0]);
    factor_b = 1.0 / scale_for(push.side.at[0]);
  }
  [[unroll]] for (uint i = 0u; i < kTilesM; ++i) {
    [[unroll]] for (uint j = 0u; j < kTilesN; ++j) {
      uint r = row + i * kM, c = column + j * kN;
      sums[i * kTilesN + j] *= factor;
      if (kScaled) sums[i * kTilesN + j] *= factor_b;
      // No way out of the loop's middle: drivers would not unroll it then, and spill all sums.
      if (direct) {
        coopMatStore(sums[i * kTilesN + j], push.to.at, place_of(r, c), stride_of_result(),
                     gl_CooperativeMatrixLayoutRowMajor);
      } else {
        coopMatStore(sums[i * kTilesN + j], slices_a, spot, kN / 4u,
                     gl_CooperativeMatrixLayoutRowMajor);
        subgroupBarrier();
        if (kNarrow) store_vectors(r, c, spot);
        else store_floats(r, c, spot);
        subgroupBarrier();
      }
    }
  }
}

// Tiles in bands of kBand rows, down first: groups that run together share what they read of b.
uvec2 tile_of_group() {
  uint across = gl_NumWorkGroups.x, id = gl_WorkGroupID.y * across + gl_WorkGroupID.x;
  uint band = id / (across * kBand), in_band = id % (across * kBand);
  uint rows = min(kBand, gl_NumWorkGroups.y - band * kBand);
  return uvec2(band * kBand + in_band % rows, in_band / rows);
}

void main() {
  uvec2 corner = tile_of_group() * uvec2(kTileM, kTileN);
  uvec2 at = uvec2(gl_SubgroupID / kAcross * kTilesM * kM, gl_SubgroupID % kAcross * kTilesN * kN);
  uint begin = gl_WorkGroupID.z * push.k_each, end = min(begin + push.k_each, push.k);
  bool inside = corner.x + kTileM <= push.m && corner.y + kTileN <= push.n;
  for (uint i = 0u; i < kTilesM * kTilesN; ++i)
    sums[i] = coopmat<float, gl_ScopeSubgroup, kM, kN, gl_MatrixUseAccumulator>(0.0);
  find_places(corner.x, corner.y, begin);
  uint how = inside && (end - begin) % kSlice == 0u ? kInside : kChecked;
  bool has_side = kSide && gl_WorkGroupID.z + 1u == gl_NumWorkGroups.z;
  [[dont_unroll]] for (uint span = 0u; span < (has_side ? 2u : 1u); ++span) {
    multiply(how, corner, at, begin, end);
    how = kBeside;
    begin = 0u;
    end = 3u * push.rank;
  }
  store(corner.x + at.x, corner.y + at.y, inside && !kBias && !kAdd && !kNarrow);
}
