// All kernels of one instruction set: `kernels.attention(runtime.context, args)`.
#pragma once

#include "backends/cpu/context.h"
#include "ops/ops.h"

namespace lensmith::test {

struct Kernels {
  const char* isa;
#define OP(name, Args) void (*name)(cpu::Context&, const Args&);
#include "ops/ops.def"
};

}  // namespace lensmith::test

namespace lensmith::cpu {

#define ISA(name)                 \
  namespace name {                \
  const test::Kernels& kernels(); \
  }
#include "backends/cpu/isas.def"

}  // namespace lensmith::cpu
