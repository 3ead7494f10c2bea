#include "connectors/url.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/algorithm/string/predicate.hpp>
#include <charconv>
#include <utility>
#include <vector>

#include "schema/diagnostic.hpp"

namespace keepsum::connectors {

namespace {

constexpr std::string_view where = "the connection URL";

Error wrong_url(std::string message, std::string hint = {}) {
  return Error{.code = ErrorCode::invalid_argument,
               .recovery = Recovery::fix_spec,
               .message = std::move(message),
               .where = std::string(where),
               .hint = std::move(hint),
               .server_message = {}};
}

int hex_digit(char digit) noexcept {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  return -1;
}

Result<std::string> percent_decode(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
    if (high < 0 || low < 0) {
      return wrong_url("a '%' is not followed by two hexadecimal digits", "write %25 for '%'");
    }
    decoded += static_cast<char>(high * 16 + low);
    i += 2;
  }
  if (decoded.find('\0') != std::string::npos) return wrong_url("%00 is not allowed");
  return decoded;
}

// Everything but letters, digits and what is plain inside a path.
std::string percent_encode(std::string_view text) {
  constexpr std::string_view plain = "-_.~/";
  std::string encoded;
  for (const char c : text) {
    const bool alphanumeric =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (alphanumeric || plain.find(c) != std::string_view::npos) {
      encoded += c;
    } else {
      encoded += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return encoded;
}

struct Option {
  std::string name;
  std::string value;
};

Result<std::vector<Option>> parse_options(std::string_view query,
                                          const std::vector<std::string>& known) {
  std::vector<Option> options;
  while (!query.empty()) {
    const std::string_view item = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), item.size() + 1));
    const std::size_t equals = item.find('=');
    if (equals == std::string_view::npos || equals == 0) {
      return wrong_url("an option is not of the form name=value",
                       "known options: " + fmt::format("{}", fmt::join(known, ", ")));
    }
    KEEPSUM_ASSIGN(std::string name, percent_decode(item.substr(0, equals)));
    KEEPSUM_ASSIGN(std::string value, percent_decode(item.substr(equals + 1)));
    // Not quoted: in `mysql://user?secret=1` and `?ssl-mode=required;password=secret` it is a piece
    // of the password.
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      const std::string near = schema::did_you_mean(name, known);
      return wrong_url(
          "unknown option" + (near.empty() ? "" : fmt::format(", much like '{}'", near)),
          fmt::format("known options: {}", fmt::join(known, ", ")));
    }
    for (const Option& earlier : options) {
      if (earlier.name == name) return wrong_url(fmt::format("option '{}' is given twice", name));
    }
    options.push_back({std::move(name), std::move(value)});
  }
  return options;
}

Result<unsigned> parse_seconds(const Option& option, unsigned at_least) {
  constexpr unsigned a_week = 7 * 24 * 3600;
  unsigned seconds = 0;
  const char* const end = option.value.data() + option.value.size();
  const auto [stop, error] = std::from_chars(option.value.data(), end, seconds);
  if (error != std::errc{} || stop != end || seconds < at_least || seconds > a_week) {
    return wrong_url(fmt::format("option '{}' must be a number of seconds from {} to {}",
                                 option.name, at_least, a_week));
  }
  return seconds;
}

constexpr std::array<std::pair<std::string_view, SslMode>, 5> ssl_modes = {{
    {"disabled", SslMode::disabled},
    {"preferred", SslMode::preferred},
    {"required", SslMode::required},
    {"verify_ca", SslMode::verify_ca},
    {"verify_identity", SslMode::verify_identity},
}};

Result<SslMode> parse_ssl_mode(std::string_view text) {
  std::vector<std::string> names;
  for (const auto& [name, mode] : ssl_modes) {
    if (boost::algorithm::iequals(name, text)) return mode;
    names.emplace_back(name);
  }
  return wrong_url("unknown ssl-mode", fmt::format("one of {}", fmt::join(names, ", ")));
}

Result<void> apply_mysql_option(const Option& option, ConnectionUrl& url) {
  if (option.name == "socket") {
    url.socket = option.value;
  } else if (option.name == "ssl-mode") {
    KEEPSUM_ASSIGN(url.ssl_mode, parse_ssl_mode(option.value));
  } else if (option.name == "ssl-ca") {
    url.ssl_ca = option.value;
  } else if (option.name == "connect-timeout") {
    KEEPSUM_ASSIGN(url.connect_timeout_s, parse_seconds(option, 1));
  } else if (option.name == "read-timeout") {
    KEEPSUM_ASSIGN(url.read_timeout_s, parse_seconds(option, 0));
  } else if (option.name == "password-file") {
    url.password_file = option.value;
  } else if (option.name == "option-file") {
    url.option_file = option.value;
  } else if (option.name == "option-group") {
    url.option_group = option.value;
  } else if (option.name == "charset" && option.value != "utf8mb4") {
    return wrong_url("the only charset keepsum speaks is utf8mb4",
                     "leave the option out; text of other character sets is converted by the "
                     "server");
  }
  return {};
}

// As far as it must be to be shown as it is; "%eth0" may follow.
bool is_ipv6(std::string_view text) {
  constexpr std::string_view allowed =
      "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ:.%-_";
  return !text.empty() && text.find_first_not_of(allowed) == std::string_view::npos;
}

Result<void> parse_host_and_port(std::string_view text, ConnectionUrl& url) {
  std::string_view port;
  bool has_port = false;
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos) return wrong_url("an IPv6 address lacks its ']'");
    url.host = std::string(text.substr(1, close - 1));
    if (!is_ipv6(url.host)) return wrong_url("what stands in [ ] is not an IPv6 address");
    text.remove_prefix(close + 1);
    if (!text.empty() && text.front() != ':') return wrong_url("unexpected text after ']'");
    has_port = !text.empty();
    if (has_port) port = text.substr(1);
  } else {
    const std::size_t colon = text.find(':');
    has_port = colon != std::string_view::npos;
    if (has_port) port = text.substr(colon + 1);
    KEEPSUM_ASSIGN(url.host, percent_decode(text.substr(0, colon)));
  }
  if (!has_port) return {};
  // Not quoted: in `mysql://user:12@34:secret@host` the "port" is a piece of the password.
  unsigned number = 0;
  const auto [stop, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  if (error != std::errc{} || stop != port.data() + port.size() || number == 0 || number > 65535) {
    return wrong_url("the port is not a number from 1 to 65535");
  }
  url.port = static_cast<std::uint16_t>(number);
  url.port_given = true;
  return {};
}

Result<ConnectionUrl> parse_mysql(std::string_view rest) {
  ConnectionUrl url;
  const std::size_t authority_end = std::min(rest.find_first_of("/?"), rest.size());
  const std::string_view authority = rest.substr(0, authority_end);
  const std::string_view tail = rest.substr(authority_end);
  // An unescaped '/', '?', '@' or '#' of a password ends up here; say so before quoting anything.
  if (tail.find_first_of("@#") != std::string_view::npos ||
      authority.find('#') != std::string_view::npos) {
    return wrong_url("a special character is not percent-encoded",
                     "in names and passwords write %40 for '@', %2F for '/', %3F for '?', "
                     "%23 for '#', %3A for ':'");
  }
  const std::size_t at = authority.rfind('@');
  if (at != std::string_view::npos) {
    const std::string_view user_info = authority.substr(0, at);
    const std::size_t colon = user_info.find(':');
    KEEPSUM_ASSIGN(url.user, percent_decode(user_info.substr(0, colon)));
    if (colon != std::string_view::npos) {
      KEEPSUM_ASSIGN(url.password, percent_decode(user_info.substr(colon + 1)));
    }
  }
  KEEPSUM_TRY(
      parse_host_and_port(authority.substr(at == std::string_view::npos ? 0 : at + 1), url));

  const std::size_t question = std::min(tail.find('?'), tail.size());
  std::string_view path = tail.substr(0, question);
  if (path.starts_with('/')) path.remove_prefix(1);
  if (path.find('/') != std::string_view::npos) {
    return wrong_url("the path must be one name, the database");
  }
  KEEPSUM_ASSIGN(url.database, percent_decode(path));

  static const std::vector<std::string> known = {"socket",          "ssl-mode",     "ssl-ca",
                                                 "connect-timeout", "read-timeout", "charset",
                                                 "password-file",   "option-file",  "option-group"};
  const std::string_view query = question < tail.size() ? tail.substr(question + 1) : "";
  KEEPSUM_ASSIGN(const auto options, parse_options(query, known));
  for (const Option& option : options) KEEPSUM_TRY(apply_mysql_option(option, url));

  if (!url.password.empty() && !url.password_file.empty()) {
    return wrong_url("both a password and a password-file are given", "keep the file");
  }
  if (!url.option_group.empty() && url.option_file.empty()) {
    return wrong_url("option-group needs option-file=FILE");
  }
  // The client library reads the file last, and what it says of certificates would win.
  const bool verifies =
      url.ssl_mode == SslMode::verify_ca || url.ssl_mode == SslMode::verify_identity;
  if (verifies && !url.option_file.empty()) {
    return wrong_url("an option-file could switch off what ssl-mode verifies",
                     "name user and host in the URL, and give the password as password-file");
  }
  if (url.ssl_mode == SslMode::verify_ca && url.ssl_ca.empty()) {
    return wrong_url("ssl-mode=verify_ca needs ssl-ca=FILE");
  }
  return url;
}

Result<ConnectionUrl> parse_sqlite(std::string_view rest) {
  ConnectionUrl url;
  url.kind = DatabaseKind::sqlite;
  const std::size_t question = std::min(rest.find('?'), rest.size());
  std::string_view path = rest.substr(0, question);
  if (path.starts_with("//")) {
    path.remove_prefix(2);
    if (!path.starts_with('/')) {
      return wrong_url("sqlite:// is followed by an absolute path",
                       "write sqlite:///var/lib/app.db, or sqlite:app.db for a relative path");
    }
  }
  KEEPSUM_ASSIGN(url.path, percent_decode(path));
  if (url.path.empty()) return wrong_url("the path of the SQLite file is missing");

  static const std::vector<std::string> known = {"mode", "busy-timeout"};
  const std::string_view query = question < rest.size() ? rest.substr(question + 1) : "";
  KEEPSUM_ASSIGN(const auto options, parse_options(query, known));
  for (const Option& option : options) {
    if (option.name == "busy-timeout") {
      KEEPSUM_ASSIGN(url.busy_timeout_s, parse_seconds(option, 0));
    } else if (option.value == "ro") {
      url.mode = SqliteMode::read_only;
    } else if (option.value == "rw") {
      url.mode = SqliteMode::read_write;
    } else if (option.value == "rwc") {
      url.mode = SqliteMode::read_write_create;
    } else {
      return wrong_url("unknown mode", "one of ro, rw, rwc (creates the file)");
    }
  }
  return url;
}

std::string display_mysql(const ConnectionUrl& url) {
  std::string text = "mysql://";
  if (!url.user.empty()) text += percent_encode(url.user) + "@";
  if (!url.host.empty()) {
    const bool ipv6 = url.host.find(':') != std::string::npos && is_ipv6(url.host);
    text += ipv6 ? "[" + url.host + "]" : percent_encode(url.host);
    text += fmt::format(":{}", url.port);
  }
  text += "/" + percent_encode(url.database);
  char separator = '?';
  const auto add = [&](std::string_view name, std::string_view value) {
    text += fmt::format("{}{}={}", std::exchange(separator, '&'), name, percent_encode(value));
  };
  if (!url.socket.empty()) add("socket", url.socket);
  if (!url.option_file.empty()) add("option-file", url.option_file);
  if (!url.option_group.empty()) add("option-group", url.option_group);
  if (url.ssl_mode != SslMode::preferred) add("ssl-mode", to_string(url.ssl_mode));
  return text;
}

}  // namespace

std::string ConnectionUrl::display() const {
  if (kind == DatabaseKind::mysql) return display_mysql(*this);
  if (path == ":memory:") return "sqlite::memory:";
  // Of more slashes than one at its beginning, the first two would be taken for the URL's.
  return (path.starts_with("//") ? "sqlite://" : "sqlite:") + percent_encode(path);
}

Result<ConnectionUrl> parse_url(std::string_view text) {
  const std::size_t colon = text.find(':');
  const std::string_view scheme = text.substr(0, colon);
  const std::string_view rest = colon == std::string_view::npos ? "" : text.substr(colon + 1);
  if (scheme == "mysql" || scheme == "mariadb") {
    if (rest.starts_with("//")) return parse_mysql(rest.substr(2));
  } else if (scheme == "sqlite") {
    return parse_sqlite(rest);
  }
  // Not quoted either: who forgets the scheme may have begun with the user and the password.
  return wrong_url("the URL must begin with mysql://, mariadb:// or sqlite:",
                   "for example mysql://user@host:3306/database or sqlite:app.db");
}

std::string_view to_string(DatabaseKind kind) noexcept {
  return kind == DatabaseKind::mysql ? "mysql" : "sqlite";
}

std::string_view to_string(SslMode mode) noexcept {
  for (const auto& [name, known] : ssl_modes) {
    if (known == mode) return name;
  }
  return "";
}

}  // namespace keepsum::connectors
