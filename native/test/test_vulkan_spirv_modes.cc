// What is added to a kernel's words, and that nothing else changes. Prints `N passed, N failed`.
#include <algorithm>
#include <cstdint>
#include <vector>

#include "backends/vulkan/spirv_modes.h"
#include "test/expect.h"

namespace lensmith::vulkan {
namespace {

using test::expect;

constexpr uint32_t word(uint32_t operation, uint32_t length) { return length << 16 | operation; }

// Header, a capability, memory model, entry point %4 "main", its size of group.
const std::vector<uint32_t> kKernel = {
    0x07230203,  0x00010500, 11, 20,         0,     // header
    word(17, 2), 1,                                 // OpCapability Shader
    word(14, 3), 5348,       1,                     // OpMemoryModel
    word(15, 5), 5,          4,  0x6e69616d, 0,     // OpEntryPoint GLCompute %4 "main"
    word(16, 6), 4,          17, 256,        1, 1,  // OpExecutionMode %4 LocalSize 256 1 1
};

void test_modes() {
  const std::vector<uint32_t> told = preserving_infinities(kKernel.data(), kKernel.size());
  expect(told.size() == kKernel.size() + 6, "a capability and a mode are added");
  expect(std::equal(kKernel.begin(), kKernel.begin() + 5, told.begin()), "behind the header");
  expect(told[5] == word(17, 2) && told[6] == 4466, "the capability first");
  const std::vector<uint32_t> mode = {word(16, 4), 4, 4461, 32};
  const auto at = std::search(told.begin(), told.end(), mode.begin(), mode.end());
  expect(at - told.begin() == 17, "the mode of that function behind its entry point");
  std::vector<uint32_t> rest = told;
  rest.erase(rest.begin() + 17, rest.begin() + 21);
  rest.erase(rest.begin() + 5, rest.begin() + 7);
  expect(rest == kKernel, "and nothing else");
}

}  // namespace
}  // namespace lensmith::vulkan

int main() {
  lensmith::vulkan::test_modes();
  return lensmith::test::report();
}
