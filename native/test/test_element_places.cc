// What is made of a device's answer where the elements of its small matrices are: forms that
// kernels can go by, and forms that they must not. Prints `N passed, N failed`.
#include <cstdint>
#include <vector>

#include "backends/vulkan/element_places.h"
#include "test/expect.h"

namespace lensmith::vulkan {
namespace {

using test::expect;

struct Place {
  uint32_t row, column;
};

// places(thread, element, of_factor)
template <class Places>
std::vector<uint32_t> answer_of(const Cooperative& form, Places&& places) {
  std::vector<uint32_t> words = {kElementsAsked, kElementsAsked};
  for (uint32_t thread = 0; thread < form.subgroup; ++thread) {
    for (uint32_t element = 0; element < kElementsAsked; ++element) {
      for (const bool of_factor : {false, true}) {
        const Place place = places(thread, element, of_factor);
        words.push_back(place.row), words.push_back(place.column);
      }
    }
  }
  return words;
}

Cooperative form_of(uint32_t side, uint32_t subgroup) {
  Cooperative form;
  form.usable = true;
  form.m = form.n = form.k = side;
  form.subgroup = subgroup;
  return form;
}

// As an H200 answered: two rows a thread, four threads a row.
Place of_card(uint32_t thread, uint32_t element) {
  return {thread / 4 + 8 * (element >> 2), 2 * (thread % 4) + element % 2 + 8 * (element >> 1 & 1)};
}

void test_card() {
  const Cooperative form = form_of(16, 32);
  const auto words = answer_of(form, [](uint32_t t, uint32_t e, bool) { return of_card(t, e); });
  expect(words.size() == element_answer_words(form), "an answer has its words");
  const ElementPlaces places = read_element_places(form, words.data());
  expect(places.known, "a card's places are known");
  expect(places.slot_mask == 4, "the third bit of the number chooses the row");
  expect(places.share_mask == 3, "four threads share a row");
  expect(places.order == 0x76543210, "factors lie as sums do");
}

// As lavapipe answers: a thread has a column.
void test_columns() {
  const Cooperative form = form_of(8, 8);
  const auto words = answer_of(form, [](uint32_t t, uint32_t e, bool) { return Place{e, t}; });
  const ElementPlaces places = read_element_places(form, words.data());
  expect(places.known && places.slot_mask == 7 && places.share_mask == 7, "columns are known");
}

void test_other_order() {
  const Cooperative form = form_of(16, 32);
  const auto swapped = [](uint32_t t, uint32_t e, bool of_factor) {
    return of_card(t, of_factor ? e ^ 2 : e);
  };
  const auto words = answer_of(form, swapped);
  const ElementPlaces places = read_element_places(form, words.data());
  expect(places.known && places.order == 0x54761032, "factors in another order are found");
}

void test_unknown() {
  const Cooperative form = form_of(16, 32);
  const auto is_known = [&](const std::vector<uint32_t>& words) {
    return read_element_places(form, words.data()).known;
  };
  const auto same = [](uint32_t t, uint32_t e, bool) { return of_card(t, e); };
  std::vector<uint32_t> more = answer_of(form, same);
  more[1] = 2 * kElementsAsked;
  expect(!is_known(more), "factors that are kept twice are not taken for sums");
  std::vector<uint32_t> twice = answer_of(form, same);
  twice[2] = twice[6], twice[3] = twice[7];
  expect(!is_known(twice), "an element that is told twice spoils the answer");
  const auto turned = [](uint32_t t, uint32_t e, bool of_factor) {
    const Place place = of_card(t, e);
    return of_factor ? Place{place.column, place.row} : place;
  };
  expect(!is_known(answer_of(form, turned)), "factors that lie elsewhere are not taken for sums");
  const auto sheared = [](uint32_t t, uint32_t e, bool) {
    const Place place = of_card(t, e);
    return Place{(place.row + place.column) % 16, place.column};
  };
  expect(!is_known(answer_of(form, sheared)), "rows that change with every bit are not known");
}

}  // namespace
}  // namespace lensmith::vulkan

int main() {
  using namespace lensmith::vulkan;
  test_card();
  test_columns();
  test_other_order();
  test_unknown();
  return lensmith::test::report();
}
