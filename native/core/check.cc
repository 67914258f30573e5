#include "core/check.h"

#include <algorithm>

namespace lensmith {
namespace {

std::string text_of(std::initializer_list<int64_t> dims) {
  std::string text = "[";
  for (const int64_t dim : dims) text += (text.size() > 1 ? ", " : "") + std::to_string(dim);
  return text + "]";
}

}  // namespace

void Operand::fail(const char* code, const std::string& expected) const {
  throw Error(code, std::string(op_) + ": operand '" + name_ + "' does not fit.", expected,
              tensor_.describe());
}

const Operand& Operand::defined() const {
  if (!tensor_.defined()) fail("tensor/missing-operand", "a tensor");
  return *this;
}

const Operand& Operand::rank(int rank) const {
  defined();
  if (tensor_.rank != rank) fail("tensor/shape-mismatch", "rank " + std::to_string(rank));
  return *this;
}

const Operand& Operand::shape(std::initializer_list<int64_t> dims) const {
  defined();
  const bool fits = tensor_.rank == static_cast<int>(dims.size()) &&
                    std::equal(dims.begin(), dims.end(), tensor_.shape.begin());
  if (!fits) fail("tensor/shape-mismatch", "shape " + text_of(dims));
  return *this;
}

const Operand& Operand::same_shape(const Tensor& other) const {
  defined();
  const bool fits =
      tensor_.rank == other.rank &&
      std::equal(other.shape.begin(), other.shape.begin() + other.rank, tensor_.shape.begin());
  if (!fits) fail("tensor/shape-mismatch", "the shape of " + other.describe());
  return *this;
}

const Operand& Operand::dtype(std::initializer_list<DType> allowed) const {
  defined();
  if (std::find(allowed.begin(), allowed.end(), tensor_.dtype) != allowed.end()) return *this;
  std::string expected;
  for (const DType dtype : allowed)
    expected += (expected.empty() ? "" : " or ") + std::string(name_of(dtype));
  fail("tensor/dtype-mismatch", expected);
}

const Operand& Operand::contiguous() const {
  defined();
  if (!tensor_.contiguous()) fail("tensor/not-contiguous", "a contiguous tensor");
  return *this;
}

const Operand& Operand::rows_contiguous() const {
  defined();
  if (!tensor_.rows_contiguous()) fail("tensor/not-contiguous", "contiguous rows");
  return *this;
}

const Operand& Operand::writable() const {
  defined();
  if (!tensor_.storage->writable()) fail("tensor/read-only", "memory that may be written");
  return *this;
}

void require(bool holds, const char* op, const char* expected, const std::string& got) {
  if (!holds)
    throw Error("tensor/bad-argument", std::string(op) + ": an argument is out of range.", expected,
                got);
}

}  // namespace lensmith
