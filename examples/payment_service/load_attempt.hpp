// What the load generator asks for: the same attempts in every run, from their numbers alone.
#pragma once

#include <cstdint>

namespace payment_service {

// Well mixed bits of a number (splitmix64).
[[nodiscard]] constexpr std::uint64_t mixed(std::uint64_t number) {
  number += 0x9e3779b97f4a7c15U;
  number = (number ^ (number >> 30)) * 0xbf58476d1ce4e5b9U;
  number = (number ^ (number >> 27)) * 0x94d049bb133111ebU;
  return number ^ (number >> 31);
}

// Of a hundred attempts 85 are authorizations; one in twenty of those repeats the attempt before
// it, key and all, most likely while that is still under way. 5 are refunds and 5 captures of
// payments that were accepted in this run, and 5 look at a card.
struct Attempt {
  enum class Kind { authorize, refund, capture, look };
  Kind kind = Kind::authorize;
  std::uint64_t number = 0;
  std::uint64_t key = 0;  // the number, or that of the attempt it repeats
  std::int64_t card = 0;
  std::int64_t amount = 0;   // cents, 1.00 to 50.00
  std::uint64_t choice = 0;  // which of the accepted payments a refund or capture is for
};

[[nodiscard]] constexpr Attempt::Kind kind_of_attempt(std::uint64_t number) {
  const std::uint64_t of_hundred = mixed(number) % 100;
  if (of_hundred < 85) return Attempt::Kind::authorize;
  if (of_hundred < 90) return Attempt::Kind::refund;
  return of_hundred < 95 ? Attempt::Kind::capture : Attempt::Kind::look;
}

[[nodiscard]] constexpr Attempt attempt(std::uint64_t number, std::uint64_t cards) {
  Attempt made;
  made.kind = kind_of_attempt(number);
  made.number = number;
  made.key = number;
  const bool repeats = number > 0 && made.kind == Attempt::Kind::authorize &&
                       kind_of_attempt(number - 1) == Attempt::Kind::authorize &&
                       mixed(number) / 100 % 20 == 0;
  if (repeats) made.key = number - 1;
  const std::uint64_t bits = mixed(~made.key);
  made.card = static_cast<std::int64_t>(bits % cards + 1);
  made.amount = static_cast<std::int64_t>(100 + bits / cards % 4901);
  made.choice = bits;
  return made;
}

}  // namespace payment_service
