// Payments by card, and a reader of them.
#pragma once

#include <cstdint>
#include <keepsum/reader.hpp>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "engine/lifecycle/control.hpp"
#include "tests/integration/engine_application.hpp"

namespace keepsum::test {

template <class T>
T must(Result<T> result) {
  if (result.has_error()) throw std::runtime_error(describe(result.error()));
  return std::move(result).value();
}
inline void must(const Result<void>& result) {
  if (result.has_error()) throw std::runtime_error(describe(result.error()));
}

// internal if there is no error.
template <class T>
ErrorCode code_of(const Result<T>& result) {
  return result.has_error() ? result.error().code : ErrorCode::internal;
}

struct Card {
  std::int64_t total = 0;
  std::int64_t payments = 0;
  bool has_paid = false;
  bool has_refund = false;
};

inline std::vector<std::string> payments_tables() {
  return {
      "CREATE TABLE payments (id BIGINT NOT NULL PRIMARY KEY, card BIGINT NOT NULL, amount "
      "BIGINT NOT NULL, approved INT NOT NULL)",
      "CREATE INDEX payments_card ON payments (card)"};
}

inline std::string cards_spec() {
  return R"json("cards": {"from": "payments p", "group_by": {"card": "p.card"},
    "aggregates": {"total": "sum(p.amount)", "payments": "count(*)",
                   "has_paid": "latch(p.approved = 1)", "has_refund": "any(p.amount < 0)"}})json";
}

inline Result<Reader<Card>> cards_reader(const Summaries& summaries) {
  return Reader<Card>::make(summaries, "cards", field("total", &Card::total),
                            field("payments", &Card::payments), field("has_paid", &Card::has_paid),
                            field("has_refund", &Card::has_refund));
}

}  // namespace keepsum::test
