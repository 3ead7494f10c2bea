// The plan of one summary: everything keepsum knows about it, resolved against the live catalog.
// Immutable once compiled; shared freely between threads.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/aggregates/aggregate.hpp"
#include "engine/db/catalog.hpp"
#include "engine/plan/expr_type.hpp"
#include "engine/sql/dialect.hpp"
#include "schema/spec.hpp"

namespace keepsum::plan {

struct SummaryPlan;

using aggregates::MaintenanceClass;
using aggregates::Merge;

struct BaseTable {
  std::string alias;
  db::TableInfo info;
  std::vector<std::string> read_columns;  // by the spec, in the table's order
  // Set if the table is that of another summary: then `info` follows from this plan and from
  // nothing else, so it is known before the table is there. It has what readers see, and nothing
  // hidden.
  std::shared_ptr<const SummaryPlan> summary = nullptr;
  // Set if the table is joined by a LEFT JOIN: its condition, by which it has one row at most for
  // what stands before it. Then every column of `info` may be NULL.
  schema::ExprPtr left_on = nullptr;
};

struct KeyColumn {
  std::string name;
  schema::ExprPtr expr;
  ExprType type;
  std::string sql_type;
};

struct StateColumn {
  std::string name;
  std::string suffix;  // of a hidden one, beside its aggregate's name
  Merge merge = Merge::add;
  bool hidden = false;
  bool floating = false;  // compared with a tolerance; only with "allow_float"
  std::string sql_type;
  ExprType type;              // of the stored value
  std::size_t aggregate = 0;  // index in SummaryPlan::aggregates
  std::size_t part = 0;       // index in Aggregate::state()
  // Merge::ranked: the order that decides, an index in SummaryPlan::orders; and which of its terms
  // the column keeps, nothing for a value of the row that ranks first.
  std::optional<std::size_t> order, term;
};

struct RankTerm {
  schema::ExprPtr expr;  // never NULL
  bool greatest_first = true;
  ExprType type;
};

// A total order of the group's joined rows that meet the filter. Columns that share it are always
// of one row. The first term's column is NULL exactly if there is no row.
struct RowOrder {
  aggregates::Follows follows = aggregates::Follows::last;
  std::vector<RankTerm> terms;     // the spec's, then primary keys
  std::size_t spec_terms = 0;      // how many of them the spec wrote
  schema::ExprPtr filter;          // null if none
  std::vector<std::size_t> state;  // the terms' columns: indexes in SummaryPlan::state
  // Of a sequence: the keys by which rows follow one another, indexes in SummaryPlan::keys; and
  // whether the rows are numbered, for ordinal(), or linked, for prev().
  std::vector<std::size_t> partition;
  bool numbered = false;
};

struct AggregatePlan {
  const aggregates::Aggregate* aggregate = nullptr;
  schema::AggregateColumn column;
  ExprType argument_type;
  // Whether the database gives 0 or 1 for it, and never NULL, in every row that meets the spec's
  // conditions. Of how the SQL is written alone: what the summary means does not depend on it.
  bool argument_is_flag = false, filter_is_flag = false;
  std::vector<std::size_t> state;    // indexes in SummaryPlan::state
  std::optional<std::size_t> order;  // whose first row it follows: index in SummaryPlan::orders
  // By which prev() or ordinal() goes: index in SummaryPlan::sequences.
  std::optional<std::size_t> sequence;
  std::optional<aggregates::VisibleColumn> visible;  // if it is computed from the state
};

// a = b between plain columns of two aliases.
struct JoinEquality {
  std::string left_alias, left_column, right_alias, right_column;
};

// A parent that is written before its children and outlives them: by an enforced foreign key,
// or because the spec says so.
struct ParentLink {
  std::string child_alias;
  std::string parent_alias;
  std::vector<std::string> child_columns;
  std::vector<std::string> parent_columns;
  bool trusted = false;  // declared in the spec, enforced by nobody
  db::ReferentialAction on_delete = db::ReferentialAction::restrict;
  db::ReferentialAction on_update = db::ReferentialAction::restrict;
};

// What must happen when a row of a base table changes.
struct Hook {
  std::string alias;
  sql::Event event = sql::Event::insert;
  sql::Timing timing = sql::Timing::after;
  bool needed = true;
  std::string reason;                        // why it is not needed, or why it runs before
  std::vector<std::string> watched_columns;  // update: the columns that matter
  std::vector<std::string> unless_changed;   // update: leaves a change of these to a Cascade
  bool single_row = false;                   // a changed row is part of at most one joined row
  std::string cost;                          // for people
};

// A foreign key action that changes base tables behind the triggers' back, and the trigger on
// its root that makes up for it.
struct Cascade {
  std::string root_table;  // where the statement strikes
  db::TableInfo root;
  std::string root_alias;                 // set if the root is itself a base table
  sql::Event event = sql::Event::remove;  // remove or update
  std::vector<std::string> root_columns;  // the referenced columns; update: any of them changed

  struct Reach {
    std::string alias;                      // the base table that is reached
    std::vector<std::string> columns;       // its foreign key columns
    std::vector<std::string> root_columns;  // the root columns these follow, for a direct key
    // Rows reached, as SQL over the alias and OLD, made by the planner.
    std::string predicate;
    db::ReferentialAction action = db::ReferentialAction::cascade;
    bool implied = false;  // by the join with the root itself
    // The rows that will go or change on the way to the reached ones, and these, as
    // "table alias WHERE condition", from the root outward; to be locked first.
    std::vector<std::string> rows_to_lock;
  };
  std::vector<Reach> reaches;
  std::string reason;
};

// A column that counts distinct values: each value of a group is a row of a side table, which is
// kept like any summary, and whose triggers move the column when a value comes or goes.
struct SideTable {
  std::size_t aggregate = 0;  // index in SummaryPlan::aggregates
  std::shared_ptr<const SummaryPlan> plan;
};

enum class Pass {
  key_ranges,  // half-open ranges of the leading key column, by an index
  one_pass,    // the whole in one statement, in the order the database likes best
};

struct ScanPlan {
  Pass pass = Pass::one_pass;
  std::string alias;   // key_ranges: the base table that has the leading key column …
  std::string column;  // … and that column
  std::string index;
  std::string reason;
};

enum class ClauseKind { guaranteed, trusted, price, bypass };

// A line of the concurrency contract: what holds, on whose word, at what price, and what gets past.
struct Clause {
  ClauseKind kind = ClauseKind::guaranteed;
  std::string text;
};

// The spec's `sealed`, resolved: what is sealed up to a watermark are the joined rows whose row of
// `alias` has at most that value in `column`.
struct SealPlan {
  std::string alias, column;
  schema::ExprPtr by;        // the same as an expression
  bool is_unsigned = false;  // then 0 to 2^64 - 1, else -2^63 to 2^63 - 1
  std::string index;         // that begins with the column
};

struct SummaryPlan {
  schema::SummarySpec spec;
  std::vector<BaseTable> tables;  // in the order of the spec
  std::vector<KeyColumn> keys;
  std::vector<StateColumn> state;
  // Stored columns of the same table that this plan leaves alone (see part.hpp).
  std::vector<StateColumn> apart;
  std::vector<AggregatePlan> aggregates;
  std::vector<RowOrder> orders;
  // Orders by which rows follow one another, first to last, for prev() and ordinal(): all rows that
  // agree in the partition's keys are in them, and nothing is stored of them. Only with one base
  // table.
  std::vector<RowOrder> sequences;
  std::vector<JoinEquality> equalities;
  std::vector<ParentLink> links;
  std::vector<Hook> hooks;
  std::vector<Cascade> cascades;
  ScanPlan backfill_scan;
  ScanPlan verify_scan;
  std::optional<SealPlan> seal;
  std::vector<Clause> contract;
  std::vector<schema::Diagnostic> warnings;

  std::vector<SideTable> sides;
  // Set with `sides` and `sequences`: this plan without the columns that side tables keep, without
  // steps and places. What one upsert of the changed row's contributions writes.
  std::shared_ptr<const SummaryPlan> own;
  // Of a side table: the summary whose column it keeps, and how many of the keys are that one's.
  std::string side_of;
  std::size_t group_keys = 0;

  // What follows a change of a base row writes these columns, and no others.
  [[nodiscard]] const SummaryPlan& written() const noexcept { return own ? *own : *this; }
  [[nodiscard]] bool is_kept_by_side_table(std::size_t aggregate) const noexcept;
  [[nodiscard]] bool has_sequences() const noexcept;
  [[nodiscard]] bool has_places() const noexcept;
  // Whether some row's place follows from rows of other leading keys: then no range of keys can be
  // recomputed by itself.
  [[nodiscard]] bool numbers_across_keys() const noexcept;
  // Whether what a change does follows from other rows than the changed one's joined rows, as they
  // are at that moment: then hooks cannot keep it.
  [[nodiscard]] bool needs_triggers() const noexcept;
  // By a side table, from step to step, or by places: not by what the changed row contributes by
  // itself.
  [[nodiscard]] bool is_kept_apart(std::size_t aggregate) const noexcept {
    return is_kept_by_side_table(aggregate) || aggregates[aggregate].sequence.has_value();
  }
  // The summaries whose tables this one is made from or kept by: true only while they are.
  [[nodiscard]] std::vector<const SummaryPlan*> foundations() const;
  // The columns of each index of the summary's table beside its key: the spec's, and those by which
  // the rows of a list are found by their places.
  [[nodiscard]] std::vector<std::vector<std::string>> indexes() const;
  [[nodiscard]] const BaseTable& table(std::string_view alias) const;
  [[nodiscard]] Scope scope() const;
  // The condition of every inner join and the where, conjunct by conjunct: what a joined row meets.
  [[nodiscard]] std::vector<schema::ExprPtr> conditions() const;
  // Those, and the conditions of LEFT JOINs: what decides which joined rows there are.
  [[nodiscard]] std::vector<schema::ExprPtr> all_conditions() const;
  [[nodiscard]] bool has_recompute() const;
  // The stored columns that follow the order's first row: values, then terms.
  [[nodiscard]] std::vector<std::size_t> ranked_by(std::size_t order) const;
  [[nodiscard]] const Hook* hook(std::string_view alias, sql::Event event) const;
  // The same with every condition written as a CASE: what it means, whatever is known of columns.
  [[nodiscard]] SummaryPlan without_flags() const;
};

// The calls of bucket() that name a time zone.
[[nodiscard]] std::vector<schema::Expr> calls_with_zones(const SummaryPlan& plan);

// The aliases an expression refers to.
[[nodiscard]] std::set<std::string> aliases_of(const schema::ExprPtr& expr);

}  // namespace keepsum::plan
