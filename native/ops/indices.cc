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

void require_indices(const char* op, const char* operand, const int32_t* values, int64_t count,
                     int64_t limit, int32_t lowest) {
  for (int64_t i = 0; i < count; ++i) {
    if (values[i] < lowest || values[i] >= limit) {
      fail(op, operand, i, values[i], std::to_string(lowest) + " to " + std::to_string(limit - 1));
    }
  }
}

void require_offsets(const char* op, const char* operand, const int32_t* values, int64_t count,
                     int64_t rows) {
  for (int64_t i = 0; i < count; ++i) {
    const int64_t least = i == 0 ? 0 : values[i - 1];
    const int64_t most = i == 0 ? 0 : rows;
    if (values[i] < least || values[i] > most) {
      fail(op, operand, i, values[i],
           i == 0 ? "0, the first offset"
                  : std::to_string(least) + " to " + std::to_string(most) + ", ascending");
    }
  }
}

}  // namespace lensmith
