// What a driver made of kernels comes back from the disk whole, or not at all: drivers crash at
// less. Prints `N passed, N failed`.
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "backends/vulkan/pipeline_cache.h"
#include "test/expect.h"

namespace lensmith::vulkan {
namespace {

namespace fs = std::filesystem;
using test::expect;

CacheOwner owner() { return {0x10de, 0x2684, 7, {1, 2, 3}}; }

std::vector<char> some_data() {
  std::vector<char> data(300);
  for (size_t i = 0; i < data.size(); ++i) data[i] = static_cast<char>(i * 7);
  return data;
}

std::vector<char> bytes_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void put(const fs::path& path, const std::vector<char>& bytes) {
  std::ofstream(path, std::ios::binary)
      .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

size_t files_in(const fs::path& folder) {
  return static_cast<size_t>(
      std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

void test_round(const fs::path& folder) {
  const std::string path = (folder / "deeper" / "cache.bin").string();
  expect(read_pipeline_cache(path, owner()).empty(), "there is nothing at first");
  expect(write_pipeline_cache(path, owner(), some_data()), "it is written, with its folder");
  expect(read_pipeline_cache(path, owner()) == some_data(), "and comes back");
  const std::vector<char> other(17, 'x');
  expect(write_pipeline_cache(path, owner(), other), "it is written again");
  expect(read_pipeline_cache(path, owner()) == other, "over what was there");
  expect(files_in(folder / "deeper") == 1, "and nothing else stays");
  expect(write_pipeline_cache(path, owner(), {}), "nothing is written, too");
  expect(read_pipeline_cache(path, owner()).empty(), "and is nothing");
}

void test_damage(const fs::path& folder) {
  const std::string path = (folder / "damaged.bin").string();
  write_pipeline_cache(path, owner(), some_data());
  const std::vector<char> whole = bytes_of(path);
  bool refuses = true;
  for (size_t size = 0; size < whole.size(); ++size) {
    put(path, {whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)});
    refuses = refuses && read_pipeline_cache(path, owner()).empty();
  }
  expect(refuses, "a file that was cut anywhere is none");
  for (size_t at = 0; at < whole.size(); ++at) {
    std::vector<char> changed = whole;
    changed[at] = static_cast<char>(changed[at] ^ 0x20);
    put(path, changed);
    refuses = refuses && read_pipeline_cache(path, owner()).empty();
  }
  expect(refuses, "nor one with any byte changed");
  std::vector<char> longer = whole;
  longer.push_back(0);
  put(path, longer);
  expect(read_pipeline_cache(path, owner()).empty(), "nor one with more behind it");
  put(path, some_data());
  expect(read_pipeline_cache(path, owner()).empty(), "nor what a driver made without a head");
}

void test_others(const fs::path& folder) {
  const std::string path = (folder / "others.bin").string();
  write_pipeline_cache(path, owner(), some_data());
  const auto refuses = [&](CacheOwner other, const char* what) {
    expect(read_pipeline_cache(path, other).empty(), std::string("not for another ") + what);
  };
  CacheOwner other = owner();
  other.vendor += 1, refuses(other, "vendor");
  other = owner(), other.device += 1, refuses(other, "card");
  other = owner(), other.driver_version += 1, refuses(other, "version of the driver");
  other = owner(), other.uuid[15] = 9, refuses(other, "identity");
}

void test_no_room(const fs::path& folder) {
  // A file where a folder would have to be: nobody can write there, whoever asks.
  put(folder / "file", {'x'});
  const std::string path = (folder / "file" / "cache.bin").string();
  expect(!write_pipeline_cache(path, owner(), some_data()), "a folder that cannot be made");
  expect(read_pipeline_cache(path, owner()).empty(), "holds nothing");
  // A folder in the place of the file.
  fs::create_directories(folder / "taken" / "cache.bin" / "more");
  const std::string taken = (folder / "taken" / "cache.bin").string();
  expect(!write_pipeline_cache(taken, owner(), some_data()), "a file that cannot be put in place");
  expect(files_in(folder / "taken") == 1, "leaves nothing behind");
  expect(read_pipeline_cache(taken, owner()).empty(), "and a folder is not read");
}

#if !defined(_WIN32)
void test_names() {
  const auto set = [](const char* name, const char* value) { setenv(name, value, 1); };
  for (const char* name : {"LENSMITH_PIPELINE_CACHE", "XDG_CACHE_HOME", "LOCALAPPDATA", "HOME"})
    unsetenv(name);
  expect(pipeline_cache_file(owner()).empty(), "without any folder there is no file");
  set("HOME", "/h");
  const std::string name = "/vulkan-01020300000000000000000000000000.bin";
  expect(pipeline_cache_file(owner()) == "/h/.cache/lensmith" + name, "below a person's folder");
  set("XDG_CACHE_HOME", "/c");
  expect(pipeline_cache_file(owner()) == "/c/lensmith" + name, "or that for caches");
  set("LENSMITH_PIPELINE_CACHE", "/p");
  expect(pipeline_cache_file(owner()) == "/p" + name, "or one that is named");
  set("LENSMITH_PIPELINE_CACHE", "off");
  expect(pipeline_cache_file(owner()).empty(), "or none");
  set("LENSMITH_PIPELINE_CACHE", "");
  expect(pipeline_cache_file(owner()).empty(), "which nothing says, too");
}
#else
void test_names() {}
#endif

}  // namespace
}  // namespace lensmith::vulkan

int main() {
  using namespace lensmith::vulkan;
  std::string name = "lensmith-pipeline-cache-";
  name += std::to_string(reinterpret_cast<uintptr_t>(&name));
  const fs::path folder = fs::temp_directory_path() / name;
  fs::create_directories(folder);
  test_round(folder);
  test_damage(folder);
  test_others(folder);
  test_no_room(folder);
  fs::remove_all(folder);
  test_names();
  return lensmith::test::report();
}
