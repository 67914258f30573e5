// The checks that every op contract is written with. They run when an op is enqueued, so a wrong
// call fails where it was made and no kernel ever sees operands that do not fit together.
#pragma once

#include <initializer_list>
#include <string>

#include "core/error.h"
#include "core/tensor.h"

namespace lensmith {

// One operand under examination: "rms_norm: weight".
class Operand {
 public:
  Operand(const char* op, const char* name, const Tensor& tensor)
      : op_(op), name_(name), tensor_(tensor) {}

  const Operand& defined() const;
  const Operand& rank(int rank) const;
  const Operand& shape(std::initializer_list<int64_t> dims) const;
  const Operand& same_shape(const Tensor& other) const;
  const Operand& dtype(std::initializer_list<DType> allowed) const;
  const Operand& f32() const { return dtype({DType::f32}); }
  const Operand& i32() const { return dtype({DType::i32}); }
  const Operand& any_float() const { return dtype({DType::f32, DType::bf16, DType::f16}); }
  const Operand& contiguous() const;
  const Operand& rows_contiguous() const;
  const Operand& writable() const;
  // f32, contiguous, writable: what nearly every result is.
  const Operand& output() const { return f32().contiguous().writable(); }
  // What layers hand on to each other beside weights of 16 bits, and its gradients: of either type,
  // whatever the others have.
  const Operand& activation() const { return dtype({DType::f32, DType::bf16}).contiguous(); }
  const Operand& activation_output() const { return activation().writable(); }

 private:
  [[noreturn]] void fail(const char* code, const std::string& expected) const;

  const char* op_;
  const char* name_;
  const Tensor& tensor_;
};

// A scalar attribute outside its range.
void require(bool holds, const char* op, const char* expected, const std::string& got);

}  // namespace lensmith
