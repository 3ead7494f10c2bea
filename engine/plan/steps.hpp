// The steps of compile(), in the order they run. Each fills its part of the plan and adds what it
// finds wrong; a later step may rely on all earlier ones having found no error.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "engine/plan/plan.hpp"

namespace keepsum::plan {

// The summaries of a spec that others may be made from, by name in lower case.
using Sources = std::map<std::string, std::shared_ptr<const SummaryPlan>, std::less<>>;

struct Compilation {
  db::Session& session;
  db::Catalog& catalog;
  const sql::Dialect& dialect;
  std::vector<schema::Diagnostic>& diagnostics;
  const Sources& sources;

  void refuse(const schema::Place& place, std::string code, std::string message, std::string hint);
  void warn(const schema::Place& place, std::string code, std::string message, std::string hint);
};

// Tables exist, are tables, have primary keys; columns exist. Fills tables.
Result<void> resolve_tables(Compilation& compilation, SummaryPlan& plan);
// Which columns are equated. Fills equalities.
void find_equalities(SummaryPlan& plan);
// The zones that buckets name are known to the server.
Result<void> check_zones(Compilation& compilation, const SummaryPlan& plan);
// Types, nullability, floats; names and types of what is stored. Fills keys, aggregates, orders,
// state.
Result<void> resolve_columns(Compilation& compilation, SummaryPlan& plan);
// Side tables of columns that count distinct values; `spec` is the plan's as it was given. Fills
// sides.
Result<void> find_side_tables(Compilation& compilation, const schema::SummarySpec& spec,
                              SummaryPlan& plan);
// find_cascades() and find_hooks() of what the summary's own triggers and hooks write. Fills
// cascades, hooks and own.
Result<void> find_own_changes(Compilation& compilation, SummaryPlan& plan);
// What prev(), ordinal() and LEFT JOINs cannot be combined with, and why.
void check_sequences(Compilation& compilation, const SummaryPlan& plan);
void check_left_joins(Compilation& compilation, const SummaryPlan& plan);
// The primary key's columns that are no keys of the summary, "p.id"; none: if it is made from one
// table, each of its groups is one row.
[[nodiscard]] std::vector<std::string> missing_row_keys(const SummaryPlan& plan);
// Which columns of its tables a plan reads, of those of the whole spec. Fills read_columns.
void note_read_columns(SummaryPlan& plan);
// Which tables are parents. Fills links.
void find_links(Compilation& compilation, SummaryPlan& plan);
// Foreign key actions that reach what the spec reads. Fills cascades.
Result<void> find_cascades(Compilation& compilation, SummaryPlan& plan);
// Which changes matter. Fills hooks.
void find_hooks(Compilation& compilation, SummaryPlan& plan);
// How the source is passed over. Fills backfill_scan, verify_scan.
void choose_scans(SummaryPlan& plan);
// Indexes that are wanted, and the concurrency contract.
void write_contract(Compilation& compilation, SummaryPlan& plan);

// Runs the plan's expressions over no rows: what the server refuses is refused here, before a
// trigger would refuse it to a writer.
Result<void> try_expressions(Compilation& compilation, const SummaryPlan& plan);

// Whether a row of `to` is the only one that the equalities allow, once the rows of `known` are
// given: a whole unique key of `to` is equated with columns of `known`.
[[nodiscard]] bool determines(const SummaryPlan& plan, const std::set<std::string>& known,
                              const std::string& to);
// Parts of resolve_columns(): the orders that latest() and earliest() follow, each once; `checker`
// knows what is never NULL. Then their hidden columns, after all others; then these columns' types.
void find_orders(Compilation& compilation, SummaryPlan& plan, const TypeChecker& checker);
void name_order_state(SummaryPlan& plan);
[[nodiscard]] Result<void> type_order_state(Compilation& compilation, SummaryPlan& plan);

// What the server says of an expression completes what was inferred: lengths, precision, scale.
void complete(ExprType& type, const db::ResultColumn& described);
// Asks the server for the types of `exprs`, which may be aggregates, over the joined tables.
[[nodiscard]] Result<std::vector<db::ResultColumn>> describe(Compilation& compilation,
                                                             const SummaryPlan& plan,
                                                             const std::vector<std::string>& exprs);
// Fills in the collation of an expression of text.
[[nodiscard]] Result<void> ask_collation(Compilation& compilation, const SummaryPlan& plan,
                                         const std::string& expr, ExprType& type);
// The column an expression is, or null if it is more than one column.
[[nodiscard]] const db::ColumnInfo* plain_column(const Scope& scope, const schema::ExprPtr& expr);
[[nodiscard]] bool is_enumeration(const db::ColumnInfo* column);

// The columns of `to` that are equated with columns of `known`.
[[nodiscard]] std::vector<std::string> equated_columns(const SummaryPlan& plan,
                                                       const std::set<std::string>& known,
                                                       const std::string& to);
// The aliases in the order in which a statement that starts from `known` reads them.
[[nodiscard]] std::vector<std::string> reading_order(const SummaryPlan& plan,
                                                     std::set<std::string> known);
// An index of `alias` that starts with one of the columns; null if there is none.
[[nodiscard]] const db::IndexInfo* index_on(const SummaryPlan& plan, const std::string& alias,
                                            const std::vector<std::string>& columns);

}  // namespace keepsum::plan
