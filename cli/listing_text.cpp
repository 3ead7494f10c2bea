#include "cli/listing_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "cli/report_json.hpp"
#include "cli/terminal.hpp"

namespace keepsum::cli {

namespace json = boost::json;

namespace {

json::object row_object(const plan::SummaryPlan& plan, const lifecycle::Listing& listing,
                        const lifecycle::GroupRow& row) {
  json::object key;
  for (std::size_t i = 0; i < row.key.size(); ++i) {
    key[plan.keys[listing.keys[i]].name] = to_json(row.key[i]);
  }
  return {{"key", std::move(key)}, {"values", value_object(plan, listing.aggregates, row.values)}};
}

// Columns that the listing has no figures of.
std::vector<std::string> left_out(const plan::SummaryPlan& plan,
                                  const lifecycle::Listing& listing) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < plan.aggregates.size(); ++i) {
    const auto& shown = listing.aggregates;
    if (std::find(shown.begin(), shown.end(), i) != shown.end()) continue;
    names.push_back(plan.aggregates[i].column.name);
  }
  return names;
}

// A database may add up integers to a decimal number: an answer has one type, wherever it is from.
db::Value as_integer(const db::Value& value) {
  const auto* decimal = std::get_if<db::Decimal>(&value);
  if (decimal == nullptr) return value;
  const std::string text = db::display(value);
  std::int64_t number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = failed == std::errc{} && end == text.data() + text.size();
  return whole ? db::Value(number) : value;
}

json::value text_or_null(const std::optional<std::string>& text) {
  return text ? json::value(*text) : json::value();
}

}  // namespace

std::string display(const plan::AggregatePlan& aggregate, const db::Value& value) {
  if (!aggregate.aggregate->is_condition() || db::is_null(value)) return db::display(value);
  return db::as_int64(value) != 0 ? "true" : "false";
}

json::object head(const plan::SummaryPlan& plan, bool from_summary,
                  const lifecycle::Standing& standing) {
  return {{"version", 1},
          {"summary", plan.spec.name},
          {"from", from_summary ? "summary" : "source"},
          {"shadow", standing.shadow}};
}

json::object key_object(const plan::SummaryPlan& plan, const std::vector<db::Value>& key) {
  json::object object;
  for (std::size_t i = 0; i < key.size(); ++i) object[plan.keys[i].name] = to_json(key[i]);
  return object;
}

json::object value_object(const plan::SummaryPlan& plan, const std::vector<std::size_t>& aggregates,
                          const std::vector<db::Value>& values) {
  json::object object;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const plan::AggregatePlan& aggregate = plan.aggregates[aggregates[i]];
    const plan::ExprType& type =
        aggregate.visible ? aggregate.visible->type : plan.state[aggregate.state.front()].type;
    object[aggregate.column.name] = to_json(
        aggregate, type.family == db::TypeFamily::integer ? as_integer(values[i]) : values[i]);
  }
  return object;
}

std::vector<std::int64_t> ranks(const lifecycle::Listing& listing, std::size_t by) {
  std::vector<std::int64_t> result;
  for (std::size_t i = 0; i < listing.rows.size(); ++i) {
    const bool ties = i > 0 && listing.rows[i].values[by] == listing.rows[i - 1].values[by];
    result.push_back(ties ? result.back() : static_cast<std::int64_t>(i) + 1);
  }
  return result;
}

json::object range_json(const plan::SummaryPlan& plan, const lifecycle::Listing& listing) {
  json::object answer = head(plan, listing.from_summary, listing.standing);
  answer["buckets"] = json::object{{"first", text_or_null(listing.range.first)},
                                   {"last", text_or_null(listing.range.last)}};
  json::array rows, without;
  for (const lifecycle::GroupRow& row : listing.rows) {
    rows.push_back(row_object(plan, listing, row));
  }
  for (const std::string& name : left_out(plan, listing)) without.emplace_back(name);
  answer["rows"] = std::move(rows);
  answer["left_out"] = std::move(without);
  return answer;
}

json::object top_json(const plan::SummaryPlan& plan, const lifecycle::Listing& listing,
                      std::size_t by) {
  json::object answer = head(plan, listing.from_summary, listing.standing);
  answer["by"] = plan.aggregates[by].column.name;
  json::array rows;
  const auto places = ranks(listing, by);
  for (std::size_t i = 0; i < listing.rows.size(); ++i) {
    json::object row = row_object(plan, listing, listing.rows[i]);
    row["rank"] = places[i];
    rows.push_back(std::move(row));
  }
  answer["rows"] = std::move(rows);
  return answer;
}

std::string listing_table(const plan::SummaryPlan& plan, const lifecycle::Listing& listing,
                          std::optional<std::size_t> by) {
  std::vector<std::vector<std::string>> lines(1);
  if (by) lines.front().emplace_back("rank");
  for (const std::size_t key : listing.keys) lines.front().push_back(plan.keys[key].name);
  for (const std::size_t a : listing.aggregates) {
    lines.front().push_back(plan.aggregates[a].column.name);
  }
  const auto places = by ? ranks(listing, *by) : std::vector<std::int64_t>();
  for (std::size_t r = 0; r < listing.rows.size(); ++r) {
    const lifecycle::GroupRow& row = listing.rows[r];
    std::vector<std::string> line;
    if (by) line.push_back(std::to_string(places[r]));
    for (const db::Value& value : row.key) line.push_back(db::display(value));
    for (std::size_t i = 0; i < row.values.size(); ++i) {
      line.push_back(display(plan.aggregates[listing.aggregates[i]], row.values[i]));
    }
    lines.push_back(std::move(line));
  }
  return table(lines);
}

void say_range(const plan::SummaryPlan& plan, const lifecycle::Listing& listing, bool each) {
  const lifecycle::BucketRange& range = listing.range;
  print_err(fmt::format("{}: buckets from {} to {}{}\n", plan.spec.name,
                        range.first.value_or("the first"), range.last.value_or("the last"),
                        each ? "" : ", merged"));
  for (const std::string& name : left_out(plan, listing)) {
    print_err(
        fmt::format("{} {} is left out: it does not follow from its buckets' figures; --each "
                    "lists them\n",
                    paint_err(Style::yellow, "!"), name));
  }
}

void say_source(const plan::SummaryPlan& plan, bool from_summary,
                const lifecycle::Standing& standing) {
  if (from_summary) return;
  const bool is_lazy = standing.state == lifecycle::State::lazy;
  print_err(fmt::format("{} {}: computed from the source\n", plan.spec.name,
                        is_lazy               ? "is filled as it is read"
                        : !standing.is_true() ? "is not live yet"
                        : standing.shadow
                            ? "is a shadow"
                            : "has lost its table, or its mark (see `keepsum status`)"));
}

}  // namespace keepsum::cli
