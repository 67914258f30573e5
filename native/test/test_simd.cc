// Checks F32 and its elementary functions on every instruction set of this machine: functions
// against float64 over the whole range of floats, conversions against the scalar ones of dtype.h
// for every 16-bit pattern. Prints `N passed, N failed`.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "core/dtype.h"
#include "isa_simd.h"
#include "missing_isas.h"

namespace lensmith {
namespace {

using test::Simd;
using test::SimdOfIsa;

constexpr float kInfinity = std::numeric_limits<float>::infinity();
const float kNaN = std::numeric_limits<float>::quiet_NaN();
int passed = 0, failed = 0;

void expect(bool condition, const std::string& what) {
  condition ? ++passed : ++failed;
  if (!condition) std::fprintf(stderr, "FAILED %s\n", what.c_str());
}

// Floats of all signs and exponents, subnormal ones too, padded to whole vectors.
std::vector<float> all_magnitudes() {
  std::vector<float> values;
  for (uint64_t bits = 0; bits < 0x1'0000'0000; bits += 4099) {
    const float value = bits_to_float(static_cast<uint32_t>(bits));
    if (std::isfinite(value)) values.push_back(value);
  }
  // Where the functions do their work.
  for (int i = -200000; i <= 200000; ++i) values.push_back(static_cast<float>(i) * 5.3e-4f);
  while (values.size() % 16 != 0) values.push_back(1.0f);
  return values;
}

// |got - wanted| in units of the last place of wanted as a float.
double ulps(float got, double wanted) {
  const float nearest = static_cast<float>(wanted);
  if (got == nearest) return 0;
  if (!std::isfinite(got) || !std::isfinite(nearest)) return kInfinity;
  const float magnitude = std::fabs(nearest);
  const double unit = std::nextafter(magnitude, kInfinity) - magnitude;
  return std::fabs(got - wanted) / unit;
}

using Function = void (*)(const float*, float*, int);

std::vector<float> apply(Function function, const std::vector<float>& x) {
  std::vector<float> y(x.size());
  function(x.data(), y.data(), static_cast<int>(x.size()));
  return y;
}

float apply(Function function, float x) { return apply(function, std::vector<float>(16, x))[7]; }

void test_functions(const SimdOfIsa& isa, const std::vector<float>& x) {
  const auto worst = [&](Function function, double (*exact)(double), auto&& error, auto&& where) {
    const std::vector<float> y = apply(function, x);
    double most = 0;
    for (size_t i = 0; i < x.size(); ++i) {
      if (where(x[i])) most = std::max(most, error(y[i], exact(x[i])));
    }
    return most;
  };
  const auto everywhere = [](float) { return true; };
  const auto absolute = [](float got, double wanted) { return std::fabs(got - wanted); };
  const double exp_error = worst(isa.simd.exp, std::exp, ulps, everywhere);
  const double log_error =
      worst(isa.simd.log, std::log, ulps, [](float value) { return value > 0; });
  const double tanh_error = worst(isa.simd.tanh, std::tanh, ulps, everywhere);
  const double erf_error = worst(isa.simd.erf, std::erf, absolute, everywhere);
  std::printf("%s: exp %.2f ulp, log %.2f ulp, tanh %.2f ulp, erf %.2g absolute\n", isa.name,
              exp_error, log_error, tanh_error, erf_error);
  const std::string name = isa.name;
  expect(exp_error <= 1.1, name + " exp within 1.1 ulp");
  expect(log_error <= 1, name + " log within 1 ulp");
  expect(tanh_error <= 1.5, name + " tanh within 1.5 ulp");
  expect(erf_error <= 2e-7, name + " erf within 2e-7");

  expect(apply(isa.simd.exp, -kInfinity) == 0, name + " exp(-inf) = 0");
  expect(apply(isa.simd.exp, kInfinity) == kInfinity, name + " exp(inf) = inf");
  for (const float x : {-103.98f, -104.5f, -140.0f, -175.9f, -176.1f, -1e30f}) {
    expect(apply(isa.simd.exp, x) == 0, name + " exp(" + std::to_string(x) + ") = 0");
  }
  expect(apply(isa.simd.exp, 0.0f) == 1, name + " exp(0) = 1");
  expect(apply(isa.simd.log, 0.0f) == -kInfinity, name + " log(0) = -inf");
  expect(apply(isa.simd.log, kInfinity) == kInfinity, name + " log(inf) = inf");
  expect(std::isnan(apply(isa.simd.log, -1.0f)), name + " log(-1) is NaN");
  expect(apply(isa.simd.tanh, kInfinity) == 1, name + " tanh(inf) = 1");
  expect(apply(isa.simd.erf, -kInfinity) == -1, name + " erf(-inf) = -1");
  for (const Function function : {isa.simd.exp, isa.simd.log, isa.simd.tanh, isa.simd.erf}) {
    expect(std::isnan(apply(function, kNaN)), name + ": NaN goes through");
  }
  expect(apply(isa.simd.round, 2.5f) == 2 && apply(isa.simd.round, -3.5f) == -4,
         name + " round ties to even");
}

// Bits are compared, except that every NaN equals every other.
bool same(uint16_t a, uint16_t b, bool is_nan, bool b_is_nan) {
  return is_nan || b_is_nan ? is_nan == b_is_nan : a == b;
}

template <class T>
void test_conversions(const SimdOfIsa& isa, const char* type, void (*widen)(const T*, float*, int),
                      void (*narrow)(const float*, T*, int), const std::vector<float>& x) {
  std::vector<T> patterns(65536);
  for (int i = 0; i < 65536; ++i) patterns[static_cast<size_t>(i)].bits = static_cast<uint16_t>(i);
  std::vector<float> wide(65536);
  widen(patterns.data(), wide.data(), 65536);
  int wrong = 0;
  for (size_t i = 0; i < 65536; ++i) {
    const float scalar = to_float(patterns[i]);
    wrong += !(wide[i] == scalar || (std::isnan(wide[i]) && std::isnan(scalar)));
  }
  expect(wrong == 0, std::string(isa.name) + " widens every " + type);

  std::vector<float> values = x;
  values.insert(values.end(), {kInfinity, -kInfinity, kNaN, 65519.99f, 65520.0f, 3e-8f, -1e-8f});
  std::vector<T> narrowed(values.size());
  narrow(values.data(), narrowed.data(), static_cast<int>(values.size()));
  wrong = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    const T scalar = from_float<T>(values[i]);
    wrong += !same(narrowed[i].bits, scalar.bits, std::isnan(to_float(narrowed[i])),
                   std::isnan(to_float(scalar)));
  }
  expect(wrong == 0, std::string(isa.name) + " narrows to " + type + " as the scalar code does");

  // Parts of vectors touch nothing beyond them.
  for (int count = 0; count < 2 * isa.simd.width; ++count) {
    std::vector<T> part(64, T{0x1234});
    narrow(values.data(), part.data(), count);
    bool right = true;
    for (int i = 0; i < 64; ++i) {
      const uint16_t wanted =
          i < count ? from_float<T>(values[static_cast<size_t>(i)]).bits : uint16_t{0x1234};
      right = right && part[static_cast<size_t>(i)].bits == wanted;
    }
    expect(right, std::string(isa.name) + " stores " + std::to_string(count) + " of " + type);
  }
}

void test_lanes(const SimdOfIsa& isa) {
  const int w = isa.simd.width;
  std::vector<float> x(static_cast<size_t>(w * w));
  for (int i = 0; i < w * w; ++i) x[static_cast<size_t>(i)] = static_cast<float>((i * 37) % 101);
  std::vector<float> turned = x;
  isa.simd.transpose(turned.data());
  bool right = true;
  for (int i = 0; i < w; ++i) {
    for (int j = 0; j < w; ++j) {
      right = right && turned[static_cast<size_t>(j * w + i)] == x[static_cast<size_t>(i * w + j)];
    }
  }
  expect(right, std::string(isa.name) + " transposes");

  float sums[4] = {};
  isa.simd.reduce_four(x.data(), sums);
  for (int row = 0; row < 4; ++row) {
    float wanted[3] = {0, -kInfinity, kInfinity}, got[3];
    for (int i = 0; i < w; ++i) {
      const float value = x[static_cast<size_t>(row * w + i)];
      wanted[0] += value;
      wanted[1] = std::max(wanted[1], value);
      wanted[2] = std::min(wanted[2], value);
    }
    isa.simd.reduce(x.data() + row * w, got);
    expect(std::memcmp(got, wanted, sizeof got) == 0 && sums[row] == wanted[0],
           std::string(isa.name) + " reduces");
  }
  for (int count = 0; count < 2 * w; ++count) {
    std::vector<float> part(64, -5.0f);
    isa.simd.copy(x.data(), part.data(), count);
    const bool inside = std::equal(part.begin(), part.begin() + count, x.begin());
    const bool outside =
        std::all_of(part.begin() + count, part.end(), [](float value) { return value == -5.0f; });
    expect(inside && outside, std::string(isa.name) + " copies " + std::to_string(count));
  }
}

}  // namespace
}  // namespace lensmith

int main() {
  using namespace lensmith;
  const std::vector<float> x = all_magnitudes();
  for (const test::SimdOfIsa& isa : test::simd_isas()) {
    test_functions(isa, x);
    test_conversions<bf16>(isa, "bf16", isa.simd.widen_bf16, isa.simd.narrow_bf16, x);
    test_conversions<f16>(isa, "f16", isa.simd.widen_f16, isa.simd.narrow_f16, x);
    test_lanes(isa);
  }
  lensmith::test::print_missing_isas();
  std::printf("%d passed, %d failed\n", passed, failed);
  return failed == 0 ? 0 : 1;
}
