// What a run looks at instead of the whole key space.
#pragma once

#include <cstdint>
#include <keepsum/value.hpp>
#include <string>
#include <vector>

namespace keepsum::reconcile {

struct Selection {
  enum class Kind {
    keys,    // these
    since,   // those of joined rows that were changed since a time
    sample,  // stored keys at random, each with the open range up to the next stored one
  };
  Kind kind = Kind::keys;
  std::vector<std::vector<db::Value>> keys;  // keys: in the order of the plan's keys
  std::string since{};                       // since: "2026-03-01 04:00:00", UTC
  double share = 0;                          // sample: of the stored keys, 0 to 1
};
// "keys", "since", "sample"
[[nodiscard]] std::string_view to_string(Selection::Kind kind) noexcept;

// Keys of one run that was given a time; more than that is work for a whole tour.
inline constexpr std::size_t since_keys_max = 1'000'000;

}  // namespace keepsum::reconcile
