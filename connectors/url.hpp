// Connection URLs: the one way a person tells keepsum which database to talk to.
//
// A URL may carry a password, because DATABASE_URL does so by custom. No function here puts it,
// or any part of the text it came from, into an error, and display() never shows it.
#pragma once

#include <cstdint>
#include <keepsum/result.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace keepsum::connectors {

enum class DatabaseKind { mysql, sqlite };

enum class SslMode {
  disabled,         // never
  preferred,        // if the server offers it; the certificate is not looked at
  required,         // or no connection; the certificate is not looked at
  verify_ca,        // the certificate's chain must end in ssl-ca
  verify_identity,  // and it must be the certificate of the host in the URL
};

enum class SqliteMode { read_only, read_write, read_write_create };

struct ConnectionUrl {
  DatabaseKind kind = DatabaseKind::mysql;

  // mysql://, mariadb://
  std::string user;      // empty: the client library's default, the login name
  std::string password;  // secret; see resolve_password()
  std::string host;      // empty: the server's Unix socket
  std::uint16_t port = 3306;
  bool port_given = false;
  std::string database;
  std::string socket;
  std::string password_file;
  std::string option_file;   // of the client library's kind; "": none, not even the default ones
  std::string option_group;  // read beside its [client] groups
  SslMode ssl_mode = SslMode::preferred;
  std::string ssl_ca;
  unsigned connect_timeout_s = 5;
  unsigned read_timeout_s = 600;  // 0: wait for ever

  // sqlite:
  std::string path;  // ":memory:" or a file
  SqliteMode mode = SqliteMode::read_write;
  unsigned busy_timeout_s = 5;

  // The URL without secrets: fit for logs, reports and error messages.
  [[nodiscard]] std::string display() const;
};

// Errors: invalid_argument (fix_spec), naming the part that is wrong but never quoting anything
// that could be a piece of a password.
Result<ConnectionUrl> parse_url(std::string_view text);

// Fills `password` from the first of: the URL itself, `password-file`, KEEPSUM_PASSWORD, the file
// named by KEEPSUM_PASSWORD_FILE. One line end at the end of a file is not part of the password.
// Nothing anywhere: no password. SQLite has none and is left alone.
// Errors: io_failed if a named file cannot be read, or can be written by anybody.
Result<void> resolve_password(ConnectionUrl& url);

// What is wrong with the files that hold the password, for people: that others can read them. A
// warning and no error: mounted secrets of containers often are so.
[[nodiscard]] std::vector<std::string> password_warnings(const ConnectionUrl& url);

// Replaces each ${NAME} by that environment variable; `$$` is a dollar sign.
// Errors: invalid_argument (fix_spec) naming a variable that is not set, or an unfinished ${.
Result<std::string> expand_environment(std::string_view text);

[[nodiscard]] std::string_view to_string(DatabaseKind kind) noexcept;
[[nodiscard]] std::string_view to_string(SslMode mode) noexcept;

}  // namespace keepsum::connectors
