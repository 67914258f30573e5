// What is added to the words of a kernel for drivers that need to be told.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace lensmith::vulkan {

// A compiler may take infinities, NaNs and signs of zeros for impossible unless a kernel says that
// it has them (SignedZeroInfNanPreserve of SPIR-V, for numbers of 32 bits), and kernels do: what is
// masked is -inf. Only for devices that say they can; words: of one entry point, SPIR-V 1.4 or
// newer.
std::vector<uint32_t> preserving_infinities(const uint32_t* words, size_t count);

}  // namespace lensmith::vulkan
