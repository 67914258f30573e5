#include "core/mapped_file.h"

#include <cerrno>
#include <cstring>

#include "core/error.h"

#if defined(_WIN32)
#define NOMINMAX
#include <windows.h>
#else
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#endif

namespace lensmith {
namespace {

[[noreturn]] void fail(const std::string& path, const std::string& reason) {
  throw Error("io/map-failed", "The file could not be mapped into memory: " + path,
              "a readable, non-empty file", reason);
}

#if defined(_WIN32)

class MappedFile final : public Storage {
 public:
  using Storage::Storage;
  bool writable() const override { return false; }
  bool is_mapped_file() const override { return true; }

 private:
  ~MappedFile() override { UnmapViewOfFile(data()); }
};

StorageRef map(const std::string& path) {
  const int length = MultiByteToWideChar(CP_UTF8, 0, path.c_str(), -1, nullptr, 0);
  std::wstring wide(static_cast<size_t>(length), L'\0');
  MultiByteToWideChar(CP_UTF8, 0, path.c_str(), -1, wide.data(), length);
  const HANDLE file = CreateFileW(wide.c_str(), GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_DELETE,
                                  nullptr, OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, nullptr);
  if (file == INVALID_HANDLE_VALUE) fail(path, "error " + std::to_string(GetLastError()));
  LARGE_INTEGER size{};
  GetFileSizeEx(file, &size);
  const HANDLE mapping = CreateFileMappingW(file, nullptr, PAGE_READONLY, 0, 0, nullptr);
  CloseHandle(file);
  if (mapping == nullptr) fail(path, "error " + std::to_string(GetLastError()));
  void* data = MapViewOfFile(mapping, FILE_MAP_READ, 0, 0, 0);
  CloseHandle(mapping);
  if (data == nullptr) fail(path, "error " + std::to_string(GetLastError()));
  return StorageRef(new MappedFile(data, static_cast<size_t>(size.QuadPart)));
}

#else

class MappedFile final : public Storage {
 public:
  using Storage::Storage;
  bool writable() const override { return false; }
  bool is_mapped_file() const override { return true; }
  // What was read stays in the system's cache for as long as it has room.
  void rest(size_t offset, size_t bytes) override {
    const auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
    const size_t first = (offset + page - 1) / page * page;
    const size_t end = (offset + bytes) / page * page;
    if (first < end) madvise(static_cast<char*>(data()) + first, end - first, MADV_DONTNEED);
  }

 private:
  ~MappedFile() override { munmap(data(), size_bytes()); }
};

StorageRef map(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) fail(path, std::strerror(errno));
  struct stat status {};
  if (fstat(file, &status) != 0 || !S_ISREG(status.st_mode) || status.st_size == 0) {
    close(file);
    fail(path, "not a regular file with content");
  }
  const auto size = static_cast<size_t>(status.st_size);
  void* data = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file, 0);
  const int error = errno;
  close(file);
  if (data == MAP_FAILED) fail(path, std::strerror(error));
  return StorageRef(new MappedFile(data, size));
}

#endif

}  // namespace

StorageRef map_file(const std::string& path) { return map(path); }

}  // namespace lensmith
