#include "database_url.hpp"

#include <charconv>
#include <cstdlib>
#include <stdexcept>

namespace payment_service {

namespace {

[[noreturn]] void refuse(const char* why) {
  throw std::invalid_argument(std::string("the database's URL ") + why +
                              "; it is mysql://user:password@host:port/database or sqlite:file");
}

// "p%40ss" is "p@ss".
std::string decoded(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      plain += text[i];
      continue;
    }
    unsigned value = 0;
    const std::string_view digits = text.substr(i + 1, 2);
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    if (error != std::errc{} || end != text.data() + i + 3)
      refuse("has a % without two hex digits");
    plain += static_cast<char>(value);
    i += 2;
  }
  return plain;
}

// Cuts `text` at the first `mark`; what follows it is returned, or nothing.
std::string_view cut(std::string_view& text, char mark) {
  const std::size_t at = text.find(mark);
  if (at == std::string_view::npos) return {};
  const std::string_view rest = text.substr(at + 1);
  text = text.substr(0, at);
  return rest;
}

MysqlTarget parse_mysql(std::string_view text) {
  MysqlTarget target;
  std::string_view login;
  if (const std::size_t at = text.rfind('@'); at != std::string_view::npos) {
    login = text.substr(0, at);
    text = text.substr(at + 1);
  }
  std::string_view database = cut(text, '/');
  const std::string_view port = cut(text, ':');
  const std::string_view password = cut(login, ':');
  if (database.find('?') != std::string_view::npos) refuse("has options, which this service lacks");
  if (text.empty() || database.empty()) refuse("lacks a host or a database");
  if (!port.empty()) {
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), target.port);
    if (error != std::errc{} || end != port.data() + port.size()) refuse("has a wrong port");
  }
  target.user = decoded(login);
  target.password = decoded(password);
  target.host = decoded(text);
  target.database = decoded(database);
  if (target.password.empty()) {
    if (const char* const secret = std::getenv("KEEPSUM_PASSWORD")) target.password = secret;
  }
  return target;
}

}  // namespace

std::variant<SqliteTarget, MysqlTarget> parse_database_url(std::string_view url) {
  for (const std::string_view scheme : {"mysql://", "mariadb://"}) {
    if (url.starts_with(scheme)) return parse_mysql(url.substr(scheme.size()));
  }
  constexpr std::string_view sqlite = "sqlite:";
  if (!url.starts_with(sqlite)) refuse("begins with neither mysql:// nor sqlite:");
  url.remove_prefix(sqlite.size());
  if (url.starts_with("//")) url.remove_prefix(2);  // sqlite:///absolute
  if (url.empty() || url == ":memory:") refuse("names no file");
  return SqliteTarget{decoded(url)};
}

}  // namespace payment_service
