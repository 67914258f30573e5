// Eight elements at a time, from memory at a multiple of 16 bytes: 16 bytes of those of 16 bits, twice
// as many of f32. Whoever writes eight owns their words.
#extension GL_EXT_control_flow_attributes : require

struct Eight {
  vec4 low, high;
};

// Elements 8 i to 8 i + 7.
Eight load_eight(Vectors memory, uint i, uint dtype) {
  if (dtype == kF32) {
    return Eight(uintBitsToFloat(memory.at[2u * i]), uintBitsToFloat(memory.at[2u * i + 1u]));
  }
  uvec4 words = memory.at[i];
  return Eight(widened(words.xy, dtype), widened(words.zw, dtype));
}

void store_eight(Vectors memory, uint i, Eight values, uint dtype) {
  if (dtype == kF32) {
    memory.at[2u * i] = floatBitsToUint(values.low);
    memory.at[2u * i + 1u] = floatBitsToUint(values.high);
  } else {
    memory.at[i] = uvec4(narrowed(values.low, dtype), narrowed(values.high, dtype));
  }
}
