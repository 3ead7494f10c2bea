// payment_service: authorizes, captures and refunds card payments over HTTP, within each card's
// spending limit. README.md explains it from the inside.
#include <CLI/CLI.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstdio>
#include <exception>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>

#include "api.hpp"
#include "database.hpp"
#include "http_server.hpp"
#include "payments.hpp"
#include "session_pool.hpp"
#include "transactions.hpp"

namespace {

using namespace payment_service;
namespace asio = boost::asio;

struct Options {
  std::string database = "sqlite:payments.db";
  std::string config = "keepsum.json";
  std::string address = "127.0.0.1";
  std::uint16_t port = 8080;
  std::size_t sessions = 0;
  unsigned patience_ms = 1500;
  unsigned drain_ms = 10'000;
  bool no_sync = false;
};

std::string read_file(const std::string& name) {
  std::ifstream file(name, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + name);
  return {std::istreambuf_iterator<char>(file), {}};
}

// SIGTERM and SIGINT: what is under way is finished, nothing new is begun. A second signal ends
// that at once; no acknowledged payment is lost by it, but some clients get no answer.
asio::awaitable<void> stop_when_told(asio::io_context& io, HttpServer& server,
                                     std::chrono::milliseconds time) {
  asio::signal_set signals(io, SIGINT, SIGTERM);
  co_await signals.async_wait(asio::use_awaitable);
  std::fputs("stopping: finishing what is under way\n", stderr);
  signals.async_wait([&io](const auto& error, int) {
    if (!error) io.stop();
  });
  if (!co_await server.drain(time)) std::fputs("some requests took too long\n", stderr);
  io.stop();
}

keepsum::Result<Payments> load_payments(Database& database, const std::string& config) {
  KEEPSUM_ASSIGN(auto summaries, database.load(read_file(config)));
  return Payments::make(std::move(summaries));
}

int serve(const Options& options) {
  const auto database = open_database(options.database, {.sync = !options.no_sync});
  const auto payments = load_payments(*database, options.config);
  if (payments.has_error()) {
    std::fprintf(stderr, "%s\n", keepsum::describe(payments.error()).c_str());
    return 1;
  }
  SessionPool pool(*database,
                   options.sessions != 0 ? options.sessions : database->default_sessions());
  Transactions transactions(pool, RetryPolicy{});
  Api api(*payments, transactions, pool, std::chrono::milliseconds(options.patience_ms));

  asio::io_context io(1);  // one thread: HTTP is little work beside the database's
  HttpServer server(io, options.address, options.port,
                    [&api](HttpRequest request) { return api.answer(std::move(request)); });
  asio::co_spawn(io, stop_when_told(io, server, std::chrono::milliseconds(options.drain_ms)),
                 asio::detached);
  server.start();
  std::printf("listening on http://%s:%u\n", options.address.c_str(), server.port());
  std::fflush(stdout);
  io.run();
  pool.close();  // before the coroutines go that its jobs refer to
  std::printf("stopped: %llu requests answered\n",
              static_cast<unsigned long long>(server.answered()));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("Authorizes, captures and refunds card payments over HTTP.");
  app.add_option("--database", options.database, "mysql://user@host:3306/db or sqlite:file")
      ->envname("DATABASE_URL")
      ->capture_default_str();
  app.add_option("--config", options.config, "keepsum's spec")->capture_default_str();
  app.add_option("--address", options.address, "to listen on")->capture_default_str();
  app.add_option("--port", options.port, "0 takes a free one and prints it")->capture_default_str();
  app.add_option("--sessions", options.sessions,
                 "database sessions at most; 4 on SQLite, 16 on MariaDB unless given");
  app.add_option("--patience-ms", options.patience_ms,
                 "how long a request waits for a session and is retried")
      ->capture_default_str();
  app.add_option("--drain-ms", options.drain_ms, "how long a stop waits for what is under way")
      ->capture_default_str();
  app.add_flag("--no-sync", options.no_sync,
               "SQLite: do not wait for the disk; a power cut may take the last commits");
  CLI11_PARSE(app, argc, argv);
  try {
    return serve(options);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "payment_service: %s\n", error.what());
    return 1;
  }
}
