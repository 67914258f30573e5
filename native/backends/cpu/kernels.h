// Declares every CPU kernel of the instruction set being compiled. A kernel file includes this and
// defines its own; table.cc refers to all of them, so a missing one does not link.
#pragma once

#include "backends/cpu/context.h"
#include "backends/cpu/simd/isa.h"
#include "ops/ops.h"

namespace lensmith::cpu::LENSMITH_ISA {

#define OP(name, Args) void name(Context& context, const Args& args);
#include "ops/ops.def"

}  // namespace lensmith::cpu::LENSMITH_ISA
