#include "isa_kernels.h"

#include "backends/cpu/kernels.h"

LENSMITH_ISA_BEGIN

#define LENSMITH_TEXT_(word) #word
#define LENSMITH_TEXT(word) LENSMITH_TEXT_(word)

const test::Kernels& kernels() {
  static constexpr test::Kernels all = {
      LENSMITH_TEXT(LENSMITH_ISA),
#define OP(name, Args) name,
#include "ops/ops.def"
  };
  return all;
}

LENSMITH_ISA_END
