// copy: any strides, any conversion of ops/copy.h. A thread writes one element, or, where elements of
// fewer than 32 bits lie densely (kPacked), one word of them.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"

layout(local_size_x = 256) in;
layout(constant_id = 0) const uint kFrom = 0;
layout(constant_id = 1) const uint kTo = 0;
layout(constant_id = 2) const bool kPacked = false;

layout(push_constant) uniform Push {
  Words from, to;
  uint count, first_from, first_to, rank;
  uint size[6], from_stride[6], to_stride[6];
} push;

uint width_of(uint dtype) {
  if (dtype == kU8 || dtype == kI8) return 8u;
  return dtype == kBf16 || dtype == kF16 ? 16u : 32u;
}

// The bits of source element i, in the target's type.
uint converted(uint i) {
  uint from = push.first_from + i;
  uint bits;
  if (width_of(kFrom) == 32u) bits = push.from.at[i];
  else if (width_of(kFrom) == 16u) bits = (push.from.at[from >> 1] >> ((from & 1u) * 16u)) & 0xffffu;
  else bits = (push.from.at[from >> 2] >> ((from & 3u) * 8u)) & 0xffu;
  if (kFrom == kTo) return bits;
  float value;
  if (kFrom == kU8) value = float(bits);
  else if (kFrom == kI8) value = float(int(bits << 24) >> 24);
  else if (kFrom == kI32) value = float(int(bits));
  else if (kFrom == kF32) value = uintBitsToFloat(bits);
  else value = kFrom == kBf16 ? uintBitsToFloat(bits << 16) : f16_to_float(bits);
  return kTo == kF32 ? floatBitsToUint(value) : narrow(value, kTo);
}

// x: where element `place` lies in the source, y: in the target.
uvec2 offsets_of(uint place) {
  uvec2 offsets = uvec2(0u);
  for (int axis = int(push.rank) - 1; axis >= 0; --axis) {
    uint index = place % push.size[axis];
    place /= push.size[axis];
    offsets += index * uvec2(push.from_stride[axis], push.to_stride[axis]);
  }
  return offsets;
}

void main() {
  uint thread = thread_number();
  uint width = width_of(kTo);
  if (kPacked) {
    uint per_word = 32u / width;
    uint end = push.first_to + push.count;
    uint begin = thread * per_word;
    if (begin >= end) return;
    uint word = 0u;
    bool whole = begin >= push.first_to && begin + per_word <= end;
    for (uint i = max(begin, push.first_to); i < min(begin + per_word, end); ++i) {
      uint bits = converted(offsets_of(i - push.first_to).x);
      if (whole) word |= bits << ((i - begin) * width);
      else store_part(push.to, i, bits, width);
    }
    if (whole) push.to.at[thread] = word;
    return;
  }
  if (thread >= push.count) return;
  uvec2 offsets = offsets_of(thread);
  uint bits = converted(offsets.x);
  if (width == 32u) push.to.at[offsets.y] = bits;
  else store_part(push.to, push.first_to + offsets.y, bits, width);
}
