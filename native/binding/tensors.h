#pragma once

#include <napi.h>

namespace lensmith::binding {

// Adds empty, view, release, upload, download, mapFile, place to the addon's exports.
void add_tensor_functions(Napi::Env env, Napi::Object exports);

}  // namespace lensmith::binding
