#include "backends/vulkan/element_places.h"

#include <vector>

namespace lensmith::vulkan {
namespace {

struct Place {
  uint32_t row, column;
  bool operator==(const Place& other) const { return row == other.row && column == other.column; }
};

class Answer {
 public:
  Answer(const Cooperative& form, const uint32_t* words)
      : threads_(form.subgroup), words_(words + 2) {}

  Place sum(uint32_t thread, uint32_t element) const { return at(thread, element, 0); }
  Place factor(uint32_t thread, uint32_t element) const { return at(thread, element, 2); }

  template <class Holds>
  bool all(Holds&& holds) const {
    for (uint32_t thread = 0; thread < threads_; ++thread)
      for (uint32_t element = 0; element < kElementsAsked; ++element)
        if (!holds(thread, element)) return false;
    return true;
  }

 private:
  Place at(uint32_t thread, uint32_t element, uint32_t which) const {
    const uint32_t* const place = words_ + 4 * (thread * kElementsAsked + element) + which;
    return {place[0], place[1]};
  }

  uint32_t threads_;
  const uint32_t* words_;
};

uint32_t slot_mask_of(const Answer& answer) {
  uint32_t mask = 0;
  for (uint32_t bit = 1; bit < kElementsAsked; bit *= 2) {
    const bool same = answer.all([&](uint32_t thread, uint32_t element) {
      return answer.sum(thread, element).row == answer.sum(thread, element ^ bit).row;
    });
    if (!same) mask |= bit;
  }
  return mask;
}

uint32_t share_mask_of(const Answer& answer, uint32_t threads) {
  uint32_t mask = 0;
  for (uint32_t bit = 1; bit < threads; bit *= 2) {
    const bool same = answer.all([&](uint32_t thread, uint32_t element) {
      return answer.sum(thread, element).row == answer.sum(thread ^ bit, element).row;
    });
    if (same) mask |= bit;
  }
  return mask;
}

// Whether factors lie as sums do, and in which order.
bool find_order(const Answer& answer, uint32_t* order) {
  for (uint32_t i = 0; i < kElementsAsked; ++i) {
    uint32_t among = 0;
    const auto fits = [&](uint32_t thread, uint32_t) {
      return answer.factor(thread, i) == answer.sum(thread, among);
    };
    while (among < kElementsAsked && !answer.all(fits)) ++among;
    if (among == kElementsAsked) return false;
    *order |= among << (4 * i);
  }
  return true;
}

// Whether every element of a small matrix was told, each once.
bool is_whole(const Cooperative& form, const Answer& answer) {
  std::vector<bool> seen(size_t{form.m} * form.n);
  return answer.all([&](uint32_t thread, uint32_t element) {
    const Place place = answer.sum(thread, element);
    if (place.row >= form.m || place.column >= form.n) return false;
    const size_t at = size_t{place.row} * form.n + place.column;
    if (seen[at]) return false;
    seen[at] = true;
    return true;
  });
}

uint32_t bits_of(uint32_t mask) {
  uint32_t bits = 0;
  for (; mask != 0; mask &= mask - 1) ++bits;
  return bits;
}

}  // namespace

uint32_t element_answer_words(const Cooperative& form) {
  return 2 + 4 * form.subgroup * kElementsAsked;
}

ElementPlaces read_element_places(const Cooperative& form, const uint32_t* words) {
  ElementPlaces places;
  const bool is_asked_whole = words[0] == kElementsAsked && words[1] == kElementsAsked;
  const bool is_power = (form.subgroup & (form.subgroup - 1)) == 0;
  // Sums become factors matrix by matrix.
  const bool is_square = form.n == form.k;
  if (!is_asked_whole || !is_power || !is_square) return places;
  const Answer answer(form, words);
  if (!is_whole(form, answer)) return places;
  places.slot_mask = slot_mask_of(answer);
  places.share_mask = share_mask_of(answer, form.subgroup);
  const uint32_t unit = places.slot_mask & (~places.slot_mask + 1);
  const uint32_t slots = places.slot_mask == 0 ? 1 : places.slot_mask / unit + 1;
  const bool side_by_side = (slots & (slots - 1)) == 0;
  const bool all_rows = (form.subgroup >> bits_of(places.share_mask)) * slots == form.m;
  places.known = side_by_side && all_rows && find_order(answer, &places.order);
  return places;
}

}  // namespace lensmith::vulkan
