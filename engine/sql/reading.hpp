// Reads that cannot be wrong about the summary's state, because the statement that reads the
// summary reads the state too.
//
//   SELECT s.a, s.b, k.plan_hash
//   FROM keepsum_summaries k LEFT JOIN summary s ON s.key = ?
//   WHERE k.name = 'summary' AND k.state = 'live'
//
// One statement has one snapshot, in which state and rows belong together: `apply` commits
// "building" before it touches a trigger or the table, and "live" after it has verified the whole.
// No row: not live. NULL in a column that is never NULL: the group has no row. The hash stands for
// what the summary means (see lifecycle::Control).
//
// That is so of a snapshot as old as the statement. The snapshot of a transaction may be older than
// the table: one that was built beside another and took its name is seen by snapshots from before
// that, whose control row speaks of the other. So inside a transaction the statement also names the
// mark, which only the right table has.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "engine/plan/plan.hpp"
#include "engine/sql/dialect.hpp"

namespace keepsum::sql {

// The visible columns, by index of SummaryPlan::aggregates.
using Columns = std::vector<std::size_t>;

// `columns`, by a statement that fails unless the table has `mark`. No row: the group has none.
// Parameters: the key.
[[nodiscard]] std::string read_plain(const plan::SummaryPlan& plan, const Dialect& dialect,
                                     const Columns& columns, const std::string& mark);
// `columns`, then the hash. No row unless the summary is live; with a `mark`, fails unless the
// table has it, and so do the next two. Parameters: the key.
[[nodiscard]] std::string read_live(const plan::SummaryPlan& plan, const Dialect& dialect,
                                    const Columns& columns, const std::string& mark = {});
// The same for several keys, which the caller matches: the key columns, `columns`, the hash. One
// row without a key if no group has one. Parameters: the keys.
[[nodiscard]] std::string read_live_by_key(const plan::SummaryPlan& plan, const Dialect& dialect,
                                           const Columns& columns, std::size_t keys,
                                           const std::string& mark = {});
// The same for several keys, which the database matches: the key's number, `columns`, the hash.
[[nodiscard]] std::string read_live_by_number(const plan::SummaryPlan& plan, const Dialect& dialect,
                                              const Columns& columns, std::size_t keys,
                                              const std::string& mark = {});
// From the source: the key's number, then every visible column; a row for each key.
[[nodiscard]] std::string read_source_by_number(const plan::SummaryPlan& plan,
                                                const Dialect& dialect, std::size_t keys);

// The hash of a live summary, if its table is there.
[[nodiscard]] std::string read_live_hash(const plan::SummaryPlan& plan, const Dialect& dialect);

// A flag, the hash, and whether the summary is live. Of one that is being filled its table has been
// made. With a `mark` as read_live(), of a live summary.
enum class FlagOf { live, filled, either };
[[nodiscard]] std::string read_flag(const plan::SummaryPlan& plan, const Dialect& dialect,
                                    std::size_t column, FlagOf of, const std::string& mark = {});
// One row if a joined row of the group makes the any() or latch() true. Parameters: the key.
[[nodiscard]] std::string source_shows(const plan::SummaryPlan& plan, const Dialect& dialect,
                                       std::size_t column);
// Sets a latch, if the table is there and means what `plan_hash` means: fixed until the transaction
// ends. Parameters: the key, the hash.
[[nodiscard]] std::string set_latch(const plan::SummaryPlan& plan, const Dialect& dialect,
                                    std::size_t column);

// Locks the group's row as a writer of it does, and makes an empty one if there is none; where one
// writes at a time, takes the write lock and makes nothing. Parameters: the key.
[[nodiscard]] std::string lock_group(const plan::SummaryPlan& plan, const Dialect& dialect);
// After lock_group(): `columns`, the hash of a live summary or NULL, 1. No row if the database has
// stored the key as another. Parameters: the key.
[[nodiscard]] std::string read_locked(const plan::SummaryPlan& plan, const Dialect& dialect,
                                      const Columns& columns);
// lock_group() and read_locked() in one: where upsert_returns(). The last column is 0 if the
// database has stored the key as another. Parameters: the key, the key.
[[nodiscard]] std::string lock_and_read(const plan::SummaryPlan& plan, const Dialect& dialect,
                                        const Columns& columns);

}  // namespace keepsum::sql
