// Tiles of gemm that multiply and add in vector registers, in f32; see gemm_blocked.h.
#pragma once

#include "backends/cpu/gemm_operands.h"
#include "backends/cpu/gemm_quantized.h"
#include "backends/cpu/gemm_tile.h"

LENSMITH_ISA_BEGIN

struct VectorTiles {
  static constexpr int kRows = kTileRows, kCols = kTileCols;
  static constexpr int64_t kDepth = kBlockK, kMostRows = kBlockRows;
  static constexpr int64_t kPanelBytes = kPanelFloats * int64_t{sizeof(float)};
  static constexpr bool kAlwaysPacksA = false;
  static constexpr int kTasksPerThread = 8;
  static constexpr int64_t kFewRowsOfManyPanels =
      LENSMITH_ISA_ID >= LENSMITH_ISA_AVX512 ? 384 : 144;

  // What tiles read of A: packed in one of the two layouts, or rows as they lie.
  struct BlockOfA {
    const float* data;
    int64_t stride;  // of rows
  };

  static constexpr int64_t a_bytes(int64_t rows) {
    const int64_t strips = (rows + kTileRows - 1) / kTileRows;
    const int64_t as_rows = rows * kRowStride;
    const int64_t as_strips = strips * kBlockK * kStripStride;
    return (as_rows > as_strips ? as_rows : as_strips) * int64_t{sizeof(float)};
  }

  // Whether tiles can read the rows of A where they lie: not when rows are whole pages apart, as
  // they share few sets of the caches then.
  static bool reads_in_place(const GemmArgs& g) {
    constexpr int64_t kPageFloats = 1024;
    return g.a_dtype == DType::f32 && !g.trans_a && g.lda % kPageFloats != 0;
  }

  static BlockOfA pack_a(const GemmArgs& g, int64_t i, int64_t rows, int64_t p, int64_t k,
                         char* memory) {
    if (reads_in_place(g)) return {at<float>(g.a, g.lda, i, p), g.lda};
    float* const to = reinterpret_cast<float*>(memory);
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

  static void pack_b(const GemmArgs& g, int64_t j, int64_t cols, int64_t p, int64_t k,
                     char* memory) {
    float* const to = reinterpret_cast<float*>(memory);
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

  static void multiply(const GemmArgs& g, const float* bias, int64_t i, int64_t rows, int64_t j,
                       int64_t cols, int64_t p, int64_t k, const BlockOfA& a, const char* panels) {
    const float* b = reinterpret_cast<const float*>(panels);
    for (int64_t q = 0; q < cols; q += kTileCols, b += kPanelFloats) {
      TileOut out = tile_out(g, bias, j + q, cols - q, kTileCols, p);
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
};

LENSMITH_ISA_END
