// What attention_few.comp finds in shares of the keys, for each query, head and share, and how that is
// joined: in the order of the shares, so that it does not matter which is found first. Including files
// declare kSize, the size of a head: a multiple of 4, at most 256.

const uint kMostShares = 64;
const uint kFours = kSize / 4u;
const uint kParts = kGroup / kFours;  // threads that share four elements of the result
// What such a thread has of kMostShares, or of as many keys.
const uint kOfPart = (kMostShares + kParts - 1u) / kParts;

layout(buffer_reference, std430, buffer_reference_align = 16) buffer FoursTo { vec4 at[]; };
// Coherent: a group may read what others of the same kernel wrote.
layout(buffer_reference, std430, buffer_reference_align = 16) coherent buffer ShareValues {
  vec4 at[];  // the sum of weighted values
};
layout(buffer_reference, std430, buffer_reference_align = 8) coherent buffer ShareSums {
  vec2 at[];  // (largest score, sum of weights), weights being exp(score - largest)
};

shared float weights[kMostShares];
shared vec2 share_sums[kMostShares];
shared vec4 part_values[kParts * kFours];

// Four elements of a sum that threads formed parts of: `me` is less than kFours.
vec4 total_of_parts(uint me) {
  vec4 total = vec4(0.0);
  for (uint p = 0u; p < kParts; ++p) total += part_values[p * kFours + me];
  return total;
}

// Joins `count` shares whose results begin at `first` into the result of a query's head.
void join_shares(ShareValues values, ShareSums sums, uint first, uint count, uint place, FoursTo to,
                 Floats lse) {
  uint me = gl_LocalInvocationIndex, part = me / kFours, four = me % kFours;
  // On their way while weights are formed.
  vec4 held[kOfPart];
  for (uint i = 0u; i < kOfPart; ++i) {
    uint share = min(part + i * kParts, count - 1u);
    held[i] = i * kParts < count ? values.at[(first + share) * kFours + four] : vec4(0.0);
  }
  if (me < count) share_sums[me] = sums.at[first + me];
  barrier();
  float largest = -kInfinity;
  for (uint i = 0u; i < count; ++i) largest = max(largest, share_sums[i].x);
  if (me < count) {
    float own = share_sums[me].x;
    weights[me] = own == -kInfinity ? 0.0 : exp_of(own - largest);
  }
  barrier();
  vec4 value = vec4(0.0);
  for (uint i = 0u; i < kOfPart; ++i) {
    uint share = part + i * kParts;
    if (share < count) value = fma(vec4(weights[share]), held[i], value);
  }
  if (part < kParts) part_values[me] = value;
  barrier();
  if (me >= kFours) return;
  float sum = 0.0;
  for (uint i = 0u; i < count; ++i) sum = fma(share_sums[i].y, weights[i], sum);
  to.at[place * kFours + me] = sum > 0.0 ? total_of_parts(me) / sum : vec4(0.0);
  if (me == 0u) lse.at[place] = sum > 0.0 ? largest + log_of(sum) : -kInfinity;
}
