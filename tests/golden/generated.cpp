#include "tests/golden/generated.hpp"

#include <fmt/format.h>

#include "engine/maintain/trigger_set.hpp"
#include "engine/sql/compare.hpp"
#include "engine/sql/delta.hpp"
#include "engine/sql/reread.hpp"
#include "engine/sql/seal.hpp"
#include "engine/sql/summary_table.hpp"

namespace keepsum::test {

namespace {

std::string_view text_of(maintain::Moment moment) {
  switch (moment) {
    case maintain::Moment::after_insert: return "after insert";
    case maintain::Moment::before_update: return "before update";
    case maintain::Moment::after_update: return "after update";
    case maintain::Moment::before_delete: return "before delete";
  }
  return "";
}

Generated sealing(const plan::SummaryPlan& plan, const sql::Dialect& dialect) {
  return {{"keys that are not as their totals say", sql::compare_sealed(plan, dialect)},
          {"totals of no key", sql::totals_without_key(plan, dialect)},
          {"rows above the seal", sql::rows_above(plan, dialect)},
          {"whether history is gone", sql::history_is_gone(plan, dialect)},
          {"totals of a range of keys", sql::compare_totals(plan, dialect, {true, true})},
          {"the total of a key", sql::compare_total(plan, dialect)},
          {"keys touched since", sql::touched_keys(plan, dialect, {true}, true, 10'000)},
          {"reset one", sql::reset_touched(plan, dialect, {true})},
          {"totals since", sql::totals(plan, dialect, {true}, {true, true})},
          {"first totals", sql::totals(plan, dialect, {false, false}, {false, false})},
          {"add totals", sql::add_totals(plan, dialect, 1)},
          {"the last that was added", sql::last_total(plan, dialect)},
          {"rows sealed", sql::rows_sealed(plan, dialect)},
          {"seal a key anew: open", sql::open_total(plan, dialect)},
          {"seal a key anew: reset", sql::untouch(plan, dialect)},
          {"seal a key anew: read", sql::key_total(plan, dialect)},
          {"seal a key anew: close", sql::close_total(plan, dialect)},
          {"where a first part of the totals ends", sql::totals_bound(plan, dialect, 1'000)},
          {"delete them", sql::delete_totals(plan, dialect, true)}};
}

Generated writing_and_reading(const plan::SummaryPlan& plan, const sql::Dialect& dialect) {
  Generated all;
  for (const plan::BaseTable& table : plan.tables) {
    for (const maintain::Moment moment : moments) {
      for (const auto& hook : maintain::hook_statements(plan, dialect, table.alias, moment)) {
        all.emplace_back(fmt::format("hook {} of a row of {}", text_of(moment), table.info.name),
                         hook.sql);
      }
    }
  }
  all.emplace_back("compare a range of keys", sql::compare_range(plan, dialect, {true, true}));
  constexpr sql::Rests rests{0.0125, std::chrono::microseconds{1750}};
  if (!dialect.resting(rests).empty()) {
    all.emplace_back("compare all, gently", sql::compare_range(plan, dialect, {}, rests));
  }
  if (plan.backfill_scan.pass == plan::Pass::key_ranges) {
    all.emplace_back("where the next range begins",
                     sql::next_bound(sql::leading_key(plan), dialect, true));
  }
  for (const plan::ParentLink& link : plan.links) {
    if (!link.trusted) continue;
    const std::string by = plan.table(link.child_alias).info.primary_key.front();
    all.emplace_back(fmt::format("rows of {} that break a declared key", link.child_alias),
                     sql::count_orphans(plan, dialect, link, by, {true, true}, rests));
  }
  all.emplace_back("merge differences", sql::merge_differences(plan, dialect, 1));
  if (std::string extremes = sql::store_extremes(plan, dialect); !extremes.empty()) {
    all.emplace_back("store extremes", std::move(extremes));
  }
  all.emplace_back("prune", sql::prune(plan, dialect));
  all.emplace_back("read", sql::read_summary(plan, dialect));
  all.emplace_back("read from the source", sql::read_source(plan, dialect));
  all.emplace_back("explain", sql::contributing_rows(plan, dialect));
  return all;
}

Generated named(const plan::SummaryPlan& plan, Generated all) {
  for (auto& [what, sql] : all) what = plan.spec.name + ": " + what;
  return all;
}

}  // namespace

Generated objects_of(const plan::SummaryPlan& plan, const sql::Dialect& dialect) {
  Generated all;
  for (std::string& statement : dialect.create_table(sql::summary_table(plan, dialect))) {
    all.emplace_back("table", std::move(statement));
  }
  for (const sql::TriggerText& trigger : maintain::trigger_set(plan, dialect)) {
    all.emplace_back("trigger on " + trigger.installed.table, trigger.create_sql);
  }
  if (plan.seal) {
    for (std::string& statement : dialect.create_table(sql::seal_table(plan, dialect))) {
      all.emplace_back("table of totals", std::move(statement));
    }
  }
  return named(plan, std::move(all));
}

Generated statements_of(const plan::SummaryPlan& plan, const sql::Dialect& dialect) {
  return named(plan, plan.seal ? sealing(plan, dialect) : writing_and_reading(plan, dialect));
}

}  // namespace keepsum::test
