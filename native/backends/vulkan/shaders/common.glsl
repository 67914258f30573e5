// What every kernel shares: memory by address, element types, places.
#extension GL_EXT_buffer_reference : require

layout(buffer_reference, std430, buffer_reference_align = 4) buffer Floats { float at[]; };
layout(buffer_reference, std430, buffer_reference_align = 4) buffer Ints { int at[]; };
layout(buffer_reference, std430, buffer_reference_align = 4) buffer Words { uint at[]; };
layout(buffer_reference, std430, buffer_reference_align = 16) buffer Vectors { uvec4 at[]; };

// Ids of core/dtype.h.
const uint kF32 = 0, kBf16 = 1, kF16 = 2, kI32 = 3, kU8 = 4, kI8 = 5;

#define kInfinity uintBitsToFloat(0x7f800000u)
const uint kGroup = 256;

// Number of this work group and of this thread in a grid that spread() made.
uint group_number() { return gl_WorkGroupID.y * gl_NumWorkGroups.x + gl_WorkGroupID.x; }
uint thread_number() { return group_number() * kGroup + gl_LocalInvocationIndex; }

// Compilers may take a NaN for impossible; its bits are not.
bool is_nan(float x) { return (floatBitsToUint(x) & 0x7fffffffu) > 0x7f800000u; }

// ---- 16 bits, by integer arithmetic: no device needs to know the types ----

float f16_to_float(uint bits) {
  uint sign = (bits & 0x8000u) << 16;
  uint exponent = (bits >> 10) & 31u;
  uint fraction = bits & 1023u;
  if (exponent == 31u) return uintBitsToFloat(sign | 0x7f800000u | (fraction << 13));
  if (exponent != 0u) return uintBitsToFloat(sign | ((exponent + 112u) << 23) | (fraction << 13));
  float size = float(fraction) * 5.9604644775390625e-8;
  return uintBitsToFloat(sign | floatBitsToUint(size));
}

uint bf16_from_float(float value) {
  uint bits = floatBitsToUint(value);
  if ((bits & 0x7fffffffu) > 0x7f800000u) return (bits >> 16) | 0x40u;
  return (bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16;
}

// Nearest, ties to even, subnormal results by shifting with the bits that fall off in mind.
uint f16_from_float(float value) {
  uint bits = floatBitsToUint(value);
  uint sign = (bits >> 16) & 0x8000u;
  uint size = bits & 0x7fffffffu;
  if (size > 0x7f800000u) return sign | 0x7e00u;
  if (size >= 0x477ff000u) return sign | 0x7c00u;
  if (size >= 0x38800000u) {
    return sign | ((size + 0xfffu + ((size >> 13) & 1u) - 0x38000000u) >> 13);
  }
  if (size < 0x33000000u) return sign;
  uint shift = 126u - (size >> 23);
  uint fraction = (size & 0x7fffffu) | 0x800000u;
  uint whole = fraction >> shift;
  uint rest = fraction & ((1u << shift) - 1u);
  uint half_way = 1u << (shift - 1u);
  return sign | (whole + ((rest > half_way || (rest == half_way && (whole & 1u) == 1u)) ? 1u : 0u));
}

// Element i of memory of any float type; `first` elements lie in front of it in the first word.
float load(Words memory, uint first, uint i, uint dtype) {
  if (dtype == kF32) return uintBitsToFloat(memory.at[i]);
  uint element = first + i;
  uint bits = (memory.at[element >> 1] >> ((element & 1u) * 16u)) & 0xffffu;
  return dtype == kBf16 ? uintBitsToFloat(bits << 16) : f16_to_float(bits);
}

uint narrow(float value, uint dtype) {
  return dtype == kBf16 ? bf16_from_float(value) : f16_from_float(value);
}

// Four elements of 16 bits in two words.
vec4 widened(uvec2 words, uint dtype) {
  uvec4 bits = uvec4(words.x & 0xffffu, words.x >> 16, words.y & 0xffffu, words.y >> 16);
  if (dtype == kBf16) return uintBitsToFloat(bits << 16);
  return vec4(f16_to_float(bits.x), f16_to_float(bits.y), f16_to_float(bits.z),
              f16_to_float(bits.w));
}

uvec2 narrowed(vec4 values, uint dtype) {
  return uvec2(narrow(values.x, dtype) | narrow(values.y, dtype) << 16,
               narrow(values.z, dtype) | narrow(values.w, dtype) << 16);
}

// Writes `bits`, `width` bits wide, at element `element` of a word array; neighbours that share the
// word may be written by others at the same time.
void store_part(Words memory, uint element, uint bits, uint width) {
  uint per_word = 32u / width;
  uint shift = (element % per_word) * width;
  uint mask = ((1u << width) - 1u) << shift;
  atomicAnd(memory.at[element / per_word], ~mask);
  atomicOr(memory.at[element / per_word], bits << shift);
}

// Element i of memory as load() has it; neighbours in its word may be others' to write.
void store(Words memory, uint first, uint i, float value, uint dtype) {
  if (dtype == kF32) memory.at[i] = floatBitsToUint(value);
  else store_part(memory, first + i, narrow(value, dtype), 16u);
}
