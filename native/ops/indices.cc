#include "ops/indices.h"

#include <string>

#include "core/error.h"

namespace lensmith {
namespace {

[[noreturn]] void fail(const char* op, const char* operand, int64_t position, int64_t value,
                       const std::string& expected) {
  throw Error("tensor/index-out-of-range",
              std::string(op) + ": '" + operand + "' holds an index outside its range.", expected,
              std::to_string(value) + " at " + std::to_string(position));
}

}  // namespace

void fail_index(const char* op, const char* operand, int64_t position, int64_t value,
                int64_t lowest, int64_t limit) {
  fail(op, operand, position, value, std::to_string(lowest) + " to " + std::to_string(limit - 1));
}

void fail_offset(const char* op, const char* operand, int64_t position, int64_t value,
                 int64_t before, int64_t rows) {
  fail(op, operand, position, value,
       position == 0 ? "0, the first offset"
                     : std::to_string(before) + " to " + std::to_string(rows) + ", ascending");
}

void require_indices(const char* op, const char* operand, const int32_t* values, int64_t count,
                     int64_t limit, int32_t lowest) {
  for (int64_t i = 0; i < count; ++i)
    if (values[i] < lowest || values[i] >= limit)
      fail_index(op, operand, i, values[i], lowest, limit);
}

void require_offsets(const char* op, const char* operand, const int32_t* values, int64_t count,
                     int64_t rows) {
  for (int64_t i = 0; i < count; ++i) {
    const int64_t least = i == 0 ? 0 : values[i - 1];
    const int64_t most = i == 0 ? 0 : rows;
    if (values[i] < least || values[i] > most) fail_offset(op, operand, i, values[i], least, rows);
  }
}

}  // namespace lensmith
