// Looks for an index, or an offset, outside its range, and writes down the first that it meets.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"

layout(local_size_x = 256) in;

layout(push_constant) uniform Push {
  Ints values;
  Words fault;
  uint count, op, operand;
  int lowest, limit;
  uint offsets;
} push;

void main() {
  uint i = thread_number();
  if (i >= push.count) return;
  int value = push.values.at[i];
  int before = push.offsets != 0u && i > 0u ? push.values.at[i - 1u] : 0;
  bool wrong = push.offsets == 0u ? value < push.lowest || value >= push.limit
                                  : value < before || value > (i == 0u ? 0 : push.limit);
  if (!wrong || atomicCompSwap(push.fault.at[0], 0u, 1u) != 0u) return;
  push.fault.at[1] = push.op;
  push.fault.at[2] = push.operand;
  push.fault.at[3] = i;
  push.fault.at[4] = uint(value);
  push.fault.at[5] = uint(before);
  push.fault.at[6] = uint(push.lowest);
  push.fault.at[7] = uint(push.limit);
  push.fault.at[8] = push.offsets;
}
