// Elementary functions, the same on every device: drivers' own may be off by several units in the
// last place. The polynomials are those of backends/cpu/simd/math.h.

// 2^n for n in -126 .. 127.
float power_of_two(int n) { return uintBitsToFloat(uint(n + 127) << 23); }

float exp_of(float x) {
  if (is_nan(x)) return x;
  if (x < -104.0) return 0.0;
  if (x > 88.73) return kInfinity;
  float n = floor(x * 1.44269504 + 0.5);
  precise float high = x - n * 0.693359375;
  precise float r = high + n * 2.12194440e-4;
  float p = 0.00139464581;
  p = fma(p, r, 0.00836915887);
  p = fma(p, r, 0.041666263);
  p = fma(p, r, 0.166665159);
  p = fma(p, r, 0.500000008);
  float value = 1.0 + fma(p, r * r, r);
  // In two steps, since 2^128 and the subnormal powers are out of range.
  int whole = int(n);
  int half_way = whole / 2;
  return value * power_of_two(half_way) * power_of_two(whole - half_way);
}

float log_of(float x) {
  if (is_nan(x) || x < 0.0) return uintBitsToFloat(0x7fc00000u);
  if (x == 0.0) return -kInfinity;
  if (x == kInfinity) return x;
  uint bits = floatBitsToUint(x);
  int e = int(bits >> 23) - 127;
  float m = uintBitsToFloat((bits & 0x7fffffu) | 0x3f800000u);
  if (m > 1.41421356) {
    m *= 0.5;
    e += 1;
  }
  float f = m - 1.0;
  float p = 0.0667527189;
  p = fma(p, f, -0.116464344);
  p = fma(p, f, 0.119047121);
  p = fma(p, f, -0.124112687);
  p = fma(p, f, 0.142178915);
  p = fma(p, f, -0.166676437);
  p = fma(p, f, 0.200022042);
  p = fma(p, f, -0.250000163);
  p = fma(p, f, 0.333333109);
  float square = f * f;
  float tail = p * (square * f);
  tail = fma(float(e), -2.12194440e-4, tail);
  tail = fma(square, -0.5, tail);
  return fma(float(e), 0.693359375, f + tail);
}

float sigmoid_of(float x) { return 1.0 / (1.0 + exp_of(-x)); }

float tanh_of(float x) {
  float size = abs(x);
  if (size < 0.6) {
    float square = x * x;
    float p = -0.00589394687;
    p = fma(p, square, 0.0207946192);
    p = fma(p, square, -0.0537832935);
    p = fma(p, square, 0.133319153);
    p = fma(p, square, -0.333332975);
    return fma(p * square, x, x);
  }
  float large = 1.0 - 2.0 / (exp_of(size + size) + 1.0);
  return x < 0.0 ? -large : large;
}

float erf_of(float x) {
  float size = abs(x);
  if (size < 0.95) {
    float square = x * x;
    float p = -0.000588163945;
    p = fma(p, square, 0.00497195864);
    p = fma(p, square, -0.0267524202);
    p = fma(p, square, 0.112814371);
    p = fma(p, square, -0.376124594);
    p = fma(p, square, 1.12837914);
    return x * p;
  }
  float bounded = min(4.0, size);
  float p = 0.00019505309;
  p = fma(p, bounded, -0.00303395745);
  p = fma(p, bounded, 0.0221879243);
  p = fma(p, bounded, -0.103846874);
  p = fma(p, bounded, -0.637282616);
  p = fma(p, bounded, -1.12761403);
  p = fma(p, bounded, -0.000211004563);
  float large = 1.0 - exp_of(p);
  return x < 0.0 ? -large : large;
}

// (cos x, sin x); the angle is brought to an eighth of the circle by pi/2 in three parts, the first
// two short enough that their multiples are exact up to 2^13 quarter turns.
vec2 cos_sin_of(float x) {
  float turns = floor(x * 0.636619772 + 0.5);
  precise float a = x - turns * 1.5703125;
  precise float b = a - turns * 4.837512969970703e-4;
  precise float r = b - turns * 7.549789948768648e-8;
  float z = r * r;
  float s = fma(fma(fma(fma(2.75573192e-6, z, -1.98412698e-4), z, 8.33333333e-3), z, -0.166666667),
                z * r, r);
  float c = fma(fma(fma(fma(2.48015873e-5, z, -1.38888889e-3), z, 4.16666667e-2), z, -0.5), z, 1.0);
  int quarter = int(turns) & 3;
  if (quarter == 1) return vec2(-s, c);
  if (quarter == 2) return vec2(-c, -s);
  if (quarter == 3) return vec2(s, -c);
  return vec2(c, s);
}

// ---- sums in two floats: the value and what its rounding lost ----

vec2 plus(vec2 sum, float x) {
  precise float total = sum.x + x;
  precise float part = total - sum.x;
  precise float lost = (sum.x - (total - part)) + (x - part);
  return vec2(total, sum.y + lost);
}

vec2 plus(vec2 a, vec2 b) {
  vec2 sum = plus(a, b.x);
  return vec2(sum.x, sum.y + b.y);
}
