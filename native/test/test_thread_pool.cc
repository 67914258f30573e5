// Checks the thread pool (every index once, nesting, callers from several threads) and the
// workspace. Prints `N passed, N failed`.
#include <atomic>
#include <chrono>
#include <cstring>
#include <ctime>
#include <string>
#include <thread>
#include <vector>

#include "core/thread_pool.h"
#include "core/workspace.h"
#include "test/expect.h"

namespace lensmith {
namespace {

using test::expect;

void test_every_index_once(int threads) {
  ThreadPool pool(threads);
  bool right = true;
  for (int round = 0; round < 2000; ++round) {
    const int64_t count = round % 50;
    std::vector<std::atomic<int>> hits(static_cast<size_t>(count));
    std::atomic<int> wrong_worker{0};
    pool.parallel_for(count, [&](int64_t index, int worker) {
      ++hits[static_cast<size_t>(index)];
      if (worker < 0 || worker >= pool.size()) ++wrong_worker;
    });
    for (const std::atomic<int>& hit : hits) right = right && hit == 1;
    right = right && wrong_worker == 0;
    // Some jobs find the workers asleep.
    if (round % 400 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  expect(right, "every index once, " + std::to_string(threads) + " threads");
}

void test_ranges() {
  ThreadPool pool(3);
  for (const int64_t total : {0, 1, 7, 64, 1000}) {
    for (const int64_t grain : {1, 8, 100}) {
      std::vector<std::atomic<int>> hits(static_cast<size_t>(total));
      std::atomic<int> unaligned{0};
      pool.parallel_ranges(total, grain, [&](int64_t begin, int64_t end, int) {
        if (begin % grain != 0) ++unaligned;
        for (int64_t i = begin; i < end; ++i) ++hits[static_cast<size_t>(i)];
      });
      bool right = unaligned == 0;
      for (const std::atomic<int>& hit : hits) right = right && hit == 1;
      expect(right, "ranges cover " + std::to_string(total) + " by " + std::to_string(grain));
    }
  }
}

void test_nesting() {
  ThreadPool pool(3);
  std::atomic<int> sum{0}, moved{0};
  pool.parallel_for(20, [&](int64_t, int outer) {
    pool.parallel_for(10, [&](int64_t, int inner) {
      ++sum;
      if (inner != outer) ++moved;
    });
  });
  expect(sum == 200 && moved == 0, "nested jobs run inline, as the same worker");

  // A job of one index is no parallel job: what it starts may spread.
  std::atomic<int> inside{0};
  pool.parallel_for(1,
                    [&](int64_t, int) { pool.parallel_for(50, [&](int64_t, int) { ++inside; }); });
  expect(inside == 50, "a job inside a job of one index");
}

void test_callers_take_turns() {
  ThreadPool pool(3);
  std::atomic<int64_t> sum{0};
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 3; ++caller) {
    callers.emplace_back([&] {
      for (int round = 0; round < 500; ++round) {
        pool.parallel_for(10, [&](int64_t index, int) { sum += index; });
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  expect(sum == 3 * 500 * 45, "callers from several threads");
}

void test_short_lives() {
  for (int round = 0; round < 300; ++round) {
    ThreadPool pool(1 + round % 4);
    if (round % 3 != 0) pool.parallel_for(5, [](int64_t, int) {});
  }
  expect(true, "pools end at any moment");
}

#if defined(CLOCK_PROCESS_CPUTIME_ID) && defined(CLOCK_THREAD_CPUTIME_ID)

// Time that processors spent on this process or thread, whatever else the machine was busy with.
double seconds_of(clockid_t clock) {
  timespec time;
  clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

void work_for(double seconds) {
  const double end = seconds_of(CLOCK_THREAD_CPUTIME_ID) + seconds;
  while (seconds_of(CLOCK_THREAD_CPUTIME_ID) < end) {
  }
}

void test_an_idle_pool_sleeps() {
  ThreadPool pool(4);
  pool.parallel_for(8, [](int64_t, int) { work_for(0.001); });
  const double before = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
  std::this_thread::sleep_for(std::chrono::milliseconds(400));
  // Three threads that went on spinning would use a second and more.
  expect(seconds_of(CLOCK_PROCESS_CPUTIME_ID) - before < 0.1, "an idle pool uses no processor");
}

// Two pools with a thread for every core each, as two programs at once: what they use must go into
// the work, so that both get on.
void test_pools_at_once_do_not_burn() {
  constexpr int kPools = 2, kJobs = 20, kIndexes = 8;
  constexpr double kWork = 0.002;
  const int cores = static_cast<int>(std::thread::hardware_concurrency());
  const double before = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
  std::vector<std::thread> programs;
  for (int i = 0; i < kPools; ++i) {
    programs.emplace_back([&] {
      ThreadPool pool(cores < 2 ? 2 : cores > 4 ? 4 : cores);
      for (int job = 0; job < kJobs; ++job) {
        pool.parallel_for(kIndexes, [](int64_t, int) { work_for(kWork); });
      }
    });
  }
  for (std::thread& program : programs) program.join();
  const double used = seconds_of(CLOCK_PROCESS_CPUTIME_ID) - before;
  const double needed = kPools * kJobs * kIndexes * kWork;
  expect(used < 1.5 * needed,
         "two pools at once used " + std::to_string(used / needed) + " of the time they need");
}

#else

void test_an_idle_pool_sleeps() { std::puts("skipped: no clock of processor time here"); }
void test_pools_at_once_do_not_burn() {}

#endif

void test_workspace() {
  Workspace workspace(2);
  bool aligned = true;
  size_t settled = 0;
  for (int round = 0; round < 5; ++round) {
    Workspace::Frame outer(workspace);
    char* const first = static_cast<char*>(outer.get(1000));
    std::memset(first, 1, 1000);
    for (int inner = 0; inner < 3; ++inner) {
      Workspace::Frame frame(workspace);
      for (const size_t bytes : {size_t{0}, size_t{1}, size_t{100000}, size_t{3000000}}) {
        void* const memory = frame.get(bytes);
        aligned = aligned && reinterpret_cast<uintptr_t>(memory) % Workspace::kAlignment == 0;
        std::memset(memory, 2, bytes);
      }
    }
    bool kept = true;
    for (int i = 0; i < 1000; ++i) kept = kept && first[i] == 1;
    expect(kept, "memory of an outer frame is left alone");
    if (round == 2) settled = workspace.size_bytes();
  }
  expect(aligned, "workspace memory is aligned");
  expect(workspace.size_bytes() == settled, "a repeated workload allocates nothing");
  {
    Workspace::Frame child(workspace.for_worker(1));
    child.get(5000);
  }
  expect(workspace.size_bytes() > settled, "children count");
  workspace.release();
  expect(workspace.size_bytes() == 0, "released");
}

}  // namespace
}  // namespace lensmith

int main() {
  using namespace lensmith;
  for (const int threads : {1, 2, 3, 8}) test_every_index_once(threads);
  test_ranges();
  test_nesting();
  test_callers_take_turns();
  test_short_lives();
  test_an_idle_pool_sleeps();
  test_pools_at_once_do_not_burn();
  test_workspace();
  return lensmith::test::report();
}
