#include "engine/reconcile/seal_state.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>

#include "engine/db/optional.hpp"
#include "engine/sql/seal.hpp"

namespace keepsum::reconcile {

namespace json = boost::json;

namespace {

constexpr std::int64_t seal_version = 1;
// More than one run a minute for a day of `after` loses nothing but exactness of the time.
constexpr std::size_t seen_max = 64;

constexpr const char* seal_columns[] = {"version", "watermark", "next_watermark", "rows_sealed",
                                        "seen",    "sealed_at", "verified_at",    "open_keys"};

template <class Number>
std::optional<db::Value> parsed(std::string_view text) {
  Number number{};
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return db::Value(number);
}

std::optional<db::Value> order_of_text(std::string_view text, bool is_unsigned) {
  return is_unsigned ? parsed<std::uint64_t>(text) : parsed<std::int64_t>(text);
}

std::optional<db::Value> order_value(const db::Value& stored, bool is_unsigned) {
  if (db::is_null(stored)) return std::nullopt;
  return order_of_text(db::as_text(stored), is_unsigned);
}

bool is_less(const db::Value& a, const db::Value& b) {
  const auto* const left = std::get_if<std::uint64_t>(&a);
  const auto* const right = std::get_if<std::uint64_t>(&b);
  if (left != nullptr && right != nullptr) return *left < *right;
  return db::as_int64(a) < db::as_int64(b);
}

std::string to_text(const std::vector<std::pair<double, db::Value>>& seen) {
  json::array all;
  for (const auto& [at, value] : seen)
    all.push_back(json::array{at, json::string(db::as_text(value))});
  return json::serialize(all);
}

std::vector<std::pair<double, db::Value>> seen_from(const std::string& text, bool is_unsigned) {
  std::vector<std::pair<double, db::Value>> seen;
  boost::system::error_code failed;
  const json::value all = json::parse(text, failed);
  if (failed || !all.is_array()) return seen;
  for (const json::value& one : all.get_array()) {
    if (!one.is_array() || one.get_array().size() != 2) return {};
    const json::value &at = one.get_array()[0], &value = one.get_array()[1];
    if (!at.is_number() || !value.is_string()) return {};
    const json::string& digits = value.get_string();
    const auto order = order_of_text(std::string_view(digits.data(), digits.size()), is_unsigned);
    if (!order) return {};
    seen.emplace_back(at.to_number<double>(), *order);
  }
  return seen;
}

}  // namespace

Result<std::optional<Seal>> Seals::load(const plan::SummaryPlan& plan) {
  for (const std::string& table :
       {std::string("keepsum_seals"), sql::seal_table_name(plan.spec.name)}) {
    KEEPSUM_ASSIGN(const auto info, database_.catalog.table(table));
    if (!info) return std::optional<Seal>{};
  }
  KEEPSUM_ASSIGN(const auto row,
                 database_.session.row(fmt::format("SELECT {} FROM keepsum_seals WHERE summary = ?",
                                                   fmt::join(seal_columns, ", ")),
                                       std::vector<db::Value>{plan.spec.name}));
  Seal seal;
  if (!row || db::as_int64((*row)[0]) != seal_version) return std::optional(seal);
  const bool is_unsigned = plan.seal->is_unsigned;
  seal.watermark = order_value((*row)[1], is_unsigned);
  seal.next_watermark = order_value((*row)[2], is_unsigned);
  seal.rows_sealed = db::as_int64((*row)[3]);
  seal.seen = seen_from(db::as_text((*row)[4]), is_unsigned);
  seal.sealed_at = optional_text((*row)[5]);
  seal.verified_at = optional_text((*row)[6]);
  seal.open_keys = db::as_int64((*row)[7]);
  return std::optional(seal);
}

Result<void> Seals::save(const plan::SummaryPlan& plan, const Seal& seal, Lease& lease) {
  std::vector<std::string> assignments, places;
  for (const char* column : seal_columns) {
    assignments.push_back(fmt::format("{} = {}", column, database_.dialect.incoming(column)));
    places.emplace_back("?");
  }
  const std::string statement = fmt::format(
      "INSERT INTO keepsum_seals ({}, summary) VALUES ({}, ?) {}", fmt::join(seal_columns, ", "),
      fmt::join(places, ", "), database_.dialect.upsert_clause({"summary"}, assignments));
  const std::vector<db::Value> params{seal_version,
                                      db::nullable(seal.watermark),
                                      db::nullable(seal.next_watermark),
                                      seal.rows_sealed,
                                      to_text(seal.seen),
                                      db::nullable(seal.sealed_at),
                                      db::nullable(seal.verified_at),
                                      seal.open_keys,
                                      plan.spec.name};
  return lifecycle::in_transaction(database_.session, [&]() -> Result<void> {
    KEEPSUM_TRY(lease.check());
    KEEPSUM_TRY(database_.session.execute(statement, params));
    return {};
  });
}

Result<std::optional<db::Value>> Seals::highest(const plan::SummaryPlan& plan) {
  KEEPSUM_ASSIGN(const auto value,
                 database_.session.scalar(fmt::format(
                     "SELECT MAX({}) FROM {}", database_.dialect.identifier(plan.seal->column),
                     database_.dialect.identifier(plan.table(plan.seal->alias).info.name))));
  return order_value(value, plan.seal->is_unsigned);
}

void note_seen(Seal& seal, double now_s, const db::Value& highest,
               std::chrono::milliseconds after) {
  const double before = now_s - static_cast<double>(after.count()) / 1000;
  // Of those that are old enough only the last can be asked for.
  while (seal.seen.size() > 1 && seal.seen[1].first <= before) seal.seen.erase(seal.seen.begin());
  if (seal.seen.size() >= seen_max) {
    // Each second one goes: the times between them double.
    for (std::size_t i = 1; i < seal.seen.size(); ++i) {
      seal.seen.erase(seal.seen.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }
  seal.seen.emplace_back(now_s, highest);
}

std::optional<db::Value> due(const Seal& seal, double now_s, std::chrono::milliseconds after) {
  const double before = now_s - static_cast<double>(after.count()) / 1000;
  std::optional<db::Value> found;
  for (const auto& [at, value] : seal.seen) {
    if (at <= before) found = value;
  }
  if (found && seal.watermark && !is_less(*seal.watermark, *found)) return std::nullopt;
  return found;
}

}  // namespace keepsum::reconcile
