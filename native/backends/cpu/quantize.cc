// quantize, dequantize. Contract: ops/quantize.h.
#include <cmath>

#include "backends/cpu/dynamic_map.h"
#include "backends/cpu/kernels.h"
#include "backends/cpu/loops.h"
#include "backends/cpu/quantized.h"
#include "backends/cpu/quantized_rows.h"

LENSMITH_ISA_BEGIN
namespace {

template <class T>
float largest_of(const T* x, int64_t count) {
  float largest = 0;
  for (int64_t i = 0; i < count; ++i) {
    const float size = std::fabs(to_float(x[i]));
    if (size > largest) largest = size;
  }
  return largest;
}

template <class T>
void quantize_int8(Context& context, const QuantizeArgs& args) {
  const T* const x = args.x.data<T>();
  int8_t* const codes = args.w.codes.data<int8_t>();
  float* const scales = args.w.scales.data<float>();
  const int64_t cols = args.w.cols, stride = args.x.stride[0];
  for_rows(context, args.w.rows, cols, [&](int64_t row, int) {
    const T* const from = x + row * stride;
    const float absmax = largest_of(from, cols);
    scales[row] = absmax;
    const float inverse = absmax > 0 ? 127 / absmax : 0;
    for (int64_t i = 0; i < cols; ++i) {
      codes[row * cols + i] = static_cast<int8_t>(std::nearbyint(to_float(from[i]) * inverse));
    }
  });
}

int nearest_nf4(float value) {
  int code = 0;
  for (const float middle : kNf4Middles) code += value > middle ? 1 : 0;
  return code;
}

// One block of x, which is contiguous: begins at value `begin`, an even one.
template <class T>
float quantize_block(const T* x, int64_t count, uint8_t* bytes) {
  const float absmax = largest_of(x, count);
  const float inverse = absmax > 0 ? 1 / absmax : 0;
  for (int64_t i = 0; i < count; i += 2) {
    const int high = nearest_nf4(to_float(x[i]) * inverse);
    const int low = i + 1 < count ? nearest_nf4(to_float(x[i + 1]) * inverse) : 0;
    bytes[i / 2] = static_cast<uint8_t>(high << 4 | low);
  }
  return absmax;
}

// The second level: absmaxes, themselves in blocks, around their mean.
void quantize_scales(const float* absmax, const QuantizedMatrix& w) {
  const int64_t blocks = w.blocks();
  double sum = 0;
  for (int64_t i = 0; i < blocks; ++i) sum += absmax[i];
  const float offset = static_cast<float>(sum / static_cast<double>(blocks));
  w.offset.data<float>()[0] = offset;
  for (int64_t begin = 0; begin < blocks; begin += kNf4OuterBlock) {
    const int64_t end = smaller(blocks, begin + kNf4OuterBlock);
    float largest = 0;
    for (int64_t i = begin; i < end; ++i) {
      const float size = std::fabs(absmax[i] - offset);
      if (size > largest) largest = size;
    }
    w.scales2.data<float>()[begin / kNf4OuterBlock] = largest;
    const float inverse = largest > 0 ? 1 / largest : 0;
    for (int64_t i = begin; i < end; ++i) {
      w.scales.data<uint8_t>()[i] = nearest_signed((absmax[i] - offset) * inverse);
    }
  }
}

template <class T>
void quantize_nf4(Context& context, const QuantizeArgs& args) {
  const T* const x = args.x.data<T>();
  uint8_t* const codes = args.w.codes.data<uint8_t>();
  const int64_t blocks = args.w.blocks(), numel = args.w.numel();
  const int64_t cols = args.w.cols, stride = args.x.stride[0];
  Workspace::Frame frame(context.workspace);
  const bool twice = args.w.scales.dtype == DType::u8;
  float* const absmax =
      twice ? static_cast<float*>(frame.get(static_cast<size_t>(blocks) * sizeof(float)))
            : args.w.scales.data<float>();
  for_rows(context, blocks, kNf4Block, [&](int64_t block, int) {
    const int64_t begin = block * kNf4Block;
    const int64_t count = smaller(kNf4Block, numel - begin);
    T values[kNf4Block];
    for (int64_t i = 0; i < count; ++i) {
      values[i] = x[(begin + i) / cols * stride + (begin + i) % cols];
    }
    absmax[block] = quantize_block(values, count, codes + begin / 2);
  });
  if (twice) quantize_scales(absmax, args.w);
}

}  // namespace

void quantize(Context& context, const QuantizeArgs& args) {
  with_float_type(args.x.dtype, [&](auto type) {
    using T = decltype(type);
    return args.w.is_nf4() ? quantize_nf4<T>(context, args) : quantize_int8<T>(context, args);
  });
}

void dequantize(Context& context, const DequantizeArgs& args) {
  constexpr int64_t kPiece = 256;
  const QuantizedRows w = rows_of(args.w);
  const int64_t cols = w.cols;
  with_float_type(args.out.dtype, [&](auto type) {
    auto* const out = args.out.data<decltype(type)>();
    for_rows(context, args.w.rows, cols, [&](int64_t row, int) {
      float values[kPiece];
      for (int64_t col = 0; col < cols; col += kPiece) {
        const int64_t count = smaller(kPiece, cols - col);
        widen_quantized(w, row, col, count, values);
        each_vector(count, [&](int64_t i, auto lanes) {
          store(load(values + i, lanes), out + row * cols + col + i, lanes);
        });
      }
    });
  });
}

LENSMITH_ISA_END
