// What a CPU kernel works with. Kernels live in the namespace of the instruction set they are
// compiled for; see simd/isa.h.
#pragma once

#include "core/thread_pool.h"
#include "core/workspace.h"

namespace lensmith::cpu {

struct Context {
  ThreadPool& pool;
  Workspace& workspace;
};

}  // namespace lensmith::cpu
