// a / b to the nearest, ties to even, where drivers' own division may be off by some units in the
// last place. For positive, normal numbers; others, and what they give, are left to the driver.
float quotient(float a, float b) {
  uint x = floatBitsToUint(a), y = floatBitsToUint(b);
  int exponent = int(x >> 23) - int(y >> 23) + 126;
  uint rest = (x & 0x7fffffu) | 0x800000u, divisor = (y & 0x7fffffu) | 0x800000u;
  if (rest < divisor) {
    rest *= 2u;
    exponent -= 1;
  }
  bool normal = min(x, y) >= 0x800000u && max(x, y) < 0x7f800000u;
  if (!normal || exponent < 0 || exponent > 252) return a / b;
  uint digits = 0u;
  for (uint i = 0u; i < 24u; ++i) {
    uint digit = rest >= divisor ? 1u : 0u;
    digits = 2u * digits + digit;
    rest = 2u * (rest - digit * divisor);
  }
  if (rest > divisor || (rest == divisor && (digits & 1u) == 1u)) digits += 1u;
  // The leading digit adds one to the exponent.
  return uintBitsToFloat((uint(exponent) << 23) + digits);
}
