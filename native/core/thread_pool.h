// A pool of threads that runs one data-parallel job at a time.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <thread>
#include <type_traits>
#include <vector>

namespace lensmith {

// The caller of parallel_for takes part as worker 0. A job never waits for a worker that has not
// started on it, so a busy machine costs help, not time. Workers spin for some microseconds after
// a job, so that the small jobs of decoding start quickly, and then sleep.
class ThreadPool {
 public:
  // threads counts the caller; values below 1 mean 1.
  explicit ThreadPool(int threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  // Number of workers, the caller included. Worker numbers are in [0, size()).
  int size() const { return size_; }

  // Calls fn(int64_t index, int worker) once for every index in [0, count), in no fixed order, and
  // returns when all calls have ended. fn must not throw. Called from inside a job of the same
  // pool, it runs inline under the worker number of the calling worker.
  template <class F>
  void parallel_for(int64_t count, F&& fn) {
    using Fn = std::remove_reference_t<F>;
    run(
        count,
        [](void* context, int64_t index, int worker) {
          (*static_cast<Fn*>(context))(index, worker);
        },
        const_cast<void*>(static_cast<const void*>(&fn)));
  }

  // Calls fn(int64_t begin, int64_t end, int worker) on ranges that cover [0, total). Inner bounds
  // are multiples of grain. The ranges depend on size(): sums that must not depend on the number
  // of threads need their own fixed split over parallel_for.
  template <class F>
  void parallel_ranges(int64_t total, int64_t grain, F&& fn) {
    if (total <= 0) return;
    if (grain < 1) grain = 1;
    const int64_t grains = (total + grain - 1) / grain;
    const int64_t wanted = size_ == 1 ? 1 : int64_t{4} * size_;
    const int64_t step = (grains + wanted - 1) / wanted * grain;
    parallel_for((total + step - 1) / step, [&](int64_t index, int worker) {
      const int64_t begin = index * step;
      fn(begin, begin + step < total ? begin + step : total, worker);
    });
  }

 private:
  using Invoke = void (*)(void* context, int64_t index, int worker);

  void run(int64_t count, Invoke invoke, void* context);
  void drain(int worker);
  void work(int worker);
  uint32_t await_job(uint32_t seen_epoch);
  void await_helpers();

  int size_;
  std::mutex one_job_;  // callers from different threads take turns
  std::vector<std::thread> threads_;

  // The job; written while it is closed, read by those who joined it.
  int64_t count_ = 0;
  Invoke invoke_ = nullptr;
  void* context_ = nullptr;

  // Epoch of the job, whether it is open to helpers, and how many helpers are inside; see .cc.
  alignas(64) std::atomic<uint32_t> state_{0};
  alignas(64) std::atomic<int64_t> next_{0};
  alignas(64) std::atomic<uint32_t> helpers_left_{0};
  std::atomic<bool> stopping_{false};
};

}  // namespace lensmith
