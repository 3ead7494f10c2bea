// HTTP/1.1 with keep-alive, one coroutine for each connection. All of Beast is in http_server.cpp.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace payment_service {

struct HttpRequest {
  std::string method;  // "GET"
  std::string target;  // "/cards/7", as it came
  std::string body;
};

struct HttpReply {
  unsigned status = 200;
  std::string body;            // JSON
  unsigned retry_after_s = 0;  // 0: not said
  std::string allow;           // of a 405: the methods there are
};

using HttpHandler = std::function<boost::asio::awaitable<HttpReply>(HttpRequest)>;

// Works on the io_context's thread only.
class HttpServer {
 public:
  // Listens from here on. `io` outlives it. Port 0 takes a free one.
  // Throws boost::system::system_error if the address is in use or not this machine's.
  HttpServer(boost::asio::io_context& io, const std::string& address, std::uint16_t port,
             HttpHandler handler);
  ~HttpServer();

  [[nodiscard]] std::uint16_t port() const;
  void start();

  // Takes no more connections and requests, closes those that ask for nothing, and returns when
  // the last request is answered: true. False if the time was not enough.
  boost::asio::awaitable<bool> drain(std::chrono::milliseconds time);
  [[nodiscard]] bool draining() const;
  [[nodiscard]] std::uint64_t answered() const;

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace payment_service
