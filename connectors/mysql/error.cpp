#include "connectors/mysql/error.hpp"

#include <algorithm>
#include <string>

namespace keepsum::mysql {

namespace {

struct Meaning {
  unsigned native_code;
  ErrorCode code;
  Recovery recovery;
  const char* message;
  const char* hint = "";
};

constexpr auto conflict = ErrorCode::transaction_conflict;
constexpr auto retry = Recovery::retry_transaction;
constexpr auto lost = ErrorCode::connection_lost;
constexpr auto denied = ErrorCode::access_denied;
constexpr const char* missing_privilege =
    "`keepsum grants` prints what each user needs: --as apply, cron, service or reader";

// Plain numbers, because neither client library names the errors of the other's server.
constexpr Meaning meanings[] = {
    {1213, conflict, retry, "deadlock; the server rolled the transaction back"},
    {1614, conflict, retry, "deadlock; the server rolled the transaction back"},
    {1205, conflict, retry, "a lock was not granted in time",
     "another transaction holds it: long writes, or ALTER TABLE waiting for one"},
    {1020, conflict, retry, "a row changed since this transaction's snapshot"},
    {3572, conflict, retry, "a lock is held by another transaction"},
    {3058, conflict, retry, "deadlock between user-level locks"},
    {1689, conflict, retry, "a lock wait was aborted"},
    {1637, conflict, retry, "the server has too many transactions open"},
    {3101, conflict, retry, "the cluster rolled the transaction back at commit"},

    {1053, lost, Recovery::reconnect, "the server is shutting down"},
    {1077, lost, Recovery::reconnect, "the server is shutting down"},
    {1047, lost, Recovery::reconnect, "this cluster node takes no statements at the moment"},
    {1152, lost, Recovery::reconnect, "the connection was aborted"},
    {1184, lost, Recovery::reconnect, "the connection was aborted"},
    {1158, lost, Recovery::reconnect, "the connection was lost"},
    {1159, lost, Recovery::reconnect, "the connection was lost"},
    {1160, lost, Recovery::reconnect, "the connection was lost"},
    {1161, lost, Recovery::reconnect, "the connection was lost"},
    {1927, lost, Recovery::reconnect, "the connection was killed"},
    {4031, lost, Recovery::reconnect, "the server closed the idle connection"},
    {1040, lost, Recovery::reconnect, "the server has too many connections"},
    {1203, lost, Recovery::reconnect, "this user has too many connections"},
    {1226, lost, Recovery::reconnect, "this user has used up its share of the server"},
    {2002, lost, Recovery::reconnect, "the server cannot be reached",
     "check that it runs, and host, port or socket in the connection URL"},
    {2003, lost, Recovery::reconnect, "the server cannot be reached",
     "check that it runs, and host and port in the connection URL"},
    {2005, lost, Recovery::none, "the server's name is unknown",
     "check the host in the connection URL"},
    {2006, lost, Recovery::reconnect, "the connection was lost"},
    {2012, lost, Recovery::reconnect, "the connection failed while it was made"},
    {2013, lost, Recovery::reconnect, "the connection was lost during a statement",
     "if the statement was long, raise read-timeout in the connection URL"},
    {2026, lost, Recovery::none, "no TLS connection could be made",
     "check ssl-mode and ssl-ca in the connection URL and the server's certificate"},
    {2027, lost, Recovery::reconnect, "the server's answer could not be read"},
    {2055, lost, Recovery::reconnect, "the connection was lost"},

    {1044, denied, Recovery::none, "this user may not use the database", missing_privilege},
    {1045, denied, Recovery::none, "the user or the password is wrong",
     "set KEEPSUM_PASSWORD or KEEPSUM_PASSWORD_FILE"},
    {1698, denied, Recovery::none, "the user or the password is wrong",
     "set KEEPSUM_PASSWORD or KEEPSUM_PASSWORD_FILE"},
    {1130, denied, Recovery::none, "the server takes no connections from this host"},
    {1251, denied, Recovery::none, "the server's way to log in is not known to the client library"},
    {2059, denied, Recovery::none, "the server's way to log in is not known to the client library"},
    {1142, denied, Recovery::none, "a privilege on a table is missing", missing_privilege},
    {1143, denied, Recovery::none, "a privilege on a column is missing", missing_privilege},
    {1227, denied, Recovery::none, "a privilege is missing", missing_privilege},
    {1370, denied, Recovery::none, "a privilege on a routine is missing", missing_privilege},
    {1419, denied, Recovery::none, "the server allows no triggers from this user",
     "with binary logging on, set log_bin_trust_function_creators=1 or grant SUPER"},

    {1290, ErrorCode::unsupported, Recovery::none, "an option of the server forbids the statement",
     "if the server is read-only, connect to the primary"},
    {1836, ErrorCode::unsupported, Recovery::none, "the server is read-only",
     "connect to the primary"},

    {1049, ErrorCode::invalid_argument, Recovery::fix_spec, "there is no such database"},
    {1969, ErrorCode::statement_timed_out, Recovery::none, "the server's time limit stopped it",
     "raise max_statement_time for this user"},
    {3024, ErrorCode::statement_timed_out, Recovery::none, "the server's time limit stopped it",
     "raise max_execution_time for this user"},
    {1317, ErrorCode::interrupted, Recovery::none, "the statement was killed"},
    {1153, ErrorCode::statement_failed, Recovery::none, "the statement is too large",
     "raise max_allowed_packet on the server"},
};

}  // namespace

Error make_error(unsigned native_code, std::string_view server_message, std::string_view sql) {
  constexpr std::size_t shown_sql_max = 200;
  Error error{.code = ErrorCode::statement_failed,
              .recovery = Recovery::none,
              .message = "the server refused a statement",
              .where = std::string(sql.substr(0, shown_sql_max)),
              .hint = {},
              .native_code = static_cast<int>(native_code),
              .server_message = std::string(server_message)};
  if (sql.size() > shown_sql_max) error.where += "…";
  const auto* const found =
      std::find_if(std::begin(meanings), std::end(meanings),
                   [&](const Meaning& known) { return known.native_code == native_code; });
  if (found != std::end(meanings)) {
    error.code = found->code;
    error.recovery = found->recovery;
    error.message = found->message;
    error.hint = found->hint;
  }
  return error;
}

Error last_error(MYSQL* handle, std::string_view sql) {
  return make_error(mysql_errno(handle), mysql_error(handle), sql);
}

Error last_error(MYSQL* handle, MYSQL_STMT* statement, std::string_view sql) {
  // The library leaves some errors of a fetch on the connection alone.
  if (mysql_stmt_errno(statement) == 0) return last_error(handle, sql);
  return make_error(mysql_stmt_errno(statement), mysql_stmt_error(statement), sql);
}

}  // namespace keepsum::mysql
