#include <cstring>
#include <type_traits>

#include "backends/cpu/kernels.h"
#include "backends/cpu/loops.h"

namespace lensmith::cpu::LENSMITH_ISA {
namespace {

struct Axis {
  int64_t size, src, dst;  // strides in elements
};

// The axes that matter, in the order of dst's memory, with those merged that lie as one.
struct Layout {
  int rank = 0;
  Axis axes[kMaxRank];

  Layout(const Tensor& src, const Tensor& dst) {
    for (int i = 0; i < dst.rank; ++i)
      if (dst.shape[i] != 1) insert({dst.shape[i], src.stride[i], dst.stride[i]});
    int merged = 0;
    for (int i = 1; i < rank; ++i) {
      Axis& outer = axes[merged];
      const Axis& inner = axes[i];
      if (outer.src == inner.src * inner.size && outer.dst == inner.dst * inner.size)
        outer = {outer.size * inner.size, inner.src, inner.dst};
      else
        axes[++merged] = inner;
    }
    if (rank == 0) axes[0] = {1, 1, 1};
    rank = merged + 1;
  }

  const Axis& last() const { return axes[rank - 1]; }

  // Moves an axis to the place before the last.
  void bring_inside(int from) {
    const Axis moved = axes[from];
    for (int i = from; i + 2 < rank; ++i) axes[i] = axes[i + 1];
    axes[rank - 2] = moved;
  }

  // An axis other than the last along which src is dense, or -1.
  int dense_in_src() const {
    for (int i = rank - 2; i >= 0; --i)
      if (axes[i].src == 1) return i;
    return -1;
  }

 private:
  void insert(const Axis& axis) {
    const auto span = [](const Axis& a) { return a.dst < 0 ? -a.dst : a.dst; };
    int at = rank++;
    for (; at > 0 && span(axes[at - 1]) < span(axis); --at) axes[at] = axes[at - 1];
    axes[at] = axis;
  }
};

template <class D, class S>
LENSMITH_INLINE D convert(S value) {
  if constexpr (std::is_same_v<S, D>)
    return value;
  else if constexpr (std::is_integral_v<S>)
    return static_cast<D>(value);
  else
    return from_float<D>(to_float(value));
}

template <class S, class D>
LENSMITH_INLINE void convert_run(const S* src, D* dst, int64_t n) {
  if constexpr (std::is_same_v<S, D>)
    std::memcpy(dst, src, static_cast<size_t>(n) * sizeof(S));
  else if constexpr (std::is_same_v<S, uint8_t>)
    for (int64_t i = 0; i < n; ++i) dst[i] = convert<D>(src[i]);
  else
    each_vector(n, [&](int64_t i, auto lanes) { store(load(src + i, lanes), dst + i, lanes); });
}

// n elements along the last axis.
template <class S, class D>
LENSMITH_INLINE void copy_run(const S* src, D* dst, int64_t n, const Axis& axis) {
  if (axis.dst == 1 && axis.src == 1) return convert_run(src, dst, n);
  if (axis.dst == 1 && axis.src == 0) {
    const D value = convert<D>(*src);
    for (int64_t i = 0; i < n; ++i) dst[i] = value;
    return;
  }
  for (int64_t i = 0; i < n; ++i) dst[i * axis.dst] = convert<D>(src[i * axis.src]);
}

// Elements begin … end in the order of the layout.
template <class S, class D>
void copy_range(const Layout& layout, const S* src, D* dst, int64_t begin, int64_t end) {
  const Axis& last = layout.last();
  int64_t index[kMaxRank];
  int64_t rest = begin;
  for (int i = layout.rank - 1; i >= 0; --i) {
    const Axis& axis = layout.axes[i];
    index[i] = rest % axis.size, rest /= axis.size;
    src += index[i] * axis.src, dst += index[i] * axis.dst;
  }
  int64_t in_run = index[layout.rank - 1];
  for (;;) {
    const int64_t n = smaller(last.size - in_run, end - begin);
    copy_run(src, dst, n, last);
    begin += n;
    if (begin >= end) return;
    // Back to the start of the run, then to the next one.
    src -= in_run * last.src, dst -= in_run * last.dst;
    in_run = 0;
    for (int i = layout.rank - 2; i >= 0; --i) {
      const Axis& axis = layout.axes[i];
      src += axis.src, dst += axis.dst;
      if (++index[i] < axis.size) break;
      index[i] = 0;
      src -= axis.size * axis.src, dst -= axis.size * axis.dst;
    }
  }
}

constexpr int64_t kTile = 64;

// dst[r * dst_stride + c] = src[c * src_stride + r]; both sides move whole cache lines, and the
// buffer takes the steps between them.
template <class S, class D>
void transpose_tile(const S* src, int64_t src_stride, D* dst, int64_t dst_stride, int64_t rows,
                    int64_t columns) {
  D buffer[kTile][kTile];
  for (int64_t c = 0; c < columns; ++c) {
    if (rows == kTile)
      convert_run(src + c * src_stride, buffer[c], kTile);
    else
      convert_run(src + c * src_stride, buffer[c], rows);
  }
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t c = 0; c < columns; ++c) dst[r * dst_stride + c] = buffer[c][r];
}

// The last axis is dense in dst, the one before in src.
template <class S, class D>
void transpose(Context& context, const Layout& layout, const S* src, D* dst) {
  const Axis& row = layout.axes[layout.rank - 2];
  const Axis& column = layout.last();
  const int64_t tiles_r = ceil_div(row.size, kTile), tiles_c = ceil_div(column.size, kTile);
  int64_t tiles = tiles_r * tiles_c;
  for (int i = 0; i < layout.rank - 2; ++i) tiles *= layout.axes[i].size;
  for_rows(context, tiles, kTile * kTile, [&](int64_t tile, int) {
    const int64_t c = tile % tiles_c * kTile;
    tile /= tiles_c;
    const int64_t r = tile % tiles_r * kTile;
    tile /= tiles_r;
    const S* from = src + r + c * column.src;
    D* to = dst + r * row.dst + c;
    for (int i = layout.rank - 3; i >= 0; --i) {
      const Axis& axis = layout.axes[i];
      from += tile % axis.size * axis.src, to += tile % axis.size * axis.dst;
      tile /= axis.size;
    }
    transpose_tile(from, column.src, to, row.dst, smaller(kTile, row.size - r),
                   smaller(kTile, column.size - c));
  });
}

template <class S, class D>
void copy_as(Context& context, const CopyArgs& args) {
  const int64_t count = args.dst.numel();
  if (count == 0) return;
  const S* const src = static_cast<const S*>(args.src.raw());
  D* const dst = static_cast<D*>(args.dst.raw());
  Layout layout(args.src, args.dst);
  const int dense = layout.dense_in_src();
  if (dense >= 0 && layout.last().dst == 1 && layout.last().src != 0) {
    layout.bring_inside(dense);
    return transpose(context, layout, src, dst);
  }
  for_elements(context, count,
               [&](int64_t begin, int64_t end) { copy_range(layout, src, dst, begin, end); });
}

}  // namespace

void copy(Context& context, const CopyArgs& args) {
  const DType from = args.src.dtype, to = args.dst.dtype;
  if (from == to) {
    switch (bytes_for(to, 1)) {
      case 1: return copy_as<uint8_t, uint8_t>(context, args);
      case 2: return copy_as<uint16_t, uint16_t>(context, args);
      default: return copy_as<uint32_t, uint32_t>(context, args);
    }
  }
  if (from == DType::u8) return copy_as<uint8_t, float>(context, args);
  if (from == DType::i8) return copy_as<int8_t, float>(context, args);
  if (from == DType::i32) return copy_as<int32_t, float>(context, args);
  with_float_type(from, [&](auto source) {
    with_float_type(to, [&](auto target) {
      using S = decltype(source);
      using D = decltype(target);
      if constexpr (!std::is_same_v<S, D>) copy_as<S, D>(context, args);
    });
  });
}

}  // namespace lensmith::cpu::LENSMITH_ISA
