#include "backends/cpu/gemm.h"

#include <utility>

#include "backends/cpu/gemm_pack.h"
#include "backends/cpu/gemm_quantized.h"
#include "backends/cpu/gemm_thin.h"
#include "backends/cpu/gemm_tile.h"

LENSMITH_ISA_BEGIN
namespace {

// Below this many multiplications waking other threads costs more than it gives.
constexpr int64_t kSmallestShared = 1 << 16;
// Packed part of B that all threads read: a good part of a usual last-level cache.
constexpr int64_t kPackedFloats = int64_t{2} << 20;
// Rows of A with which a panel of B is packed where it is used (measured): always, and where the
// panels are enough for all threads and A need not be packed for each of them.
constexpr int64_t kFewRows = 144;
constexpr int64_t kFewRowsOfManyPanels = LENSMITH_ISA_ID == LENSMITH_ISA_AVX512 ? 384 : kFewRows;
// Columns of B that one task takes at most, packed.
constexpr int64_t kWidestBlock = 256 / kTileCols * kTileCols;

int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }
int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }
int64_t larger(int64_t a, int64_t b) { return a > b ? a : b; }

// The pool, or the calling thread alone.
class Runner {
 public:
  explicit Runner(ThreadPool* pool) : pool_(pool) {}

  int size() const { return pool_ == nullptr ? 1 : pool_->size(); }

  template <class F>
  void parallel_for(int64_t count, F&& fn) const {
    if (pool_ != nullptr) return pool_->parallel_for(count, fn);
    for (int64_t index = 0; index < count; ++index) fn(index, 0);
  }

 private:
  ThreadPool* pool_;
};

float* floats(Workspace::Frame& frame, int64_t count) {
  return static_cast<float*>(frame.get(static_cast<size_t>(count) * sizeof(float)));
}

template <class T>
const T* at(const void* matrix, int64_t ld, int64_t row, int64_t col) {
  return static_cast<const T*>(matrix) + row * ld + col;
}

// Calls fn with a null pointer of the C++ type of a float dtype.
template <class F>
LENSMITH_INLINE void with_type(DType dtype, F&& fn) {
  if (dtype == DType::f32) return fn(static_cast<const float*>(nullptr));
  if (dtype == DType::bf16) return fn(static_cast<const bf16*>(nullptr));
  fn(static_cast<const f16*>(nullptr));
}

void widen(const void* from, DType dtype, int64_t count, float* to) {
  with_type(dtype, [&](auto* type) { widen_row(static_cast<decltype(type)>(from), count, to); });
}

// What tiles read of A: packed in one of the two layouts, or rows as they lie.
struct BlockOfA {
  const float* data;
  int64_t stride;  // of rows
};

// Whether tiles can read the rows of A where they lie: not when rows are whole pages apart, as they
// share few sets of the caches then.
bool reads_a_in_place(const GemmArgs& g) {
  constexpr int64_t kPageFloats = 1024;
  return g.a_dtype == DType::f32 && !g.trans_a && g.lda % kPageFloats != 0;
}

// Rows [i, i + rows) and k [p, p + k) of op(A); packed into `to` where need be.
BlockOfA block_of_a(const GemmArgs& g, int64_t i, int64_t rows, int64_t p, int64_t k, float* to) {
  if (reads_a_in_place(g)) return {at<float>(g.a, g.lda, i, p), g.lda};
  with_type(g.a_dtype, [&](auto* type) {
    using T = std::remove_cvref_t<decltype(*type)>;
    if (g.trans_a) {
      pack_strips(at<T>(g.a, g.lda, p, i), g.lda, rows, g.m - i, k, to);
    } else {
      pack_rows(at<T>(g.a, g.lda, i, p), g.lda, rows, k, to);
    }
  });
  return {to, kRowStride};
}

// Columns [j, j + cols) and k [p, p + k) of op(B), as panels.
void pack_b(const GemmArgs& g, int64_t j, int64_t cols, int64_t p, int64_t k, float* to) {
  if (g.b_quantized != nullptr) {
    return pack_quantized<kWidestBlock>(*g.b_quantized, g.trans_b, j, cols, p, k, to);
  }
  with_type(g.b_dtype, [&](auto* type) {
    using T = std::remove_cvref_t<decltype(*type)>;
    if (!g.trans_b) return pack_panels(at<T>(g.b, g.ldb, p, j), g.ldb, k, cols, to);
    for (int64_t c = 0; c < cols; c += kTileCols) {
      pack_panel_transposed(at<T>(g.b, g.ldb, j + c, p), g.ldb, k, at_most(cols - c, kTileCols),
                            to + c / kTileCols * kPanelFloats);
    }
  });
}

constexpr int64_t packed_a_floats(int64_t rows) {
  const int64_t strips = (rows + kTileRows - 1) / kTileRows;
  const int64_t as_rows = rows * kRowStride;
  const int64_t as_strips = strips * kBlockK * kStripStride;
  return as_rows > as_strips ? as_rows : as_strips;
}

// A block of C: rows [i, i + rows) of A times columns [j, j + cols) of B, packed, for the block of
// k that starts at p.
void multiply_block(const GemmArgs& g, const float* bias, int64_t i, int64_t rows, int64_t j,
                    int64_t cols, int64_t p, int64_t k, const BlockOfA& a, const float* b) {
  for (int64_t q = 0; q < cols; q += kTileCols, b += kPanelFloats) {
    TileOut out{nullptr,
                g.ldc,
                0,
                at_most(cols - q, kTileCols),
                g.alpha,
                p == 0 ? g.beta : 1.0f,
                p == 0 && bias != nullptr ? bias + j + q : nullptr};
    for (int64_t r = 0; r < rows; r += kTileRows) {
      out.c = g.c + (i + r) * g.ldc + j + q;
      out.rows = at_most(rows - r, kTileRows);
      if (g.trans_a) {
        run_tile<true>(k, a.data + r / kTileRows * kBlockK * kStripStride, 0, b, out);
      } else {
        run_tile<false>(k, a.data + r * a.stride, a.stride, b, out);
      }
    }
  }
}

bool has_few_rows(const GemmArgs& g, int threads) {
  if (g.m <= kFewRows) return true;
  const bool many_panels = ceil_div(g.n, kTileCols) >= int64_t{4} * threads;
  return g.m <= kFewRowsOfManyPanels && many_panels && !g.trans_a;
}

// Few rows: each panel of B serves one block of rows, so it is packed where it is used.
void gemm_one_row_block(Runner run, Workspace& workspace, const GemmArgs& g, const float* bias) {
  const int64_t panels = ceil_div(g.n, kTileCols);
  const int64_t shared = run.size() == 1 ? panels : panels / (int64_t{4} * run.size());
  const int64_t cols = kTileCols * larger(1, smaller(kWidestBlock / kTileCols, shared));
  // Stored along k, B is packed in any width at the same cost: a panel, still in the first cache.
  const int64_t at_once = g.trans_b ? kTileCols : cols;
  Workspace::Frame frame(workspace);
  const int64_t a_floats = packed_a_floats(g.m);
  const int64_t area = a_floats + at_once * kBlockK;
  float* const scratch = floats(frame, area * run.size());
  run.parallel_for(ceil_div(g.n, cols), [&](int64_t task, int worker) {
    float* const packed_a = scratch + worker * area;
    float* const b = packed_a + a_floats;
    const int64_t j = task * cols;
    const int64_t width = smaller(cols, g.n - j);
    for (int64_t p = 0; p < g.k; p += kBlockK) {
      const int64_t k = smaller(kBlockK, g.k - p);
      const BlockOfA a = block_of_a(g, 0, g.m, p, k, packed_a);
      for (int64_t q = 0; q < width; q += at_once) {
        const int64_t part = smaller(at_once, width - q);
        pack_b(g, j + q, part, p, k, b);
        multiply_block(g, bias, 0, g.m, j + q, part, p, k, a, b);
      }
    }
  });
}

// Rows and columns of the blocks of C that threads take; both multiples of the tile.
struct Blocks {
  int64_t rows, cols;
};

// Blocks span all columns where rows alone give every thread enough of them, so that no block of A
// is packed, or fetched, more than once.
Blocks choose_blocks(int64_t m, int64_t n, int threads) {
  const auto split = [](int64_t total, int64_t parts, int64_t unit) {
    return ceil_div(ceil_div(total, parts), unit) * unit;
  };
  Blocks blocks{split(m, ceil_div(m, kBlockRows), kTileRows), split(n, 1, kTileCols)};
  const int64_t wanted = threads == 1 ? 1 : int64_t{8} * threads;
  const auto too_few = [&] { return ceil_div(m, blocks.rows) * ceil_div(n, blocks.cols) < wanted; };
  if (too_few()) blocks.rows = split(m, ceil_div(m, kBlockRows / 2), kTileRows);
  for (int64_t parts = 2; too_few() && blocks.cols > 2 * kTileCols; ++parts) {
    blocks.cols = split(n, parts, kTileCols);
  }
  while (too_few() && blocks.rows > 2 * kTileRows) {
    blocks.rows = ceil_div(blocks.rows / 2, kTileRows) * kTileRows;
  }
  return blocks;
}

// Part of op(B) that is packed for all threads: columns [j, j + n), k [p, p + k).
struct Slab {
  int64_t j, n, p, k;
};

// beside: the product to add once the slab's own is done, or null; its k fits a block.
void multiply_slab(Runner run, const GemmArgs& g, const GemmArgs* beside, const float* bias,
                   const Slab& s, float* packed, float* scratch) {
  const int64_t panels = ceil_div(s.n, kTileCols);
  const int64_t k_blocks = ceil_div(s.k, kBlockK);
  const int64_t packed_blocks = k_blocks + (beside == nullptr ? 0 : 1);
  const auto panel_at = [&](int64_t k_block, int64_t col) {
    return packed + (k_block * panels + col / kTileCols) * kPanelFloats;
  };
  constexpr int64_t kPackCols = kWidestBlock / 2;
  run.parallel_for(ceil_div(s.n, kPackCols) * packed_blocks, [&](int64_t item, int) {
    const int64_t k_block = item % packed_blocks;
    const int64_t col = item / packed_blocks * kPackCols;
    const int64_t cols = smaller(kPackCols, s.n - col);
    float* const to = panel_at(k_block, col);
    if (k_block == k_blocks) return pack_b(*beside, s.j + col, cols, 0, beside->k, to);
    const int64_t p = k_block * kBlockK;
    pack_b(g, s.j + col, cols, s.p + p, smaller(kBlockK, s.k - p), to);
  });

  const Blocks block = choose_blocks(g.m, s.n, run.size());
  const int64_t row_blocks = ceil_div(g.m, block.rows);
  run.parallel_for(row_blocks * ceil_div(s.n, block.cols), [&](int64_t task, int worker) {
    float* const packed_a = scratch + worker * packed_a_floats(kBlockRows);
    const int64_t i = task % row_blocks * block.rows;
    const int64_t rows = smaller(block.rows, g.m - i);
    const int64_t col = task / row_blocks * block.cols;
    const int64_t cols = smaller(block.cols, s.n - col);
    for (int64_t k_block = 0; k_block < k_blocks; ++k_block) {
      const int64_t p = s.p + k_block * kBlockK;
      const int64_t k = smaller(kBlockK, s.p + s.k - p);
      const BlockOfA a = block_of_a(g, i, rows, p, k, packed_a);
      multiply_block(g, bias, i, rows, s.j + col, cols, p, k, a, panel_at(k_block, col));
    }
    if (beside == nullptr) return;
    const BlockOfA a = block_of_a(*beside, i, rows, 0, beside->k, packed_a);
    multiply_block(*beside, nullptr, i, rows, s.j + col, cols, 0, beside->k, a,
                   panel_at(k_blocks, col));
  });
}

// beside: see multiply_slab.
void gemm_blocked(Runner run, Workspace& workspace, const GemmArgs& g, const GemmArgs* beside,
                  const float* bias) {
  const int64_t padded_n = ceil_div(g.n, kTileCols) * kTileCols;
  // All of k in one slab when at least some columns fit with it.
  const int64_t widest = larger(kPackedFloats / (ceil_div(g.k, kBlockK) * kBlockK), 1);
  const int64_t cols = smaller(padded_n, larger(kWidestBlock * 4, widest / kTileCols * kTileCols));
  const int64_t depth = smaller(ceil_div(g.k, kBlockK) * kBlockK,
                                larger(1, kPackedFloats / cols / kBlockK) * kBlockK);
  Workspace::Frame frame(workspace);
  const int64_t depth_beside = beside == nullptr ? 0 : kBlockK;
  float* const packed = floats(frame, cols * (depth + depth_beside));
  float* const scratch = floats(frame, packed_a_floats(kBlockRows) * run.size());
  for (int64_t j = 0; j < g.n; j += cols) {
    for (int64_t p = 0; p < g.k; p += depth) {
      const Slab slab{j, smaller(cols, g.n - j), p, smaller(depth, g.k - p)};
      const bool is_last = p + slab.k == g.k;
      multiply_slab(run, g, is_last ? beside : nullptr, bias, slab, packed, scratch);
    }
  }
}

// The thin operand in f32, `rows` × k, each row padded with zeros to whole vectors. by_column: it
// is stored as [k, rows].
const float* widen_thin(Workspace::Frame& frame, const void* matrix, DType dtype, int64_t ld,
                        bool by_column, int64_t rows, int64_t k, int64_t* stride) {
  *stride = ceil_div(k, F32::width) * F32::width;
  float* const to = floats(frame, rows * *stride);
  with_type(dtype, [&](auto* type) {
    using T = std::remove_cvref_t<decltype(*type)>;
    if (by_column) {
      float column[kDotRowsAcross + F32::width];
      for (int64_t p = 0; p < k; ++p) {
        widen_row(at<T>(matrix, ld, p, 0), rows, column);
        for (int64_t r = 0; r < rows; ++r) to[r * *stride + p] = column[r];
      }
    } else {
      for (int64_t r = 0; r < rows; ++r) widen_row(at<T>(matrix, ld, r, 0), k, to + r * *stride);
    }
  });
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t p = k; p < *stride; ++p) to[r * *stride + p] = 0;
  }
  return to;
}

// Whether one operand is thin and the other stored along k. Columns that fill a panel of B are not
// thin: rows of A are read as they lie, and B is packed once.
bool thin_a(const GemmArgs& g) {
  if (g.b_quantized != nullptr) return g.trans_b && has_dot_path(*g.b_quantized, g.m);
  return g.trans_b && g.m <= (g.trans_a ? kDotRowsAcross : kDotRows);
}
bool thin_b(const GemmArgs& g) {
  return g.b_quantized == nullptr && !g.trans_a &&
         g.n <= smaller(g.trans_b ? kDotRows : kDotRowsAcross, kTileCols - 1);
}

// Bytes of a row of the operand that is not thin.
int64_t wide_row_bytes(const GemmArgs& g) {
  if (g.b_quantized != nullptr) return ceil_div(g.k, g.b_quantized->is_nf4 ? 2 : 1);
  return bytes_for(thin_a(g) ? g.b_dtype : g.a_dtype, g.k);
}

// Parts of the wide rows that threads take one after the other. Each is a thread's share of what is
// left, so that the first are large, where the runs of a part (see dot_range) are long, and the
// last are small, so that threads end together, however unequal they are.
class DotParts {
 public:
  DotParts(Workspace::Frame& frame, int64_t rows, int64_t row_bytes, int thin_rows, int threads) {
    constexpr int64_t kLeastBytes = int64_t{32} << 10, kMostBytes = int64_t{512} << 10;
    const auto rows_in = [&](int64_t bytes) { return larger(1, bytes / row_bytes); };
    const int64_t least = rows_in(kLeastBytes / thin_rows), most = rows_in(kMostBytes);
    begins_ = static_cast<int64_t*>(
        frame.get(static_cast<size_t>(ceil_div(rows, least) + 1) * sizeof(int64_t)));
    for (int64_t row = 0; row < rows;) {
      begins_[count_++] = row;
      const int64_t share = threads == 1 ? rows : smaller((rows - row) / threads, most);
      row += ceil_div(larger(share, least), kDotPiece) * kDotPiece;
    }
    begins_[count_] = rows;
  }

  int64_t count() const { return count_; }
  int64_t begin(int64_t part) const { return begins_[part]; }
  int64_t end(int64_t part) const { return begins_[part + 1]; }

 private:
  int64_t* begins_;
  int64_t count_ = 0;
};

// Dot products along k; the wide operand is stored as [rows, k].
void gemm_dot(Runner run, Workspace& workspace, const GemmArgs& g, const float* bias) {
  const bool thin_is_a = thin_a(g);
  Workspace::Frame frame(workspace);
  ThinJob job{};
  job.k = g.k, job.c = g.c, job.alpha = g.alpha, job.beta = g.beta, job.bias = bias;
  job.bias_by_wide = thin_is_a;
  job.thin_rows = static_cast<int>(thin_is_a ? g.m : g.n);
  job.wide_step = thin_is_a ? 1 : g.ldc;
  job.thin_step = thin_is_a ? g.ldc : 1;
  job.thin = thin_is_a
                 ? widen_thin(frame, g.a, g.a_dtype, g.lda, g.trans_a, g.m, g.k, &job.stride)
                 : widen_thin(frame, g.b, g.b_dtype, g.ldb, !g.trans_b, g.n, g.k, &job.stride);
  const void* const wide = thin_is_a ? g.b : g.a;
  const int64_t ld = thin_is_a ? g.ldb : g.lda;
  const int64_t rows = thin_is_a ? g.n : g.m;
  const DotParts parts(frame, rows, wide_row_bytes(g), job.thin_rows, run.size());
  run.parallel_for(parts.count(), [&](int64_t part, int) {
    const int64_t begin = parts.begin(part), end = parts.end(part);
    if (g.b_quantized != nullptr) return dot_quantized(*g.b_quantized, begin, end, job);
    with_type(thin_is_a ? g.b_dtype : g.a_dtype, [&](auto* type) {
      dot_range<std::remove_cvref_t<decltype(*type)>>(wide, ld, begin, end, job);
    });
  });
}

// Few rows of A against B stored as [k, n]: sums of scaled rows of B.
void gemm_axpy(Runner run, Workspace& workspace, const GemmArgs& g, const float* bias) {
  Workspace::Frame frame(workspace);
  ThinJob job{};
  job.k = g.k, job.c = g.c, job.alpha = g.alpha, job.beta = g.beta, job.bias = bias;
  job.thin_rows = static_cast<int>(g.m);
  job.thin_step = g.ldc;
  job.thin = widen_thin(frame, g.a, g.a_dtype, g.lda, g.trans_a, g.m, g.k, &job.stride);
  constexpr int64_t kArea = int64_t{kAxpyRows} * kAxpyCols;
  float* const scratch = floats(frame, kArea * run.size());
  const int64_t shared = ceil_div(ceil_div(g.n, int64_t{4} * run.size()), 64) * 64;
  const int64_t cols = smaller(kAxpyCols, shared);
  run.parallel_for(ceil_div(g.n, cols), [&](int64_t task, int worker) {
    const int64_t begin = task * cols;
    with_type(g.b_dtype, [&](auto* type) {
      axpy_range<std::remove_cvref_t<decltype(*type)>>(g.b, g.ldb, begin,
                                                       at_most(g.n - begin, static_cast<int>(cols)),
                                                       job, scratch + worker * kArea);
    });
  });
}

// C = beta · C + bias, what remains of the product over an empty k.
void scale_only(const GemmArgs& g, const float* bias) {
  for (int64_t i = 0; i < g.m; ++i) {
    for (int64_t j = 0; j < g.n; j += F32::width) {
      const F32 sum[1][1] = {{F32::zero()}};
      finish_tile<1, 1>(sum, {g.c + i * g.ldc + j, 0, 1, at_most(g.n - j, F32::width), 0, g.beta,
                              bias == nullptr ? nullptr : bias + j});
    }
  }
}

void dispatch(ThreadPool* pool, Workspace& workspace, const GemmArgs& g) {
  if (g.m <= 0 || g.n <= 0) return;
  const bool small = g.m * g.n * (g.k > 0 ? g.k : 1) < kSmallestShared;
  const Runner run(small ? nullptr : pool);
  Workspace::Frame frame(workspace);
  float* bias = nullptr;
  if (g.bias != nullptr) {
    bias = floats(frame, g.n);
    widen(g.bias, g.bias_dtype, g.n, bias);
  }
  const GemmArgs* beside = g.beside;
  if (g.k <= 0) {
    scale_only(g, bias);
  } else if (thin_a(g) || thin_b(g)) {
    gemm_dot(run, workspace, g, bias);
  } else if (!g.trans_b && g.m <= kAxpyRows && g.b_quantized == nullptr) {
    gemm_axpy(run, workspace, g, bias);
  } else if (has_few_rows(g, run.size())) {
    gemm_one_row_block(run, workspace, g, bias);
  } else if (beside != nullptr && beside->k > 0 && beside->k <= kBlockK) {
    gemm_blocked(run, workspace, g, std::exchange(beside, nullptr), bias);
  } else {
    gemm_blocked(run, workspace, g, nullptr, bias);
  }
  if (beside != nullptr) dispatch(pool, workspace, *beside);
}

}  // namespace

void gemm(ThreadPool& pool, Workspace& workspace, const GemmArgs& args) {
  dispatch(&pool, workspace, args);
}

void gemm(Workspace& workspace, const GemmArgs& args) { dispatch(nullptr, workspace, args); }

LENSMITH_ISA_END
