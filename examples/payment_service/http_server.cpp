#include "http_server.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <cstdio>
#include <exception>
#include <list>
#include <optional>
#include <utility>

namespace payment_service {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr std::chrono::seconds idle_max{60};      // without a byte of a request
constexpr std::chrono::seconds transfer_max{10};  // for an answer to be taken
constexpr std::size_t body_bytes_max = std::size_t{16} * 1024;
constexpr std::size_t header_bytes_max = std::size_t{8} * 1024;

using Parser = http::request_parser<http::string_body>;
using Response = http::response<http::string_body>;

std::string error_body(const char* what, const std::string& why, const char* next) {
  return std::string(R"({"error":{"what":")") + what + R"(","why":")" + why + R"(","next":")" +
         next + R"("}})";
}

// What cannot be read as a request is answered too, and then hung up on: nobody knows where the
// next request begins.
HttpReply unreadable(const error_code& error) {
  if (error == http::error::body_limit) {
    return {413, error_body("body too large", "a body has at most 16 KiB", "send less"), 0, {}};
  }
  return {400, error_body("not HTTP", error.message(), "send HTTP/1.1"), 0, {}};
}

Response to_response(HttpReply reply, unsigned version, bool keep_alive) {
  Response response(static_cast<http::status>(reply.status), version);
  response.set(http::field::content_type, "application/json");
  if (reply.retry_after_s != 0) {
    response.set(http::field::retry_after, std::to_string(reply.retry_after_s));
  }
  if (!reply.allow.empty()) response.set(http::field::allow, reply.allow);
  response.keep_alive(keep_alive);
  response.body() = std::move(reply.body);
  response.prepare_payload();
  return response;
}

}  // namespace

class HttpServer::State {
 public:
  State(asio::io_context& io, const tcp::endpoint& endpoint, HttpHandler handler)
      : acceptor_(io, endpoint), all_gone_(io), handler_(std::move(handler)) {}

  asio::awaitable<void> accept();
  asio::awaitable<bool> drain(std::chrono::milliseconds time);
  [[nodiscard]] std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  [[nodiscard]] asio::any_io_executor executor() { return acceptor_.get_executor(); }
  [[nodiscard]] bool draining() const { return draining_; }
  [[nodiscard]] std::uint64_t answered() const { return answered_; }

 private:
  struct Client {
    explicit Client(tcp::socket socket) : stream(std::move(socket)) {}
    beast::tcp_stream stream;
    std::optional<Parser> parser;  // of the request that is read or answered
    bool answering = false;
    [[nodiscard]] bool idle() const { return !answering && !(parser && parser->got_some()); }
  };

  asio::awaitable<void> serve(tcp::socket socket);
  asio::awaitable<bool> answer_one(Client& client, beast::flat_buffer& buffer);
  void leave(std::list<Client>::iterator client);

  tcp::acceptor acceptor_;
  asio::steady_timer all_gone_;
  HttpHandler handler_;
  std::list<Client> clients_;
  bool draining_ = false;
  std::uint64_t answered_ = 0;
};

asio::awaitable<void> HttpServer::State::accept() {
  for (;;) {
    error_code error;
    tcp::socket socket =
        co_await acceptor_.async_accept(asio::redirect_error(asio::use_awaitable, error));
    if (draining_) co_return;
    if (error) {
      // Out of file descriptors, say. The queue of connections waits meanwhile.
      std::fprintf(stderr, "accept: %s\n", error.message().c_str());
      asio::steady_timer pause(acceptor_.get_executor(), std::chrono::milliseconds(100));
      co_await pause.async_wait(asio::use_awaitable);
      continue;
    }
    asio::co_spawn(executor(), serve(std::move(socket)), asio::detached);
  }
}

asio::awaitable<void> HttpServer::State::serve(tcp::socket socket) {
  const auto client = clients_.emplace(clients_.end(), std::move(socket));
  error_code ignored;
  client->stream.socket().set_option(tcp::no_delay(true), ignored);
  beast::flat_buffer buffer;
  try {
    bool more = true;
    while (more && !draining_) more = co_await answer_one(*client, buffer);
  } catch (const std::exception& error) {  // out of memory, say: this connection's misfortune
    std::fprintf(stderr, "connection: %s\n", error.what());
  }
  client->stream.socket().shutdown(tcp::socket::shutdown_send, ignored);
  leave(client);
}

// False if there is nothing more to come on this connection.
asio::awaitable<bool> HttpServer::State::answer_one(Client& client, beast::flat_buffer& buffer) {
  client.parser.emplace();
  client.parser->body_limit(body_bytes_max);
  client.parser->header_limit(header_bytes_max);
  client.stream.expires_after(idle_max);
  error_code error;
  co_await http::async_read(client.stream, buffer, *client.parser,
                            asio::redirect_error(asio::use_awaitable, error));
  const bool unread = error && error.category() == http::make_error_code(http::error{}).category();
  if (error == http::error::end_of_stream || (error && !unread)) co_return false;

  HttpReply reply;
  unsigned version = 11;
  bool keep_alive = false;
  client.answering = true;
  client.stream.expires_never();  // the handler has a deadline of its own
  if (unread) {
    reply = unreadable(error);
  } else {
    auto request = client.parser->release();
    version = request.version();
    keep_alive = request.keep_alive();
    HttpRequest plain{std::string(request.method_string()), std::string(request.target()),
                      std::move(request.body())};
    reply = co_await handler_(std::move(plain));
  }
  keep_alive = keep_alive && !draining_;
  Response response = to_response(std::move(reply), version, keep_alive);
  client.stream.expires_after(transfer_max);
  co_await http::async_write(client.stream, response,
                             asio::redirect_error(asio::use_awaitable, error));
  client.answering = false;
  ++answered_;
  co_return keep_alive && !error;
}

void HttpServer::State::leave(std::list<Client>::iterator client) {
  clients_.erase(client);
  if (draining_ && clients_.empty()) all_gone_.cancel();
}

asio::awaitable<bool> HttpServer::State::drain(std::chrono::milliseconds time) {
  draining_ = true;
  error_code ignored;
  acceptor_.close(ignored);
  for (Client& client : clients_) {
    if (client.idle()) client.stream.cancel();
  }
  if (clients_.empty()) co_return true;
  all_gone_.expires_after(time);
  co_await all_gone_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  co_return clients_.empty();
}

HttpServer::HttpServer(asio::io_context& io, const std::string& address, std::uint16_t port,
                       HttpHandler handler)
    : state_(std::make_unique<State>(io, tcp::endpoint(asio::ip::make_address(address), port),
                                     std::move(handler))) {}

HttpServer::~HttpServer() = default;

void HttpServer::start() { asio::co_spawn(state_->executor(), state_->accept(), asio::detached); }

asio::awaitable<bool> HttpServer::drain(std::chrono::milliseconds time) {
  return state_->drain(time);
}

std::uint16_t HttpServer::port() const { return state_->port(); }
bool HttpServer::draining() const { return state_->draining(); }
std::uint64_t HttpServer::answered() const { return state_->answered(); }

}  // namespace payment_service
