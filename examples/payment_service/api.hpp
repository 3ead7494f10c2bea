// The service's HTTP interface: paths, JSON and status codes on one side, Payments on the other.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <string_view>
#include <vector>

#include "http_server.hpp"
#include "payments.hpp"
#include "session_pool.hpp"
#include "transactions.hpp"

namespace payment_service {

class Api {
 public:
  // All outlive it. `patience` is how long a request may wait for a session and be retried.
  Api(const Payments& payments, Transactions& transactions, const SessionPool& pool,
      std::chrono::milliseconds patience)
      : payments_(payments), transactions_(transactions), pool_(pool), patience_(patience) {}

  // Never throws.
  boost::asio::awaitable<HttpReply> answer(HttpRequest request);

 private:
  using Path = std::vector<std::string_view>;

  boost::asio::awaitable<HttpReply> route(const HttpRequest& request);
  boost::asio::awaitable<HttpReply> authorize(std::string_view body);
  boost::asio::awaitable<HttpReply> capture(std::int64_t payment_id, std::string_view body);
  boost::asio::awaitable<HttpReply> refund(std::int64_t payment_id, std::string_view body);
  boost::asio::awaitable<HttpReply> card_page(std::int64_t card_id);
  boost::asio::awaitable<HttpReply> health();

  [[nodiscard]] Deadline deadline() const { return std::chrono::steady_clock::now() + patience_; }

  const Payments& payments_;
  Transactions& transactions_;
  const SessionPool& pool_;
  std::chrono::milliseconds patience_;
};

}  // namespace payment_service
