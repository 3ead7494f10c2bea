// The steps of compile(), in the order they run. Each fills its part of the plan and adds what it
// finds wrong; a later step may rely on all earlier ones having found no error.
#pragma once

#include <vector>

#include "engine/plan/plan.hpp"

namespace keepsum::plan {

struct Compilation {
  db::Session& session;
  db::Catalog& catalog;
  const sql::Dialect& dialect;
  std::vector<schema::Diagnostic>& diagnostics;

  void refuse(const schema::Place& place, std::string code, std::string message, std::string hint);
  void warn(const schema::Place& place, std::string code, std::string message, std::string hint);
};

// Tables exist, are tables, have primary keys; columns exist. Fills tables.
Result<void> resolve_tables(Compilation& compilation, SummaryPlan& plan);
// The zones that buckets name are known to the server.
Result<void> check_zones(Compilation& compilation, const SummaryPlan& plan);
// Types, nullability, floats; names and types of what is stored. Fills keys, aggregates, state.
Result<void> resolve_columns(Compilation& compilation, SummaryPlan& plan);
// Which columns are equated, which tables are parents. Fills equalities and links.
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
