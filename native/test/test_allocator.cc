// Checks the arena and the allocator above it: blocks that lie apart, free neighbours that become
// one, what is given back to the system, limits. Prints `N passed, N failed`.
#include <cstring>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "core/allocator.h"
#include "core/arena.h"
#include "core/error.h"
#include "test/expect.h"

namespace lensmith {
namespace {

using test::expect;

// Host memory that notes what it is asked for.
class NotedMemory final : public MemorySource {
 public:
  void* take(size_t bytes) override {
    if (bytes > most_bytes) return nullptr;
    void* const data = ::operator new (bytes, std::align_val_t{64});
    taken[data] = bytes;
    return data;
  }
  void give_back(void* block) override {
    taken.erase(block);
    ::operator delete (block, std::align_val_t{64});
  }
  bool is_divisible() const override { return true; }
  void discard(void*, size_t bytes) override { discarded += bytes; }
  std::string room() const override { return {}; }

  size_t most_bytes = SIZE_MAX;
  size_t discarded = 0;
  std::map<void*, size_t> taken;
};

constexpr size_t kMiB = size_t{1} << 20;

void test_neighbours_become_one() {
  NotedMemory memory;
  memory.most_bytes = 8 * kMiB;  // pieces of what is asked for
  Arena arena(memory);
  char* const whole = static_cast<char*>(arena.take(8 * kMiB));
  arena.give_back(whole, 8 * kMiB);
  void* const a = arena.take(2 * kMiB);
  void* const b = arena.take(3 * kMiB);
  void* const c = arena.take(3 * kMiB);
  expect(memory.taken.size() == 1 && arena.resident_bytes() == 0, "parts of one piece");
  arena.give_back(a, 2 * kMiB);
  arena.give_back(c, 3 * kMiB);
  expect(arena.fresh_bytes_for(3 * kMiB) == 0, "a free part serves again");
  expect(arena.fresh_bytes_for(5 * kMiB) == static_cast<int64_t>(5 * kMiB), "no two parts apart");
  arena.give_back(b, 3 * kMiB);
  expect(arena.take(8 * kMiB) == whole, "neighbours are one again");
  arena.give_back(whole, 8 * kMiB);
}

void test_gives_back() {
  NotedMemory memory;
  memory.most_bytes = 8 * kMiB;
  Arena arena(memory);
  void* const first = arena.take(8 * kMiB);
  arena.give_back(first, 8 * kMiB);
  void* const kept = arena.take(2 * kMiB);
  arena.trim(static_cast<int64_t>(5 * kMiB));
  expect(arena.resident_bytes() == static_cast<int64_t>(5 * kMiB), "as much as is to be kept");
  expect(memory.discarded == kMiB, "the end of a free range goes");
  arena.trim(0);
  expect(arena.resident_bytes() == 0 && memory.taken.size() == 1, "a used piece stays");
  arena.give_back(kept, 2 * kMiB);
  arena.trim(0);
  expect(memory.taken.empty(), "an unused piece goes");
  memory.most_bytes = kMiB;
  expect(arena.take(2 * kMiB) == nullptr, "no memory, no block");
}

// Random blocks, each filled with its number, which must be there until it is freed.
void test_blocks_lie_apart() {
  NotedMemory memory;
  CachingAllocator allocator(memory);
  std::mt19937 random(7);
  std::vector<std::pair<StorageRef, uint8_t>> blocks;
  bool sound = true;
  const auto is_whole = [](const std::pair<StorageRef, uint8_t>& block) {
    const auto* const data = static_cast<const uint8_t*>(block.first->data());
    const size_t size = block.first->size_bytes();
    return data[0] == block.second && data[size / 2] == block.second &&
           data[size - 1] == block.second && reinterpret_cast<uintptr_t>(data) % 64 == 0;
  };
  for (int i = 0; i < 4000; ++i) {
    if (blocks.size() < 40 && random() % 5 != 0) {
      const size_t size = 1 + random() % (random() % 3 == 0 ? 3000 : 600'000);
      blocks.emplace_back(allocator.allocate(size), static_cast<uint8_t>(i));
      std::memset(blocks.back().first->data(), blocks.back().second, size);
    } else if (!blocks.empty()) {
      std::swap(blocks[random() % blocks.size()], blocks.back());
      sound = sound && is_whole(blocks.back());
      blocks.pop_back();
    }
    if (i % 500 == 0) allocator.trim(static_cast<int64_t>(random() % (4 * kMiB)));
  }
  for (const auto& block : blocks) sound = sound && is_whole(block);
  expect(sound, "no block writes into another");
  blocks.clear();
  expect(allocator.stats().live_bytes == 0 && allocator.stats().live_storages == 0, "all is freed");
  allocator.trim();
  expect(allocator.stats().cached_bytes == 0 && memory.taken.empty(), "all is given back");
}

void test_limit() {
  NotedMemory memory;
  CachingAllocator allocator(memory);
  allocator.set_limit_bytes(static_cast<int64_t>(10 * kMiB));
  StorageRef block = allocator.allocate(8 * kMiB);
  bool refused = false;
  try {
    allocator.allocate(3 * kMiB);
  } catch (const Error&) {
    refused = true;
  }
  expect(refused, "a limit holds");
  block = {};
  expect(static_cast<bool>(allocator.allocate(9 * kMiB)), "what was freed counts as one");
  expect(allocator.excess_bytes(9 * kMiB) == 0, "nothing is too much");
}

}  // namespace
}  // namespace lensmith

int main() {
  lensmith::test_neighbours_become_one();
  lensmith::test_gives_back();
  lensmith::test_blocks_lie_apart();
  lensmith::test_limit();
  return lensmith::test::report();
}
