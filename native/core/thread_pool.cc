#include "core/thread_pool.h"

#include <chrono>

#if defined(__x86_64__) || defined(_M_X64)
#include <immintrin.h>
#endif

namespace lensmith {
namespace {

// state_ = epoch << 12 | open << 11 | number of helpers inside.
constexpr uint32_t kHelperMask = (1u << 11) - 1;
constexpr uint32_t kOpen = 1u << 11;
constexpr uint32_t kEpochShift = 12;
constexpr uint32_t kEpoch = 1u << kEpochShift;

// Long enough to bridge the gap between two kernels of one decoding step, short enough not to
// starve others where cores are few.
constexpr auto kSpinForJob = std::chrono::microseconds(40);
constexpr auto kSpinForHelpers = std::chrono::microseconds(100);

void relax() {
#if defined(__x86_64__) || defined(_M_X64)
  _mm_pause();
#elif defined(__aarch64__)
  asm volatile("isb" ::: "memory");
#else
  std::this_thread::yield();
#endif
}

// Spins until ready() or the time is over; tells whether it became ready.
template <class Ready>
bool spin(std::chrono::microseconds limit, Ready&& ready) {
  const auto end = std::chrono::steady_clock::now() + limit;
  do {
    for (int i = 0; i < 32; ++i) {
      if (ready()) return true;
      relax();
    }
  } while (std::chrono::steady_clock::now() < end);
  return ready();
}

// The pool whose job this thread is running, and as which worker.
thread_local const ThreadPool* current_pool = nullptr;
thread_local int current_worker = 0;

}  // namespace

ThreadPool::ThreadPool(int threads)
    : size_(threads < 1                               ? 1
            : threads > static_cast<int>(kHelperMask) ? kHelperMask
                                                      : threads) {
  threads_.reserve(static_cast<size_t>(size_ - 1));
  for (int worker = 1; worker < size_; ++worker) {
    threads_.emplace_back([this, worker] { work(worker); });
  }
}

ThreadPool::~ThreadPool() {
  std::lock_guard lock(one_job_);
  stopping_.store(true, std::memory_order_relaxed);
  state_.fetch_add(kEpoch, std::memory_order_release);
  state_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void ThreadPool::run(int64_t count, Invoke invoke, void* context) {
  if (count <= 0) return;
  const bool nested = current_pool == this;
  if (nested || count == 1 || size_ == 1) {
    const ThreadPool* const outer_pool = current_pool;
    const int worker = nested ? current_worker : 0;
    const int outer_worker = current_worker;
    // A job of one index may start a wide one inside, so it does not count as nesting.
    if (!nested && count > 1) current_pool = this, current_worker = 0;
    for (int64_t index = 0; index < count; ++index) invoke(context, index, worker);
    current_pool = outer_pool, current_worker = outer_worker;
    return;
  }

  std::lock_guard lock(one_job_);
  count_ = count;
  invoke_ = invoke;
  context_ = context;
  next_.store(0, std::memory_order_relaxed);
  const uint32_t epoch = (state_.load(std::memory_order_relaxed) >> kEpochShift) + 1;
  state_.store(epoch << kEpochShift | kOpen, std::memory_order_seq_cst);
  state_.notify_all();

  drain(0);
  const uint32_t closed = state_.fetch_and(~kOpen, std::memory_order_acq_rel);
  if ((closed & kHelperMask) != 0) await_helpers();
}

void ThreadPool::drain(int worker) {
  const ThreadPool* const outer_pool = current_pool;
  const int outer_worker = current_worker;
  current_pool = this, current_worker = worker;
  const int64_t count = count_;
  const Invoke invoke = invoke_;
  void* const context = context_;
  for (;;) {
    const int64_t index = next_.fetch_add(1, std::memory_order_relaxed);
    if (index >= count) break;
    invoke(context, index, worker);
  }
  current_pool = outer_pool, current_worker = outer_worker;
}

void ThreadPool::await_helpers() {
  const auto inside = [this] {
    return (state_.load(std::memory_order_acquire) & kHelperMask) != 0;
  };
  if (spin(kSpinForHelpers, [&] { return !inside(); })) return;
  for (;;) {
    const uint32_t left = helpers_left_.load(std::memory_order_acquire);
    if (!inside()) return;
    helpers_left_.wait(left, std::memory_order_acquire);
  }
}

// Returns the state once it has another epoch than seen_epoch.
uint32_t ThreadPool::await_job(uint32_t seen_epoch) {
  uint32_t state = state_.load(std::memory_order_acquire);
  const auto changed = [&] {
    state = state_.load(std::memory_order_acquire);
    return state >> kEpochShift != seen_epoch;
  };
  if (spin(kSpinForJob, changed)) return state;
  while (!changed()) state_.wait(state, std::memory_order_acquire);
  return state;
}

void ThreadPool::work(int worker) {
  uint32_t epoch = 0;
  for (;;) {
    uint32_t state = await_job(epoch);
    if (stopping_.load(std::memory_order_relaxed)) return;
    epoch = state >> kEpochShift;
    // Join only while the job is open: a late worker must neither delay nor touch it.
    bool joined = false;
    while ((state & kOpen) != 0 && state >> kEpochShift == epoch && !joined) {
      joined = state_.compare_exchange_weak(state, state + 1, std::memory_order_acq_rel);
    }
    if (!joined) continue;
    drain(worker);
    const uint32_t before = state_.fetch_sub(1, std::memory_order_acq_rel);
    if ((before & kHelperMask) == 1) {
      helpers_left_.fetch_add(1, std::memory_order_release);
      helpers_left_.notify_one();
    }
  }
}

}  // namespace lensmith
