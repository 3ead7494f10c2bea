// The business: what a card may spend, and what is written when it does. The part to read first.
//
// Every function here works inside a transaction that its caller begins, and commits unless the
// answer is a refusal (see transactions.hpp). None knows of HTTP or of threads.
#pragma once

#include <cstdint>
#include <keepsum/reader.hpp>
#include <keepsum/summaries.hpp>
#include <optional>
#include <string>
#include <utility>

#include "database.hpp"
#include "transactions.hpp"

namespace payment_service {

// A card's row of the summary card_activity. Amounts are cents.
struct Card {
  std::int64_t total_spent = 0;  // authorized, less what was refunded
  std::int64_t pending = 0;      // the part of it that is not captured yet
  std::int64_t payments = 0;
  std::int64_t refunds = 0;
  bool has_made_transactions = false;
};

struct CardPage {
  std::int64_t id = 0;
  std::int64_t limit = 0;
  Card card;
};

struct Authorization {
  std::int64_t card_id = 0;
  std::int64_t amount = 0;
  std::string merchant;
  std::string idempotency_key;
};

struct Refund {
  std::int64_t payment_id = 0;
  std::optional<std::int64_t> amount;  // all that is left, unless it says how much
  std::string idempotency_key;
};

struct Payment {
  std::int64_t id = 0;
  std::int64_t card_id = 0;
  std::string merchant;
  std::int64_t amount = 0;
  std::int64_t refunded = 0;
  bool captured = false;
  bool first_of_card = false;
};

// `replayed`: this request was carried out before, and nothing was written this time.
struct Receipt {
  Payment payment;
  bool replayed = false;
};

// Immutable: all threads share one.
class Payments {
 public:
  template <class T>
  using Result = keepsum::Result<T>;

  // Errors: invalid_argument if the spec's card_activity is not the one these functions expect.
  static Result<Payments> make(keepsum::Summaries summaries);

  // Refused: not_found (the card), limit_exceeded, conflict (the key named another request).
  Result<Answer<Receipt>> authorize(Connection& connection, const Authorization& request) const;
  // Refused: not_found, conflict (refunded in full).
  Result<Answer<Receipt>> capture(Connection& connection, std::int64_t payment_id) const;
  // Refused: not_found, conflict (more than is left, the key named another request).
  Result<Answer<Receipt>> refund(Connection& connection, const Refund& request) const;
  // Reads only; needs no transaction. Refused: not_found.
  Result<Answer<CardPage>> card_page(Connection& connection, std::int64_t card_id) const;

 private:
  Payments(keepsum::Summaries summaries, keepsum::Reader<Card> cards)
      : summaries_(std::move(summaries)), cards_(std::move(cards)) {}

  keepsum::Summaries summaries_;
  keepsum::Reader<Card> cards_;
};

}  // namespace payment_service
