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

using aggregates::MaintenanceClass;
using aggregates::Merge;

struct BaseTable {
  std::string alias;
  db::TableInfo info;
  std::vector<std::string> read_columns;  // by the spec, in the table's order
};

struct KeyColumn {
  std::string name;
  schema::ExprPtr expr;
  ExprType type;
  std::string sql_type;
};

struct StateColumn {
  std::string name;
  Merge merge = Merge::add;
  bool hidden = false;
  bool floating = false;      // compared with a tolerance; only with "allow_float"
  std::string sql_type;
  ExprType type;              // of the stored value
  std::size_t aggregate = 0;  // index in SummaryPlan::aggregates
  std::size_t part = 0;       // index in Aggregate::state()
};

struct AggregatePlan {
  const aggregates::Aggregate* aggregate = nullptr;
  schema::AggregateColumn column;
  ExprType argument_type;
  std::vector<std::size_t> state;        // indexes in SummaryPlan::state
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
  std::string root_table;                    // where the statement strikes
  db::TableInfo root;
  std::string root_alias;                    // set if the root is itself a base table
  sql::Event event = sql::Event::remove;     // remove or update
  std::vector<std::string> root_columns;     // the referenced columns; update: any of them changed

  struct Reach {
    std::string alias;                        // the base table that is reached
    std::vector<std::string> columns;         // its foreign key columns
    std::vector<std::string> root_columns;    // the root columns these follow, for a direct key
    // Rows reached, as SQL over the alias and OLD, made by the planner.
    std::string predicate;
    db::ReferentialAction action = db::ReferentialAction::cascade;
    bool implied = false;                     // by the join with the root itself
    // The rows that will go or change on the way to the reached ones, and these, as
    // "table alias WHERE condition", from the root outward; to be locked first.
    std::vector<std::string> rows_to_lock;
  };
  std::vector<Reach> reaches;
  std::string reason;
};

enum class Pass {
  key_ranges,  // half-open ranges of the leading key column, by an index
  one_pass,    // the whole in one statement, in the order the database likes best
};

struct ScanPlan {
  Pass pass = Pass::one_pass;
  std::string alias;      // key_ranges: the base table that has the leading key column …
  std::string column;     // … and that column
  std::string index;
  std::string reason;
};

enum class ClauseKind { guaranteed, trusted, price, bypass };

// A line of the concurrency contract: what holds, on whose word, at what price, and what gets past.
struct Clause {
  ClauseKind kind = ClauseKind::guaranteed;
  std::string text;
};

struct SummaryPlan {
  schema::SummarySpec spec;
  std::vector<BaseTable> tables;  // in the order of the spec
  std::vector<KeyColumn> keys;
  std::vector<StateColumn> state;
  std::vector<AggregatePlan> aggregates;
  std::vector<JoinEquality> equalities;
  std::vector<ParentLink> links;
  std::vector<Hook> hooks;
  std::vector<Cascade> cascades;
  ScanPlan backfill_scan;
  ScanPlan verify_scan;
  std::vector<Clause> contract;
  std::vector<schema::Diagnostic> warnings;

  [[nodiscard]] const BaseTable& table(std::string_view alias) const;
  [[nodiscard]] Scope scope() const;
  // Every join condition and the where, conjunct by conjunct.
  [[nodiscard]] std::vector<schema::ExprPtr> conditions() const;
  [[nodiscard]] bool has_recompute() const;
  [[nodiscard]] const Hook* hook(std::string_view alias, sql::Event event) const;
};

// The calls of bucket() that name a time zone.
[[nodiscard]] std::vector<schema::Expr> calls_with_zones(const SummaryPlan& plan);

// The aliases an expression refers to.
[[nodiscard]] std::set<std::string> aliases_of(const schema::ExprPtr& expr);

}  // namespace keepsum::plan
