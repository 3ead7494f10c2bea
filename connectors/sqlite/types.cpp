#include "connectors/sqlite/types.hpp"

#include <boost/algorithm/string/predicate.hpp>
#include <charconv>
#include <utility>

namespace keepsum::sqlite {

db::TypeFamily family_of_declared_type(std::string_view declared_type) noexcept {
  using enum db::TypeFamily;
  // The first word found decides. INT first, as in SQLite itself ("POINT" is an integer there);
  // dates before the text types, because those are what people mean.
  constexpr std::pair<std::string_view, db::TypeFamily> words[] = {
      {"INT", integer},   {"DATETIME", datetime}, {"TIMESTAMP", datetime}, {"DATE", date},
      {"TIME", time},     {"BOOL", boolean_},     {"CHAR", text},          {"CLOB", text},
      {"TEXT", text},     {"BLOB", binary},       {"REAL", floating},      {"FLOA", floating},
      {"DOUB", floating},
  };
  // ANY of a STRICT table converts nothing, like no type at all.
  if (declared_type.empty() || boost::algorithm::iequals(declared_type, "ANY")) return other;
  for (const auto& [word, family] : words) {
    if (boost::algorithm::icontains(declared_type, word)) return family;
  }
  return floating;  // NUMERIC affinity
}

std::int64_t declared_length(std::string_view declared_type) noexcept {
  const std::size_t open = declared_type.find('(');
  if (open == std::string_view::npos) return 0;
  std::int64_t length = 0;
  const char* const end = declared_type.data() + declared_type.size();
  std::from_chars(declared_type.data() + open + 1, end, length);
  return length;
}

}  // namespace keepsum::sqlite
