// How many commands a batch has: more and more while a device is quick, fewer once it is slow; and
// how much work, before anything was measured.
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

// Nothing is measured yet, and nothing is given that takes a slow device seconds.
void test_work() {
  const double most = most_work_of(VK_PHYSICAL_DEVICE_TYPE_INTEGRATED_GPU, false);
  const BatchLength length(most);
  expect(!length.is_full(1, most / 2), "a batch takes more while there is little to do");
  expect(length.is_full(1, most), "and no more once there is enough");
  expect(length.is_full(16, 0), "or commands are many");
  expect(!BatchLength().is_full(1, 1e15), "a quick device is given whatever there is");
  constexpr double kSlowest = 100e9;  // operations a second
  expect(2 * most / kSlowest <= 0.5, "two pieces are half a second for the slowest");
}

void test_pieces() {
  const double most = most_work_of(VK_PHYSICAL_DEVICE_TYPE_INTEGRATED_GPU, false);
  // 2048 tokens by the widths of LLaMA 7B; tiles of 64.
  const double work = 2.0 * 2048 * 4096 * 11008;
  expect(pieces_of(work, most, 172) == 8, "a large product is cut");
  expect(pieces_of(work, most, 3) == 3, "into no more pieces than it has groups");
  expect(pieces_of(0, most, 172) == 1 && pieces_of(most, most, 172) == 1, "a small one is not");
  using Kind = VkPhysicalDeviceType;
  const auto whole = [&](Kind type, bool has_matrices) {
    return pieces_of(1e13, most_work_of(type, has_matrices), 172) == 1;
  };
  expect(whole(VK_PHYSICAL_DEVICE_TYPE_DISCRETE_GPU, true), "nor any on a card with matrix units");
  expect(whole(VK_PHYSICAL_DEVICE_TYPE_CPU, false), "or on none");
  expect(!whole(VK_PHYSICAL_DEVICE_TYPE_DISCRETE_GPU, false), "but on an older card");
  expect(!whole(VK_PHYSICAL_DEVICE_TYPE_OTHER, true), "and on what nobody knows");
  expect(pieces_of(work, most_work_of(VK_PHYSICAL_DEVICE_TYPE_INTEGRATED_GPU, true), 172) == 1,
         "a processor with matrix units takes more at once than others");
}

}  // namespace
}  // namespace lensmith::vulkan

int main() {
  lensmith::vulkan::test_quick();
  lensmith::vulkan::test_slow();
  lensmith::vulkan::test_busy();
  lensmith::vulkan::test_work();
  lensmith::vulkan::test_pieces();
  return lensmith::test::report();
}
