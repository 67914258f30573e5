// Where a device keeps the elements of its small matrices. VK_KHR_cooperative_matrix leaves open
// which thread has which; a device is asked once (shaders/element_places_coop.comp), and where the
// answer is of the form below, kernels work on elements in registers.
#pragma once

#include <cstdint>

#include "backends/vulkan/cooperative.h"

namespace lensmith::vulkan {

struct ElementPlaces {
  // Elements are numbered by thread and by number in the thread. known: the row of a sum follows
  // from the thread and those bits of the number that slot_mask names, side by side; threads whose
  // numbers differ in the bits of share_mask alone have the same rows; and a thread has the same
  // places of a left factor as of a sum, the i-th of them as element (order >> 4 i) & 15.
  bool known = false;
  uint32_t slot_mask = 0, share_mask = 0, order = 0;
};

// Of each thread, so many.
inline constexpr uint32_t kElementsAsked = 8;

// Words that the answer has.
uint32_t element_answer_words(const Cooperative& form);

// What an answer says.
ElementPlaces read_element_places(const Cooperative& form, const uint32_t* answer);

}  // namespace lensmith::vulkan
