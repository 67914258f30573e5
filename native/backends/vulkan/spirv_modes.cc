#include "backends/vulkan/spirv_modes.h"

namespace lensmith::vulkan {
namespace {

constexpr size_t kHeaderWords = 5;
constexpr uint32_t kOpEntryPoint = 15, kOpExecutionMode = 16, kOpCapability = 17;
constexpr uint32_t kCapability = 4466, kMode = 4461;  // SignedZeroInfNanPreserve
constexpr uint32_t kBits = 32;

uint32_t instruction(uint32_t operation, uint32_t words) { return words << 16 | operation; }

}  // namespace

std::vector<uint32_t> preserving_infinities(const uint32_t* words, size_t count) {
  std::vector<uint32_t> result(words, words + kHeaderWords);
  result.insert(result.end(), {instruction(kOpCapability, 2), kCapability});
  for (size_t at = kHeaderWords; at < count;) {
    const uint32_t length = words[at] >> 16, operation = words[at] & 0xffff;
    result.insert(result.end(), words + at, words + at + length);
    // Modes follow the entry points, of which there is one; its third word names the function.
    if (operation == kOpEntryPoint)
      result.insert(result.end(), {instruction(kOpExecutionMode, 4), words[at + 2], kMode, kBits});
    at += length;
  }
  return result;
}

}  // namespace lensmith::vulkan
