// dropout, random_fill. Contract: ops/random.h.
#include "backends/cpu/kernels.h"
#include "backends/cpu/philox.h"
#include "backends/cpu/simd/math.h"

namespace lensmith::cpu::LENSMITH_ISA {
namespace {

// Elements drawn at a time; every split of a tensor is a multiple of it.
constexpr int kBatch = 4 * kPhiloxBlocks;
constexpr int64_t kGrain = 64 * kBatch;

// The uniforms of elements first .. first + kBatch - 1, first a multiple of kBatch.
void draw_in_order(int64_t first, uint32_t stream, uint32_t seed, float* uniforms) {
  uint32_t words[4][kPhiloxBlocks];
  philox(static_cast<uint64_t>(first) / 4, stream, seed, words);
  // Two steps: the conversion is vectorised only while the words of one kind lie side by side.
  float by_word[4][kPhiloxBlocks];
  for (int w = 0; w < 4; ++w) {
    for (int j = 0; j < kPhiloxBlocks; ++j) by_word[w][j] = unit_uniform(words[w][j]);
  }
  for (int j = 0; j < kPhiloxBlocks; ++j) {
    for (int w = 0; w < 4; ++w) uniforms[4 * j + w] = by_word[w][j];
  }
}

// cos and sin of 2 pi u for u in [0, 1]: polynomials on an eighth of the circle around the
// nearest quarter turn.
LENSMITH_INLINE void cos_sin_turns(F32 u, F32* cosine, F32* sine) {
  constexpr float kSine[] = {1.0f, -1.66666667e-1f, 8.33333333e-3f, -1.98412698e-4f,
                             2.75573192e-6f};
  constexpr float kCosine[] = {1.0f,           -0.5f,          4.16666667e-2f, -1.38888889e-3f,
                               2.48015873e-5f, -2.75573192e-7f};
  const F32 quarter = round(u * F32::broadcast(4.0f));
  const F32 x = fma(quarter, F32::broadcast(-0.25f), u) * F32::broadcast(6.28318531f);
  const F32 square = x * x;
  const F32 s = polynomial(square, kSine) * x;
  const F32 c = polynomial(square, kCosine);
  const Mask one = quarter == F32::broadcast(1.0f);
  const Mask two = quarter == F32::broadcast(2.0f);
  const Mask three = quarter == F32::broadcast(3.0f);
  *cosine = select(one, -s, select(two, -c, select(three, s, c)));
  *sine = select(one, c, select(two, -s, select(three, -c, s)));
}

// Box-Muller: (w0, w1) and (w2, w3) of each block become two independent normals each.
void draw_normals(int64_t first, uint32_t stream, uint32_t seed, float mean, float deviation,
                  float* normals) {
  uint32_t words[4][kPhiloxBlocks];
  philox(static_cast<uint64_t>(first) / 4, stream, seed, words);
  for (int pair = 0; pair < 4; pair += 2) {
    float radius[kPhiloxBlocks], turns[kPhiloxBlocks];
    for (int j = 0; j < kPhiloxBlocks; ++j) {
      radius[j] = unit_uniform(words[pair][j]) + 0x1p-24f;  // (0, 1], so that its log is finite
      turns[j] = unit_uniform(words[pair + 1][j]);
    }
    for (int j = 0; j < kPhiloxBlocks; j += F32::width) {
      const F32 r =
          sqrt(log(F32::load(radius + j)) * F32::broadcast(-2.0f)) * F32::broadcast(deviation);
      F32 cosine, sine;
      cos_sin_turns(F32::load(turns + j), &cosine, &sine);
      fma(r, cosine, F32::broadcast(mean)).store(radius + j);
      fma(r, sine, F32::broadcast(mean)).store(turns + j);
    }
    for (int j = 0; j < kPhiloxBlocks; ++j) {
      normals[4 * j + pair] = radius[j];
      normals[4 * j + pair + 1] = turns[j];
    }
  }
}

void draw_uniforms(int64_t first, const RandomFillArgs& args, float below_b, float* values) {
  draw_in_order(first, args.stream, args.seed, values);
  const F32 low = F32::broadcast(args.a), range = F32::broadcast(args.b - args.a);
  for (int j = 0; j < kBatch; j += F32::width) {
    const F32 value = fma(F32::load(values + j), range, low);
    min(F32::broadcast(below_b), value).store(values + j);
  }
}

// The largest float below b, or b itself where [a, b) is empty: rounding must not give b.
float bound_below(float a, float b) {
  if (!(a < b)) return b;
  if (b == 0) return -1.40129846e-45f;
  const uint32_t bits = float_to_bits(b);
  return bits_to_float(b > 0 ? bits - 1 : bits + 1);
}

template <class T>
void fill(Context& context, const RandomFillArgs& args) {
  T* const out = args.out.data<T>();
  const float below_b = bound_below(args.a, args.b);
  context.pool.parallel_ranges(args.out.numel(), kGrain, [&](int64_t begin, int64_t end, int) {
    float values[kBatch];
    for (int64_t i = begin; i < end; i += kBatch) {
      if (args.kind == 0) {
        draw_uniforms(i, args, below_b, values);
      } else {
        draw_normals(i, args.stream, args.seed, args.a, args.b, values);
      }
      const int count = static_cast<int>(end - i < kBatch ? end - i : kBatch);
      for (int j = 0; j < count; j += F32::width) {
        const F32 lanes = F32::load(values + j);
        if (count - j >= F32::width)
          lanes.store(out + i + j);
        else
          lanes.store_n(out + i + j, count - j);
      }
    }
  });
}

}  // namespace

void dropout(Context& context, const DropoutArgs& args) {
  const float* const x = args.x.data<float>();
  float* const out = args.out.data<float>();
  const F32 p = F32::broadcast(args.probability);
  const F32 scale = F32::broadcast(1.0f / (1.0f - args.probability));
  context.pool.parallel_ranges(args.x.numel(), kGrain, [&](int64_t begin, int64_t end, int) {
    float uniforms[kBatch];
    for (int64_t i = begin; i < end; i += kBatch) {
      draw_in_order(i, args.stream, args.seed, uniforms);
      const int count = static_cast<int>(end - i < kBatch ? end - i : kBatch);
      for (int j = 0; j < count; j += F32::width) {
        const int lanes = count - j < F32::width ? count - j : F32::width;
        const F32 value = F32::load_n(x + i + j, lanes);
        const Mask keep = F32::load(uniforms + j) >= p;
        select(keep, value * scale, F32::zero()).store_n(out + i + j, lanes);
      }
    }
  });
}

void random_fill(Context& context, const RandomFillArgs& args) {
  switch (args.out.dtype) {
    case DType::f32: fill<float>(context, args); break;
    case DType::bf16: fill<bf16>(context, args); break;
    case DType::f16: fill<f16>(context, args); break;
    default: break;  // the contract admits no other
  }
}

}  // namespace lensmith::cpu::LENSMITH_ISA
