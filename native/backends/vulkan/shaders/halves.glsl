// Four neighbours of 16 bits at a time.
layout(buffer_reference, std430, buffer_reference_align = 8) readonly buffer Pairs { uvec2 at[]; };

vec4 values_of_bf16(uvec2 words) {
  return uintBitsToFloat(
      uvec4(words.x << 16, words.x & 0xffff0000u, words.y << 16, words.y & 0xffff0000u));
}

vec4 values_of_f16(uvec2 words) {
  return vec4(f16_to_float(words.x & 0xffffu), f16_to_float(words.x >> 16),
              f16_to_float(words.y & 0xffffu), f16_to_float(words.y >> 16));
}

vec4 values_of_16_bits(uvec2 words, uint dtype) {
  return dtype == kBf16 ? values_of_bf16(words) : values_of_f16(words);
}
