#include "core/tensor.h"

namespace lensmith {

std::string Tensor::describe() const {
  if (!defined()) return "nothing";
  std::string text = std::string(name_of(dtype)) + " [";
  for (int i = 0; i < rank; ++i) text += (i > 0 ? ", " : "") + std::to_string(shape[i]);
  return text + "]";
}

}  // namespace lensmith
