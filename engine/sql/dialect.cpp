#include "engine/sql/dialect.hpp"

namespace keepsum::sql {

std::string_view to_string(Timing timing) noexcept {
  return timing == Timing::before ? "BEFORE" : "AFTER";
}

std::string_view to_string(Event event) noexcept {
  switch (event) {
    case Event::insert: return "INSERT";
    case Event::update: return "UPDATE";
    case Event::remove: return "DELETE";
  }
  return "INSERT";
}

std::string indented(std::string_view sql, std::string_view indent) {
  std::string text(indent);
  char quote = '\0';  // a doubled one ends and begins again
  for (const char c : sql) {
    text += c;
    if (quote == '\0' && c == '\n') text += indent;
    if (quote == '\0' && (c == '\'' || c == '"' || c == '`')) {
      quote = c;
    } else if (c == quote) {
      quote = '\0';
    }
  }
  return text;
}

}  // namespace keepsum::sql
