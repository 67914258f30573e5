#include <cmath>
#include <cstring>

#include "backends/cpu/kernels.h"
#include "backends/cpu/loops.h"
#include "ops/indices.h"

namespace lensmith::cpu::LENSMITH_ISA {
namespace {

// cos and sin of n angles, right to the last bit or the one before. The range is reduced and the
// series summed in f64, without branches, so that the compiler vectorises the loop; the library's
// functions would cost more than the rotation itself.
void cosines_and_sines(const float* angles, int64_t n, float* cosines, float* sines) {
  constexpr float kLimit = 1e6f;
  constexpr double kTwoOverPi = 0.63661977236758134308;
  // pi/2 in two parts; the first has 33 bits, so that its product with a multiple is exact.
  constexpr double kHigh = 1.57079632673412561417, kLow = 6.07710050650619224932e-11;
  constexpr double kRound = 6755399441055744.0;  // 1.5 * 2^52: adding it leaves an integer
  for (int64_t i = 0; i < n; ++i) {
    const double angle = angles[i];
    const double shifted = angle * kTwoOverPi + kRound;
    uint64_t quadrant;
    std::memcpy(&quadrant, &shifted, sizeof quadrant);
    const double turns = shifted - kRound;
    const double r = (angle - turns * kHigh) - turns * kLow, z = r * r;
    // Taylor series on [-pi/4, pi/4].
    const double s =
        r + r * z *
                (-1.0 / 6 +
                 z * (1.0 / 120 + z * (-1.0 / 5040 + z * (1.0 / 362880 - z * (1.0 / 39916800)))));
    const double c =
        1 + z * (-0.5 + z * (1.0 / 24 +
                             z * (-1.0 / 720 + z * (1.0 / 40320 + z * (-1.0 / 3628800 +
                                                                       z * (1.0 / 479001600))))));
    // Odd quadrants swap the two; two of four turn the sign, bit 63.
    uint64_t s_bits, c_bits;
    std::memcpy(&s_bits, &s, sizeof s), std::memcpy(&c_bits, &c, sizeof c);
    const uint64_t swap = (s_bits ^ c_bits) & (0 - (quadrant & 1));
    const uint64_t sine_bits = (s_bits ^ swap) ^ ((quadrant & 2) << 62);
    const uint64_t cosine_bits = (c_bits ^ swap) ^ (((quadrant + 1) & 2) << 62);
    double sine, cosine;
    std::memcpy(&sine, &sine_bits, sizeof sine), std::memcpy(&cosine, &cosine_bits, sizeof cosine);
    sines[i] = static_cast<float>(sine);
    cosines[i] = static_cast<float>(cosine);
  }
  for (int64_t i = 0; i < n; ++i) {
    if (std::fabs(angles[i]) <= kLimit) continue;
    cosines[i] = static_cast<float>(std::cos(static_cast<double>(angles[i])));
    sines[i] = static_cast<float>(std::sin(static_cast<double>(angles[i])));
  }
}

LENSMITH_INLINE void rotate(const float* x, const float* cosines, const float* sines, int64_t half,
                            float* out) {
  each_vector(half, [&](int64_t i, auto lanes) {
    const F32 first = load(x + i, lanes), second = load(x + half + i, lanes);
    const F32 c = load(cosines + i, lanes), s = load(sines + i, lanes);
    store(first * c - second * s, out + i, lanes);
    store(second * c + first * s, out + half + i, lanes);
  });
}

}  // namespace

void rope(Context& context, const RopeArgs& args) {
  const int64_t heads = args.x.shape[1], size = args.x.shape[2], half = size / 2;
  const int32_t* const positions = args.positions.data<int32_t>();
  const int32_t* const index = args.index ? args.index.data<int32_t>() : nullptr;
  if (index) require_indices("rope", "index", index, args.x.shape[0], args.out.shape[0]);
  const float* const frequencies = args.inverse_frequency.data<float>();
  const F32 cosine_scale = F32::broadcast(args.scale);
  const F32 sine_scale = F32::broadcast(args.inverse ? -args.scale : args.scale);
  Workspace::Frame frame(context.workspace);
  // One line of angles, cosines and sines a worker; the heads of a row share it.
  float* const tables = static_cast<float*>(
      frame.get(static_cast<size_t>(context.pool.size() * 3 * half) * sizeof(float)));
  for_rows(context, args.x.shape[0], heads * size, [&](int64_t row, int worker) {
    float* const angles = tables + worker * 3 * half;
    float* const cosines = angles + half;
    float* const sines = cosines + half;
    const float position = static_cast<float>(positions[row]);
    for (int64_t i = 0; i < half; ++i) angles[i] = position * frequencies[i];
    cosines_and_sines(angles, half, cosines, sines);
    each_vector(half, [&](int64_t i, auto lanes) {
      store(load(cosines + i, lanes) * cosine_scale, cosines + i, lanes);
      store(load(sines + i, lanes) * sine_scale, sines + i, lanes);
    });
    const int64_t target = index ? index[row] : row;
    const float* const from = args.x.data<float>() + row * heads * size;
    float* const to = args.out.data<float>() + target * heads * size;
    for (int64_t head = 0; head < heads; ++head)
      rotate(from + head * size, cosines, sines, half, to + head * size);
  });
}

}  // namespace lensmith::cpu::LENSMITH_ISA
