// A file as read-only memory: weights are used where they lie, without a copy.
#pragma once

#include <string>

#include "core/storage.h"

namespace lensmith {

// Throws Error "io/map-failed". The mapping lives as long as a tensor views it.
StorageRef map_file(const std::string& path);

}  // namespace lensmith
