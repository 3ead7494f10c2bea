#include <fmt/format.h>

#include <keepsum/error.hpp>

namespace keepsum {

std::string_view to_string(ErrorCode code) noexcept {
  switch (code) {
    case ErrorCode::invalid_argument: return "invalid_argument";
    case ErrorCode::invalid_spec: return "invalid_spec";
    case ErrorCode::not_in_transaction: return "not_in_transaction";
    case ErrorCode::row_not_found: return "row_not_found";
    case ErrorCode::transaction_conflict: return "transaction_conflict";
    case ErrorCode::connection_lost: return "connection_lost";
    case ErrorCode::statement_failed: return "statement_failed";
    case ErrorCode::statement_timed_out: return "statement_timed_out";
    case ErrorCode::interrupted: return "interrupted";
    case ErrorCode::access_denied: return "access_denied";
    case ErrorCode::lease_held: return "lease_held";
    case ErrorCode::lease_lost: return "lease_lost";
    case ErrorCode::guard_stopped: return "guard_stopped";
    case ErrorCode::plan_moved: return "plan_moved";
    case ErrorCode::time_budget_spent: return "time_budget_spent";
    case ErrorCode::unsupported: return "unsupported";
    case ErrorCode::io_failed: return "io_failed";
    case ErrorCode::internal: return "internal";
  }
  return "internal";
}

std::string_view to_string(Recovery recovery) noexcept {
  switch (recovery) {
    case Recovery::none: return "none";
    case Recovery::fix_spec: return "fix_spec";
    case Recovery::retry_transaction: return "retry_transaction";
    case Recovery::reconnect: return "reconnect";
  }
  return "none";
}

std::string describe(const Error& error) {
  std::string text = "error: " + error.message;
  if (!error.where.empty()) text += "\n  at: " + error.where;
  if (!error.server_message.empty()) {
    text += fmt::format("\n  server: {} ({})", error.server_message, error.native_code);
  }
  if (error.recovery != Recovery::none) {
    text += fmt::format("\n  recovery: {}", to_string(error.recovery));
  }
  if (!error.hint.empty()) text += "\n  hint: " + error.hint;
  return text;
}

}  // namespace keepsum
