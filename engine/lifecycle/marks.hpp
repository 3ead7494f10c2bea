// Marks: columns of a summary's table whose being there tells a statement that names them what it
// would else have to ask the control tables for.
//
//   ks$by_hooks        only the services' hooks write the summary (see sql::hooks_marker)
//   ks$live_<digest>   the summary is live, and means what the digest stands for
//
// A mark is set after what it says has become true, and taken away before it ceases to be: whoever
// does not find it asks, and is right, only slower. A server's metadata lock, or SQLite's schema
// lock, holds a mark fixed for a statement and for the transaction it is in. Setting and taking
// away rename a column, which changes no row.
#pragma once

#include <string>
#include <vector>

#include "engine/db/catalog.hpp"
#include "engine/lifecycle/ddl.hpp"
#include "engine/plan/plan.hpp"

namespace keepsum::lifecycle {

enum class MarkKind { live, by_hooks };

// Whether the column is a mark or the place of one, and no part of the summary's layout.
[[nodiscard]] bool is_mark(const std::string& column);

[[nodiscard]] bool has_mark(const db::TableInfo& table, const std::string& mark);

// The statements after which the table has these marks and no other of the kind. A mark that goes
// leaves its column, for the next one. Mostly it is one statement, or none.
[[nodiscard]] std::vector<std::string> marks_sql(const db::TableInfo& table, MarkKind kind,
                                                 const std::vector<std::string>& marks,
                                                 const sql::Dialect& dialect);
// One mark; with "", none of its kind.
[[nodiscard]] std::vector<std::string> mark_sql(const db::TableInfo& table, MarkKind kind,
                                                const std::string& mark,
                                                const sql::Dialect& dialect);

// The same, done; nothing if there is no such table. Waits as run_ddl().
Result<void> set_mark(Database& database, const std::string& table, MarkKind kind,
                      const std::string& mark, const WaitPolicy& policy);

// A table may mean what several specs say: one with a column more is all that one without it is.
Result<void> set_live_marks(Database& database, const std::string& table,
                            const std::vector<std::string>& marks, const WaitPolicy& policy);

// Takes away what says that the summary is live: before anything else is done to it.
Result<void> clear_live_mark(Database& database, const std::string& table,
                             const WaitPolicy& policy);

}  // namespace keepsum::lifecycle
