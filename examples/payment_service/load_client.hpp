// One client of the load generator: a connection that is kept, and requests one after another.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <memory>
#include <string>

namespace payment_service {

class LoadClient {
 public:
  struct Answer {
    enum class Kind {
      answered,
      unreachable,  // no connection was made: the request was not sent
      lost,         // sent, and no answer came: it may have been carried out
    };
    Kind kind = Kind::answered;
    unsigned status = 0;
    std::string body;
  };

  // `io` outlives it.
  LoadClient(boost::asio::io_context& io, std::string host, std::uint16_t port);
  ~LoadClient();

  // Connects first if there is no connection.
  boost::asio::awaitable<Answer> send(const std::string& method, const std::string& target,
                                      std::string body);

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace payment_service
