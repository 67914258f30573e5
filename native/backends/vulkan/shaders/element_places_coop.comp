// Where the elements of small matrices are: of each thread's, row and column among sums and among left factors.
// The standard leaves it open; kernels that know keep in registers what would have to go through memory.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "cooperative.glsl"

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint kThreads = 32;  // one subgroup
layout(constant_id = 1) const uint kM = 16;
layout(constant_id = 2) const uint kN = 16;
layout(constant_id = 3) const uint kK = 16;
layout(constant_id = 4) const uint kMost = 8;  // elements of a thread that are told

layout(push_constant) uniform Push {
  Words to;  // how many elements of sums, and of factors, a thread has; then of each (thread, element) the
             // row and column of a sum, and of a factor
} push;

shared uvec4 factors[kM * kK / 8u];
shared vec4 sums[kM * kN / 4u];

// Fills the matrices with the rows of their elements, or (axis 1) columns: whole numbers that all types hold.
void fill(uint axis) {
  for (uint i = gl_LocalInvocationIndex; i < kM * kK / 8u; i += kThreads) {
    uvec4 packed = uvec4(0u);
    for (uint e = 0u; e < 8u; ++e) {
      uint at = 8u * i + e;
      packed[e / 2u] |= narrow(float(axis == 0u ? at / kK : at % kK), kElement) << (16u * (e % 2u));
    }
    factors[i] = packed;
  }
  for (uint i = gl_LocalInvocationIndex; i < kM * kN / 4u; i += kThreads) {
    uvec4 at = 4u * i + uvec4(0u, 1u, 2u, 3u);
    sums[i] = vec4(axis == 0u ? at / kN : at % kN);
  }
}

void main() {
  uint me = gl_LocalInvocationIndex;
  for (uint axis = 0u; axis < 2u; ++axis) {
    barrier();
    fill(axis);
    barrier();
    coopmat<Element, gl_ScopeSubgroup, kM, kK, gl_MatrixUseA> left;
    coopMatLoad(left, factors, 0u, kK / 8u, gl_CooperativeMatrixLayoutRowMajor);
    coopmat<float, gl_ScopeSubgroup, kM, kN, gl_MatrixUseAccumulator> sum;
    coopMatLoad(sum, sums, 0u, kN / 4u, gl_CooperativeMatrixLayoutRowMajor);
    if (me == 0u) push.to.at[0] = uint(sum.length());
    if (me == 0u) push.to.at[1] = uint(left.length());
    for (uint e = 0u; e < min(kMost, uint(sum.length())); ++e)
      push.to.at[2u + 4u * (me * kMost + e) + axis] = uint(sum[e]);
    for (uint e = 0u; e < min(kMost, uint(left.length())); ++e)
      push.to.at[4u + 4u * (me * kMost + e) + axis] = uint(float(left[e]));
  }
}
