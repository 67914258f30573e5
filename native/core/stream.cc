#include "core/stream.h"

#include <exception>
#include <future>
#include <new>
#include <utility>

namespace lensmith {

Stream::Stream(std::unique_ptr<Device> device)
    : device_(std::move(device)), thread_([this] { loop(); }) {}

Stream::~Stream() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  not_empty_.notify_all();
  thread_.join();
}

void Stream::enqueue(Work work) { push({std::move(work), nullptr, nullptr}); }

void Stream::barrier(Barrier done) { push({nullptr, std::move(done), nullptr}); }

void Stream::drain() {
  std::promise<void> done;
  push({nullptr, nullptr, [&done] { done.set_value(); }});
  done.get_future().wait();
}

void Stream::cancel() { cancelled_.store(true); }

void Stream::push(Item item) {
  {
    std::unique_lock lock(mutex_);
    not_full_.wait(lock, [this] { return queue_.size() < kMaxQueued; });
    queue_.push_back(std::move(item));
  }
  not_empty_.notify_one();
}

void Stream::loop() {
  for (;;) {
    Item item;
    {
      std::unique_lock lock(mutex_);
      not_empty_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
      if (stopping_) break;
      item = std::move(queue_.front());
      queue_.pop_front();
    }
    not_full_.notify_one();
    run(item);
    item = {};  // operands go back before the next wait
  }
  // Whoever still waits must hear that nothing comes any more.
  for (Item& item : queue_)
    if (item.done) item.done(Error("device/closed", "The device was closed."));
}

// Runs a step; its error stays unless one is there already.
template <class Step>
void Stream::attempt(Step&& step) {
  std::optional<Error> failure;
  try {
    step();
    return;
  } catch (const Error& error) {
    failure = error;
  } catch (const std::bad_alloc&) {
    failure = Error("memory/out-of-memory", "There is not enough memory for a kernel's workspace.");
  } catch (const std::exception& error) {
    failure = Error("internal/kernel", error.what());
  }
  if (!error_) error_ = std::move(failure);
}

void Stream::run(Item& item) {
  if (item.drained) {
    attempt([this] { device_->finish(); });
    item.drained();
    return;
  }
  if (item.done) {
    attempt([this] { device_->finish(); });
    if (cancelled_.exchange(false))
      error_ = Error("job/cancelled", "The work was cancelled before it was done.");
    item.done(std::exchange(error_, std::nullopt));
    return;
  }
  if (error_ || cancelled_.load()) return;
  attempt([&] { item.work(*device_); });
}

}  // namespace lensmith
