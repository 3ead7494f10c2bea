// A fuzz target is a function of bytes. It returns however they are refused, and throws Broken
// where something that is promised of any input does not hold.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace keepsum::fuzz {

struct Broken : std::logic_error {
  using std::logic_error::logic_error;
};

inline void require(bool holds, const std::string& otherwise) {
  if (!holds) throw Broken(otherwise);
}

// What may go to a terminal or a log: UTF-8, and no character that either would act on.
void require_printable(const std::string& text);

}  // namespace keepsum::fuzz

// libFuzzer calls the target; the tests call the function itself.
#ifdef KEEPSUM_FUZZ
#define KEEPSUM_FUZZ_ENTRY(call)                                                      \
  extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size); \
  int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {           \
    const std::string_view input(reinterpret_cast<const char*>(bytes), size);         \
    call;                                                                             \
    return 0;                                                                         \
  }
#else
#define KEEPSUM_FUZZ_ENTRY(call)
#endif
