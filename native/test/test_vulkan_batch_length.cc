// How many commands a batch has: more and more while a device is quick, fewer once it is slow.
// Prints `N passed, N failed`.
#include "backends/vulkan/batch_length.h"
#include "test/expect.h"

namespace lensmith::vulkan {
namespace {

using test::expect;

void test_quick() {
  BatchLength length;
  expect(length.commands() == 16, "the first batch is short");
  length.handed_over();
  expect(length.commands() == 32, "the next is longer");
  for (int i = 0; i < 9; ++i) {
    length.waited(0.4);
    length.handed_over();
  }
  expect(length.commands() == 128, "up to a limit");
  length.idle();
  expect(length.commands() == 16, "and short again once the device had nothing to do");
}

// A device that needs so many seconds for a command.
int settled(double seconds_each, double* longest) {
  BatchLength length;
  *longest = 0;
  for (int i = 0; i < 200; ++i) {
    const double seconds = length.commands() * seconds_each;
    if (i >= 20) *longest = std::max(*longest, seconds);
    if (i % 50 == 25) length.idle();
    length.handed_over();
    length.waited(seconds);
  }
  return length.commands();
}

void test_slow() {
  double longest = 0;
  expect(settled(0.001, &longest) == 128, "a quick device has long batches");
  expect(settled(0.02, &longest) >= 8 && longest < 1, "a slow one such that it is soon done with");
  expect(settled(0.2, &longest) >= 1 && longest < 1, "and a slower one");
  expect(settled(5, &longest) == 1, "the slowest one command at a time");
}

void test_busy() {
  BatchLength length;
  for (int i = 0; i < 8; ++i) {
    length.waited(3);
    length.handed_over();
  }
  expect(length.commands() == 1, "a device that does something else has short batches");
  for (int i = 0; i < 20; ++i) {
    length.waited(0.001 * length.commands());
    length.handed_over();
  }
  expect(length.commands() == 128, "and long ones again afterwards");
}

}  // namespace
}  // namespace lensmith::vulkan

int main() {
  lensmith::vulkan::test_quick();
  lensmith::vulkan::test_slow();
  lensmith::vulkan::test_busy();
  return lensmith::test::report();
}
