// keepsum.h: errors. The struct is the caller's and was perhaps compiled with an older header, so
// nothing is written beyond its `size`; and nothing here allocates.
#include <algorithm>
#include <cstddef>
#include <cstring>
#include <exception>
#include <new>
#include <stdexcept>

#include "engine/embed/c_api.hpp"

namespace keepsum::c_api {

namespace {

struct CodeName {
  ErrorCode code;
  keepsum_code c_code;
};

// What only the commands return has no number of its own, until a C function can return it.
constexpr CodeName codes[] = {
    {ErrorCode::invalid_argument, KEEPSUM_ERROR_INVALID_ARGUMENT},
    {ErrorCode::invalid_spec, KEEPSUM_ERROR_INVALID_SPEC},
    {ErrorCode::not_in_transaction, KEEPSUM_ERROR_NOT_IN_TRANSACTION},
    {ErrorCode::row_not_found, KEEPSUM_ERROR_ROW_NOT_FOUND},
    {ErrorCode::transaction_conflict, KEEPSUM_ERROR_TRANSACTION_CONFLICT},
    {ErrorCode::connection_lost, KEEPSUM_ERROR_CONNECTION_LOST},
    {ErrorCode::statement_failed, KEEPSUM_ERROR_STATEMENT_FAILED},
    {ErrorCode::statement_timed_out, KEEPSUM_ERROR_STATEMENT_FAILED},
    {ErrorCode::interrupted, KEEPSUM_ERROR_STATEMENT_FAILED},
    {ErrorCode::access_denied, KEEPSUM_ERROR_ACCESS_DENIED},
    {ErrorCode::plan_moved, KEEPSUM_ERROR_PLAN_MOVED},
    {ErrorCode::unsupported, KEEPSUM_ERROR_UNSUPPORTED},
    {ErrorCode::io_failed, KEEPSUM_ERROR_IO_FAILED},
    {ErrorCode::internal, KEEPSUM_ERROR_INTERNAL},
};

keepsum_code to_code(ErrorCode code) noexcept {
  for (const CodeName& each : codes) {
    if (each.code == code) return each.c_code;
  }
  return KEEPSUM_ERROR_INTERNAL;
}

keepsum_recovery to_recovery(Recovery recovery) noexcept {
  switch (recovery) {
    case Recovery::none: return KEEPSUM_RECOVERY_NONE;
    case Recovery::fix_spec: return KEEPSUM_RECOVERY_FIX_SPEC;
    case Recovery::retry_transaction: return KEEPSUM_RECOVERY_RETRY_TRANSACTION;
    case Recovery::reconnect: return KEEPSUM_RECOVERY_RECONNECT;
  }
  return KEEPSUM_RECOVERY_NONE;
}

bool continues_character(char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U; }

// Returns false if the text was cut. A byte 0 within would hide what follows it.
template <std::size_t Size>
bool copy(std::string_view text, char (&to)[Size]) noexcept {
  std::size_t length = std::min(text.size(), Size - 1);
  if (length < text.size()) {
    while (length > 0 && continues_character(text[length])) --length;
  }
  std::copy_n(text.data(), length, to);
  std::replace(to, to + length, '\0', ' ');
  to[length] = '\0';
  return length == text.size();
}

struct Facts {
  keepsum_code code = KEEPSUM_OK;
  keepsum_recovery recovery = KEEPSUM_RECOVERY_NONE;
  int native_code = 0;
  std::string_view where, message, hint, server_message;
};

keepsum_code fill(keepsum_error* error, const Facts& facts) noexcept {
  if (error == nullptr) return facts.code;
  error->code = facts.code;
  error->recovery = facts.recovery;
  error->native_code = facts.native_code;
  error->truncated = 0;
  if (!copy(facts.where, error->where)) error->truncated |= KEEPSUM_TRUNCATED_WHERE;
  if (!copy(facts.message, error->message)) error->truncated |= KEEPSUM_TRUNCATED_MESSAGE;
  if (!copy(facts.hint, error->hint)) error->truncated |= KEEPSUM_TRUNCATED_HINT;
  if (!copy(facts.server_message, error->server_message)) {
    error->truncated |= KEEPSUM_TRUNCATED_SERVER_MESSAGE;
  }
  return facts.code;
}

}  // namespace

// The struct of the first version: a later one must go on taking it.
bool is_usable(const keepsum_error* error) noexcept {
  return error == nullptr || error->size >= sizeof(keepsum_error);
}

keepsum_code succeed(keepsum_error* error) noexcept { return fill(error, {}); }

keepsum_code fail(keepsum_error* error, const Error& what) noexcept {
  return fill(error, {to_code(what.code), to_recovery(what.recovery), what.native_code, what.where,
                      what.message, what.hint, what.server_message});
}

keepsum_code fail_by_exception(keepsum_error* error) noexcept {
  constexpr std::string_view hint = "roll back the transaction and free the unit of work";
  const Facts no_memory{KEEPSUM_ERROR_OUT_OF_MEMORY,
                        KEEPSUM_RECOVERY_NONE,
                        0,
                        "",
                        "there is not enough memory",
                        hint,
                        ""};
  try {
    throw;
  } catch (const std::bad_alloc&) {
    return fill(error, no_memory);
  } catch (const std::length_error&) {
    return fill(error, no_memory);
  } catch (const std::exception& exception) {
    return fill(error,
                {KEEPSUM_ERROR_INTERNAL, KEEPSUM_RECOVERY_NONE, 0, "", exception.what(), hint, ""});
  } catch (...) {
    return fill(error, {KEEPSUM_ERROR_INTERNAL, KEEPSUM_RECOVERY_NONE, 0, "",
                        "an unknown exception", hint, ""});
  }
}

Error invalid_argument(std::string_view call, std::string_view problem) {
  Error error;
  error.code = ErrorCode::invalid_argument;
  error.where = call;
  error.message = problem;
  return error;
}

Result<void> require(std::string_view call, std::initializer_list<Required> pointers) {
  for (const Required& required : pointers) {
    if (required.pointer != nullptr) continue;
    return invalid_argument(call, std::string("`") + required.name + "` is NULL");
  }
  return {};
}

}  // namespace keepsum::c_api

extern "C" {

// The words are the C++ library's, which are literals.
const char* keepsum_code_name(std::int32_t code) {
  if (code == KEEPSUM_OK) return "ok";
  if (code == KEEPSUM_ERROR_OUT_OF_MEMORY) return "out_of_memory";
  for (const auto& each : keepsum::c_api::codes) {
    if (each.c_code == code) return keepsum::to_string(each.code).data();
  }
  return "unknown";
}

const char* keepsum_recovery_name(std::int32_t recovery) {
  using keepsum::Recovery;
  for (const Recovery each :
       {Recovery::none, Recovery::fix_spec, Recovery::retry_transaction, Recovery::reconnect}) {
    if (keepsum::c_api::to_recovery(each) == recovery) return keepsum::to_string(each).data();
  }
  return "unknown";
}

}  // extern "C"
