// What may stand on the two sides of a comparison, or be results of one expression.
#include <arpa/inet.h>
#include <fmt/format.h>

#include <array>
#include <boost/algorithm/string/predicate.hpp>
#include <regex>

#include "engine/plan/expr_type.hpp"
#include "schema/time_text.hpp"

namespace keepsum::plan {

using db::TypeFamily;
using schema::Expr;

namespace {

// As literals: also MySQL's date of zeros.
bool is_moment(const std::string& text) {
  return schema::parse_time_text(text).has_value() || text == "0000-00-00" ||
         text == "0000-00-00 00:00:00";
}

bool is_clock(const std::string& text) {
  static const std::regex form("-?[0-9]{2,3}:[0-5][0-9](:[0-5][0-9]([.][0-9]{1,6})?)?");
  return std::regex_match(text, form);
}

bool is_uuid(const std::string& text) {
  static const std::regex form(
      "[0-9a-fA-F]{32}|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}");
  return std::regex_match(text, form);
}

bool is_address(int family, const std::string& text) {
  std::array<unsigned char, sizeof(in6_addr)> address{};
  return inet_pton(family, text.c_str(), address.data()) == 1;
}

struct Words {
  std::string_view what;
  std::string_view hint;
};

Words words_of(Form form) {
  switch (form) {
    case Form::moment:
      return {"a date or time",
              "write a literal as '2026-10-01' or '2026-10-01 09:15:00'; store what is a date as "
              "one"};
    case Form::clock:
      return {"a date or time", "write a literal as '09:15:00'; store what is a time as one"};
    case Form::uuid:
      return {"a UUID",
              "write a literal as '6ccd780c-baba-1026-9564-5b8c656024db'; store what is a UUID as "
              "one"};
    case Form::inet4:
      return {"an INET4 address",
              "write a literal as '192.0.2.1'; store what is an address as one"};
    case Form::inet6:
      return {"an INET6 address",
              "write a literal as '2001:db8::1' or '::ffff:192.0.2.1'; store what is an address "
              "as one"};
  }
  return {};
}

}  // namespace

Forms forms_of(const std::string& text) {
  Forms forms;
  if (is_moment(text)) forms.insert(Form::moment);
  if (is_clock(text)) forms.insert(Form::clock);
  if (is_uuid(text)) forms.insert(Form::uuid);
  if (is_address(AF_INET, text)) forms.insert(Form::inet4);
  if (is_address(AF_INET6, text)) forms.insert(Form::inet6);
  return forms;
}

std::optional<Form> form_of(const db::ColumnInfo& column) {
  if (column.family != TypeFamily::other) return std::nullopt;
  if (boost::algorithm::iequals(column.declared_type, "uuid")) return Form::uuid;
  if (boost::algorithm::iequals(column.declared_type, "inet4")) return Form::inet4;
  if (boost::algorithm::iequals(column.declared_type, "inet6")) return Form::inet6;
  return std::nullopt;
}

bool ExprType::has(Form wanted) const {
  if (forms.contains(wanted) || form == wanted) return true;
  return is_temporal() && wanted == (family == TypeFamily::time ? Form::clock : Form::moment);
}

void TypeChecker::check_form(const Expr& at, Form form, const ExprType& other) {
  if (!exact_decimals_ || other.has(form)) return;
  const Words words = words_of(form);
  report(at, "incomparable",
         fmt::format("{} is compared with {} that may be none, which would end a writer's "
                     "statement",
                     words.what, to_string(other.family)),
         std::string(words.hint));
}

void TypeChecker::check_comparable(const Expr& at, const ExprType& a, const ExprType& b) {
  if (a.is_null || b.is_null) return;
  if (a.is_number() && b.is_number()) return;
  if (a.family == b.family) return;
  const auto is_text = [](const ExprType& t) { return t.family == TypeFamily::text; };
  const auto is_other = [](const ExprType& t) { return t.family == TypeFamily::other; };
  if (a.is_temporal() && b.is_temporal()) {
    if (!exact_decimals_ || (a.family == TypeFamily::time) == (b.family == TypeFamily::time))
      return;
    report(at, "incomparable",
           "a time of day is compared with a point in time: the server takes it for today's",
           "compare hour() and minute() of the date-time");
    return;
  }
  if ((a.is_temporal() && is_text(b)) || (b.is_temporal() && is_text(a))) {
    const bool is_time = (is_text(a) ? b : a).family == TypeFamily::time;
    check_form(at, is_time ? Form::clock : Form::moment, is_text(a) ? a : b);
    return;
  }
  if ((is_text(a) && b.family == TypeFamily::binary) ||
      (is_text(b) && a.family == TypeFamily::binary)) {
    return;
  }
  if (a.form || b.form) {
    check_form(at, a.form ? *a.form : *b.form, a.form ? b : a);
    return;
  }
  if (is_other(a) || is_other(b)) return;  // ENUM and its like compare with text
  const auto is_bool = [](const ExprType& t) { return t.family == TypeFamily::boolean_; };
  if ((is_bool(a) && b.is_number()) || (is_bool(b) && a.is_number())) return;
  report(at, "incomparable",
         fmt::format("{} is compared with {}: databases compare these as floating-point numbers "
                     "or not at all",
                     to_string(a.family), to_string(b.family)),
         "write both sides in one type: quote the literal, take the quotes away, or CAST one side");
}

}  // namespace keepsum::plan
