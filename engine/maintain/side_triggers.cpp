// A row of a side table is a value of a group and the number n of rows that have it:
//
//   Δ column = [n' > 0] − [n > 0]
//
// Whoever changes a row of the side table holds its lock until commit, so each crossing of 0 is
// seen once, by the one transaction that makes it. A trigger that sees none does nothing.
#include "engine/maintain/side_triggers.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/maintain/trigger_set.hpp"
#include "engine/sql/delta.hpp"
#include "engine/sql/names.hpp"

namespace keepsum::maintain {

namespace {

std::string moves(const plan::SummaryPlan& plan, const sql::Dialect& dialect,
                  const plan::SideTable& side, const std::string& row, const std::string& delta) {
  const std::string summary = dialect.identifier(plan.spec.name);
  const std::string column = dialect.identifier(plan.aggregates[side.aggregate].column.name);
  const std::vector<std::string> keys = sql::key_names(plan, dialect);
  std::vector<std::string> values;
  for (const std::string& key : keys) values.push_back(row + "." + key);
  return fmt::format("INSERT INTO {} ({}, {})\nVALUES ({}, {})\n{}", summary, fmt::join(keys, ", "),
                     column, fmt::join(values, ", "), delta,
                     dialect.upsert_clause(keys, {fmt::format("{0} = {1}.{0} + {2}", column,
                                                              summary, dialect.incoming(column))}));
}

}  // namespace

std::vector<sql::TriggerText> side_triggers(const plan::SummaryPlan& plan,
                                            const sql::Dialect& dialect) {
  std::vector<sql::TriggerText> all;
  for (const plan::SideTable& side : plan.sides) {
    const std::string& column = plan.aggregates[side.aggregate].column.name;
    const std::string rows = dialect.identifier(side.plan->state.front().name);
    const std::string was = fmt::format("OLD.{} > 0", rows);
    const std::string is = fmt::format("NEW.{} > 0", rows);
    const auto add = [&](std::string_view suffix, sql::Event event, const std::string& guard,
                         const std::string& statement) {
      sql::Trigger trigger;
      // An alias has no `$` in a trigger's name, so no other trigger has this one.
      trigger.name =
          sql::fit(fmt::format("{}{}${}", trigger_prefix(plan.spec.name), column, suffix),
                   dialect.name_length_max());
      trigger.table = side.plan->spec.name;
      trigger.event = event;
      trigger.guard = guard;
      trigger.statements = {statement};
      all.push_back(dialect.create_trigger(trigger));
    };
    add("ins", sql::Event::insert, is, moves(plan, dialect, side, "NEW", "1"));
    add("upd", sql::Event::update, fmt::format("({}) <> ({})", was, is),
        moves(plan, dialect, side, "NEW", fmt::format("CASE WHEN {} THEN 1 ELSE -1 END", is)));
    add("del", sql::Event::remove, was, moves(plan, dialect, side, "OLD", "-1"));
  }
  return all;
}

}  // namespace keepsum::maintain
