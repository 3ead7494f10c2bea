#include "cli/run/ping.hpp"

#include <fmt/format.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <keepsum/version.hpp>
#include <optional>

namespace keepsum::cli {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;

namespace {

constexpr std::size_t answer_bytes_max = std::size_t{64} * 1024;

Error invalid(std::string message) {
  Error error;
  error.code = ErrorCode::invalid_argument;
  error.message = std::move(message);
  error.hint = "write http://host/path or https://host/path";
  return error;
}

Error ping_failed(const PingUrl& url, std::string message) {
  Error error;
  error.code = ErrorCode::io_failed;
  error.where = url.display();
  error.message = std::move(message);
  return error;
}

bool is_port(std::string_view text) {
  return !text.empty() && text.size() <= 5 &&
         text.find_first_not_of("0123456789") == std::string_view::npos &&
         std::stoi(std::string(text)) <= 65535 && std::stoi(std::string(text)) > 0;
}

// What a request line can carry as it is.
bool is_plain(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

std::string target_of(const PingUrl& url, Ping what) {
  std::string path = url.path;
  if (what != Ping::success) {
    if (path.ends_with('/')) path.pop_back();
    path += what == Ping::start ? "/start" : "/fail";
  }
  return (path.empty() ? "/" : path) + url.query;
}

http::request<http::empty_body> request_of(const PingUrl& url, Ping what) {
  http::request<http::empty_body> request(http::verb::get, target_of(url, what), 11);
  const bool is_default = url.port == (url.tls ? "443" : "80");
  const bool is_v6 = url.host.find(':') != std::string::npos;
  const std::string host = is_v6 ? "[" + url.host + "]" : url.host;
  request.set(http::field::host, is_default ? host : host + ":" + url.port);
  request.set(http::field::user_agent, fmt::format("keepsum/{}", version_string));
  request.set(http::field::connection, "close");
  return request;
}

template <class Stream>
asio::awaitable<unsigned> exchange(Stream& stream, const PingUrl& url, Ping what) {
  const auto request = request_of(url, what);
  co_await http::async_write(stream, request, asio::use_awaitable);
  beast::flat_buffer buffer;
  http::response_parser<http::string_body> answer;
  answer.body_limit(answer_bytes_max);
  co_await http::async_read_header(stream, buffer, answer, asio::use_awaitable);
  co_return answer.get().result_int();
}

asio::awaitable<unsigned> get(const PingUrl& url, Ping what, std::chrono::milliseconds time_max) {
  const auto executor = co_await asio::this_coro::executor;
  tcp::resolver resolver(executor);
  beast::tcp_stream plain(executor);
  plain.expires_after(time_max);  // for all of it
  const auto addresses = co_await resolver.async_resolve(url.host, url.port, asio::use_awaitable);
  co_await plain.async_connect(addresses, asio::use_awaitable);
  if (!url.tls) co_return co_await exchange(plain, url, what);
  asio::ssl::context context(asio::ssl::context::tls_client);
  context.set_default_verify_paths();
  SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
  beast::ssl_stream<beast::tcp_stream> secured(std::move(plain), context);
  secured.set_verify_mode(asio::ssl::verify_peer);
  secured.set_verify_callback(asio::ssl::host_name_verification(url.host));
  // Of the many names at one address, the one that is asked for.
  // (OpenSSL's macro for this has a cast that does not compile here.)
  std::string name = url.host;
  SSL_ctrl(secured.native_handle(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
           name.data());
  co_await secured.async_handshake(asio::ssl::stream_base::client, asio::use_awaitable);
  co_return co_await exchange(secured, url, what);
}

}  // namespace

std::string PingUrl::display() const {
  return fmt::format("{}://{}:{}/…", tls ? "https" : "http", host, port);
}

Result<PingUrl> parse_ping_url(std::string_view text) {
  PingUrl url;
  if (text.starts_with("https://")) {
    url.tls = true;
  } else if (!text.starts_with("http://")) {
    return invalid("the ping URL is neither http:// nor https://");
  }
  text.remove_prefix(url.tls ? 8 : 7);
  if (!is_plain(text))
    return invalid("the ping URL has a blank or another character that no URL has");
  text = text.substr(0, text.find('#'));
  const std::size_t end = std::min(text.find_first_of("/?"), text.size());
  std::string_view authority = text.substr(0, end);
  std::string_view rest = text.substr(end);
  if (authority.find('@') != std::string_view::npos) {
    return invalid("the ping URL has a user or a password, which is not supported");
  }
  const std::size_t bracket = authority.find(']');
  const bool is_v6 = authority.starts_with('[') && bracket != std::string_view::npos;
  const std::size_t colon = authority.find(':', is_v6 ? bracket : 0);
  url.host = is_v6 ? authority.substr(1, bracket - 1) : authority.substr(0, colon);
  url.port = colon == std::string_view::npos ? (url.tls ? "443" : "80")
                                             : std::string(authority.substr(colon + 1));
  if (url.host.empty()) return invalid("the ping URL has no host");
  if (!is_port(url.port)) return invalid("the port of the ping URL is no number from 1 to 65535");
  const std::size_t question = std::min(rest.find('?'), rest.size());
  url.path = rest.substr(0, question);
  url.query = rest.substr(question);
  return url;
}

Result<void> ping(const PingUrl& url, Ping what, std::chrono::milliseconds time_max) {
  asio::io_context io;
  std::exception_ptr thrown;
  unsigned status = 0;
  asio::co_spawn(io, get(url, what, time_max),
                 [&](const std::exception_ptr& error, unsigned answered) {
                   thrown = error;
                   status = answered;
                 });
  try {
    io.run();
    if (thrown) std::rethrow_exception(thrown);
  } catch (const boost::system::system_error& error) {
    return ping_failed(url, error.code() == beast::error::timeout
                                ? fmt::format("no answer within {:g} s",
                                              std::chrono::duration<double>(time_max).count())
                                : error.code().message());
  }
  if (status < 200 || status > 299) return ping_failed(url, fmt::format("it answered {}", status));
  return {};
}

}  // namespace keepsum::cli
