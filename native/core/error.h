// The one exception of the native side. The binding turns it into a LensmithError in JavaScript.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>

namespace lensmith {

class Error : public std::runtime_error {
 public:
  Error(std::string code, const std::string& message, std::string expected = {},
        std::string got = {}, std::string hint = {})
      : std::runtime_error(message),
        code(std::move(code)),
        expected(std::move(expected)),
        got(std::move(got)),
        hint(std::move(hint)) {}

  std::string code;
  std::string expected;
  std::string got;
  std::string hint;
};

}  // namespace lensmith
