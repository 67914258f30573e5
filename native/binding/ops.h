#pragma once

#include <napi.h>

namespace lensmith::binding {

// { matmul(a, b, …), … }: positional arguments in the order of the struct's visit().
Napi::Object make_ops(Napi::Env env);
// { matmul: ['in', 'in', …], … }
Napi::Object make_signatures(Napi::Env env);

}  // namespace lensmith::binding
