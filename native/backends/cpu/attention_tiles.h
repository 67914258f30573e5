// What attention and its backward pass are built from: small matrix products whose lanes are
// queries, and the split of the work into blocks.
//
// The scores of a block are kept transposed, S[key][query]: K and V are then read as they lie,
// one value broadcast at a time, only Q is transposed (once a block), and maximum and sum over
// the keys run down the lanes without any reduction across them. A lane is a pair (query, head
// of the group that shares a key-value head), so grouped heads fill registers when queries are few.
#pragma once

#include <algorithm>

#include "backends/cpu/kernels.h"
#include "backends/cpu/simd/math.h"
#include "core/check.h"
#include "ops/indices.h"

namespace lensmith::cpu::LENSMITH_ISA {
namespace {

// Register tiles of the products: tile_rows(n) broadcast values by n registers of lanes, at most
// kTileVectors.
#if LENSMITH_ISA_ID >= LENSMITH_ISA_AVX512 || LENSMITH_ISA_ID == LENSMITH_ISA_NEON
constexpr int kTileVectors = 4;
constexpr int tile_rows(int vectors) { return vectors == 4 ? 6 : 8; }
#elif LENSMITH_ISA_ID == LENSMITH_ISA_AVX2
constexpr int kTileVectors = 2;
constexpr int tile_rows(int) { return 6; }
#else
constexpr int kTileVectors = 2;
constexpr int tile_rows(int) { return 4; }
#endif

constexpr int kLanes = 48;  // of a block
constexpr int kBlockKeys = 64;
static_assert(kLanes % F32::width == 0);

constexpr float kInfinity = __builtin_inff();

LENSMITH_INLINE int64_t round_up(int64_t x, int64_t unit) { return (x + unit - 1) / unit * unit; }

// ---- products ----

enum class Into { set, add, scale_and_add };

// A(row, k) lies at a[row * stride + k], or at a[k * stride + row].
enum class Layout { rows, columns };

// C = A · B, added to what C holds unless Into::set; with scale_and_add the old C is multiplied
// first, each lane by its factor.
struct Product {
  const float* a;
  int64_t a_stride;
  const float* b;
  int64_t b_stride;
  int64_t rows, depth;
  float* c;
  int64_t c_stride;
  const float* factors;
};

// R rows from `row`, NV registers of lanes from `lane`.
template <int R, int NV, Layout layout, Into into>
LENSMITH_INLINE void tile(const Product& p, int64_t row, int lane) {
  F32 sum[R][NV];
  for (int r = 0; r < R; ++r) {
    for (int v = 0; v < NV; ++v) sum[r][v] = F32::zero();
  }
  constexpr bool by_rows = layout == Layout::rows;
  const int64_t a_stride = p.a_stride, b_stride = p.b_stride;
  const float* a = p.a + (by_rows ? row * a_stride : row);
  const float* b = p.b + lane;
  for (int64_t k = 0; k < p.depth; ++k) {
    F32 right[NV];
    for (int v = 0; v < NV; ++v) right[v] = F32::load(b + v * F32::width);
    for (int r = 0; r < R; ++r) {
      const F32 left = F32::broadcast(by_rows ? a[r * a_stride] : a[r]);
      for (int v = 0; v < NV; ++v) sum[r][v] = fma(left, right[v], sum[r][v]);
    }
    a += by_rows ? 1 : a_stride;
    b += b_stride;
  }
  for (int r = 0; r < R; ++r) {
    for (int v = 0; v < NV; ++v) {
      float* const c = p.c + (row + r) * p.c_stride + lane + v * F32::width;
      F32 value = sum[r][v];
      if (into == Into::add) value = F32::load(c) + value;
      if (into == Into::scale_and_add) {
        value = fma(F32::load(c), F32::load(p.factors + lane + v * F32::width), value);
      }
      value.store(c);
    }
  }
}

template <int R, int NV, Layout layout, Into into>
LENSMITH_INLINE int64_t tiles_of(const Product& p, int64_t row, int lane) {
  for (; row + R <= p.rows; row += R) tile<R, NV, layout, into>(p, row, lane);
  return row;
}

template <int NV, Layout layout, Into into>
void panel(const Product& p, int lane) {
  int64_t row = tiles_of<tile_rows(NV), NV, layout, into>(p, 0, lane);
  if constexpr (tile_rows(NV) > 4) row = tiles_of<4, NV, layout, into>(p, row, lane);
  row = tiles_of<2, NV, layout, into>(p, row, lane);
  tiles_of<1, NV, layout, into>(p, row, lane);
}

// How many of `rest` registers the next panel takes: few panels, none of them needlessly narrow.
constexpr int panel_vectors(int rest) {
  return rest == 5 || rest == 6 ? std::min(kTileVectors, 3) : std::min(kTileVectors, rest);
}

// `vectors` registers of lanes.
template <Layout layout, Into into>
void multiply(const Product& p, int vectors) {
  for (int v = 0; v < vectors;) {
    const int count = panel_vectors(vectors - v), lane = v * F32::width;
    if (count == 1) panel<1, layout, into>(p, lane);
    if (count == 2) panel<2, layout, into>(p, lane);
    if constexpr (kTileVectors > 2) {
      if (count == 3) panel<3, layout, into>(p, lane);
      if (count == 4) panel<4, layout, into>(p, lane);
    }
    v += count;
  }
}

// ---- work ----

// Sizes that the operands of both ops share.
struct Heads {
  int64_t dim;       // D
  int64_t query;     // Hq
  int64_t key;       // Hkv
  int64_t group;     // Hq / Hkv
  int64_t segments;  // S
};

template <class Args>
Heads heads_of(const Args& args) {
  return {args.q.dim(2), args.q.dim(1), args.k.dim(1), args.q.dim(1) / args.k.dim(1),
          args.q_offsets.dim(0) - 1};
}

// Up to kLanes lanes of one segment; lane l of a segment is query l / group, head l % group.
struct LaneBlock {
  int64_t q_row, k_row;  // first rows of the segment
  int64_t keys;          // of the segment
  int64_t shift;         // keys - queries: query i stands at position i + shift
  int64_t first_lane;
  int64_t key_begin, key_end;  // keys that some lane sees
  int lanes;
  int vectors;  // registers that hold them
};

inline int64_t block_count(const Heads& heads, const int32_t* q_offsets, int64_t segment) {
  const int64_t lanes = (q_offsets[segment + 1] - q_offsets[segment]) * heads.group;
  return (lanes + kLanes - 1) / kLanes;
}

template <class Args>
LaneBlock block_of(const Args& args, const Heads& heads, int64_t segment, int64_t index) {
  const int32_t* const q_offsets = args.q_offsets.template data<int32_t>();
  const int32_t* const k_offsets = args.k_offsets.template data<int32_t>();
  LaneBlock block;
  block.q_row = q_offsets[segment];
  block.k_row = k_offsets[segment];
  const int64_t queries = q_offsets[segment + 1] - block.q_row;
  block.keys = k_offsets[segment + 1] - block.k_row;
  block.shift = block.keys - queries;
  block.first_lane = index * kLanes;
  block.lanes =
      static_cast<int>(std::min<int64_t>(kLanes, queries * heads.group - block.first_lane));
  block.vectors = (block.lanes + F32::width - 1) / F32::width;
  const int64_t first = block.first_lane / heads.group + block.shift;
  const int64_t last = (block.first_lane + block.lanes - 1) / heads.group + block.shift;
  block.key_begin = args.window > 0 ? std::max<int64_t>(0, first - args.window + 1) : 0;
  block.key_end = args.causal ? std::min(block.keys, last + 1) : block.keys;
  block.key_end = std::max(block.key_begin, block.key_end);
  return block;
}

// Row of a [N, Hq, ...] tensor, counted in heads, of a lane.
LENSMITH_INLINE int64_t head_row(const LaneBlock& block, const Heads& heads, int64_t kv_head,
                                 int lane) {
  const int64_t flat = block.first_lane + lane;
  return (block.q_row + flat / heads.group) * heads.query + kv_head * heads.group +
         flat % heads.group;
}

// The vector of a lane in a tensor [N, Hq, D] whose rows may be strided.
LENSMITH_INLINE float* lane_vector(const Tensor& tensor, const LaneBlock& block, const Heads& heads,
                                   int64_t kv_head, int lane) {
  const int64_t flat = block.first_lane + lane;
  return tensor.data<float>() + (block.q_row + flat / heads.group) * tensor.stride[0] +
         (kv_head * heads.group + flat % heads.group) * heads.dim;
}

// ---- masks ----

struct Visibility {
  bool causal;
  int64_t window;
  alignas(64) float position[kLanes];
};

template <class Args>
void set_visibility(const Args& args, const Heads& heads, const LaneBlock& block,
                    Visibility* visibility) {
  visibility->causal = args.causal;
  visibility->window = args.window;
  int64_t position = block.first_lane / heads.group + block.shift;
  int64_t head = block.first_lane % heads.group;
  for (int lane = 0; lane < kLanes; ++lane) {
    visibility->position[lane] = static_cast<float>(position);
    if (++head == heads.group) head = 0, ++position;
  }
}

// Whether some lane does not see some of the keys begin .. end - 1.
inline bool needs_mask(const Visibility& visibility, const LaneBlock& block, int64_t begin,
                       int64_t end) {
  if (visibility.causal && static_cast<float>(end - 1) > visibility.position[0]) return true;
  return visibility.window > 0 &&
         static_cast<float>(begin + visibility.window) <= visibility.position[block.lanes - 1];
}

// Puts `hidden` where a lane of `values` [keys][kLanes] does not see the key.
inline void hide(const Visibility& visibility, int64_t first_key, int64_t keys, int vectors,
                 float hidden, float* values) {
  for (int64_t j = 0; j < keys; ++j) {
    const F32 key = F32::broadcast(static_cast<float>(first_key + j));
    const F32 leaves = F32::broadcast(static_cast<float>(first_key + j + visibility.window));
    for (int v = 0; v < vectors; ++v) {
      float* const at = values + j * kLanes + v * F32::width;
      const F32 position = F32::load(visibility.position + v * F32::width);
      F32 value = F32::load(at);
      if (visibility.causal) value = select(key <= position, value, F32::broadcast(hidden));
      if (visibility.window > 0) value = select(position < leaves, value, F32::broadcast(hidden));
      value.store(at);
    }
  }
}

// ---- transposition ----

// Where the vectors of a register of lanes from `lane` are; returns how many of them there are.
inline int lane_vectors(const Tensor& tensor, const LaneBlock& block, const Heads& heads,
                        int64_t kv_head, int lane, float* (&rows)[F32::width]) {
  const int filled = std::min(F32::width, block.lanes - lane);
  for (int j = 0; j < filled; ++j) {
    rows[j] = lane_vector(tensor, block, heads, kv_head, lane + j);
  }
  return filled;
}

// out[d][lane] = factor · vector of the lane; lanes up to a full register are zero.
inline void load_transposed(const Tensor& tensor, const LaneBlock& block, const Heads& heads,
                            int64_t kv_head, float factor, float* out) {
  constexpr int w = F32::width;
  const F32 factors = F32::broadcast(factor);
  for (int lane = 0; lane < block.vectors * w; lane += w) {
    float* rows[w];
    const int filled = lane_vectors(tensor, block, heads, kv_head, lane, rows);
    for (int64_t d = 0; d < heads.dim; d += w) {
      const int columns = static_cast<int>(std::min<int64_t>(w, heads.dim - d));
      F32 square[w];
      for (int j = 0; j < w; ++j) {
        square[j] = j >= filled    ? F32::zero()
                    : columns == w ? F32::load(rows[j] + d)
                                   : F32::load_n(rows[j] + d, columns);
      }
      transpose(square);
      float* const to = out + d * kLanes + lane;
      for (int i = 0; i < columns; ++i) (square[i] * factors).store(to + i * kLanes);
    }
  }
}

// Vector of the lane = factors[lane] · values[d][lane]; values has whole registers of d.
inline void store_transposed(const float* values, const float* factors, const LaneBlock& block,
                             const Heads& heads, int64_t kv_head, const Tensor& tensor) {
  constexpr int w = F32::width;
  for (int lane = 0; lane < block.lanes; lane += w) {
    const F32 by = F32::load(factors + lane);
    float* rows[w];
    const int filled = lane_vectors(tensor, block, heads, kv_head, lane, rows);
    for (int64_t d = 0; d < heads.dim; d += w) {
      const int columns = static_cast<int>(std::min<int64_t>(w, heads.dim - d));
      F32 square[w];
      for (int i = 0; i < w; ++i) square[i] = F32::load(values + (d + i) * kLanes + lane) * by;
      transpose(square);
      for (int j = 0; j < filled; ++j) {
        if (columns == w) {
          square[j].store(rows[j] + d);
        } else {
          square[j].store_n(rows[j] + d, columns);
        }
      }
    }
  }
}

// `count` rows of dim floats into rows of `to_stride`. Heads of a wide model lie a power of two
// apart, so that a few keys would fill all ways of a cache set; copies lie side by side.
inline void copy_rows(const float* from, int64_t from_stride, int64_t count, int64_t dim, float* to,
                      int64_t to_stride) {
  for (int64_t row = 0; row < count; ++row) {
    std::copy(from + row * from_stride, from + row * from_stride + dim, to + row * to_stride);
  }
}

// What is left of a [N, ...] tensor behind the last segment.
inline void fill_behind(const Tensor& tensor, int64_t rows, float value) {
  if (tensor.dim(0) <= rows) return;
  float* const data = tensor.data<float>();
  std::fill(data + rows * tensor.stride[0], data + tensor.dim(0) * tensor.stride[0], value);
}

// These kernels read and write f32: what has 16 bits is to be widened in front of them.
template <class Args>
void require_segments(const char* op, const Args& args) {
  Operand(op, "q", args.q).f32();
  Operand(op, "k", args.k).f32();
  Operand(op, "v", args.v).f32();
  Operand(op, "out", args.out).f32();
  const int64_t count = args.q_offsets.dim(0);
  require_offsets(op, "q_offsets", args.q_offsets.template data<int32_t>(), count, args.q.dim(0));
  require_offsets(op, "k_offsets", args.k_offsets.template data<int32_t>(), count, args.k.dim(0));
}

}  // namespace
}  // namespace lensmith::cpu::LENSMITH_ISA
