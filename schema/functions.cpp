#include "schema/functions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>

namespace keepsum::schema {

namespace {

constexpr std::size_t any_number = std::numeric_limits<std::size_t>::max();

constexpr std::array functions{
    FunctionSignature{"abs", 1, 1},
    FunctionSignature{"bucket", 2, 3},
    FunctionSignature{"coalesce", 2, any_number},
    FunctionSignature{"concat", 1, any_number},
    FunctionSignature{"date", 1, 1},
    FunctionSignature{"day", 1, 1},
    FunctionSignature{"div", 2, 2},
    FunctionSignature{"greatest", 2, any_number},
    FunctionSignature{"hour", 1, 1},
    FunctionSignature{"least", 2, any_number},
    FunctionSignature{"length", 1, 1},
    FunctionSignature{"lower", 1, 1},
    FunctionSignature{"ltrim", 1, 1},
    FunctionSignature{"minute", 1, 1},
    FunctionSignature{"mod", 2, 2},
    FunctionSignature{"month", 1, 1},
    FunctionSignature{"nullif", 2, 2},
    FunctionSignature{"prev", 1, 1},
    FunctionSignature{"replace", 3, 3},
    FunctionSignature{"rtrim", 1, 1},
    FunctionSignature{"sign", 1, 1},
    FunctionSignature{"substr", 2, 3},
    FunctionSignature{"trim", 1, 1},
    FunctionSignature{"upper", 1, 1},
    FunctionSignature{"year", 1, 1},
};

constexpr std::string_view row_alone = "a result must depend on its row alone";
constexpr std::string_view store_it = "store the value in a column when the row is written";
constexpr std::string_view session_zone = "its result depends on the time zone of the session";
constexpr std::string_view not_exact = "its result is a floating-point number, and is not exact";
constexpr std::string_view rounding = "rounding each row makes the total differ from the exact one";
constexpr std::string_view keep_exact = "keep the sum exact, and round where it is read";
constexpr std::string_view other_name = "keepsum has it by another name";

constexpr std::array refused_functions{
    RefusedFunction{"now", row_alone, store_it},
    RefusedFunction{"current_timestamp", row_alone, store_it},
    RefusedFunction{"current_date", row_alone, store_it},
    RefusedFunction{"current_time", row_alone, store_it},
    RefusedFunction{"localtime", row_alone, store_it},
    RefusedFunction{"localtimestamp", row_alone, store_it},
    RefusedFunction{"curdate", row_alone, store_it},
    RefusedFunction{"curtime", row_alone, store_it},
    RefusedFunction{"sysdate", row_alone, store_it},
    RefusedFunction{"utc_date", row_alone, store_it},
    RefusedFunction{"utc_timestamp", row_alone, store_it},
    RefusedFunction{"julianday", row_alone, store_it},
    RefusedFunction{"rand", row_alone, store_it},
    RefusedFunction{"random", row_alone, store_it},
    RefusedFunction{"randomblob", row_alone, store_it},
    RefusedFunction{"uuid", row_alone, store_it},
    RefusedFunction{"user", row_alone, store_it},
    RefusedFunction{"current_user", row_alone, store_it},
    RefusedFunction{"session_user", row_alone, store_it},
    RefusedFunction{"database", row_alone, store_it},
    RefusedFunction{"schema", row_alone, store_it},
    RefusedFunction{"last_insert_id", row_alone, store_it},
    RefusedFunction{"last_insert_rowid", row_alone, store_it},
    RefusedFunction{"row_count", row_alone, store_it},
    RefusedFunction{"changes", row_alone, store_it},
    RefusedFunction{"connection_id", row_alone, store_it},
    RefusedFunction{"version", row_alone, "write the value itself"},
    RefusedFunction{"sleep", row_alone, "remove it"},
    RefusedFunction{"unix_timestamp", session_zone, "group by `date(x)`, or by `year`, `month`, …"},
    RefusedFunction{"from_unixtime", session_zone,
                    "write `bucket('1 day', x)`; a whole number is taken for seconds since 1970"},
    RefusedFunction{
        "convert_tz", "time zone tables differ between servers",
        "write `bucket('1 day', x, 'Asia/Tokyo')`: it looks whether the server has the zone"},
    RefusedFunction{"date_format", "names of days and months depend on the session",
                    "write `date(x)`, `year(x)`, `month(x)`, …"},
    RefusedFunction{"strftime", "it is not portable", "write `date(x)`, `year(x)`, `month(x)`, …"},
    RefusedFunction{"extract", "it is not portable", "write `year(x)`, `month(x)`, `day(x)`, …"},
    RefusedFunction{"dayofmonth", other_name, "write `day(x)`"},
    RefusedFunction{"week", "its result depends on a setting of the session",
                    "write `bucket('1 week', x)`; a week starts on Monday"},
    RefusedFunction{"round", rounding, keep_exact},
    RefusedFunction{"floor", rounding,
                    "write `div(a, b)` for integer division, or keep the sum exact"},
    RefusedFunction{"ceil", rounding, keep_exact},
    RefusedFunction{"ceiling", rounding, keep_exact},
    RefusedFunction{"truncate", rounding, keep_exact},
    RefusedFunction{"trunc", rounding, keep_exact},
    RefusedFunction{"format", "its result depends on the language of the session", keep_exact},
    RefusedFunction{"pow", not_exact, "multiply instead"},
    RefusedFunction{"power", not_exact, "multiply instead"},
    RefusedFunction{"sqrt", not_exact, "sum `x * x`, and take the root where it is read"},
    RefusedFunction{"exp", not_exact, ""},
    RefusedFunction{"log", not_exact, ""},
    RefusedFunction{"ln", not_exact, ""},
    RefusedFunction{"if", "it is not portable", "write `CASE WHEN c THEN a ELSE b END`"},
    RefusedFunction{"iif", "it is not portable", "write `CASE WHEN c THEN a ELSE b END`"},
    RefusedFunction{"ifnull", other_name, "write `coalesce(a, b)`"},
    RefusedFunction{"nvl", other_name, "write `coalesce(a, b)`"},
    RefusedFunction{"isnull", "it is not portable", "write `x IS NULL`"},
    RefusedFunction{"substring", other_name, "write `substr(x, start, length)`"},
    RefusedFunction{"mid", other_name, "write `substr(x, start, length)`"},
    RefusedFunction{"left", "it is not portable", "write `substr(x, 1, n)`"},
    RefusedFunction{"right", "it is not portable", "write `substr(x, length(x) - n + 1)`"},
    RefusedFunction{"char_length", other_name, "write `length(x)`; it counts characters"},
    RefusedFunction{"character_length", other_name, "write `length(x)`; it counts characters"},
    RefusedFunction{"ucase", other_name, "write `upper(x)`"},
    RefusedFunction{"lcase", other_name, "write `lower(x)`"},
    RefusedFunction{"concat_ws", "it is not portable", "write `concat(a, ' ', b)`"},
    RefusedFunction{"convert", other_name, "write `CAST(x AS type)`"},
    RefusedFunction{"values", "it names the row being inserted, and a spec has none", ""},
    RefusedFunction{"regexp_like", "regular expressions are not portable", "write `LIKE`"},
    RefusedFunction{"lag", "window functions are not supported",
                    "write `prev(x)`, within `sum(… ORDER BY …)`"},
    RefusedFunction{"lead", "window functions are not supported",
                    "turn the order round, and write `prev(x)` within `sum(… ORDER BY … DESC)`"},
    RefusedFunction{"json_extract", "JSON functions differ between databases",
                    "add a generated column for the value, and use that"},
    RefusedFunction{"json_value", "JSON functions differ between databases",
                    "add a generated column for the value, and use that"},
};

constexpr std::string_view no_state = "it cannot be kept true by small changes";
constexpr std::array refused_aggregates{
    RefusedFunction{"group_concat", no_state, ""},
    RefusedFunction{"string_agg", no_state, ""},
    RefusedFunction{"array_agg", no_state, ""},
    RefusedFunction{"json_arrayagg", no_state, ""},
    RefusedFunction{"json_objectagg", no_state, ""},
    RefusedFunction{"json_group_array", no_state, ""},
    RefusedFunction{"median", no_state, ""},
    RefusedFunction{"std", other_name, "write `stddev_pop(x)`"},
    RefusedFunction{"stddev", "it is of the population here and of a sample there",
                    "write `stddev_pop(x)` or `stddev_samp(x)`"},
    RefusedFunction{"variance", "it is of the population here and of a sample there",
                    "write `var_pop(x)` or `var_samp(x)`"},
    RefusedFunction{"total", "its result is a floating-point number, and is not exact",
                    "write `sum(x)`; the sum of nothing is 0 here"},
    RefusedFunction{"bit_and",
                    "which rows lack a bit cannot be told when one goes, and no index finds them",
                    "write one `every(…)` per bit"},
    RefusedFunction{"bit_or",
                    "which rows have a bit cannot be told when one goes, and no index finds them",
                    "write one `any(…)` per bit"},
    RefusedFunction{"bit_xor", "it is not portable", ""},
    RefusedFunction{"any_value", "which value it gives is not determined", "write `min(x)`"},
    RefusedFunction{"bool_or", other_name, "write `any(condition)`"},
    RefusedFunction{"exists", other_name, "write `any(condition)`"},
    RefusedFunction{"bool_and", other_name, "write `every(condition)`"},
    RefusedFunction{"count_distinct", other_name, "write `count(DISTINCT x)`"},
    RefusedFunction{"approx_count_distinct", "it is not exact", "write `count(DISTINCT x)`"},
    RefusedFunction{"first_value", "window functions are not supported",
                    "write `earliest(x ORDER BY t)`"},
    RefusedFunction{"last_value", "window functions are not supported",
                    "write `latest(x ORDER BY t)`"},
    RefusedFunction{"row_number", "window functions are not supported",
                    "for a row's place in a list write `ordinal(ORDER BY t)`"},
    RefusedFunction{"rank", "window functions are not supported",
                    "`keepsum read NAME --rank-of key=…` gives a rank by a column"},
};

constexpr std::array<std::string_view, 15> own_aggregates{
    "any", "avg",     "count",      "earliest",    "every", "latch",   "latest",  "max",
    "min", "ordinal", "stddev_pop", "stddev_samp", "sum",   "var_pop", "var_samp"};

template <class Table>
auto find_in(const Table& table, std::string_view name) -> decltype(table.data()) {
  const auto found = std::find_if(table.begin(), table.end(),
                                  [name](const auto& entry) { return entry.name == name; });
  return found == table.end() ? nullptr : &*found;
}

}  // namespace

const FunctionSignature* find_function(std::string_view name) { return find_in(functions, name); }

const RefusedFunction* find_refused_function(std::string_view name) {
  return find_in(refused_functions, name);
}

const RefusedFunction* find_refused_aggregate(std::string_view name) {
  return find_in(refused_aggregates, name);
}

bool is_aggregate_name(std::string_view name) {
  return std::find(own_aggregates.begin(), own_aggregates.end(), name) != own_aggregates.end() ||
         find_refused_aggregate(name) != nullptr;
}

std::vector<std::string> function_names() {
  std::vector<std::string> names;
  for (const FunctionSignature& function : functions) names.emplace_back(function.name);
  return names;
}

std::string arity_text(const FunctionSignature& function) {
  const auto [name, least, most] = function;
  if (most == any_number) {
    return fmt::format("`{}` takes at least {} argument{}", name, least, least == 1 ? "" : "s");
  }
  if (least != most) return fmt::format("`{}` takes {} or {} arguments", name, least, most);
  return fmt::format("`{}` takes {} argument{}", name, least, least == 1 ? "" : "s");
}

}  // namespace keepsum::schema
