// adamw_8bit. Contract: ops/adamw_8bit.h.
#include "backends/cpu/adamw.h"
#include "backends/cpu/dynamic_map.h"
#include "backends/cpu/kernels.h"
#include "backends/cpu/loops.h"

LENSMITH_ISA_BEGIN
namespace {

// The byte that means 0 in the signed map.
constexpr uint8_t kZero = 127;

void widen(const uint8_t* codes, float scale, const float* map, float* values) {
  for (int64_t i = 0; i < kMomentBlock; ++i) values[i] = map[codes[i]] * scale;
}

// What to multiply a block by, so that its largest size becomes 1; 0 for a block that is all zeros.
float inverse_of(float scale) { return scale >= kSmallestMomentScale ? 1 / scale : 0; }

// One block of moments, in f32 while it is at work.
struct Moments {
  float m[kMomentBlock], v[kMomentBlock];
  F32 largest_m = F32::zero(), largest_v = F32::zero();
};

void widen_moments(const AdamW8bitArgs& args, int64_t block, Moments* moments) {
  const int64_t begin = block * kMomentBlock;
  widen(args.m.data<uint8_t>() + begin, args.m_scale.data<float>()[block], kDynamicMap.data(),
        moments->m);
  widen(args.v.data<uint8_t>() + begin, args.v_scale.data<float>()[block],
        kUnsignedDynamicMap.data(), moments->v);
}

void narrow_moments(const AdamW8bitArgs& args, int64_t block, int64_t count,
                    const Moments& moments) {
  const int64_t begin = block * kMomentBlock;
  uint8_t* const m = args.m.data<uint8_t>() + begin;
  uint8_t* const v = args.v.data<uint8_t>() + begin;
  const float largest_m = reduce_max(moments.largest_m), largest_v = reduce_max(moments.largest_v);
  const float inverse_m = inverse_of(largest_m), inverse_v = inverse_of(largest_v);
  args.m_scale.data<float>()[block] = inverse_m > 0 ? largest_m : 0;
  args.v_scale.data<float>()[block] = inverse_v > 0 ? largest_v : 0;
  for (int64_t i = 0; i < count; ++i) {
    m[i] = inverse_m > 0 ? nearest_signed(moments.m[i] * inverse_m) : kZero;
    const uint8_t near = nearest_unsigned(moments.v[i] * inverse_v);
    v[i] = near == 0 && inverse_v > 0 && moments.v[i] > 0 ? 1 : near;
  }
  for (int64_t i = count; i < kMomentBlock; ++i) m[i] = v[i] = 0;
}

// What the step starts from is the master where there is one.
template <class T>
void step_block(const AdamW8bitArgs& args, const AdamWLanes& step, int64_t block) {
  const int64_t begin = block * kMomentBlock;
  const int64_t count = smaller(kMomentBlock, args.param.numel() - begin);
  T* const param = args.param.data<T>() + begin;
  float* const master = args.master ? args.master.data<float>() + begin : nullptr;
  const float* const grad = args.grad.data<float>() + begin;
  Moments moments;
  widen_moments(args, block, &moments);
  each_vector(count, [&](int64_t i, auto lanes) {
    F32 m = load(moments.m + i, lanes), v = load(moments.v + i, lanes);
    const F32 old = master != nullptr ? load(master + i, lanes) : load(param + i, lanes);
    const F32 next = adamw_update(step, old, load(grad + i, lanes), &m, &v);
    store(m, moments.m + i, lanes);
    store(v, moments.v + i, lanes);
    moments.largest_m = max(moments.largest_m, abs(cut(m, lanes)));
    moments.largest_v = max(moments.largest_v, cut(v, lanes));
    if (master != nullptr) store(next, master + i, lanes);
    store(next, param + i, lanes);
  });
  narrow_moments(args, block, count, moments);
}

}  // namespace

void adamw_8bit(Context& context, const AdamW8bitArgs& args) {
  const AdamWLanes step = lanes_of(args);
  const int64_t blocks = ceil_div(args.param.numel(), kMomentBlock);
  with_float_type(args.param.dtype, [&](auto type) {
    for_rows(context, blocks, kMomentBlock,
             [&](int64_t block, int) { step_block<decltype(type)>(args, step, block); });
  });
}

LENSMITH_ISA_END
