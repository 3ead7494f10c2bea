#include "payments.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

namespace payment_service {

using keepsum::UnitOfWork;
using keepsum::db::as_int64;
using keepsum::db::as_text;
using keepsum::db::Value;

namespace {

template <class T>
using Result = keepsum::Result<T>;
using Session = keepsum::db::Session;

Refusal no_such_card(std::int64_t id) {
  return {Refusal::Kind::not_found, "no such card", fmt::format("there is no card {}", id),
          "check the card_id"};
}

Refusal no_such_payment(std::int64_t id) {
  return {Refusal::Kind::not_found, "no such payment", fmt::format("there is no payment {}", id),
          "use the payment_id that POST /payments returned"};
}

Refusal limit_exceeded(const Authorization& request, std::int64_t spent, std::int64_t limit) {
  const std::int64_t left = limit - spent;
  return {Refusal::Kind::limit_exceeded, "limit exceeded",
          fmt::format("card {} has spent {} of {}; {} more would pass its limit", request.card_id,
                      spent, limit, request.amount),
          left > 0 ? fmt::format("ask for at most {}", left)
                   : "nothing is left until a payment is refunded"};
}

Refusal key_used_before() {
  return {Refusal::Kind::conflict, "idempotency key used before",
          "a request with other contents was carried out under this idempotency_key",
          "send a key of its own with each request, and the same one only to repeat it"};
}

Result<std::optional<std::int64_t>> spending_limit(Session& session, std::int64_t card_id) {
  const std::array<Value, 1> id{card_id};
  KEEPSUM_ASSIGN(const auto row, session.row("SELECT spending_limit FROM cards WHERE id = ?", id));
  if (!row) return std::optional<std::int64_t>{};
  return std::optional(as_int64((*row)[0]));
}

// What was booked under a key, if anything was.
struct Booking {
  std::int64_t payment_id = 0;
  std::string kind;
  std::int64_t amount = 0;
};

Result<std::optional<Booking>> find_booking(Session& session, const std::string& idempotency_key) {
  const std::array<Value, 1> key{idempotency_key};
  KEEPSUM_ASSIGN(const auto row,
                 session.row("SELECT payment_id, kind, amount FROM balance_transactions "
                             "WHERE idempotency_key = ?",
                             key));
  if (!row) return std::optional<Booking>{};
  return std::optional(Booking{as_int64((*row)[0]), as_text((*row)[1]), as_int64((*row)[2])});
}

Result<std::optional<Payment>> find_payment(Session& session, std::int64_t id) {
  const std::array<Value, 1> key{id};
  KEEPSUM_ASSIGN(const auto row,
                 session.row("SELECT p.card_id, p.merchant, p.amount, p.captured, p.first_of_card, "
                             "(SELECT COALESCE(-SUM(t.amount), 0) FROM balance_transactions t "
                             "WHERE t.payment_id = p.id AND t.kind = 'refund') "
                             "FROM payments p WHERE p.id = ?",
                             key));
  if (!row) return std::optional<Payment>{};
  const keepsum::db::Row& columns = *row;
  return std::optional(Payment{.id = id,
                               .card_id = as_int64(columns[0]),
                               .merchant = as_text(columns[1]),
                               .amount = as_int64(columns[2]),
                               .refunded = as_int64(columns[5]),
                               .captured = as_int64(columns[3]) != 0,
                               .first_of_card = as_int64(columns[4]) != 0});
}

// The new row's id; nothing if the key is taken after all. Who holds the card's lock has looked for
// the key, so only a request for another card can have taken it since: the unique index is what
// sees that.
Result<std::optional<std::int64_t>> insert_booking(Connection& connection, std::int64_t payment_id,
                                                   const char* kind, std::int64_t amount,
                                                   const std::string& idempotency_key) {
  const std::array<Value, 4> values{payment_id, std::string(kind), amount, idempotency_key};
  const auto inserted = connection.session().execute(
      "INSERT INTO balance_transactions (payment_id, kind, amount, idempotency_key) "
      "VALUES (?, ?, ?, ?)",
      values);
  if (inserted.has_value()) return std::optional(connection.inserted_id());
  if (connection.is_duplicate_key(inserted.error())) return std::optional<std::int64_t>{};
  return inserted.error();
}

}  // namespace

Result<Payments> Payments::make(keepsum::Summaries summaries) {
  using keepsum::field;
  KEEPSUM_ASSIGN(auto cards,
                 keepsum::Reader<Card>::make(
                     summaries, "card_activity", field("total_spent", &Card::total_spent),
                     field("pending", &Card::pending), field("payments", &Card::payments),
                     field("refunds", &Card::refunds),
                     field("has_made_transactions", &Card::has_made_transactions)));
  return Payments(std::move(summaries), std::move(cards));
}

Result<Answer<Receipt>> Payments::authorize(Connection& connection,
                                            const Authorization& request) const {
  Session& session = connection.session();
  // 1. From here on this transaction has the card to itself.
  KEEPSUM_ASSIGN(const Card card, cards_.get_for_update(session, {request.card_id}));

  // 2. Was it carried out before? Not asked any earlier: a first try still under way would be
  // missed, and its lock has just been waited for.
  KEEPSUM_ASSIGN(const auto booking, find_booking(session, request.idempotency_key));
  if (booking) {
    KEEPSUM_ASSIGN(const auto payment, find_payment(session, booking->payment_id));
    if (!payment || booking->kind != "authorization" || payment->card_id != request.card_id ||
        payment->amount != request.amount || payment->merchant != request.merchant) {
      return key_used_before();
    }
    return Receipt{*payment, true};
  }

  // 3. The limit. Nobody else can spend from this card before this transaction ends.
  KEEPSUM_ASSIGN(const auto limit, spending_limit(session, request.card_id));
  if (!limit) return no_such_card(request.card_id);
  if (request.amount > *limit - card.total_spent) {
    return limit_exceeded(request, card.total_spent, *limit);
  }

  // 4. The service's own rows.
  Payment payment{.card_id = request.card_id,
                  .merchant = request.merchant,
                  .amount = request.amount,
                  .first_of_card = !card.has_made_transactions};
  const std::array<Value, 4> values{payment.card_id, payment.merchant, payment.amount,
                                    std::int64_t{payment.first_of_card}};
  KEEPSUM_TRY(session.execute(
      "INSERT INTO payments (card_id, merchant, amount, first_of_card) VALUES (?, ?, ?, ?)",
      values));
  payment.id = connection.inserted_id();
  KEEPSUM_ASSIGN(const auto booked, insert_booking(connection, payment.id, "authorization",
                                                   payment.amount, request.idempotency_key));
  if (!booked) return key_used_before();

  // 5. The summary, by one statement.
  UnitOfWork unit(summaries_, session);
  KEEPSUM_TRY(unit.inserted("payments", {payment.id}));
  KEEPSUM_TRY(unit.inserted("balance_transactions", {*booked}));
  KEEPSUM_TRY(unit.apply());
  return Receipt{payment, false};
}

Result<Answer<Receipt>> Payments::capture(Connection& connection, std::int64_t payment_id) const {
  Session& session = connection.session();
  KEEPSUM_ASSIGN(auto payment, find_payment(session, payment_id));
  if (!payment) return no_such_payment(payment_id);
  // Whose card it is never changes. All else is read again, once the card is locked.
  KEEPSUM_TRY(cards_.get_for_update(session, {payment->card_id}));
  KEEPSUM_ASSIGN(payment, find_payment(session, payment_id));
  if (payment->captured) return Receipt{*payment, true};
  if (payment->refunded == payment->amount) {
    return Refusal{Refusal::Kind::conflict, "payment refunded",
                   fmt::format("payment {} was refunded in full", payment_id),
                   "authorize a new payment"};
  }

  const keepsum::PrimaryKey key{payment_id};
  UnitOfWork unit(summaries_, session);
  KEEPSUM_TRY(unit.updating("payments", key));  // reads what the row has contributed so far
  KEEPSUM_TRY(session.execute("UPDATE payments SET captured = 1 WHERE id = ?", key));
  KEEPSUM_TRY(unit.apply());
  payment->captured = true;
  return Receipt{*payment, false};
}

Result<Answer<Receipt>> Payments::refund(Connection& connection, const Refund& request) const {
  Session& session = connection.session();
  KEEPSUM_ASSIGN(auto payment, find_payment(session, request.payment_id));
  if (!payment) return no_such_payment(request.payment_id);
  KEEPSUM_TRY(cards_.get_for_update(session, {payment->card_id}));
  KEEPSUM_ASSIGN(payment, find_payment(session, request.payment_id));

  KEEPSUM_ASSIGN(const auto booking, find_booking(session, request.idempotency_key));
  if (booking) {
    const bool same = booking->kind == "refund" && booking->payment_id == request.payment_id &&
                      (!request.amount || *request.amount == -booking->amount);
    if (!same) return key_used_before();
    return Receipt{*payment, true};
  }
  const std::int64_t left = payment->amount - payment->refunded;
  const std::int64_t amount = request.amount.value_or(left);
  if (left == 0 || amount > left) {
    return Refusal{
        Refusal::Kind::conflict, "refund exceeds the payment",
        fmt::format("payment {} has {} left to refund, of {}", payment->id, left, payment->amount),
        left == 0 ? "there is nothing more to refund" : fmt::format("refund at most {}", left)};
  }

  KEEPSUM_ASSIGN(const auto booked, insert_booking(connection, payment->id, "refund", -amount,
                                                   request.idempotency_key));
  if (!booked) return key_used_before();
  UnitOfWork unit(summaries_, session);
  KEEPSUM_TRY(unit.inserted("balance_transactions", {*booked}));
  KEEPSUM_TRY(unit.apply());
  payment->refunded += amount;
  return Receipt{*payment, false};
}

Result<Answer<CardPage>> Payments::card_page(Connection& connection, std::int64_t card_id) const {
  Session& session = connection.session();
  KEEPSUM_ASSIGN(const auto limit, spending_limit(session, card_id));
  if (!limit) return no_such_card(card_id);
  KEEPSUM_ASSIGN(const Card card, cards_.get(session, {card_id}));
  return CardPage{card_id, *limit, card};
}

}  // namespace payment_service
