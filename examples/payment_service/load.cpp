// load: many clients at once against the payment service.
//
// With --rate the attempts have a time each at which they are to be sent, whatever became of those
// before them, and an attempt's latency counts from that time: if the service stalls for a second,
// all that should have been sent in that second waited for it, and the figures say so. A generator
// that sends the next request when it has the last answer would have sent one, and report one slow
// answer. Without --rate it does just that, to find out how much the service can take.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <chrono>
#include <cstdio>
#include <exception>
#include <fstream>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "load_attempt.hpp"
#include "load_client.hpp"
#include "load_report.hpp"

namespace {

using namespace payment_service;
namespace asio = boost::asio;
namespace json = boost::json;
using Clock = std::chrono::steady_clock;

struct Options {
  std::string host = "127.0.0.1";
  std::uint16_t port = 8080;
  std::uint64_t attempts = 10'000;
  unsigned clients = 32;
  std::uint64_t cards = 20;
  double rate = 0;
  std::string run = "load";
  std::string journal;
};

class Load {
 public:
  Load(asio::io_context& io, const Options& options) : io_(io), options_(options) {
    if (!options.journal.empty()) journal_.open(options.journal);
  }

  // One of the clients, until no attempt is left or the service is gone.
  asio::awaitable<void> client() {
    LoadClient http(io_, options_.host, options_.port);
    while (next_ < options_.attempts && !service_gone_) {
      const Attempt attempt = payment_service::attempt(next_++, options_.cards);
      auto start = Clock::now();
      if (options_.rate > 0) {
        start = begun_ + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(
                             static_cast<double>(attempt.number) / options_.rate));
        asio::steady_timer timer(io_, start);
        co_await timer.async_wait(asio::use_awaitable);
      }
      const LoadClient::Answer answer = co_await send(http, attempt);
      if (answer.kind == LoadClient::Answer::Kind::unreachable) service_gone_ = true;
      if (answer.kind == LoadClient::Answer::Kind::answered) report_.took(Clock::now() - start);
    }
  }

  bool finish() {
    report_.print(Clock::now() - begun_, options_.clients, options_.rate);
    return report_.right();
  }
  [[nodiscard]] bool service_gone() const { return service_gone_; }

 private:
  struct Accepted {
    std::int64_t id = 0;
    std::int64_t amount = 0;
  };

  asio::awaitable<LoadClient::Answer> send(LoadClient& http, const Attempt& attempt) {
    if (attempt.kind == Attempt::Kind::look) return look(http, attempt);
    if (attempt.kind == Attempt::Kind::authorize || accepted_.empty()) {
      return authorize(http, attempt);
    }
    const Accepted payment = accepted_[attempt.choice % accepted_.size()];
    return attempt.kind == Attempt::Kind::refund ? refund(http, attempt, payment)
                                                 : capture(http, payment);
  }

  asio::awaitable<LoadClient::Answer> authorize(LoadClient& http, const Attempt attempt) {
    const std::string key = fmt::format("{}-{}", options_.run, attempt.key);
    const json::object request{{"card_id", attempt.card},
                               {"amount", attempt.amount},
                               {"merchant", "load"},
                               {"idempotency_key", key}};
    auto answer = co_await http.send("POST", "/payments", json::serialize(request));
    const json::object body = checked(answer, "payment", {200, 201, 402, 503});
    std::int64_t id = 0;
    if (answer.status == 200 || answer.status == 201) {
      id = body.at("payment_id").to_number<std::int64_t>();
      const auto [known, is_new] = ids_.emplace(attempt.key, id);
      if (is_new) accepted_.push_back({id, attempt.amount});
      if (known->second != id) report_.wrong(fmt::format("{} was paid twice", key));
    }
    note("authorization", key, attempt.card, attempt.amount, answer, id);
    co_return answer;
  }

  asio::awaitable<LoadClient::Answer> refund(LoadClient& http, const Attempt attempt,
                                             const Accepted payment) {
    const std::string key = fmt::format("{}-{}-refund", options_.run, attempt.key);
    const std::int64_t amount = (payment.amount + 1) / 2;
    const json::object request{{"amount", amount}, {"idempotency_key", key}};
    auto answer = co_await http.send("POST", fmt::format("/payments/{}/refund", payment.id),
                                     json::serialize(request));
    static_cast<void>(checked(answer, "refund", {200, 201, 409, 503}));
    note("refund", key, 0, amount, answer, payment.id);
    co_return answer;
  }

  asio::awaitable<LoadClient::Answer> capture(LoadClient& http, const Accepted payment) {
    auto answer = co_await http.send("POST", fmt::format("/payments/{}/capture", payment.id), {});
    static_cast<void>(checked(answer, "capture", {200, 409, 503}));
    co_return answer;
  }

  asio::awaitable<LoadClient::Answer> look(LoadClient& http, const Attempt attempt) {
    auto answer = co_await http.send("GET", fmt::format("/cards/{}", attempt.card), {});
    const json::object body = checked(answer, "card page", {200, 503});
    if (answer.status == 200 && body.at("total_spent").to_number<std::int64_t>() >
                                    body.at("limit").to_number<std::int64_t>()) {
      report_.wrong("a card is above its limit: " + answer.body);
    }
    co_return answer;
  }

  // Counts the answer and returns its body.
  json::object checked(const LoadClient::Answer& answer, const char* what,
                       const std::vector<unsigned>& expected) {
    if (answer.kind != LoadClient::Answer::Kind::answered) {
      const bool lost = answer.kind == LoadClient::Answer::Kind::lost;
      report_.count(fmt::format("{}: {}", what, lost ? "sent, no answer" : "not sent"));
      return {};
    }
    const std::map<unsigned, const char*> meanings = {{200, "answered"},
                                                      {201, "accepted"},
                                                      {402, "refused, limit exceeded"},
                                                      {409, "refused, conflict"},
                                                      {503, "busy"}};
    const bool is_repeat = answer.status == 200 && *what != 'c';
    const auto meaning = meanings.find(answer.status);
    report_.count(fmt::format("{}: {}", what,
                              is_repeat                   ? "repeated, answered as the first time"
                              : meaning != meanings.end() ? meaning->second
                                                          : "unexpected"));
    if (std::find(expected.begin(), expected.end(), answer.status) == expected.end()) {
      report_.wrong(fmt::format("{}: {} {}", what, answer.status, answer.body));
      return {};
    }
    return json::parse(answer.body).as_object();
  }

  void note(const char* kind, const std::string& key, std::int64_t card, std::int64_t amount,
            const LoadClient::Answer& answer, std::int64_t payment) {
    if (!journal_.is_open()) return;
    journal_ << fmt::format("{}\t{}\t{}\t{}\t{}\t{}\n", kind, key, card, amount, answer.status,
                            payment);
  }

  asio::io_context& io_;
  const Options& options_;
  std::ofstream journal_;
  Clock::time_point begun_ = Clock::now();
  std::uint64_t next_ = 0;
  bool service_gone_ = false;
  std::vector<Accepted> accepted_;
  std::map<std::uint64_t, std::int64_t> ids_;  // of accepted payments, by key
  LoadReport report_;
};

int run(const Options& options) {
  asio::io_context io(1);
  Load load(io, options);
  for (unsigned i = 0; i < options.clients; ++i) {
    asio::co_spawn(io, load.client(), [](const std::exception_ptr& error) {
      if (error) std::rethrow_exception(error);
    });
  }
  io.run();
  if (!load.finish()) return 1;
  return load.service_gone() ? 3 : 0;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app(
      "Clients for the payment service. Exits 1 if an answer was wrong, 3 if the service "
      "went away.");
  app.add_option("--host", options.host, "an address")->capture_default_str();
  app.add_option("--port", options.port)->capture_default_str();
  app.add_option("--attempts", options.attempts, "in all")->capture_default_str();
  app.add_option("--clients", options.clients, "at once")->capture_default_str();
  app.add_option("--cards", options.cards, "cards 1 to this number pay")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--rate", options.rate, "attempts a second; 0: as fast as answers come")
      ->capture_default_str();
  app.add_option("--run", options.run, "what its idempotency keys begin with")
      ->capture_default_str();
  app.add_option("--journal", options.journal,
                 "write to this file what was asked and answered: kind, key, card, amount, status "
                 "(0: no answer), payment");
  CLI11_PARSE(app, argc, argv);
  try {
    return run(options);
  } catch (const std::exception& error) {
    fmt::print(stderr, "load: {}\n", error.what());
    return 1;
  }
}
