// Another spec for a live summary: by which way, why, and what it takes.
//
// Columns that are only added, or only dropped, change the table in place: the other columns stay
// live and exact all the while. Whatever else is redefined (an aggregate, the joined rows, the key)
// is built as another table beside the old one, with triggers of its own, and takes its place by
// one statement; until then the old one is live and exact. Indexes alone are added and dropped.
//
// At every moment keepsum_summaries says what the table under the summary's name means, and
// keepsum_changes what is being made of it: whoever dies, the next apply goes on from there, or
// back, or to a third spec.
#pragma once

#include <optional>
#include <string>

#include "engine/lifecycle/capture.hpp"
#include "engine/lifecycle/change_set.hpp"
#include "engine/maintain/turning.hpp"

namespace keepsum::lifecycle {

// What stands in the database, seen from the plan.
struct Standpoint {
  const std::optional<SummaryRecord>& record;
  const std::string& layout;
  const Capturing& now;
  const std::string& definition_hash;  // the plan's
};

// Nothing if the summary is not live, is as planned, or is not as it was applied (a trigger is
// missing or no longer fits its table, the table was altered), or if the database cannot replace a
// trigger in one statement: then it is built anew. Reads; writes nothing. Errors: invalid_spec
// where services' hooks write, or another table's triggers hang on this one.
Result<std::optional<SpecChange>> spec_change(Database& database, const plan::SummaryPlan& plan,
                                              const Standpoint& at);

// Whether each column that an installed trigger names by NEW or OLD is still in its table. After a
// column was renamed or dropped every write there fails until the triggers are made anew. Reads.
Result<bool> triggers_fit_their_tables(Database& database, const Capturing& now);

// Whether the change replaces triggers one by one while others write. Its statements leave every
// figure exact; servers have not always run them so (docs/decisions/0009-changing-a-spec.md), so
// `apply` verifies such a summary whole afterwards.
[[nodiscard]] bool replaces_triggers_beside_writers(const sql::Dialect& dialect,
                                                    const plan::SummaryPlan& plan,
                                                    const SpecChange& change);

// The table's line in the plan.
[[nodiscard]] ObjectChange table_of(const SpecChange& change, const plan::SummaryPlan& plan);

// What a table has and the plan does not want, and the other way round; marks are nobody's.
struct ColumnDifference {
  std::vector<sql::TableColumn> missing;
  std::vector<std::string> generated, stored;  // to be dropped
};
[[nodiscard]] ColumnDifference column_difference(const db::TableInfo& table,
                                                 const plan::SummaryPlan& plan,
                                                 const sql::Dialect& dialect);
// The statements after which the table has the plan's indexes.
[[nodiscard]] std::vector<std::string> index_statements(const db::TableInfo& table,
                                                        const plan::SummaryPlan& plan,
                                                        const sql::Dialect& dialect);

// The statements by which the triggers become the plan's, one trigger after another.
[[nodiscard]] std::vector<std::string> replacing_statements(const Capturing& now,
                                                            const plan::SummaryPlan& plan,
                                                            const sql::Dialect& dialect);
// The same in one transaction, where statements about triggers can be in one.
[[nodiscard]] std::vector<std::string> remaking_statements(const Capturing& now,
                                                           const sql::Dialect& dialect);

// A plan of the same under the successor's name.
[[nodiscard]] plan::SummaryPlan renamed(const plan::SummaryPlan& plan, const std::string& name);

// Before the turn: every trigger of the summary and of its successor reads the gate, behind the
// barrier.
[[nodiscard]] std::vector<std::string> gating_statements(
    const Capturing& now, const plan::SummaryPlan& plan, const plan::SummaryPlan& successor,
    const maintain::Gate& gate, const std::string& barrier, const sql::Dialect& dialect);

}  // namespace keepsum::lifecycle
