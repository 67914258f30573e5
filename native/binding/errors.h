// Native errors as JavaScript errors; src-main/tensor/native.ts makes LensmithErrors of them.
#pragma once

#include <napi.h>

#include "core/error.h"

namespace lensmith::binding {

inline Napi::Error to_js(Napi::Env env, const Error& error) {
  Napi::Error js = Napi::Error::New(env, error.what());
  Napi::Object value = js.Value();
  value.Set("code", error.code);
  if (!error.expected.empty()) value.Set("expected", error.expected);
  if (!error.got.empty()) value.Set("got", error.got);
  if (!error.hint.empty()) value.Set("hint", error.hint);
  return js;
}

// Runs a call from JavaScript; what it throws becomes a JavaScript exception.
template <class Call>
auto guarded(Napi::Env env, Call&& call) -> decltype(call()) {
  try {
    return call();
  } catch (const Error& error) {
    throw to_js(env, error);
  } catch (const std::bad_alloc&) {
    throw to_js(env, Error("memory/out-of-memory", "There is not enough memory."));
  }
}

}  // namespace lensmith::binding
