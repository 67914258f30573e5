// The state of one JavaScript environment: a stream over a device, and the table of tensor handles.
#pragma once

#include <napi.h>

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "binding/command_list.h"
#include "core/stream.h"

namespace lensmith::binding {

// Integer handles: crossing with a number costs a fifth of what an object costs, and the owner
// frees explicitly. 0 is no tensor.
class HandleTable {
 public:
  int32_t add(Tensor tensor);
  const Tensor& get(int32_t handle) const;  // throws Error "tensor/disposed"
  void remove(int32_t handle);              // one that clear() has freed is no error
  int64_t count() const { return live_; }
  void clear();

 private:
  size_t index_of(int32_t handle) const;  // throws Error "tensor/disposed"

  std::vector<Tensor> tensors_;
  std::vector<int32_t> free_;
  // Number of the first handle. clear() counts on from the last one, so that a handle from before
  // never names a tensor that was made after.
  int32_t base_ = 1;
  int64_t live_ = 0;
};

// Time spent in each op, when profiling is on.
class Profile {
 public:
  std::atomic<bool> enabled{false};

  void add(const char* op, double milliseconds);
  void add(const OpTimes& times);
  OpTimes take();

 private:
  std::mutex mutex_;
  OpTimes entries_;
};

class Engine {
 public:
  explicit Engine(Napi::Env env);

  static Engine& of(Napi::Env env) { return *env.GetInstanceData<Engine>(); }

  // memory_bytes: all that the device may use; 0: what there is.
  void open(const std::string& device, int threads, int64_t memory_bytes);
  void close();
  Stream& stream();  // throws Error "device/not-open"

  // Ops that are asked for between the two are done, and kept to be done again.
  void begin_recording();
  int32_t end_recording();  // the number of the list
  void replay(int32_t list);
  void forget(int32_t list);
  // Where ops go besides; null: nowhere.
  CommandList* recording() { return recording_.get(); }

  // Uninitialised memory of the device, or of the machine where the device reaches it. When there
  // is none, waits for queued work, which may hold what is cached,
  // and tries again. Throws Error "memory/out-of-memory".
  StorageRef allocate(size_t size_bytes, bool on_host = false);
  // Gives cached memory back to the system.
  void trim();
  // Time spent by op since the last call.
  OpTimes take_profile();
  // What the device was given since the last call.
  CommandCounts take_command_counts();

  // A promise settled on the JavaScript thread once everything enqueued so far is done. With a
  // size it resolves to an ArrayBuffer of `bytes`, which the stream fills before.
  Napi::Promise settle_after_queue(Napi::Env env, std::shared_ptr<std::vector<uint8_t>> bytes);

  HandleTable handles;
  Profile profile;

 private:
  struct Settlement;
  void settle(Napi::Env env, Settlement& settlement);

  Napi::ThreadSafeFunction notify_;
  int64_t pending_ = 0;
  std::unique_ptr<Stream> stream_;
  std::shared_ptr<CommandList> recording_;
  std::map<int32_t, std::shared_ptr<CommandList>> lists_;
  int32_t last_list_ = 0;
};

// Runs a kernel, timing it when profiling is on: by the device's own clock where it has one.
template <class Run>
void timed(Profile& profile, Device& device, const char* op, Run&& run) {
  if (!profile.enabled.load(std::memory_order_relaxed)) return run();
  if (device.time_as(op)) {
    run();
    device.time_as(nullptr);
    return;
  }
  const auto start = std::chrono::steady_clock::now();
  run();
  // A graphics device has only been told so far; its time is what is asked for.
  device.finish();
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
  profile.add(op, took.count());
}

}  // namespace lensmith::binding
