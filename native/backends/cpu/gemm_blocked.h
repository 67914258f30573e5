// Products by tiles, over blocks of k: both operands are packed, block by block, into what tiles
// read, and blocks of C are shared out among threads.
//
// Tiles, the template argument, says what a tile is and how operands are packed for it:
//   kRows, kCols           of C in a tile
//   kDepth                 k of a block, the same for all shapes, since it decides the bits
//   kMostRows              of a packed block of A, a multiple of kRows
//   kFewRowsOfManyPanels   see has_few_rows
//   kTasksPerThread        blocks of C that a thread should have
//   kPanelBytes            of a packed panel of B: kDepth × kCols
//   kAlwaysPacksA          tiles never read A as it lies; kRows of it take kPanelBytes then
//   a_bytes(rows)          that pack_a may need
//   pack_a(g, i, rows, p, k, to)      packs rows [i, i + rows), k [p, p + k) of op(A) where need be
//                                     and returns what multiply reads
//   pack_b(g, j, cols, p, k, to)      columns [j, j + cols) of op(B), as panels; cols <=
//   kWidestBlock multiply(g, bias, i, rows, j, cols, p, k, a, b)   that block of C from those
//   operands
#pragma once

#include "backends/cpu/gemm_operands.h"

LENSMITH_ISA_BEGIN

// Packed part of B that all threads read: a good part of a usual last-level cache.
inline constexpr int64_t kPackedBytes = int64_t{8} << 20;
// Packed part of A that all threads read when it has few rows: it stays in a second-level cache.
inline constexpr int64_t kNearBytes = int64_t{1} << 20;
// Rows of A with which a panel of B is packed where it is used (measured): always, and where the
// panels are enough for all threads and A need not be packed for each of them.
inline constexpr int64_t kFewRows = 144;

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

inline char* bytes_of(Workspace::Frame& frame, int64_t count) {
  return static_cast<char*>(frame.get(static_cast<size_t>(count)));
}

inline float* floats(Workspace::Frame& frame, int64_t count) {
  return reinterpret_cast<float*>(bytes_of(frame, count * int64_t{sizeof(float)}));
}

template <class Tiles>
bool has_few_rows(const GemmArgs& g, int threads) {
  if (g.m <= kFewRows) return true;
  const bool many_panels = ceil_div(g.n, Tiles::kCols) >= int64_t{4} * threads;
  return g.m <= Tiles::kFewRowsOfManyPanels && many_panels && !g.trans_a;
}

// Packs all rows of A for blocks of k [first, first + count), kPanelBytes for every kRows of them.
template <class Tiles>
void pack_all_rows(Runner run, const GemmArgs& g, int64_t first, int64_t count, char* to) {
  const int64_t panels = ceil_div(g.m, Tiles::kRows);
  run.parallel_for(panels * count, [&](int64_t item, int) {
    const int64_t row = item % panels * Tiles::kRows;
    const int64_t p = (first + item / panels) * Tiles::kDepth;
    Tiles::pack_a(g, row, smaller(Tiles::kRows, g.m - row), p, smaller(Tiles::kDepth, g.k - p),
                  to + item * Tiles::kPanelBytes);
  });
}

// Few rows: each panel of B serves one block of rows, so it is packed where it is used.
template <class Tiles>
void gemm_one_row_block(Runner run, Workspace& workspace, const GemmArgs& g, const float* bias) {
  const int64_t panels = ceil_div(g.n, Tiles::kCols);
  const int64_t shared = run.size() == 1 ? panels : panels / (int64_t{4} * run.size());
  const int64_t cols = Tiles::kCols * larger(1, smaller(kWidestBlock / Tiles::kCols, shared));
  // Stored along k, B is packed in any width at the same cost: a panel, still in the first cache.
  const int64_t at_once = g.trans_b ? Tiles::kCols : cols;
  const int64_t a_bytes = Tiles::a_bytes(g.m);
  const int64_t b_bytes = at_once / Tiles::kCols * Tiles::kPanelBytes;
  const int64_t own_bytes = b_bytes + (Tiles::kAlwaysPacksA ? 0 : a_bytes);
  const int64_t k_blocks = ceil_div(g.k, Tiles::kDepth);
  // Blocks of k for which all tasks find the same packed A near.
  const int64_t together =
      Tiles::kAlwaysPacksA ? smaller(k_blocks, larger(1, kNearBytes / a_bytes)) : k_blocks;
  Workspace::Frame frame(workspace);
  char* const packed_a = bytes_of(frame, Tiles::kAlwaysPacksA ? together * a_bytes : 0);
  char* const scratch = bytes_of(frame, own_bytes * run.size());
  for (int64_t first = 0; first < k_blocks; first += together) {
    const int64_t count = smaller(together, k_blocks - first);
    if constexpr (Tiles::kAlwaysPacksA) pack_all_rows<Tiles>(run, g, first, count, packed_a);
    run.parallel_for(ceil_div(g.n, cols), [&](int64_t task, int worker) {
      char* const b = scratch + worker * own_bytes;
      const int64_t j = task * cols;
      const int64_t width = smaller(cols, g.n - j);
      for (int64_t index = 0; index < count; ++index) {
        const int64_t p = (first + index) * Tiles::kDepth;
        const int64_t k = smaller(Tiles::kDepth, g.k - p);
        const auto a = [&] {
          if constexpr (Tiles::kAlwaysPacksA)
            return packed_a + index * a_bytes;
          else
            return Tiles::pack_a(g, 0, g.m, p, k, b + b_bytes);
        }();
        for (int64_t q = 0; q < width; q += at_once) {
          const int64_t part = smaller(at_once, width - q);
          Tiles::pack_b(g, j + q, part, p, k, b);
          Tiles::multiply(g, bias, 0, g.m, j + q, part, p, k, a, b);
        }
      }
    });
  }
}

// Rows and columns of the blocks of C that threads take; both multiples of the tile.
struct Blocks {
  int64_t rows, cols;
};

// Blocks span all columns where rows alone give every thread enough of them, so that no block of A
// is packed, or fetched, more than once.
template <class Tiles>
Blocks choose_blocks(int64_t m, int64_t n, int threads) {
  const auto split = [](int64_t total, int64_t parts, int64_t unit) {
    return ceil_div(ceil_div(total, parts), unit) * unit;
  };
  Blocks blocks{split(m, ceil_div(m, Tiles::kMostRows), Tiles::kRows), split(n, 1, Tiles::kCols)};
  const int64_t wanted = threads == 1 ? 1 : Tiles::kTasksPerThread * threads;
  const auto too_few = [&] { return ceil_div(m, blocks.rows) * ceil_div(n, blocks.cols) < wanted; };
  if (too_few()) blocks.rows = split(m, ceil_div(m, Tiles::kMostRows / 2), Tiles::kRows);
  for (int64_t parts = 2; too_few() && blocks.cols > 2 * Tiles::kCols; ++parts) {
    blocks.cols = split(n, parts, Tiles::kCols);
  }
  while (too_few() && blocks.rows > 2 * Tiles::kRows) {
    blocks.rows = ceil_div(blocks.rows / 2, Tiles::kRows) * Tiles::kRows;
  }
  return blocks;
}

// Part of op(B) that is packed for all threads: columns [j, j + n), k [p, p + k).
struct Slab {
  int64_t j, n, p, k;
};

// beside: the product to add once the slab's own is done, or null; its k fits a block.
template <class Tiles>
void multiply_slab(Runner run, const GemmArgs& g, const GemmArgs* beside, const float* bias,
                   const Slab& s, char* packed, char* scratch) {
  const int64_t panels = ceil_div(s.n, Tiles::kCols);
  const int64_t k_blocks = ceil_div(s.k, Tiles::kDepth);
  const int64_t packed_blocks = k_blocks + (beside == nullptr ? 0 : 1);
  const auto panel_at = [&](int64_t k_block, int64_t col) {
    return packed + (k_block * panels + col / Tiles::kCols) * Tiles::kPanelBytes;
  };
  constexpr int64_t kPackCols = kWidestBlock / 2;
  run.parallel_for(ceil_div(s.n, kPackCols) * packed_blocks, [&](int64_t item, int) {
    const int64_t k_block = item % packed_blocks;
    const int64_t col = item / packed_blocks * kPackCols;
    const int64_t cols = smaller(kPackCols, s.n - col);
    char* const to = panel_at(k_block, col);
    if (k_block == k_blocks) return Tiles::pack_b(*beside, s.j + col, cols, 0, beside->k, to);
    const int64_t p = k_block * Tiles::kDepth;
    Tiles::pack_b(g, s.j + col, cols, s.p + p, smaller(Tiles::kDepth, s.k - p), to);
  });

  const Blocks block = choose_blocks<Tiles>(g.m, s.n, run.size());
  const int64_t row_blocks = ceil_div(g.m, block.rows);
  run.parallel_for(row_blocks * ceil_div(s.n, block.cols), [&](int64_t task, int worker) {
    char* const packed_a = scratch + worker * Tiles::a_bytes(Tiles::kMostRows);
    const int64_t i = task % row_blocks * block.rows;
    const int64_t rows = smaller(block.rows, g.m - i);
    const int64_t col = task / row_blocks * block.cols;
    const int64_t cols = smaller(block.cols, s.n - col);
    for (int64_t k_block = 0; k_block < k_blocks; ++k_block) {
      const int64_t p = s.p + k_block * Tiles::kDepth;
      const int64_t k = smaller(Tiles::kDepth, s.p + s.k - p);
      const auto a = Tiles::pack_a(g, i, rows, p, k, packed_a);
      Tiles::multiply(g, bias, i, rows, s.j + col, cols, p, k, a, panel_at(k_block, col));
    }
    if (beside == nullptr) return;
    const auto a = Tiles::pack_a(*beside, i, rows, 0, beside->k, packed_a);
    Tiles::multiply(*beside, nullptr, i, rows, s.j + col, cols, 0, beside->k, a,
                    panel_at(k_blocks, col));
  });
}

// beside: see multiply_slab.
template <class Tiles>
void gemm_blocked(Runner run, Workspace& workspace, const GemmArgs& g, const GemmArgs* beside,
                  const float* bias) {
  const int64_t most_panels = kPackedBytes / Tiles::kPanelBytes;
  const int64_t all_depth = ceil_div(g.k, Tiles::kDepth);
  // All of k in one slab when at least some columns fit with it.
  const int64_t panels = smaller(ceil_div(g.n, Tiles::kCols),
                                 larger(kWidestBlock * 4 / Tiles::kCols, most_panels / all_depth));
  const int64_t k_blocks = smaller(all_depth, larger(1, most_panels / panels));
  const int64_t cols = panels * Tiles::kCols, depth = k_blocks * Tiles::kDepth;
  Workspace::Frame frame(workspace);
  const int64_t blocks_beside = beside == nullptr ? 0 : 1;
  char* const packed = bytes_of(frame, panels * (k_blocks + blocks_beside) * Tiles::kPanelBytes);
  char* const scratch = bytes_of(frame, Tiles::a_bytes(Tiles::kMostRows) * run.size());
  for (int64_t j = 0; j < g.n; j += cols) {
    for (int64_t p = 0; p < g.k; p += depth) {
      const Slab slab{j, smaller(cols, g.n - j), p, smaller(depth, g.k - p)};
      const bool is_last = p + slab.k == g.k;
      multiply_slab<Tiles>(run, g, is_last ? beside : nullptr, bias, slab, packed, scratch);
    }
  }
}

LENSMITH_ISA_END
