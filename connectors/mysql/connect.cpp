#include "connectors/mysql/connect.hpp"

#include <fmt/format.h>

#include <charconv>
#include <mutex>
#include <string_view>

#include "connectors/mysql/error.hpp"

namespace keepsum::mysql {

namespace {

using connectors::ConnectionUrl;
using connectors::SslMode;

// Whatever the server's defaults are, keepsum's sessions work alike:
// - sql_mode: a trigger keeps the mode it was created under, and then runs in every writer's
//   transaction. STRICT: a total that does not fit its column must fail, never be clipped.
//   No ERROR_FOR_DIVISION_BY_ZERO, NO_ZERO_DATE, NO_ZERO_IN_DATE: x/0 is NULL and legacy
//   '0000-00-00' is a value, in the trigger as in the recompute query; with them a trigger would
//   fail a payment over a row the query reads without a word.
// - time_zone, div_precision_increment: what a TIMESTAMP's date and a quotient's scale hang on.
// - the lock waits: keepsum gives up early and retries, rather than make writers queue behind
//   its waiting metadata lock.
// - max_sort_length: ORDER BY and windows compare no more bytes than this; what a spec may order by
//   fits. Not more, for a sort needs memory for as much.
// - sql_safe_updates, sql_select_limit: set for people at a prompt, wrong for a program.
// - split_materialized (MariaDB): what is grouped once, to be joined to every key, it would group
//   again for each of them; 20 s instead of 0.1 s for a thousand rows beside 3,000 keys.
constexpr std::string_view session_settings =
    "SET NAMES utf8mb4, "
    "SESSION sql_mode = 'STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION', "
    "SESSION time_zone = '+00:00', "
    "SESSION autocommit = 1, "
    "SESSION div_precision_increment = 4, "
    "SESSION max_sort_length = 4096, "
    "SESSION innodb_lock_wait_timeout = {}, "
    "SESSION lock_wait_timeout = 1, "
    "SESSION sql_safe_updates = 0, "
    "SESSION sql_select_limit = DEFAULT "
    "/*M!100304 , SESSION optimizer_switch = 'split_materialized=off' */";

// For TransactionMode::write: a repair reads what is committed now, and locks no gaps it does
// not need.
constexpr std::string_view session_isolation =
    "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED";

void set_flag(MYSQL* handle, mysql_option option, bool on) {
  const my_bool value = on ? 1 : 0;
  mysql_options(handle, option, &value);
}

// Of "3.4.1". The package's version: the other numbers the library gives are the server's.
bool client_is_at_least(int major, int minor) {
  int have_major = 0;
  int have_minor = 0;
  const std::string_view text = mysql_get_client_info();
  const char* const end = text.data() + text.size();
  const auto [dot, error] = std::from_chars(text.data(), end, have_major);
  if (error == std::errc{} && dot != end) std::from_chars(dot + 1, end, have_minor);
  return have_major > major || (have_major == major && have_minor >= minor);
}

// What MariaDB Connector/C does with each option was read from its source (3.3, 3.4):
// - SSL_ENFORCE asks for TLS but goes on without it if the server offers none, so connect()
//   looks afterwards whether the connection is encrypted.
// - SSL_CA alone verifies the certificate's chain and not its name, up to 3.3. From 3.4 on it
//   verifies nothing, so there verify_ca asks for more than its name says rather than for less.
// - SSL_VERIFY_SERVER_CERT verifies both, and refuses a server without TLS before logging in.
void set_tls(MYSQL* handle, const ConnectionUrl& url) {
  const bool verifies =
      url.ssl_mode == SslMode::verify_ca || url.ssl_mode == SslMode::verify_identity;
  const bool identity =
      url.ssl_mode == SslMode::verify_identity || (verifies && client_is_at_least(3, 4));
  set_flag(handle, MYSQL_OPT_SSL_ENFORCE, url.ssl_mode != SslMode::disabled);
  set_flag(handle, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, identity);
  if (verifies && !url.ssl_ca.empty()) {
    mysql_options(handle, MYSQL_OPT_SSL_CA, url.ssl_ca.c_str());
  }
}

void set_safety(MYSQL* handle) {
  // A connection that comes back by itself has lost its transaction and its settings.
  set_flag(handle, MYSQL_OPT_RECONNECT, false);
  // The server must not be able to ask for this machine's files.
  const unsigned no_local_infile = 0;
  mysql_options(handle, MYSQL_OPT_LOCAL_INFILE, &no_local_infile);
}

void set_option_file(MYSQL* handle, const ConnectionUrl& url) {
  if (url.option_file.empty()) return;
  mysql_options(handle, MYSQL_READ_DEFAULT_FILE, url.option_file.c_str());
  if (!url.option_group.empty()) {
    mysql_options(handle, MYSQL_READ_DEFAULT_GROUP, url.option_group.c_str());
  }
}

void set_options(MYSQL* handle, const ConnectionUrl& url) {
  mysql_options(handle, MYSQL_OPT_CONNECT_TIMEOUT, &url.connect_timeout_s);
  mysql_options(handle, MYSQL_OPT_READ_TIMEOUT, &url.read_timeout_s);
  mysql_options(handle, MYSQL_OPT_WRITE_TIMEOUT, &url.read_timeout_s);
  mysql_options(handle, MYSQL_SET_CHARSET_NAME, "utf8mb4");
  set_safety(handle);
  // "localhost" is a host like any other: by default the library would take the Unix socket.
  const bool by_socket = !url.socket.empty() || url.host.empty();
  const unsigned protocol = by_socket ? MYSQL_PROTOCOL_SOCKET : MYSQL_PROTOCOL_TCP;
  // An option file may name the host.
  if (url.option_file.empty() || !url.host.empty() || !url.socket.empty()) {
    mysql_options(handle, MYSQL_OPT_PROTOCOL, &protocol);
  }
  set_tls(handle, url);
}

const char* or_null(const std::string& text) noexcept {
  return text.empty() ? nullptr : text.c_str();
}

}  // namespace

Result<ConnectionHandle> connect(const ConnectionUrl& url) {
  // The library's first use in a process is not thread-safe.
  static std::once_flag library_ready;
  std::call_once(library_ready, [] { mysql_library_init(0, nullptr, nullptr); });

  ConnectionHandle handle(mysql_init(nullptr));
  if (!handle) {
    return Error{.code = ErrorCode::internal,
                 .recovery = Recovery::none,
                 .message = "the MySQL client library could not be started",
                 .where = {},
                 .hint = {},
                 .server_message = {}};
  }
  set_options(handle.get(), url);
  set_option_file(handle.get(), url);
  const unsigned long no_multi_statements = 0;
  const unsigned port = url.option_file.empty() || url.port_given ? url.port : 0;
  if (mysql_real_connect(handle.get(), or_null(url.host), or_null(url.user), or_null(url.password),
                         or_null(url.database), port, or_null(url.socket),
                         no_multi_statements) == nullptr) {
    return last_error(handle.get(), url.display());
  }
  // What an option file may have said otherwise: it is read when the connection is made.
  set_safety(handle.get());
  const bool must_encrypt = url.ssl_mode != SslMode::disabled && url.ssl_mode != SslMode::preferred;
  if (must_encrypt && mysql_get_ssl_cipher(handle.get()) == nullptr) {
    return make_error(CR_SSL_CONNECTION_ERROR, "the server offers no TLS", url.display());
  }
  const std::string settings = fmt::format(session_settings, own_lock_wait.count());
  for (const std::string_view sql : {std::string_view(settings), session_isolation}) {
    if (mysql_real_query(handle.get(), sql.data(), static_cast<unsigned long>(sql.size())) != 0) {
      return last_error(handle.get(), sql);
    }
  }
  return handle;
}

}  // namespace keepsum::mysql
