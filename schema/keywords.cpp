// The words that have a meaning in the grammar, or in SQL around it, and so are no bare names.
#include <algorithm>
#include <array>
#include <string_view>

#include "schema/lexer.hpp"

namespace keepsum::schema {

namespace {

// In alphabetical order.
// clang-format off
constexpr std::array<std::string_view, 59> keywords{
    "and", "as", "asc", "between", "by", "case", "cast", "collate", "cross", "current_date",
    "current_time", "current_timestamp", "current_user", "desc", "distinct", "div", "else",
    "end", "escape", "exists", "false", "filter", "from", "full", "glob", "group", "having",
    "in", "inner", "interval", "is", "join", "left", "like", "limit", "localtime",
    "localtimestamp", "mod", "natural", "not", "null", "on", "or", "order", "outer", "over",
    "regexp", "right", "rlike", "select", "straight_join", "then", "true", "union", "using",
    "when", "where", "with", "xor"};
// clang-format on

static_assert(std::is_sorted(keywords.begin(), keywords.end()));

}  // namespace

bool is_keyword(std::string_view lower) {
  return std::binary_search(keywords.begin(), keywords.end(), lower);
}

}  // namespace keepsum::schema
