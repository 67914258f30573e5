// Which checks of indices the Vulkan backend leaves out: those that were asked for before, of
// values that nobody wrote since. Prints `N passed, N failed`.
#include "backends/vulkan/checks.h"
#include "test/expect.h"

namespace lensmith::vulkan {
namespace {

using test::expect;

Checks::Check indices(uint64_t begin, int64_t limit) {
  return {begin, begin + 16, 0, limit, false};
}

void test_repeats() {
  Checks checks;
  expect(!checks.repeats(indices(64, 10)), "the first check of all is made");
  expect(checks.repeats(indices(64, 10)), "the second of the same is not");
  expect(!checks.repeats(indices(64, 9)), "one of fewer rows is");
  expect(!checks.repeats(indices(80, 10)), "and one of others");
  Checks::Check other = indices(64, 10);
  other.lowest = -1;
  expect(!checks.repeats(other), "and one from another number on");
  other = indices(64, 10);
  other.offsets = true;
  expect(!checks.repeats(other), "and one of offsets");
  checks.forget();
  expect(!checks.repeats(indices(64, 10)), "whoever asks again after a wait is answered again");
}

void test_writes() {
  Checks checks;
  checks.repeats(indices(64, 10));
  checks.wrote(0, 64);
  checks.wrote(80, 96);
  expect(checks.repeats(indices(64, 10)), "what is written beside them changes nothing");
  for (const uint64_t begin : {uint64_t{49}, uint64_t{64}, uint64_t{79}}) {
    checks.wrote(begin, begin + 16);
    expect(!checks.repeats(indices(64, 10)), "what was written is checked again");
  }
}

void test_many() {
  Checks checks;
  for (uint64_t i = 0; i < 100; ++i) checks.repeats(indices(16 * i, 10));
  expect(checks.repeats(indices(16 * 99, 10)), "the last of many is known");
  expect(!checks.repeats(indices(0, 10)), "the first of many is checked again");
}

}  // namespace
}  // namespace lensmith::vulkan

int main() {
  using namespace lensmith::vulkan;
  test_repeats();
  test_writes();
  test_many();
  return lensmith::test::report();
}
