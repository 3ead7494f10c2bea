#include "api.hpp"

#include <fmt/format.h>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <cstdio>
#include <exception>
#include <utility>

#include "api_replies.hpp"
#include "request_body.hpp"

namespace payment_service {

namespace asio = boost::asio;

namespace {

constexpr std::int64_t amount_max = 1'000'000'000'000;  // cents; sums stay far from 64 bits
constexpr std::size_t merchant_bytes_max = 100;
constexpr std::size_t key_bytes_max = 100;

// "/payments/7/refund?x=1" is payments, 7, refund.
std::vector<std::string_view> split(std::string_view target) {
  target = target.substr(0, target.find('?'));
  std::vector<std::string_view> parts;
  while (!target.empty()) {
    target.remove_prefix(1);
    parts.push_back(target.substr(0, target.find('/')));
    target.remove_prefix(parts.back().size());
  }
  return parts;
}

std::optional<std::int64_t> parse_id(std::string_view text) {
  std::int64_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error != std::errc{} || end != text.data() + text.size() || id < 1) return std::nullopt;
  return id;
}

HttpReply bad_request(const std::string& problem, const char* next) {
  return error_reply(400, "bad request", problem, next);
}

}  // namespace

asio::awaitable<HttpReply> Api::answer(HttpRequest request) {
  try {
    co_return co_await route(request);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s %s: %s\n", request.method.c_str(), request.target.c_str(),
                 error.what());
  }
  co_return error_reply(500, "internal error", "see the log",
                        "repeat the request with the same idempotency_key");
}

asio::awaitable<HttpReply> Api::route(const HttpRequest& request) {
  const Path path = split(request.target);
  const std::string_view first = path.empty() ? std::string_view() : path[0];
  const auto id = path.size() > 1 ? parse_id(path[1]) : std::nullopt;
  const bool reads =
      (first == "health" && path.size() == 1) || (first == "cards" && path.size() == 2 && id);
  const bool writes = first == "payments" &&
                      (path.size() == 1 ||
                       (path.size() == 3 && id && (path[2] == "capture" || path[2] == "refund")));
  if (!reads && !writes) {
    co_return error_reply(404, "no such path", request.target + " is not a path of this service",
                          "POST /payments, POST /payments/{id}/capture, POST "
                          "/payments/{id}/refund, GET /cards/{id}, GET /health");
  }
  const char* const method = reads ? "GET" : "POST";
  if (request.method != method) {
    HttpReply reply = error_reply(405, "wrong method", request.target + " takes " + method,
                                  fmt::format("use {}", method));
    reply.allow = method;
    co_return reply;
  }
  if (first == "health") co_return co_await health();
  if (first == "cards") co_return co_await card_page(*id);
  if (path.size() == 1) co_return co_await authorize(request.body);
  if (path[2] == "capture") co_return co_await capture(*id, request.body);
  co_return co_await refund(*id, request.body);
}

asio::awaitable<HttpReply> Api::authorize(std::string_view text) {
  RequestBody body(text);
  Authorization request;
  request.card_id = body.number("card_id", std::numeric_limits<std::int64_t>::max());
  request.amount = body.number("amount", amount_max);
  request.merchant = body.text("merchant", merchant_bytes_max);
  request.idempotency_key = body.key("idempotency_key", key_bytes_max);
  if (!body.problem().empty()) {
    co_return bad_request(body.problem(),
                          R"(send {"card_id": 7, "amount": 1250, "merchant": "a name", )"
                          R"("idempotency_key": "a name for this request"}, amounts in cents)");
  }
  const auto outcome = co_await transactions_.run<Receipt>(
      [&](Connection& connection) { return payments_.authorize(connection, request); }, deadline());
  co_return receipt_reply(outcome, 201);
}

asio::awaitable<HttpReply> Api::capture(std::int64_t payment_id, std::string_view text) {
  RequestBody body(text);
  if (!body.problem().empty()) co_return bad_request(body.problem(), "send no body");
  const auto outcome = co_await transactions_.run<Receipt>(
      [&](Connection& connection) { return payments_.capture(connection, payment_id); },
      deadline());
  co_return receipt_reply(outcome, 200);
}

asio::awaitable<HttpReply> Api::refund(std::int64_t payment_id, std::string_view text) {
  RequestBody body(text);
  Refund request;
  request.payment_id = payment_id;
  request.amount = body.optional_number("amount", amount_max);
  request.idempotency_key = body.key("idempotency_key", key_bytes_max);
  if (!body.problem().empty()) {
    co_return bad_request(body.problem(),
                          R"(send {"amount": 500, "idempotency_key": "a name for this request"}; )"
                          R"(without an amount all that is left is refunded)");
  }
  const auto outcome = co_await transactions_.run<Receipt>(
      [&](Connection& connection) { return payments_.refund(connection, request); }, deadline());
  co_return receipt_reply(outcome, 201);
}

asio::awaitable<HttpReply> Api::card_page(std::int64_t card_id) {
  // Of the reading alone: what waiting for a session takes says nothing about the summary.
  std::chrono::steady_clock::duration time{};
  const auto outcome = co_await transactions_.read<CardPage>(
      [&](Connection& connection) {
        const auto start = std::chrono::steady_clock::now();
        auto page = payments_.card_page(connection, card_id);
        time = std::chrono::steady_clock::now() - start;
        return page;
      },
      deadline());
  co_return card_reply(outcome, std::chrono::duration_cast<std::chrono::microseconds>(time));
}

asio::awaitable<HttpReply> Api::health() {
  struct Alive {};
  const auto outcome = co_await transactions_.read<Alive>(
      [](Connection& connection) -> keepsum::Result<Answer<Alive>> {
        KEEPSUM_TRY(connection.session().scalar("SELECT 1"));
        return Alive{};
      },
      deadline());
  if (const auto* const failure = std::get_if<Failure>(&outcome)) {
    co_return failure_reply(*failure);
  }
  const TransactionCounts& counts = transactions_.counts();
  HttpReply reply;
  reply.body =
      boost::json::serialize(boost::json::object{{"status", "ok"},
                                                 {"sessions", pool_.size()},
                                                 {"idle_sessions", pool_.idle()},
                                                 {"waiting_requests", pool_.waiting()},
                                                 {"retries", counts.retries},
                                                 {"reconnects", counts.reconnects},
                                                 {"unknown_commits", counts.unknown_commits}});
  co_return reply;
}

}  // namespace payment_service
