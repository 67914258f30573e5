// Checks of what only the contents of an operand tell. Kernels call them on the stream's thread,
// before any work is spread; they are compiled once, for the baseline, because kernel files must
// not define exceptions and strings of their own (see backends/cpu/simd/isa.h).
#pragma once

#include <cstdint>

namespace lensmith {

// Every value lies in lowest .. limit - 1, else Error tensor/index-out-of-range.
void require_indices(const char* op, const char* operand, const int32_t* values, int64_t count,
                     int64_t limit, int32_t lowest = 0);

// values[0] = 0, ascending (equal neighbours allowed), the last at most `rows`; else Error
// tensor/index-out-of-range.
void require_offsets(const char* op, const char* operand, const int32_t* values, int64_t count,
                     int64_t rows);

// The errors that these checks throw, for a device that finds the place itself. `before` is the
// offset in front of the wrong one.
[[noreturn]] void fail_index(const char* op, const char* operand, int64_t position, int64_t value,
                             int64_t lowest, int64_t limit);
[[noreturn]] void fail_offset(const char* op, const char* operand, int64_t position, int64_t value,
                              int64_t before, int64_t rows);

}  // namespace lensmith
