#include "load_client.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <utility>

namespace payment_service {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using boost::system::error_code;

class LoadClient::State {
 public:
  State(asio::io_context& io, std::string host, std::uint16_t port)
      : host_(std::move(host)), server_(asio::ip::make_address(host_), port), stream_(io) {}

  asio::awaitable<Answer> send(const std::string& method, const std::string& target,
                               std::string body) {
    error_code error;
    stream_.expires_after(std::chrono::seconds(30));
    if (!connected_) {
      co_await stream_.async_connect(server_, asio::redirect_error(asio::use_awaitable, error));
      if (error) co_return Answer{Answer::Kind::unreachable, 0, error.message()};
      stream_.socket().set_option(tcp::no_delay(true), error);
      connected_ = true;
      buffer_.clear();
    }
    http::request<http::string_body> request(http::string_to_verb(method), target, 11);
    request.set(http::field::host, host_);
    if (!body.empty()) request.set(http::field::content_type, "application/json");
    request.body() = std::move(body);
    request.prepare_payload();
    http::response<http::string_body> response;
    co_await http::async_write(stream_, request, asio::redirect_error(asio::use_awaitable, error));
    if (!error) {
      co_await http::async_read(stream_, buffer_, response,
                                asio::redirect_error(asio::use_awaitable, error));
    }
    if (error || !response.keep_alive()) {
      stream_.close();
      connected_ = false;
    }
    if (error) co_return Answer{Answer::Kind::lost, 0, error.message()};
    co_return Answer{Answer::Kind::answered, response.result_int(), std::move(response.body())};
  }

 private:
  std::string host_;
  tcp::endpoint server_;
  beast::tcp_stream stream_;
  beast::flat_buffer buffer_;
  bool connected_ = false;
};

LoadClient::LoadClient(asio::io_context& io, std::string host, std::uint16_t port)
    : state_(std::make_unique<State>(io, std::move(host), port)) {}

LoadClient::~LoadClient() = default;

asio::awaitable<LoadClient::Answer> LoadClient::send(const std::string& method,
                                                     const std::string& target, std::string body) {
  return state_->send(method, target, std::move(body));
}

}  // namespace payment_service
