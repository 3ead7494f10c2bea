#include "schema/summary_reader.hpp"

#include <fmt/format.h>

#include <deque>
#include <optional>
#include <utility>

#include "schema/clause_parser.hpp"
#include "schema/expression_parser.hpp"
#include "schema/names.hpp"
#include "schema/sealed_reader.hpp"
#include "schema/shape.hpp"
#include "schema/text.hpp"

namespace keepsum::schema {

namespace {

// The smallest of what the databases allow, and enough for any table a person can read.
constexpr std::size_t joins_max = 30;
constexpr std::size_t keys_max = 16;
constexpr std::size_t aggregates_max = 500;
constexpr std::size_t indexes_max = 60;
constexpr std::size_t index_columns_max = 16;
constexpr std::size_t declared_keys_max = 200;

}  // namespace

const std::vector<PropertyName>& summary_properties() {
  static const std::vector<PropertyName> properties{
      {"from", true},        {"joins", false},       {"where", false},         {"group_by", true},
      {"aggregates", true},  {"indexes", false},     {"declared_keys", false}, {"capture", false},
      {"changed_at", false}, {"allow_float", false}, {"shadow", false},        {"sealed", false},
      {"fill", false},       {"comment", false},
  };
  return properties;
}

SummarySpec SummaryReader::read(const JsonMember& entry, const std::string& pointer) {
  summary_ = SummarySpec{};
  scope_ = Scope{};
  columns_.clear();
  columns_complete_ = true;
  summary_.name = entry.key;
  summary_.place = reporter_.place(entry.key_offset, pointer);
  check_name(entry.key, "summary", summary_.place, reporter_);
  if (!expect_kind(entry.value, JsonKind::object, pointer, reporter_)) return summary_;

  const ObjectReader object(entry.value, pointer, "a summary", summary_properties(), reporter_);
  read_tables(object);
  read_where(object);
  read_group_by(object);
  read_aggregates(object);
  read_indexes(object);
  read_declared_keys(object);
  read_changed_at(object);
  summary_.sealed = read_sealed(object, scope_, aggregates_, reporter_);
  read_capture(object);
  if (const JsonValue* allow = object.find("allow_float", JsonKind::boolean)) {
    summary_.allow_float = allow->boolean;
  }
  if (const JsonValue* shadow = object.find("shadow", JsonKind::boolean)) {
    summary_.shadow = shadow->boolean;
  }
  read_fill(object);
  static_cast<void>(object.find("comment", JsonKind::string));
  return std::move(summary_);
}

// All tables first, and then the conditions: a condition that speaks of a table joined further
// down can be told so.
void SummaryReader::read_tables(const ObjectReader& object) {
  const std::optional<LocatedText> from = object.find_text("from");
  if (from) {
    TokenCursor cursor(*from, reporter_);
    std::optional<TableRef> table = parse_table(cursor);
    if (table) expect_end_of_from(cursor);
    if (table) summary_.from = *table;
    if (!table || !add_table(std::move(*table))) scope_.complete = false;
  } else {
    scope_.complete = false;
  }

  const JsonValue* joins = object.find("joins", JsonKind::array);
  if (!joins || !expect_at_most(*joins, joins_max, object.pointer_of("joins"), reporter_)) {
    scope_.complete = scope_.complete && !object.find("joins");
    return;
  }
  struct Pending {
    LocatedText text;
    std::optional<TokenCursor> cursor;
    TableRef table;
    bool left = false;
    bool readable = false;
  };
  std::deque<Pending> pending;
  for (std::size_t i = 0; i < joins->elements.size(); ++i) {
    const std::string pointer = pointer_to(object.pointer_of("joins"), i);
    std::optional<LocatedText> text = expect_text(joins->elements[i], pointer, reporter_);
    Pending& join = pending.emplace_back();
    if (text) {
      join.text = std::move(*text);
      join.cursor.emplace(join.text, reporter_);
      join.left = accept_left_join(*join.cursor);
      std::optional<TableRef> table = parse_table(*join.cursor);
      if (table) join.table = *table;
      join.readable = table && add_table(std::move(*table));
    }
    scope_.complete = scope_.complete && join.readable;
  }

  Scope reach;
  reach.complete = scope_.complete;
  reach.later = scope_.tables;
  const auto step_into = [&reach] {
    reach.tables.push_back(reach.later.front());
    reach.later.erase(reach.later.begin());
  };
  if (!summary_.from.alias.empty() && !reach.later.empty()) step_into();
  for (Pending& join : pending) {
    if (!join.readable) continue;
    if (!reach.later.empty()) step_into();
    const ExpressionContext context{&reach, aggregates_};
    summary_.joins.push_back(Join{join.table, parse_on(*join.cursor, context), join.left});
  }
}

bool SummaryReader::add_table(TableRef table) {
  for (const TableRef& known : scope_.tables) {
    if (same_name(known.table, table.table)) {
      reporter_.error(table.place,
                      Complaint{"self-join",
                                fmt::format("{} is joined to itself: a change to one row would "
                                            "change both sides of the join at once",
                                            quoted(table.table)),
                                "store what is needed of the other row in a column"});
      return false;
    }
    if (same_name(known.alias, table.alias)) {
      reporter_.error(table.place, Complaint{"duplicate-alias",
                                             fmt::format("{} is already the name of table {} here",
                                                         quoted(table.alias), quoted(known.table)),
                                             "give one of the two another alias"});
      return false;
    }
  }
  scope_.tables.push_back(std::move(table));
  return true;
}

void SummaryReader::read_where(const ObjectReader& object) {
  const std::optional<LocatedText> text = object.find_text("where");
  if (!text) return;
  const ExpressionContext context{&scope_, aggregates_};
  TokenCursor cursor(*text, reporter_);
  ExpressionParser parser(cursor, context);
  summary_.where_place = cursor.place(std::size_t{0});
  summary_.where = parser.parse_condition();
  parser.expect_end();
}

// Keys and aggregates are columns of one table.
bool SummaryReader::claim_column(const JsonMember& member, const std::string& pointer) {
  const Place place = reporter_.place(member.key_offset, pointer);
  bool fresh = check_name(member.key, "column", place, reporter_);
  for (const std::string& known : columns_) {
    if (!same_name(known, member.key)) continue;
    reporter_.error(place, Complaint{"duplicate-column",
                                     fmt::format("{} is already the name of a column of this "
                                                 "summary",
                                                 quoted(member.key)),
                                     "keys and aggregates stand in one table: rename one of them"});
    fresh = false;
  }
  columns_.push_back(member.key);
  return fresh;
}

const JsonValue* SummaryReader::find_columns(const ObjectReader& object, std::string_view name) {
  const JsonValue* columns = object.find(name, JsonKind::object);
  const std::size_t most = name == "group_by" ? keys_max : aggregates_max;
  if (!columns || !expect_at_most(*columns, most, object.pointer_of(name), reporter_)) {
    columns_complete_ = false;
    return nullptr;
  }
  if (columns->members.empty()) {
    reporter_.error(
        columns->offset, object.pointer_of(name),
        Complaint{"empty-object", fmt::format("{} is empty", quoted(name)),
                  name == "group_by" ? R"(write at least one key: `"card_id": "p.card_id"`)"
                                     : R"x(write at least one: `"payments": "count(*)"`)x"});
  }
  return columns;
}

void SummaryReader::read_group_by(const ObjectReader& object) {
  const JsonValue* keys = find_columns(object, "group_by");
  if (!keys) return;
  const ExpressionContext context{&scope_, aggregates_};
  for (const JsonMember& member : keys->members) {
    const std::string pointer = pointer_to(object.pointer_of("group_by"), member.key);
    claim_column(member, pointer);
    const std::optional<LocatedText> text = expect_text(member.value, pointer, reporter_);
    if (!text) continue;
    TokenCursor cursor(*text, reporter_);
    ExpressionParser parser(cursor, context);
    KeyPart part{member.key, parser.parse(), reporter_.place(member.key_offset, pointer)};
    parser.expect_end();
    if (part.expr && !cursor.failed() && is_constant(part.expr)) {
      cursor.error_at(part.expr->place,
                      Complaint{"constant-key", "this key is the same for every row",
                                "use a column, or remove the key"});
    }
    summary_.group_by.push_back(std::move(part));
  }
}

void SummaryReader::read_aggregates(const ObjectReader& object) {
  const JsonValue* aggregates = find_columns(object, "aggregates");
  if (!aggregates) return;
  const ExpressionContext context{&scope_, aggregates_};
  for (const JsonMember& member : aggregates->members) {
    const std::string pointer = pointer_to(object.pointer_of("aggregates"), member.key);
    claim_column(member, pointer);
    const std::optional<LocatedText> text = expect_text(member.value, pointer, reporter_);
    if (!text) continue;
    TokenCursor cursor(*text, reporter_);
    AggregateColumn column;
    column.name = member.key;
    column.text = text->text;
    column.place = cursor.place(cursor.peek());
    column.name_place = reporter_.place(member.key_offset, pointer);
    static_cast<void>(parse_aggregate(cursor, context, column));
    summary_.aggregates.push_back(std::move(column));
  }
}

void SummaryReader::read_indexes(const ObjectReader& object) {
  const JsonValue* indexes = object.find("indexes", JsonKind::array);
  if (!indexes) return;
  if (!expect_at_most(*indexes, indexes_max, object.pointer_of("indexes"), reporter_)) return;
  for (std::size_t i = 0; i < indexes->elements.size(); ++i) {
    read_index(indexes->elements[i], pointer_to(object.pointer_of("indexes"), i));
  }
}

void SummaryReader::read_index(const JsonValue& value, const std::string& pointer) {
  if (value.kind == JsonKind::string) {
    reporter_.error(value.offset, pointer,
                    Complaint{"wrong-type", "expected an array of column names, found a string",
                              R"(write `["column"]`)"});
    return;
  }
  if (!expect_kind(value, JsonKind::array, pointer, reporter_)) return;
  if (!expect_at_most(value, index_columns_max, pointer, reporter_)) return;
  if (value.elements.empty()) {
    reporter_.error(value.offset, pointer,
                    Complaint{"empty-index", "this index has no column", "name one, or remove it"});
  }
  IndexSpec index;
  index.place = reporter_.place(value.offset, pointer);
  for (std::size_t i = 0; i < value.elements.size(); ++i) {
    const std::optional<LocatedText> text =
        expect_text(value.elements[i], pointer_to(pointer, i), reporter_);
    if (!text) continue;
    const Place place = reporter_.place(value.elements[i].offset, text->pointer);
    std::string column;
    for (const std::string& known : columns_) {
      if (same_name(known, text->text)) column = known;
    }
    if (column.empty() && columns_complete_) {
      const std::string near = did_you_mean(text->text, columns_);
      reporter_.error(place,
                      Complaint{"unknown-column",
                                fmt::format("{} is no key and no aggregate of this summary",
                                            quoted(text->text)),
                                near.empty() ? "" : fmt::format("did you mean {}?", quoted(near))});
    }
    for (const std::string& known : index.columns) {
      if (!column.empty() && known == column) {
        reporter_.error(place, Complaint{"duplicate-column",
                                         fmt::format("{} is listed twice", quoted(column))});
      }
    }
    index.columns.push_back(column);
  }
  summary_.indexes.push_back(std::move(index));
}

void SummaryReader::read_declared_keys(const ObjectReader& object) {
  const JsonValue* keys = object.find("declared_keys", JsonKind::array);
  const std::string list = object.pointer_of("declared_keys");
  if (!keys || !expect_at_most(*keys, declared_keys_max, list, reporter_)) return;
  for (std::size_t i = 0; i < keys->elements.size(); ++i) {
    const std::string pointer = pointer_to(list, i);
    const std::optional<LocatedText> text = expect_text(keys->elements[i], pointer, reporter_);
    if (!text) continue;
    TokenCursor cursor(*text, reporter_);
    if (std::optional<DeclaredKey> key = parse_declared_key(cursor, scope_)) {
      summary_.declared_keys.push_back(std::move(*key));
    }
  }
}

void SummaryReader::read_changed_at(const ObjectReader& object) {
  const std::optional<LocatedText> text = object.find_text("changed_at");
  if (!text) return;
  const ExpressionContext context{&scope_, aggregates_};
  TokenCursor cursor(*text, reporter_);
  ExpressionParser parser(cursor, context);
  summary_.changed_at = parser.parse();
  parser.expect_end();
  if (cursor.failed() || !summary_.changed_at) return;
  if (summary_.changed_at->kind == ExprKind::column) return;
  cursor.error_at(summary_.changed_at->place,
                  Complaint{"changed-at-no-column", "`changed_at` is no column",
                            "name the column that says when a row was changed last, such as "
                            "`p.changed_at`"});
}

void SummaryReader::read_capture(const ObjectReader& object) {
  const std::optional<LocatedText> text = object.find_text("capture");
  if (!text) return;
  if (text->text == "triggers") {
    summary_.capture = Capture::triggers;
  } else if (text->text == "hooks") {
    summary_.capture = Capture::hooks;
  } else {
    const std::string near = did_you_mean(text->text, {"triggers", "hooks"});
    reporter_.error(object.find("capture")->value.offset, text->pointer,
                    Complaint{"unknown-capture",
                              fmt::format("{} is no way to capture changes", quoted(text->text)),
                              near.empty() ? "write `triggers` or `hooks`"
                                           : fmt::format("did you mean {}?", quoted(near))});
  }
}

void SummaryReader::read_fill(const ObjectReader& object) {
  const std::optional<LocatedText> text = object.find_text("fill");
  if (!text) return;
  const auto complain = [&](Complaint complaint) {
    reporter_.error(object.find("fill")->value.offset, text->pointer, std::move(complaint));
  };
  summary_.lazy = text->text == "lazy";
  if (!summary_.lazy && text->text != "backfill") {
    const std::string near = did_you_mean(text->text, {"backfill", "lazy"});
    complain({"unknown-fill", fmt::format("{} is no way to fill a summary", quoted(text->text)),
              near.empty() ? "write `backfill` or `lazy`"
                           : fmt::format("did you mean {}?", quoted(near))});
    return;
  }
  if (!summary_.lazy) return;
  for (const AggregateColumn& column : summary_.aggregates) {
    if (column.function == "latch") continue;
    complain({"lazy-no-latch",
              fmt::format("{} cannot be filled by reading it: only a latch, which is true for good "
                          "once it is, can be noted one key at a time",
                          quoted(column.name)),
              "leave out `fill`, or give the latches a summary of their own"});
    return;
  }
  if (summary_.sealed) {
    complain({"lazy-sealed", "what is filled lazily is not verified, so nothing of it is sealed",
              "leave out `fill` or `sealed`"});
  }
}

}  // namespace keepsum::schema
