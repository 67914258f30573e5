// The in-order queue between JavaScript and a device. Enqueueing costs a microsecond and never
// waits for the work, so JavaScript stays free while kernels run; because order is kept, memory
// that was freed by its last tensor may be handed out again at once.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "core/device.h"
#include "core/error.h"

namespace lensmith {

class Stream {
 public:
  // Work runs on the stream's own thread. What it throws stays with the stream (the first error
  // wins) and what follows is dropped, until a barrier reports it.
  using Work = std::function<void(Device&)>;
  // Called on the stream's thread with the error since the last barrier, if any.
  using Barrier = std::function<void(std::optional<Error>)>;

  explicit Stream(std::unique_ptr<Device> device);
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  Device& device() { return *device_; }

  // Waits when too much is queued, so that a caller that never reads cannot outrun memory.
  void enqueue(Work work);
  void barrier(Barrier done);
  // Waits until everything queued is done or dropped. An error stays for the next barrier.
  void drain();
  // Drops what is queued and not yet running; the next barrier reports "job/cancelled".
  void cancel();
  // What takes long and asks now and then may stop early: nobody waits for the rest.
  bool is_cancelled() const { return cancelled_.load(std::memory_order_relaxed); }

 private:
  struct Item {
    Work work;
    Barrier done;                   // set for a barrier
    std::function<void()> drained;  // set by drain()
  };

  void push(Item item);
  void loop();
  void run(Item& item);
  template <class Step>
  void attempt(Step&& step);

  static constexpr size_t kMaxQueued = 16384;

  std::unique_ptr<Device> device_;
  std::mutex mutex_;
  std::condition_variable not_empty_;
  std::condition_variable not_full_;
  std::deque<Item> queue_;
  bool stopping_ = false;
  std::atomic<bool> cancelled_{false};
  std::optional<Error> error_;  // stream thread only
  std::thread thread_;
};

}  // namespace lensmith
