// A typed, strided view of a storage. Cheap to copy; a copy keeps the storage alive, which is how
// work that waits in the stream owns its operands.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <string>

#include "core/dtype.h"
#include "core/storage.h"

namespace lensmith {

inline constexpr int kMaxRank = 6;

class Tensor {
 public:
  Tensor() = default;

  StorageRef storage;
  int64_t offset_bytes = 0;
  DType dtype = DType::f32;
  int rank = 0;
  std::array<int64_t, kMaxRank> shape{};
  std::array<int64_t, kMaxRank> stride{};  // in elements

  // An optional operand that was not given is an undefined tensor.
  bool defined() const { return static_cast<bool>(storage); }
  explicit operator bool() const { return defined(); }

  int64_t numel() const {
    int64_t count = 1;
    for (int i = 0; i < rank; ++i) count *= shape[i];
    return count;
  }

  int64_t dim(int i) const { return shape[i < 0 ? rank + i : i]; }

  // Product of all dimensions but the last: the rows of a [..., D] operand.
  int64_t rows() const { return rank == 0 ? 1 : (dim(-1) == 0 ? 0 : numel() / dim(-1)); }

  bool contiguous() const {
    int64_t step = 1;
    for (int i = rank - 1; i >= 0; --i) {
      if (shape[i] != 1 && stride[i] != step) return false;
      step *= shape[i];
    }
    return true;
  }

  // All but the first axis contiguous: what matmul operands and attention heads need.
  bool rows_contiguous() const {
    int64_t step = 1;
    for (int i = rank - 1; i >= 1; --i) {
      if (shape[i] != 1 && stride[i] != step) return false;
      step *= shape[i];
    }
    return rank == 0 || shape[0] <= 1 || stride[0] >= step;
  }

  template <class T>
  T* data() const {
    return reinterpret_cast<T*>(static_cast<char*>(storage->data()) + offset_bytes);
  }

  void* raw() const { return static_cast<char*>(storage->data()) + offset_bytes; }

  void set_contiguous(int new_rank, const int64_t* new_shape) {
    rank = new_rank;
    int64_t step = 1;
    for (int i = rank - 1; i >= 0; --i) {
      shape[i] = new_shape[i];
      stride[i] = step;
      step *= new_shape[i];
    }
  }

  std::string describe() const;  // "f32 [2, 3]"
};

}  // namespace lensmith
