// What the kernels of attention by cooperative matrices share. Rows of heads come packed
// (attention_pack.comp) and pass through shared memory, in tiles of kTile rows. Where an element of a
// small matrix is, is known only in memory: scores go through it, and kParts threads share a row there.
// Including files declare the constants and push constants first, and kLines: of what passes through.

const uint kSide = kN > kK ? kN : kK;
const uint kPadded = (kSize + kSide - 1u) / kSide * kSide;
const uint kVectors = kPadded / 8u;
const uint kLine = kVectors + 1u;  // neighbouring lines meet other banks
const uint kWeightLine = (kTile / 8u + 1u) * 2u;
const uint kParts = kSubgroup / kM;
const float kLog2E = 1.44269504, kLn2 = 0.693147181;

#include "attention_segments.glsl"

shared uvec4 lines[kLines * kLine];

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

// Brings `count` rows of one head into `lines`, from line `at` on; those outside of `inside` are 0.
void load_lines(uint at, uint count, Vectors memory, uint heads, uint head, uint first, uvec2 inside) {
  for (uint i = gl_LocalInvocationIndex; i < count * kVectors; i += kThreads) {
    uint line = i / kVectors, v = i % kVectors, row = first + line;
    bool is_inside = row >= inside.x && row < inside.y;
    lines[(at + line) * kLine + v] =
        is_inside ? memory.at[(row * heads + head) * kVectors + v] : uvec4(0u);
  }
}
