// What is wrong with how a command was called.
#pragma once

#include <keepsum/error.hpp>
#include <string>

namespace keepsum::cli {

inline Error usage(std::string message, std::string hint = {}) {
  Error error;
  error.code = ErrorCode::invalid_argument;
  error.message = std::move(message);
  error.hint = std::move(hint);
  return error;
}

}  // namespace keepsum::cli
