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

}  // namespace keepsum::sql
