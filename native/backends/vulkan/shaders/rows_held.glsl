// Rows that a group of 256 holds whole, kFours times four elements a thread, so that each is read once and
// all at the same time. Includes group.glsl's sums; `kFours` is a constant of the shader.
#extension GL_EXT_control_flow_attributes : require

layout(buffer_reference, std430, buffer_reference_align = 16) buffer Fours { vec4 at[]; };
layout(buffer_reference, std430, buffer_reference_align = 8) buffer Pairs { uvec2 at[]; };

vec4 four_of(Fours memory, uint i, uint dtype) {
  if (dtype == kF32) return memory.at[i];
  return widened(Pairs(memory).at[i], dtype);
}

void put_four(Fours memory, uint i, vec4 values, uint dtype) {
  if (dtype == kF32) memory.at[i] = values;
  else Pairs(memory).at[i] = narrowed(values, dtype);
}

// Over the row; `held` has 0 past its end.
float sum_of(vec4 held[kFours]) {
  vec2 sum = vec2(0.0);
  [[unroll]] for (uint j = 0u; j < kFours; ++j)
    [[unroll]] for (uint i = 0u; i < 4u; ++i) sum = plus(sum, held[j][i]);
  vec2 total = group_sum(sum);
  return total.x + total.y;
}
