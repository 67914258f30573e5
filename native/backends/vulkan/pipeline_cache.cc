#include "backends/vulkan/pipeline_cache.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <system_error>

namespace lensmith::vulkan {
namespace {

namespace fs = std::filesystem;

// In front of the driver's own bytes; without gaps, so that it can be compared as a whole.
struct Head {
  char magic[8] = {'l', 'e', 'n', 's', 'v', 'k', 'c', '1'};
  uint32_t vendor = 0, device = 0, driver_version = 0;
  uint32_t pointer_bytes = sizeof(void*);  // drivers of both sizes may share a folder
  uint8_t uuid[VK_UUID_SIZE] = {};
  uint64_t size = 0, hash = 0;
};
static_assert(sizeof(Head) == 8 + 4 * 4 + VK_UUID_SIZE + 2 * 8);

uint64_t hash_of(const char* data, size_t size) {  // FNV-1a
  uint64_t hash = 0xcbf29ce484222325;
  for (size_t i = 0; i < size; ++i)
    hash = (hash ^ static_cast<unsigned char>(data[i])) * 0x100000001b3;
  return hash;
}

Head head_of(const CacheOwner& owner, const char* data, size_t size) {
  Head head;
  head.vendor = owner.vendor, head.device = owner.device;
  head.driver_version = owner.driver_version;
  std::memcpy(head.uuid, owner.uuid, sizeof head.uuid);
  head.size = size, head.hash = hash_of(data, size);
  return head;
}

fs::path cache_folder() {
  const auto named = [](const char* variable) {
    const char* const text = std::getenv(variable);
    return std::string(text == nullptr ? "" : text);
  };
  if (std::getenv("LENSMITH_PIPELINE_CACHE") != nullptr) {
    const std::string folder = named("LENSMITH_PIPELINE_CACHE");
    return folder == "off" ? fs::path() : fs::path(folder);
  }
  if (const std::string cache = named("XDG_CACHE_HOME"); !cache.empty())
    return fs::path(cache) / "lensmith";
  if (const std::string local = named("LOCALAPPDATA"); !local.empty())
    return fs::path(local) / "lensmith" / "cache";
  const std::string home = named("HOME");
  return home.empty() ? fs::path() : fs::path(home) / ".cache" / "lensmith";
}

}  // namespace

std::string pipeline_cache_file(const CacheOwner& owner) {
  const fs::path folder = cache_folder();
  if (folder.empty()) return {};
  std::string name = "vulkan-";
  for (const uint8_t byte : owner.uuid) {
    char digits[3];
    std::snprintf(digits, sizeof digits, "%02x", byte);
    name += digits;
  }
  return (folder / (name + ".bin")).string();
}

std::vector<char> read_pipeline_cache(const std::string& path, const CacheOwner& owner) {
  std::error_code failed;
  if (!fs::is_regular_file(path, failed)) return {};
  std::ifstream file(path, std::ios::binary);
  const std::vector<char> all{std::istreambuf_iterator<char>(file),
                              std::istreambuf_iterator<char>()};
  if (all.size() < sizeof(Head)) return {};
  const char* const data = all.data() + sizeof(Head);
  const Head wanted = head_of(owner, data, all.size() - sizeof(Head));
  if (std::memcmp(all.data(), &wanted, sizeof wanted) != 0) return {};
  return {data, all.data() + all.size()};
}

bool write_pipeline_cache(const std::string& path, const CacheOwner& owner,
                          const std::vector<char>& data) {
  std::error_code failed;
  fs::create_directories(fs::path(path).parent_path(), failed);
  const std::string partial = path + "." + std::to_string(std::random_device{}());
  std::ofstream file(partial, std::ios::binary);
  const Head head = head_of(owner, data.data(), data.size());
  file.write(reinterpret_cast<const char*>(&head), sizeof head);
  file.write(data.data(), static_cast<std::streamsize>(data.size()));
  file.close();  // what a full disk refuses may show only here
  if (file.good()) {
    fs::rename(partial, path, failed);
    if (!failed) return true;
  }
  fs::remove(partial, failed);
  return false;
}

}  // namespace lensmith::vulkan
