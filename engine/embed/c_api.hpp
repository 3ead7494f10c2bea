// What the functions of keepsum.h are made of: the handles, errors by value into the caller's
// struct, and the wall that no exception passes.
#pragma once

#include <keepsum/keepsum.h>

#include <initializer_list>
#include <keepsum/reader.hpp>
#include <keepsum/result.hpp>
#include <keepsum/session.hpp>
#include <keepsum/summaries.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct keepsum_summaries {
  keepsum::Summaries summaries;
  std::vector<std::string> names;
};

struct keepsum_session {
  std::unique_ptr<keepsum::db::Session> session;
};

// Has its own Summaries, which are cheap to copy, so that the caller may free theirs.
struct keepsum_unit {
  keepsum_unit(const keepsum::Summaries& of, keepsum::db::Session& session)
      : summaries(of), unit(summaries, session) {}
  keepsum::Summaries summaries;
  keepsum::UnitOfWork unit;
};

namespace keepsum::c_api {

using Names = std::vector<std::string>;

}  // namespace keepsum::c_api

struct keepsum_reader {
  keepsum::reading::Core core;
  std::shared_ptr<const keepsum::c_api::Names> columns;
};

// `values` point into `rows`.
struct keepsum_result {
  std::shared_ptr<const keepsum::c_api::Names> columns;
  std::vector<keepsum::db::Row> rows;
  std::vector<keepsum_value> values;
};

namespace keepsum::c_api {

// Whether the struct may be written to; NULL may be passed for it.
[[nodiscard]] bool is_usable(const keepsum_error* error) noexcept;
keepsum_code succeed(keepsum_error* error) noexcept;
keepsum_code fail(keepsum_error* error, const Error& what) noexcept;
// Of the exception that is being handled.
keepsum_code fail_by_exception(keepsum_error* error) noexcept;

// Runs the body of a call, which returns a Result<void>.
template <class Body>
keepsum_code guarded(keepsum_error* error, const Body& body) noexcept {
  if (!is_usable(error)) return KEEPSUM_ERROR_INVALID_ARGUMENT;
  try {
    const Result<void> done = body();
    return done.has_value() ? succeed(error) : fail(error, done.error());
  } catch (...) {
    return fail_by_exception(error);
  }
}

// The same for a call that makes a handle: `*out` is NULL unless it succeeds. The body returns a
// Result<std::unique_ptr<Handle>>.
template <class Handle, class Body>
keepsum_code making(std::string_view call, Handle** out, keepsum_error* error,
                    const Body& body) noexcept;

[[nodiscard]] Error invalid_argument(std::string_view call, std::string_view problem);

struct Required {
  const void* pointer;
  const char* name;
};
// Errors: invalid_argument if one of them is NULL.
Result<void> require(std::string_view call, std::initializer_list<Required> pointers);

// Copies. Errors: invalid_argument for an unknown type, or NULL data of some length.
Result<db::Value> to_value(std::string_view call, const keepsum_value& value);
Result<std::vector<db::Value>> to_key(std::string_view call, const keepsum_value* values,
                                      std::size_t columns);
Result<std::vector<std::vector<db::Value>>> to_keys(std::string_view call,
                                                    const keepsum_keys& keys);
// Points into `value`.
[[nodiscard]] keepsum_value from_value(const db::Value& value) noexcept;

[[nodiscard]] std::unique_ptr<keepsum_summaries> make_summaries(Summaries summaries);
// Errors: io_failed.
Result<std::string> read_file(std::string_view call, const char* path);

template <class Handle, class Body>
keepsum_code making(std::string_view call, Handle** out, keepsum_error* error,
                    const Body& body) noexcept {
  if (out != nullptr) *out = nullptr;
  return guarded(error, [&]() -> Result<void> {
    KEEPSUM_TRY(require(call, {{out, "out"}}));
    KEEPSUM_ASSIGN(std::unique_ptr<Handle> made, body());
    *out = made.release();
    return {};
  });
}

// The loads and borrows of a driver, whose public functions differ in the handle's type alone.
template <class Driver, class Load>
keepsum_code load_text(std::string_view call, Driver* handle, const char* text, std::size_t length,
                       keepsum_summaries** out, keepsum_error* error, const Load& load) noexcept {
  return making(call, out, error, [&]() -> Result<std::unique_ptr<keepsum_summaries>> {
    KEEPSUM_TRY(require(call, {{handle, "handle"}, {text, "text"}}));
    KEEPSUM_ASSIGN(Summaries summaries, load(handle, std::string_view(text, length)));
    return make_summaries(std::move(summaries));
  });
}

template <class Driver, class Load>
keepsum_code load_file(std::string_view call, Driver* handle, const char* path,
                       keepsum_summaries** out, keepsum_error* error, const Load& load) noexcept {
  return making(call, out, error, [&]() -> Result<std::unique_ptr<keepsum_summaries>> {
    KEEPSUM_TRY(require(call, {{handle, "handle"}, {path, "path"}}));
    KEEPSUM_ASSIGN(const std::string text, read_file(call, path));
    KEEPSUM_ASSIGN(Summaries summaries, load(handle, std::string_view(text)));
    return make_summaries(std::move(summaries));
  });
}

template <class Driver, class Borrow>
keepsum_code borrow_handle(std::string_view call, Driver* handle, keepsum_session** out,
                           keepsum_error* error, const Borrow& borrow) noexcept {
  return making(call, out, error, [&]() -> Result<std::unique_ptr<keepsum_session>> {
    KEEPSUM_TRY(require(call, {{handle, "handle"}}));
    return std::unique_ptr<keepsum_session>(new keepsum_session{borrow(handle)});
  });
}

}  // namespace keepsum::c_api
