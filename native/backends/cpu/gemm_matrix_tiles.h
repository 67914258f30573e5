// Tiles of gemm on the matrix unit of AMX, which multiplies bf16 only but adds in f32.
//
// f32 goes through it without losing its precision: x is split into bf16 numbers of 8 bits each,
//   x = x0 + x1 + x2,   x0 = bf16(x), x1 = bf16(x - x0), x2 = bf16(x - x0 - x1),
// which is exact for 24 bits; two such pieces hold f16, one bf16. A product of two bf16 numbers is
// exact in f32, so that
//   x y = x0 y0 + x0 y1 + x1 y0 + x0 y2 + x1 y1 + x2 y0
// leaves out less than 2^-25 of |x y|, where one rounding of f32 is up to 2^-24. Six products of
// bf16 take some 2/5 of the time of one of f32 in vector registers; weights in bf16 need three.
// The unit flushes subnormal numbers to zero, and an infinity among its operands, or what rounds to
// one in bf16 (above 3.39e38), may come out as NaN.
//
// Source: Henry, Tang, Heinecke, Leveraging the bfloat16 Artificial Intelligence Datatype for
// Higher-Precision Computations, 2019 (arXiv:1904.06376).
#pragma once

#include "backends/cpu/gemm_matrix_pack.h"

LENSMITH_ISA_BEGIN

// How the unit's registers are used: all eight of them whole. In memory, as the instruction reads
// it.
struct alignas(64) RegisterShapes {
  uint8_t palette = 1, first_line = 0, reserved[14] = {};
  uint16_t line_bytes[16] = {};
  uint8_t lines[16] = {};

  constexpr RegisterShapes() {
    for (int i = 0; i < 8; ++i) line_bytes[i] = kLineBytes, lines[i] = kLines;
  }
};
static_assert(sizeof(RegisterShapes) == 64);

// The registers are named by number in the instruction itself: sums 0 to 3 (2 · row + column), A 4
// and 5, B 6 and 7.
class MatrixRegisters {
 public:
  MatrixRegisters() {
    static constexpr RegisterShapes kShapes;
    _tile_loadconfig(&kShapes);
  }
  // Leaves nothing that the system would have to save when threads change.
  ~MatrixRegisters() { _tile_release(); }
  MatrixRegisters(const MatrixRegisters&) = delete;
  MatrixRegisters& operator=(const MatrixRegisters&) = delete;
};

template <int R>
LENSMITH_INLINE void load_a_registers(const char* a) {
  _tile_loadd(4, a, kLineBytes);
  if constexpr (R > 1) _tile_loadd(5, a + kRegisterBytes, kLineBytes);
}

template <int C>
LENSMITH_INLINE void load_b_registers(const char* b) {
  _tile_loadd(6, b, kLineBytes);
  if constexpr (C > 1) _tile_loadd(7, b + kRegisterBytes, kLineBytes);
}

template <int R, int C>
LENSMITH_INLINE void multiply_registers() {
  _tile_dpbf16ps(0, 4, 6);
  if constexpr (C > 1) _tile_dpbf16ps(1, 4, 7);
  if constexpr (R > 1) _tile_dpbf16ps(2, 5, 6);
  if constexpr (R > 1 && C > 1) _tile_dpbf16ps(3, 5, 7);
}

// Calls fn with std::integral_constant of such a number.
template <class F>
LENSMITH_INLINE void with_pieces(int pieces, F&& fn) {
  if (pieces == 3) return fn(std::integral_constant<int, 3>());
  if (pieces == 2) return fn(std::integral_constant<int, 2>());
  fn(std::integral_constant<int, 1>());
}

// The products of a piece of A with one of B that matter, each sharing an operand with the one
// before.
template <int kPiecesA, int kPiecesB>
struct PieceProducts {
  struct {
    int a, b;
  } at[kMostPieces * kMostPieces] = {};
  int count = 0;

  constexpr PieceProducts() {
    int shared = 0;
    for (int a = kPiecesA - 1; a >= 0; --a) {
      const int most = kMostPieces - 1 - a < kPiecesB - 1 ? kMostPieces - 1 - a : kPiecesB - 1;
      at[count++] = {a, shared};
      for (int b = 0; b <= most; ++b) {
        if (b != shared) at[count++] = {a, b};
      }
      shared = at[count - 1].b;
    }
  }
};

// One product of pieces after the other, all of them known to the compiler.
template <int kPiecesA, int kPiecesB, int R, int C, int kIndex = 0>
LENSMITH_INLINE void multiply_pieces(const char* a, const char* b) {
  constexpr PieceProducts<kPiecesA, kPiecesB> kProducts;
  if constexpr (kIndex < kProducts.count) {
    constexpr auto now = kProducts.at[kIndex];
    constexpr auto before = kProducts.at[kIndex == 0 ? 0 : kIndex - 1];
    if constexpr (kIndex == 0 || now.a != before.a) {
      load_a_registers<R>(a + now.a * 2 * kRegisterBytes);
    }
    if constexpr (kIndex == 0 || now.b != before.b) {
      load_b_registers<C>(b + now.b * 2 * kRegisterBytes);
    }
    multiply_registers<R, C>();
    multiply_pieces<kPiecesA, kPiecesB, R, C, kIndex + 1>(a, b);
  }
}

// sums: 16 R rows of kPanelLines floats.
template <int kPiecesA, int kPiecesB, int R, int C>
LENSMITH_INLINE void sum_panels(int64_t steps, const char* a, const char* b, float* sums) {
  _tile_zero(0);
  _tile_zero(1);
  _tile_zero(2);
  _tile_zero(3);
  for (int64_t step = 0; step < steps; ++step) {
    multiply_pieces<kPiecesA, kPiecesB, R, C>(a, b);
    a += kPiecesA * 2 * kRegisterBytes;
    b += kPiecesB * 2 * kRegisterBytes;
  }
  constexpr int kStride = kPanelLines * sizeof(float);
  float* const lower = sums + kLines * kPanelLines;
  _tile_stored(0, sums, kStride);
  if constexpr (C > 1) _tile_stored(1, sums + kLines, kStride);
  if constexpr (R > 1) _tile_stored(2, lower, kStride);
  if constexpr (R > 1 && C > 1) _tile_stored(3, lower + kLines, kStride);
}

template <int V>
void finish_rows(const float* sums, TileOut out) {
  constexpr int kAtOnce = 4;
  const int rows = out.rows;
  for (int row = 0; row < rows; row += kAtOnce) {
    F32 sum[kAtOnce][V];
    LENSMITH_UNROLL(4)
    for (int r = 0; r < kAtOnce; ++r) {
      LENSMITH_UNROLL(2)
      for (int v = 0; v < V; ++v) {
        sum[r][v] = F32::load(sums + (row + r) * kPanelLines + v * kLines);
      }
    }
    out.rows = at_most(rows - row, kAtOnce);
    finish_tile<kAtOnce, V>(sum, out);
    out.c += kAtOnce * out.ldc;
  }
}

template <int kPiecesA, int kPiecesB, int R, int C>
void multiply_panels(int64_t steps, const char* a, const char* b, const TileOut& out) {
  alignas(64) float sums[kPanelLines * kPanelLines];
  for (int row = 0; row < out.rows; ++row) {
    LENSMITH_PREFETCH(out.c + row * out.ldc);
    if constexpr (C > 1) LENSMITH_PREFETCH(out.c + row * out.ldc + kLines);
  }
  // The compiler takes loads into the unit's registers for reads of nothing.
  asm volatile("" ::: "memory");
  sum_panels<kPiecesA, kPiecesB, R, C>(steps, a, b, sums);
  finish_rows<C>(sums, out);
}

template <int kPiecesA, int kPiecesB>
LENSMITH_INLINE void run_panels(int64_t steps, const char* a, const char* b, const TileOut& out) {
  if (out.rows <= kLines) {
    if (out.cols <= kLines) return multiply_panels<kPiecesA, kPiecesB, 1, 1>(steps, a, b, out);
    return multiply_panels<kPiecesA, kPiecesB, 1, 2>(steps, a, b, out);
  }
  if (out.cols <= kLines) return multiply_panels<kPiecesA, kPiecesB, 2, 1>(steps, a, b, out);
  multiply_panels<kPiecesA, kPiecesB, 2, 2>(steps, a, b, out);
}

// See gemm_blocked.h.
struct MatrixTiles {
  static constexpr int kRows = kPanelLines, kCols = kPanelLines;
  static constexpr int64_t kDepth = kBlockK, kMostRows = 288;
  static constexpr int64_t kPanelBytes = panel_bytes(kMostPieces, kDepth);
  static constexpr bool kAlwaysPacksA = true;
  static constexpr int kTasksPerThread = 4;
  static constexpr int64_t kFewRowsOfManyPanels = 384;
  static_assert(kDepth % kStepK == 0 && kMostRows % kRows == 0);

  static int pieces_of_b(const GemmArgs& g) {
    return g.b_quantized != nullptr ? kMostPieces : pieces_of(g.b_dtype);
  }

  static constexpr int64_t a_bytes(int64_t rows) { return ceil_div(rows, kRows) * kPanelBytes; }

  static const char* pack_a(const GemmArgs& g, int64_t i, int64_t rows, int64_t p, int64_t k,
                            char* to) {
    with_type(g.a_dtype, [&](auto* type) {
      using T = std::remove_cvref_t<decltype(*type)>;
      const Lines<T> lines{g.trans_a ? at<T>(g.a, g.lda, p, i) : at<T>(g.a, g.lda, i, p), g.lda,
                           g.trans_a};
      pack_lines<pieces_of(dtype_of<T>())>(lines, rows, k, false, kPanelBytes, to);
    });
    return to;
  }

  static void pack_b(const GemmArgs& g, int64_t j, int64_t cols, int64_t p, int64_t k, char* to) {
    if (g.b_quantized != nullptr) {
      return pack_quantized_lines(*g.b_quantized, g.trans_b, j, cols, p, k, kPanelBytes, to);
    }
    with_type(g.b_dtype, [&](auto* type) {
      using T = std::remove_cvref_t<decltype(*type)>;
      const Lines<T> lines{g.trans_b ? at<T>(g.b, g.ldb, j, p) : at<T>(g.b, g.ldb, p, j), g.ldb,
                           !g.trans_b};
      pack_lines<pieces_of(dtype_of<T>())>(lines, cols, k, true, kPanelBytes, to);
    });
  }

  static void multiply(const GemmArgs& g, const float* bias, int64_t i, int64_t rows, int64_t j,
                       int64_t cols, int64_t p, int64_t k, const char* a, const char* b) {
    const MatrixRegisters registers;
    with_pieces(pieces_of(g.a_dtype), [&](auto of_a) {
      with_pieces(pieces_of_b(g), [&](auto of_b) {
        for (int64_t q = 0; q < cols; q += kCols, b += kPanelBytes) {
          TileOut out = tile_out(g, bias, j + q, cols - q, kCols, p);
          for (int64_t r = 0; r < rows; r += kRows) {
            out.c = g.c + (i + r) * g.ldc + j + q;
            out.rows = at_most(rows - r, kRows);
            run_panels<of_a, of_b>(ceil_div(k, kStepK), a + r / kRows * kPanelBytes, b, out);
          }
        }
      });
    });
  }
};

// Whether there is enough of C for the registers of the unit. Never depends on k, see gemm.h.
inline bool suits_matrix_tiles(const GemmArgs& g) { return g.m > kLines && g.n >= kLines; }

LENSMITH_ISA_END
