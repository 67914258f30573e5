// What the kernels of attention by cooperative matrices share. Rows of heads, of 16 bits an element, pass
// through shared memory in tiles of kTile rows. Where an element of a small matrix is, the standard leaves
// open. kKnown says that the device told (attention_places.cc): thread and element give row and column as the
// constants below say, and factors lie as sums do, so that scores become weights, and weights factors, in
// registers. Otherwise both go through shared memory, and kParts threads share a row there.
// Including files declare the push constants first, and kLines: of what passes through.

layout(constant_id = 1) const uint kSize = 64;
layout(constant_id = 2) const bool kCausal = false;
layout(constant_id = 3) const uint kM = 16;  // sides of the small matrices
layout(constant_id = 4) const uint kN = 16;
layout(constant_id = 5) const uint kK = 16;
layout(constant_id = 6) const uint kSubgroup = 32;
layout(constant_id = 7) const uint kTile = 32;  // rows of the other side at a time
layout(constant_id = 8) const bool kAhead = false;  // the next tile is fetched while one is multiplied
layout(constant_id = 9) const bool kKnown = false;
layout(constant_id = 10) const uint kSlotMask = 0;   // bits of an element's number that choose its row
layout(constant_id = 11) const uint kShareMask = 0;  // bits of a thread's number that do not
layout(constant_id = 12) const uint kOrder = 0;  // of the elements of a factor among those of sums: nibbles

const uint kSide = kN > kK ? kN : kK;
const uint kPadded = (kSize + kSide - 1u) / kSide * kSide;
const uint kVectors = kPadded / 8u;
const uint kFilled = (kSize + 7u) / 8u;  // vectors of a head in memory
const uint kLine = kVectors + 1u;        // neighbouring lines meet other banks
const uint kWeightLine = (kTile / 8u + 1u) * 2u;
const uint kParts = kSubgroup / kM;
const uint kEach = kM * kN / kSubgroup;    // elements of a small matrix that a thread has
const uint kSlotUnit = kSlotMask == 0u ? 1u : kSlotMask & (~kSlotMask + 1u);  // the lowest of the bits
const uint kSlots = kSlotMask / kSlotUnit + 1u;  // rows of it
const uint kTileItems = kTile * kVectors;
const uint kHeldVectors = (kTileItems + kThreads - 1u) / kThreads;  // of a tile, of a thread
const float kLog2E = 1.44269504, kLn2 = 0.693147181;

#include "attention_segments.glsl"

shared uvec4 lines[kLines * kLine];
shared vec4 places[kKnown ? kM * kN / 4u : 1u];

// Exponents of the powers of two that packed tensors were multiplied by, and that probabilities and
// slopes are, to be well in the range of their type. A slope is at most 2 · kSize · 2^15 · 2^15, by the
// largest sizes that scaling.glsl leaves.
#ifdef ELEMENT_BF16
#define Element4 bf16vec4
int shift_of(uint tensor) { return 0; }
int weight_shift() { return 0; }
int slope_shift() { return 0; }
#else
#define Element4 f16vec4
int shift_of(uint tensor) {
  return int(floatBitsToUint(scale_for(push.largest.at[tensor])) >> 23) - 127;
}
int weight_shift() { return 15; }
int slope_shift() { return 14 - 30 - findMSB(2u * kSize - 1u); }
#endif

// Places in push.largest.
const uint kQueries = 0, kKeys = 1, kValues = 2, kGradient = 3;

#define Left coopmat<Element, gl_ScopeSubgroup, kM, kK, gl_MatrixUseA>
#define Right coopmat<Element, gl_ScopeSubgroup, kK, kN, gl_MatrixUseB>
#define Sums coopmat<float, gl_ScopeSubgroup, kM, kN, gl_MatrixUseAccumulator>

// 2^exponent as two factors, since it may itself be no float.
vec2 powers_of_two(int exponent) {
  int bounded = clamp(exponent, -252, 252);
  return vec2(power_of_two(bounded / 2), power_of_two(bounded - bounded / 2));
}

// What turns a product of packed rows of queries and keys into a score in powers of two.
vec2 score_factors() {
  vec2 powers = powers_of_two(-shift_of(kQueries) - shift_of(kKeys));
  return vec2(powers.x, powers.y * push.scale * kLog2E);
}

// ---- where elements are ----

uint slot_of(uint element) { return (element & kSlotMask) / kSlotUnit; }

// (row, column) of each element of a small matrix of sums that this thread has.
uvec2 place_of[kEach];

void find_places() {
  if (!kKnown) return;
  for (uint i = gl_LocalInvocationIndex; i < kM * kN / 4u; i += kThreads)
    places[i] = 4.0 * float(i) + vec4(0.0, 1.0, 2.0, 3.0);
  barrier();
  Sums numbers;
  coopMatLoad(numbers, places, 0u, kN / 4u, gl_CooperativeMatrixLayoutRowMajor);
  [[unroll]] for (uint i = 0u; i < kEach; ++i)
    place_of[i] = uvec2(uint(numbers[i]) / kN, uint(numbers[i]) % kN);
}

uint row_of(uint slot) { return place_of[slot * kSlotUnit].x; }

// Sums become factors, in registers.
Left factors_of(Sums sums) {
  Left result;
  [[unroll]] for (uint i = 0u; i < kEach; ++i) result[i] = Element(sums[(kOrder >> (4u * i)) & 15u]);
  return result;
}

// ---- what rows see ----

// For every kMine rows and, behind them, for all: from the first that any of them sees (x) to the last (y),
// and from where on (z) to where (w) all of them see all. x ≥ y where none sees any.
const uint kParties = kRows / kMine;
shared uint bounds[4u * (kParties + 1u)];

uvec2 seen_by(uint row);  // keys_of or queries_of

void find_ranges(uint first) {
  for (uint i = gl_LocalInvocationIndex; i < 4u * (kParties + 1u); i += kThreads)
    bounds[i] = i % 4u == 0u || i % 4u == 3u ? 0xffffffffu : 0u;
  barrier();
  for (uint r = gl_LocalInvocationIndex; r < kRows; r += kThreads) {
    uvec2 range = seen_by(first + r);
    ranges[r] = range;
    uint party = 4u * (r / kMine), all = 4u * kParties;
    if (range.x < range.y) {
      atomicMin(bounds[party], range.x), atomicMin(bounds[all], range.x);
      atomicMax(bounds[party + 1u], range.y), atomicMax(bounds[all + 1u], range.y);
    }
    atomicMax(bounds[party + 2u], range.x);
    atomicMin(bounds[party + 3u], range.y);
  }
  barrier();
}

uvec4 bounds_of(uint party) {
  return uvec4(bounds[4u * party], bounds[4u * party + 1u], bounds[4u * party + 2u], bounds[4u * party + 3u]);
}

// ---- rows of heads ----

// Where rows of a head begin, and how far apart they are, in vectors.
struct Rows {
  Vectors memory;
  uint first, stride;
};

uvec4 vector_of(Rows rows, uint row, uint v, uvec2 inside) {
  bool is_inside = row >= inside.x && row < inside.y && (kFilled == kVectors || v < kFilled);
  return is_inside ? rows.memory.at[rows.first + row * rows.stride + v] : uvec4(0u);
}

// Brings `count` rows into `lines`, from line `at` on; those outside of `inside` are 0.
void load_lines(uint at, uint count, Rows rows, uint first, uvec2 inside) {
  for (uint i = gl_LocalInvocationIndex; i < count * kVectors; i += kThreads) {
    uint line = i / kVectors, v = i % kVectors;
    lines[(at + line) * kLine + v] = vector_of(rows, first + line, v, inside);
  }
}

// The same for a tile, in two steps: what is asked for first comes while other things are done.
void fetch(out uvec4 held[kHeldVectors], Rows rows, uint first, uvec2 inside) {
  [[unroll]] for (uint h = 0u; h < kHeldVectors; ++h) {
    uint i = gl_LocalInvocationIndex + h * kThreads;
    held[h] = vector_of(rows, first + i / kVectors, i % kVectors, inside);
  }
}

void put_down(uint at, uvec4 held[kHeldVectors]) {
  [[unroll]] for (uint h = 0u; h < kHeldVectors; ++h) {
    uint i = gl_LocalInvocationIndex + h * kThreads;
    if (kTileItems % kThreads == 0u || i < kTileItems)
      lines[(at + i / kVectors) * kLine + i % kVectors] = held[h];
  }
}

// ---- results ----

// Eight elements from element `at` of a result, of which those up to `count` exist.
void write_eight(Words to, uint at, uint count, vec4 low, vec4 high, bool wide, uint dtype) {
  if (wide && count >= 8u) {
    Vectors wide_to = Vectors(to);
    if (dtype == kF32) {
      wide_to.at[at / 4u] = floatBitsToUint(low);
      wide_to.at[at / 4u + 1u] = floatBitsToUint(high);
    } else {
      uvec4 bits;
      [[unroll]] for (uint i = 0u; i < 4u; ++i) {
        vec2 pair = i < 2u ? vec2(low[2u * i], low[2u * i + 1u]) : vec2(high[2u * i - 4u], high[2u * i - 3u]);
        bits[i] = bf16_from_float(pair.x) | (bf16_from_float(pair.y) << 16);
      }
      wide_to.at[at / 8u] = bits;
    }
    return;
  }
  for (uint i = 0u; i < min(count, 8u); ++i) {
    float value = i < 4u ? low[i] : high[i - 4u];
    if (dtype == kF32) to.at[at + i] = floatBitsToUint(value);
    else store_part(to, at + i, bf16_from_float(value), 16u);
  }
}

// A small matrix of the subgroup goes through `lines`, from `corner` on, into rows of a head: those from
// `row` on that lie before `end`, elements from `column` on. All subgroups call it together.
const uint kPatchLine = kN / 4u + 1u;

struct Result {
  Words to;
  uint heads, head, end;
  bool wide;
  uint dtype;
};

void write_matrix(Result result, Sums sum, uint corner, uint row, uint column) {
  subgroupBarrier();
  coopMatStore(sum, lines, corner, kPatchLine, gl_CooperativeMatrixLayoutRowMajor);
  subgroupBarrier();
  for (uint i = gl_SubgroupInvocationID; i < kM * kN / 8u; i += kSubgroup) {
    uint r = i / (kN / 8u), c = i % (kN / 8u), d = column + 8u * c;
    if (row + r >= result.end || d >= kSize) continue;
    uint at = corner + r * kPatchLine + 2u * c;
    write_eight(result.to, ((row + r) * result.heads + result.head) * kSize + d, kSize - d,
                uintBitsToFloat(lines[at]), uintBitsToFloat(lines[at + 1u]), result.wide, result.dtype);
  }
}
