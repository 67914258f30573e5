// What a driver made of kernels, kept on disk for the next start.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "backends/vulkan/api.h"

namespace lensmith::vulkan {

// Whose work it is: a driver is never given that of another one, or of another card.
struct CacheOwner {
  uint32_t vendor = 0, device = 0, driver_version = 0;
  uint8_t uuid[VK_UUID_SIZE] = {};  // pipelineCacheUUID
};

// The file for a driver's cache, by the identity that the driver gives; empty when there is no
// folder for it. LENSMITH_PIPELINE_CACHE names another folder, or "off".
std::string pipeline_cache_file(const CacheOwner& owner);

// What write_pipeline_cache kept there; nothing where there is no such file, where it is not whole,
// or where its owner is another. Drivers are allowed to fail, and some crash, at anything else.
std::vector<char> read_pipeline_cache(const std::string& path, const CacheOwner& owner);

// Written beside and renamed, so that another process never reads half of it. Returns whether that
// was done: where not, as in a folder that cannot be written or on a full disk, nothing is left
// behind, and it costs only time at the next start.
bool write_pipeline_cache(const std::string& path, const CacheOwner& owner,
                          const std::vector<char>& data);

}  // namespace lensmith::vulkan
