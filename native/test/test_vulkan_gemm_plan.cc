// How products are dealt out to a device with cooperative matrices: which tiles are split along K,
// and into how many parts. Prints `N passed, N failed`.
#include <algorithm>
#include <cstdint>
#include <string>

#include "backends/vulkan/gemm_plan.h"
#include "test/expect.h"

namespace lensmith::vulkan {
namespace {

using test::expect;

// Of a card of NVIDIA; of the software driver that the tests run on.
constexpr Cooperative kCard{true, DType::bf16, 16, 16, 16, 32, true};
constexpr Cooperative kSoftware{true, DType::f16, 8, 8, 8, 8, true};
constexpr int64_t kSharedBytes = 48 << 10;

int64_t up(int64_t a, int64_t b) { return (a + b - 1) / b; }

// As the device does it: rounds of `room` tiles each.
int64_t rounds(int64_t tiles, int64_t room) { return up(tiles, room); }

std::string about(int64_t room, int64_t down, int64_t across, int64_t k) {
  return std::to_string(down) + " by " + std::to_string(across) + " tiles, K " + std::to_string(k) +
         ", room for " + std::to_string(room);
}

void test_shapes() {
  const CoopShape large = coop_shape_for(kCard, kSharedBytes, {4096, 4096, 4096});
  expect(tile_m(kCard, large) == 128 && tile_n(kCard, large) == 128, "large tiles of a large one");
  const CoopShape small = coop_shape_for(kCard, kSharedBytes, {512, 512, 4096});
  expect(tile_m(kCard, small) == 64 && tile_n(kCard, small) == 64, "small ones of a small one");
  const CoopShape tight = coop_shape_for(kCard, 16 << 10, {4096, 4096, 4096});
  expect(tile_m(kCard, tight) == 64, "and where shared memory is short");
  Cooperative wide = kCard;
  wide.subgroup = 128;
  expect(tile_m(wide, coop_shape_for(wide, kSharedBytes, {4096, 4096, 64})) == 64,
         "and where a group would have too many threads");
  const CoopShape imitated = coop_shape_for(kSoftware, kSharedBytes, {4096, 4096, 4096});
  expect(tile_m(kSoftware, imitated) == 128, "tiles are as large of smaller matrices");
}

void test_parts() {
  expect(parts_of_k(132, 1, 4096) == 16, "a single tile has a part for each 256 of K");
  expect(parts_of_k(132, 1, 1 << 20) == 32, "but no more than 32");
  expect(parts_of_k(132, 100, 4096) == 5, "some tiles share the device");
  expect(parts_of_k(132, 600, 4096) == 1, "many tiles fill it");
  expect(parts_of_k(0, 100, 4096) == 5, "one that does not tell its cores counts as large");
  expect(parts_of_k(0, 100, 300) == 1, "a short K is left whole");
}

void test_rest() {
  // 3268 tokens by the widths of LLaMA 7B on a card of 132 cores, two groups each.
  const Rest square = rest_of(264, 26, 32, 4096);
  expect(square.first_row_of_tiles == 24 && square.parts > 1, "40 tiles of 832 are left over");
  expect(rest_of(0, 26, 32, 4096).parts == 1, "nothing is split where cores are not known");
  expect(rest_of(264, 33, 8, 4096).parts == 1, "nor where the device is full");
  expect(rest_of(264, 8, 32, 4096).parts == 1, "nor where it never is: see parts_of_k");
  expect(rest_of(264, 26, 32, 400).parts == 1, "nor of a short K");
  expect(rest_of(264, 1000, 264, 4096).parts == 1, "nor where there is nothing over");
  expect(rest_of(264, 1000, 265, 4096).parts == 1, "nor where it is next to nothing of all");
}

// For any device and product: what is split is less work for the device, never all of the product,
// since what overlaps in gemm_coop.cc is the tiles before it, and worth joining.
void test_every_rest() {
  int64_t split = 0;
  bool right = true;
  const auto check = [&](bool holds, const std::string& what) {
    if (!holds && right) expect(false, what);
    right = right && holds;
  };
  for (const int64_t room : {2, 4, 7, 56, 112, 264, 528})
    for (int64_t down = 1; down <= 64; ++down)
      for (int64_t across = 1; across <= 1200; across = across < 40 ? across + 1 : across * 7 / 5)
        for (const int64_t k : {64, 512, 800, 4096, 11008}) {
          const Rest rest = rest_of(room, down, across, k);
          if (rest.parts == 1) continue;
          ++split;
          const std::string what = about(room, down, across, k);
          const int64_t whole = rest.first_row_of_tiles * across, tiles = down * across;
          check(rest.first_row_of_tiles > 0 && rest.first_row_of_tiles < down,
                "rows before and behind the cut: " + what);
          check(whole <= tiles / room * room, "whole tiles fit full rounds: " + what);
          check(rest.parts <= 8 && k / rest.parts >= 256, "parts that are worth it: " + what);
          const auto parts = static_cast<double>(rest.parts);
          const double time =
              static_cast<double>(rounds(whole, room)) +
              static_cast<double>(rounds((tiles - whole) * rest.parts, room)) / parts;
          check(time < static_cast<double>(rounds(whole, room) + rounds(tiles - whole, room)),
                "it takes less time: " + what);
        }
  expect(right && split > 1000, "every product that is split is split rightly");
}

}  // namespace
}  // namespace lensmith::vulkan

int main() {
  using namespace lensmith::vulkan;
  test_shapes();
  test_parts();
  test_rest();
  test_every_rest();
  return lensmith::test::report();
}
