// A block of memory of one device, shared by the tensors that view it.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace lensmith {

// Reference counted by hand: one pointer a tensor, no second allocation, and the count is exact
// for the leak test. A subclass knows how its memory goes back (allocator, mapping, device).
//
// Two counts, because work runs later than it is asked for. References keep the object alive:
// queued work holds some. Holders are the handles that JavaScript has; once the last is gone,
// whatever is queued next may have the memory, since the stream keeps order. So how much memory a
// computation needs does not depend on how far JavaScript runs ahead of the kernels.
class Storage {
 public:
  Storage(void* data, size_t size_bytes) : data_(data), size_bytes_(size_bytes) {}
  Storage(const Storage&) = delete;
  Storage& operator=(const Storage&) = delete;

  // Host address; for memory of a device, what the device knows the block by.
  void* data() const { return data_; }
  size_t size_bytes() const { return size_bytes_; }
  // Weights mapped from a file are read-only: an op must not write them.
  virtual bool writable() const { return true; }

  // Called on the JavaScript thread alone.
  void hold() { ++holders_; }
  void let_go() {
    if (--holders_ == 0) retire();
  }

  void retain() { references_.fetch_add(1, std::memory_order_relaxed); }
  void release() {
    if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
  }

 protected:
  virtual ~Storage() = default;
  // No handle is left: only what is queued still uses the memory.
  virtual void retire() {}

 public:
  // Pages of a file in host memory, which not every device reads.
  virtual bool is_mapped_file() const { return false; }
  // These bytes of a file will hardly be read again: its pages need not stay in memory.
  virtual void rest([[maybe_unused]] size_t offset, [[maybe_unused]] size_t bytes) {}

 private:
  void* data_;
  size_t size_bytes_;
  int32_t holders_ = 0;
  std::atomic<int32_t> references_{0};
};

class StorageRef {
 public:
  StorageRef() = default;
  explicit StorageRef(Storage* storage) : storage_(storage) {
    if (storage_ != nullptr) storage_->retain();
  }
  StorageRef(const StorageRef& other) : StorageRef(other.storage_) {}
  StorageRef(StorageRef&& other) noexcept : storage_(std::exchange(other.storage_, nullptr)) {}
  StorageRef& operator=(StorageRef other) noexcept {
    std::swap(storage_, other.storage_);
    return *this;
  }
  ~StorageRef() {
    if (storage_ != nullptr) storage_->release();
  }

  Storage* get() const { return storage_; }
  Storage* operator->() const { return storage_; }
  explicit operator bool() const { return storage_ != nullptr; }

 private:
  Storage* storage_ = nullptr;
};

}  // namespace lensmith
