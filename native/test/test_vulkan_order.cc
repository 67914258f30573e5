// Which commands of the Vulkan backend wait for which: every hazard has its barrier, and what has
// nothing to do with each other has none. Prints `N passed, N failed`.
#include <cstdint>
#include <random>
#include <vector>

#include "backends/vulkan/order.h"
#include "test/expect.h"

namespace lensmith::vulkan {
namespace {

using test::expect;

using Spans = std::vector<Order::Span>;

Order::Span reads(uint64_t begin, uint64_t end) { return {begin, end, false}; }
Order::Span writes(uint64_t begin, uint64_t end) { return {begin, end, true}; }

// An op of one command.
bool waits(Order& order, const Spans& spans, bool has_scratch = false) {
  order.open();
  for (const Order::Span& span : spans) order.touch(span);
  if (has_scratch) order.touch(writes(1 << 20, (1 << 20) + 256));
  const bool answer = order.command();
  order.close();
  return answer;
}

Order begun() {
  Order order;
  expect(waits(order, {reads(0, 64)}), "the first command of all waits");
  return order;
}

void test_hazards() {
  Order order = begun();
  expect(!waits(order, {reads(0, 64), writes(128, 192)}), "two that read the same overlap");
  expect(!waits(order, {reads(0, 64), writes(192, 256)}), "neighbours overlap");
  expect(waits(order, {reads(128, 132)}), "what was written is waited for");
  expect(waits(order, {writes(130, 131)}), "what was read is not written at the same time");
  expect(waits(order, {writes(128, 140)}), "nor what was written");
  expect(!waits(order, {writes(144, 145)}), "the next 16 bytes are others'");
  expect(waits(order, {writes(150, 160)}), "16 bytes are one piece");
}

void test_several_commands() {
  Order order = begun();
  order.open();
  order.touch(writes(512, 576));
  expect(!order.command(), "the first command of an op waits for nobody");
  expect(order.command(), "its second waits for the first");
  order.close();
  expect(waits(order, {reads(512, 516)}), "whoever reads what the op wrote waits");
}

void test_scratch() {
  Order order = begun();
  expect(!waits(order, {writes(512, 576)}, true), "the first to use scratch memory");
  expect(!waits(order, {writes(1024, 1028)}), "one that does not use it");
  expect(waits(order, {writes(2048, 2052)}, true), "the next that does");
}

void test_outside_of_ops() {
  Order order = begun();
  expect(order.command(), "a copy waits for all");
  expect(waits(order, {reads(4096, 4100)}), "all wait for a copy");
  order.demand();
  expect(waits(order, {reads(8192, 8196)}), "a new batch waits for the one before");
}

void test_checks() {
  Order order = begun();
  expect(!waits(order, {writes(512, 516)}), "who writes indices");
  expect(order.aside(512, 516), "a check waits for its indices");
  expect(!order.aside(512, 516), "two checks overlap");
  order.open();
  order.touch(reads(512, 516));
  expect(!order.aside(512, 516), "a check within an op");
  expect(!order.command(), "is nothing that the op waits for");
  order.close();
  expect(waits(order, {writes(512, 516)}), "indices are not written while they are checked");
}

// No two commands between barriers touch the same where one of them writes.
void test_random_orders() {
  std::mt19937 random(7);
  const auto below = [&](uint32_t n) { return random() % n; };
  Order order;
  std::vector<Spans> running;
  bool right = true;
  int barriers = 0;
  for (int round = 0; round < 20000; ++round) {
    Spans spans(1 + below(4));
    for (Order::Span& span : spans) {
      span.begin = below(2000);
      span.end = span.begin + 1 + below(60);
      span.is_written = below(3) == 0;
    }
    if (waits(order, spans)) running.clear(), ++barriers;
    for (const Spans& other : running)
      for (const Order::Span& a : spans)
        for (const Order::Span& b : other)
          right =
              right && (!(a.is_written || b.is_written) || a.end <= b.begin || b.end <= a.begin);
    running.push_back(spans);
  }
  expect(right, "random commands never meet");
  expect(barriers < 20000, "and not each of them waits");
}

}  // namespace
}  // namespace lensmith::vulkan

int main() {
  using namespace lensmith::vulkan;
  test_hazards();
  test_several_commands();
  test_scratch();
  test_outside_of_ops();
  test_checks();
  test_random_orders();
  return lensmith::test::report();
}
