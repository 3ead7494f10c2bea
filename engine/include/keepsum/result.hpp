// Result<T>: a value or an Error. Never throws unless value() is called on an error.
#pragma once

#include <boost/system/result.hpp>
#include <keepsum/error.hpp>
#include <stdexcept>
#include <type_traits>
#include <utility>

namespace keepsum {

[[noreturn]] inline void throw_exception_from_error(const Error& error,
                                                    const boost::source_location& /*location*/) {
  throw std::runtime_error(describe(error));
}

template <class T>
class [[nodiscard]] Result : public boost::system::result<T, Error> {
  using Base = boost::system::result<T, Error>;

 public:
  using Base::Base;

  // Left to the compiler, `return {};` would set the room of an Error to zero first, on the way of
  // every call that has nothing to report.
  // NOLINTNEXTLINE(modernize-use-equals-default)
  constexpr Result() noexcept(std::is_nothrow_default_constructible_v<Base>)
    requires std::is_default_constructible_v<Base>
      : Base() {}
};

}  // namespace keepsum

// Returns the error of `expression` from the enclosing function, if it has one. Unlikely: what
// follows an error is kept out of the way of the rest, which a service runs between two waits for
// its database, with cold caches.
#define KEEPSUM_TRY(expression) \
  KEEPSUM_TRY_AS(KEEPSUM_CONCAT(keepsum_tried_, __LINE__), expression)
#define KEEPSUM_TRY_AS(name, expression)                   \
  do {                                                     \
    auto&& name = (expression);                            \
    if (name.has_error()) [[unlikely]]                     \
      return std::move(name).error();                      \
  } while (false)

// `KEEPSUM_ASSIGN(auto rows, session.rows(sql));` binds the value or returns the error.
#define KEEPSUM_CONCAT_INNER(a, b) a##b
#define KEEPSUM_CONCAT(a, b) KEEPSUM_CONCAT_INNER(a, b)
#define KEEPSUM_ASSIGN(declaration, expression) \
  KEEPSUM_ASSIGN_AS(KEEPSUM_CONCAT(keepsum_result_, __LINE__), declaration, expression)
#define KEEPSUM_ASSIGN_AS(name, declaration, expression) \
  auto name = (expression);                              \
  if (name.has_error()) [[unlikely]]                     \
    return std::move(name).error();                      \
  declaration = std::move(name).value()
