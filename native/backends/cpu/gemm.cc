#include "backends/cpu/gemm.h"

#include "backends/cpu/gemm_blocked.h"
#include "backends/cpu/gemm_quantized.h"
#include "backends/cpu/gemm_thin.h"
#include "backends/cpu/gemm_vector_tiles.h"
#if LENSMITH_ISA_ID == LENSMITH_ISA_AMX
#include "backends/cpu/gemm_matrix_tiles.h"
#endif

LENSMITH_ISA_BEGIN
namespace {

// Below this many multiplications waking other threads costs more than it gives.
constexpr int64_t kSmallestShared = 1 << 16;

void widen(const void* from, DType dtype, int64_t count, float* to) {
  with_type(dtype, [&](auto* type) { widen_row(static_cast<decltype(type)>(from), count, to); });
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
  const bool is_fast_in_tiles = LENSMITH_ISA_ID == LENSMITH_ISA_AMX && g.b_dtype != DType::f32;
  return g.trans_b && g.m <= (g.trans_a || is_fast_in_tiles ? kDotRowsAcross : kDotRows);
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

// Returns the product beside that is still to be added, or null.
template <class Tiles>
const GemmArgs* gemm_by_tiles(Runner run, Workspace& workspace, const GemmArgs& g,
                              const float* bias) {
  const GemmArgs* const beside = g.beside;
  if (has_few_rows<Tiles>(g, run.size())) {
    gemm_one_row_block<Tiles>(run, workspace, g, bias);
    return beside;
  }
  const bool together = beside != nullptr && beside->k > 0 && beside->k <= Tiles::kDepth;
  gemm_blocked<Tiles>(run, workspace, g, together ? beside : nullptr, bias);
  return together ? nullptr : beside;
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
  } else {
#if LENSMITH_ISA_ID == LENSMITH_ISA_AMX
    if (suits_matrix_tiles(g)) {
      beside = gemm_by_tiles<MatrixTiles>(run, workspace, g, bias);
    } else {
      beside = gemm_by_tiles<VectorTiles>(run, workspace, g, bias);
    }
#else
    beside = gemm_by_tiles<VectorTiles>(run, workspace, g, bias);
#endif
  }
  if (beside != nullptr) dispatch(pool, workspace, *beside);
}

}  // namespace

void gemm(ThreadPool& pool, Workspace& workspace, const GemmArgs& args) {
  dispatch(&pool, workspace, args);
}

void gemm(Workspace& workspace, const GemmArgs& args) { dispatch(nullptr, workspace, args); }

LENSMITH_ISA_END
