// Counting what holds, for tests that need nothing else of support.h.
#pragma once

#include <cstdio>
#include <string>

namespace lensmith::test {

inline int passed = 0, failed = 0;

inline void expect(bool condition, const std::string& what) {
  condition ? ++passed : ++failed;
  if (!condition) std::fprintf(stderr, "FAILED %s\n", what.c_str());
}

// The line that the run adds up, and the status of the process.
inline int report() {
  std::printf("%d passed, %d failed\n", passed, failed);
  return failed == 0 ? 0 : 1;
}

}  // namespace lensmith::test
