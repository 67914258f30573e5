// The two codes of NF4 with double quantisation, as bitsandbytes publishes them.
//
// nf4: quantiles of the normal distribution, scaled to [-1, 1], with an exact 0.
// dynamic_map: signed 8-bit numbers of a moving exponent. For i = 0..6 the range 0.1..1 is cut into
// 2^i equal parts, and their middles, times 10^(i - 6), are values of both signs; with 0 and 1.
//
// Source: arXiv:2305.14314, appendix E; arXiv:1511.04561 and arXiv:2110.02861 for the dynamic map.
// src-main/tensor/nf4-tables.ts has the same numbers; a test compares them.
#pragma once

#include <array>

namespace lensmith {

inline constexpr int kNf4Block = 64;        // values that share an absmax
inline constexpr int kNf4OuterBlock = 256;  // absmaxes that share one of the second level

inline constexpr std::array<float, 16> kNf4Code = {
    -1.0f,         -0.6961928f, -0.52507305f, -0.3949175f, -0.28444138f, -0.18477343f,
    -0.091050036f, 0.0f,        0.0795803f,   0.1609302f,  0.2461123f,   0.33791524f,
    0.44070983f,   0.562617f,   0.72295684f,  1.0f};

// Above the i-th lies code i + 1.
inline constexpr std::array<float, 15> kNf4Middles = [] {
  std::array<float, 15> middles{};
  for (size_t i = 0; i < middles.size(); ++i) middles[i] = (kNf4Code[i] + kNf4Code[i + 1]) / 2;
  return middles;
}();

inline constexpr std::array<float, 128> kDynamicPositives = {
    5.5000004e-7f, 3.2500002e-6f, 7.75e-6f,    2.125e-5f,     4.375e-5f,     6.625e-5f,
    8.875e-5f,     1.5625e-4f,    2.6875e-4f,  3.8124996e-4f, 4.9375e-4f,    6.062501e-4f,
    7.1875e-4f,    8.312499e-4f,  9.4375e-4f,  0.0012812499f, 0.00184375f,   0.00240625f,
    0.00296875f,   0.0035312497f, 0.00409375f, 0.0046562497f, 0.0052187503f, 0.00578125f,
    0.00634375f,   0.00690625f,   0.00746875f, 0.00803125f,   0.00859375f,   0.009156249f,
    0.00971875f,   0.01140625f,   0.01421875f, 0.017031249f,  0.01984375f,   0.02265625f,
    0.025468748f,  0.028281247f,  0.03109375f, 0.033906247f,  0.03671875f,   0.03953125f,
    0.042343747f,  0.045156248f,  0.04796875f, 0.05078125f,   0.053593755f,  0.05640625f,
    0.059218753f,  0.06203125f,   0.06484375f, 0.067656256f,  0.070468746f,  0.07328125f,
    0.07609375f,   0.07890625f,   0.08171876f, 0.08453125f,   0.08734375f,   0.09015624f,
    0.09296875f,   0.09578125f,   0.09859375f, 0.107031256f,  0.12109375f,   0.13515624f,
    0.14921875f,   0.16328125f,   0.17734374f, 0.19140625f,   0.20546874f,   0.21953125f,
    0.23359375f,   0.24765624f,   0.26171875f, 0.27578124f,   0.28984374f,   0.30390626f,
    0.31796873f,   0.33203125f,   0.3460937f,  0.36015624f,   0.37421876f,   0.38828123f,
    0.40234375f,   0.4164062f,    0.43046874f, 0.44453123f,   0.45859373f,   0.47265625f,
    0.4867187f,    0.50078124f,   0.51484376f, 0.5289062f,    0.54296875f,   0.5570313f,
    0.57109374f,   0.58515626f,   0.5992187f,  0.61328125f,   0.6273438f,    0.6414063f,
    0.65546876f,   0.6695312f,    0.68359375f, 0.6976563f,    0.7117188f,    0.72578126f,
    0.7398437f,    0.75390625f,   0.7679688f,  0.78203124f,   0.79609376f,   0.8101562f,
    0.82421875f,   0.8382813f,    0.85234374f, 0.86640626f,   0.8804687f,    0.89453125f,
    0.9085938f,    0.92265624f,   0.93671876f, 0.9507812f,    0.96484375f,   0.9789063f,
    0.99296874f,   1.0f};

inline constexpr std::array<float, 256> kDynamicMap = [] {
  std::array<float, 256> map{};  // 127 stays 0
  for (size_t i = 0; i < 128; ++i) map[128 + i] = kDynamicPositives[i];
  for (size_t i = 0; i < 127; ++i) map[126 - i] = -kDynamicPositives[i];
  return map;
}();

}  // namespace lensmith
