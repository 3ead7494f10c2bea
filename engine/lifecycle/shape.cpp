#include "engine/lifecycle/shape.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <boost/uuid/name_generator_sha1.hpp>
#include <boost/uuid/uuid_io.hpp>

#include "engine/sql/delta.hpp"
#include "engine/sql/joined.hpp"

namespace keepsum::lifecycle {

namespace {

std::string rows_text(const plan::SummaryPlan& plan, const sql::Dialect& dialect) {
  const plan::Scope scope = plan.scope();
  const sql::Binding own;
  const sql::Renderer render(scope, dialect, own);
  std::string text = sql::joined(plan, dialect, own, {}, {}).sql + "\n";
  for (const plan::KeyColumn& key : plan.keys) {
    text += fmt::format("key {} {} {}\n", key.name, key.sql_type, render(*key.expr));
  }
  // Triggers of two plans may only take each other's place one by one if they share the work out
  // in the same way.
  for (const plan::Cascade& cascade : plan.cascades) {
    text += fmt::format("action {} {} {}\n", cascade.root_table, to_string(cascade.event),
                        fmt::join(cascade.root_columns, ","));
    for (const plan::Cascade::Reach& reach : cascade.reaches) {
      text += fmt::format("reach {} {} {} {}\n", reach.alias, fmt::join(reach.columns, ","),
                          static_cast<int>(reach.action), reach.predicate);
    }
  }
  return text;
}

std::string column_text(const plan::SummaryPlan& plan, const plan::AggregatePlan& aggregate,
                        const sql::Dialect& dialect) {
  const sql::Binding own;
  const aggregates::RowInput row = sql::row_input(plan, aggregate, dialect, own);
  std::string text = std::string(aggregate.aggregate->name()) + "\n";
  for (const std::size_t i : aggregate.state) {
    const plan::StateColumn& column = plan.state[i];
    text += fmt::format("{} {} {} {}\n{}\n{}\n", column.name, column.sql_type,
                        static_cast<int>(column.merge), column.floating,
                        aggregate.aggregate->contribution(column.part, row, dialect),
                        aggregate.aggregate->recompute(column.part, row, dialect));
  }
  if (aggregate.order) {
    const plan::RowOrder& order = plan.orders[*aggregate.order];
    const plan::Scope scope = plan.scope();
    const sql::Renderer render(scope, dialect, own);
    if (order.filter) text += fmt::format("of {}\n", render(*order.filter));
    for (std::size_t t = 0; t < order.terms.size(); ++t) {
      const plan::StateColumn& column = plan.state[order.state[t]];
      text += fmt::format("by {} {} {} {}\n", column.name, column.sql_type,
                          order.terms[t].greatest_first, render(*order.terms[t].expr));
    }
  }
  if (aggregate.sequence) {
    const plan::RowOrder& sequence = plan.sequences[*aggregate.sequence];
    text += sequence.numbered
                ? fmt::format("place in {}\n", fmt::join(sequence.partition, " "))
                : fmt::format("steps {}\n", schema::to_text(*aggregate.column.argument));
    const plan::Scope scope = plan.scope();
    const sql::Renderer render(scope, dialect, own);
    for (const plan::RankTerm& term : sequence.terms) {
      text += fmt::format("by {} {}\n", term.greatest_first, render(*term.expr));
    }
  }
  if (aggregate.visible) {
    text += fmt::format("{} {}\n", aggregate.visible->expression,
                        dialect.storage_type(aggregate.visible->type, nullptr));
  }
  return text;
}

}  // namespace

std::string digest(const std::string& text) {
  const boost::uuids::name_generator_sha1 generate(boost::uuids::ns::oid());
  return boost::uuids::to_string(generate(text));
}

bool Shape::includes(const Shape& other) const {
  return rows == other.rows &&
         std::all_of(other.columns.begin(), other.columns.end(), [&](const auto& column) {
           const auto own = columns.find(column.first);
           return own != columns.end() && own->second == column.second;
         });
}

Shape shape_of(const plan::SummaryPlan& plan, const sql::Dialect& dialect) {
  Shape shape;
  shape.rows = digest(rows_text(plan, dialect));
  const plan::SummaryPlan meaning = plan.without_flags();
  for (const plan::AggregatePlan& aggregate : meaning.aggregates) {
    shape.columns[aggregate.column.name] = digest(column_text(meaning, aggregate, dialect));
  }
  return shape;
}

std::string to_text(const Shape& shape) {
  std::string text = shape.rows + "\n";
  for (const auto& [name, meaning] : shape.columns) text += fmt::format("{} {}\n", meaning, name);
  return text;
}

std::optional<Shape> shape_from(std::string_view text) {
  constexpr std::size_t digest_length = 36;
  Shape shape;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos || end < digest_length) return std::nullopt;
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 1);
    if (shape.rows.empty()) {
      shape.rows = line;
    } else if (line.size() > digest_length + 1) {
      shape.columns.emplace(line.substr(digest_length + 1), line.substr(0, digest_length));
    } else {
      return std::nullopt;
    }
  }
  if (shape.rows.empty()) return std::nullopt;
  return shape;
}

}  // namespace keepsum::lifecycle
