#include "api_replies.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cstdio>

namespace payment_service {

namespace json = boost::json;

namespace {

HttpReply reply(unsigned status, const json::object& body) {
  HttpReply made;
  made.status = status;
  made.body = json::serialize(body);
  return made;
}

HttpReply try_again_reply(const std::string& what, const std::string& why,
                          const std::string& next) {
  HttpReply made = error_reply(503, what, why, next);
  made.retry_after_s = 1;
  return made;
}

}  // namespace

HttpReply error_reply(unsigned status, const std::string& what, const std::string& why,
                      const std::string& next) {
  return reply(status, {{"error", {{"what", what}, {"why", why}, {"next", next}}}});
}

HttpReply refusal_reply(const Refusal& refusal) {
  unsigned status = 409;
  switch (refusal.kind) {
    case Refusal::Kind::not_found: status = 404; break;
    case Refusal::Kind::limit_exceeded: status = 402; break;
    case Refusal::Kind::conflict: status = 409; break;
  }
  return error_reply(status, refusal.what, refusal.why, refusal.next);
}

HttpReply failure_reply(const Failure& failure) {
  const std::string next =
      failure.outcome_unknown
          ? "the request may have been carried out: repeat it with the same idempotency_key, which "
            "answers with what was done or does it, once"
          : "nothing was done; repeat the request with the same idempotency_key";
  switch (failure.kind) {
    case Failure::Kind::busy:
      return try_again_reply("busy", "no database session came free in time", next);
    case Failure::Kind::conflict:
      return try_again_reply("busy", "other requests for the same card were in the way", next);
    case Failure::Kind::unreachable:
      std::fprintf(stderr, "%s\n", failure.log.c_str());
      return try_again_reply("database unreachable", "the database does not answer", next);
    case Failure::Kind::broken: break;
  }
  // The client learns nothing of the database's words: they may hold row data.
  std::fprintf(stderr, "%s\n", failure.log.c_str());
  return error_reply(500, "internal error", "the database refused a statement; see the log", next);
}

HttpReply receipt_reply(const Outcome<Receipt>& outcome, unsigned status_if_new) {
  if (const auto* const failure = std::get_if<Failure>(&outcome)) return failure_reply(*failure);
  if (const auto* const refusal = std::get_if<Refusal>(&outcome)) return refusal_reply(*refusal);
  const auto& [payment, replayed] = std::get<Receipt>(outcome);
  return reply(replayed ? 200 : status_if_new, {{"payment_id", payment.id},
                                                {"card_id", payment.card_id},
                                                {"merchant", payment.merchant},
                                                {"amount", payment.amount},
                                                {"refunded", payment.refunded},
                                                {"captured", payment.captured},
                                                {"first_payment", payment.first_of_card},
                                                {"replayed", replayed}});
}

HttpReply card_reply(const Outcome<CardPage>& outcome, std::chrono::microseconds database_time) {
  if (const auto* const failure = std::get_if<Failure>(&outcome)) return failure_reply(*failure);
  if (const auto* const refusal = std::get_if<Refusal>(&outcome)) return refusal_reply(*refusal);
  const auto& [id, limit, card] = std::get<CardPage>(outcome);
  return reply(200, {{"card_id", id},
                     {"limit", limit},
                     {"total_spent", card.total_spent},
                     {"available", limit - card.total_spent},
                     {"pending", card.pending},
                     {"payments", card.payments},
                     {"refunds", card.refunds},
                     {"has_made_transactions", card.has_made_transactions},
                     {"answered_in_us", database_time.count()}});
}

}  // namespace payment_service
