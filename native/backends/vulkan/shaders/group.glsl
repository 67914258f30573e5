// Reductions over the 256 threads of a work group, through shared memory: subgroups may have any
// size. Every thread gets the result; the order of summation is fixed.
shared vec2 group_values[kGroup];

vec2 group_sum(vec2 value) {
  uint me = gl_LocalInvocationIndex;
  barrier();
  group_values[me] = value;
  for (uint step = kGroup / 2u; step > 0u; step /= 2u) {
    barrier();
    if (me < step) group_values[me] = plus(group_values[me], group_values[me + step]);
  }
  barrier();
  return group_values[0];
}

float group_sum(float value) {
  vec2 sum = group_sum(vec2(value, 0.0));
  return sum.x + sum.y;
}

float group_max(float value) {
  uint me = gl_LocalInvocationIndex;
  barrier();
  group_values[me].x = value;
  for (uint step = kGroup / 2u; step > 0u; step /= 2u) {
    barrier();
    if (me < step) group_values[me].x = max(group_values[me].x, group_values[me + step].x);
  }
  barrier();
  return group_values[0].x;
}
