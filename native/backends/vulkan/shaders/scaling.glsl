// f16 holds less than f32 does. A matrix is multiplied by a power of two that brings the largest size in
// it just under 2^14, and its products are divided by that. Twice as much is still no infinity; what falls
// below f16's smallest is less than 2^-38 of the largest.

// bits: of the largest finite size.
float scale_for(uint bits) {
  int exponent = int(bits >> 23) - 127;
  if (bits == 0u) return 1.0;
  return uintBitsToFloat(uint(clamp(13 - exponent, -126, 126) + 127) << 23);
}
