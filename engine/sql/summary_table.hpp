// The summary's own table, and reading it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/plan/plan.hpp"
#include "engine/sql/dialect.hpp"

namespace keepsum::sql {

// Keys, then what readers see in the order of the spec, then what is hidden.
[[nodiscard]] Table summary_table(const plan::SummaryPlan& plan, const Dialect& dialect);

// The aggregates' visible columns of one key; parameters: the key. No row if the key is missing:
// then each aggregate has its empty value.
[[nodiscard]] std::string read_summary(const plan::SummaryPlan& plan, const Dialect& dialect);

// The same columns computed from the source; always one row. With a lock clause (" FOR SHARE") as
// it is now, and kept so.
[[nodiscard]] std::string read_source(const plan::SummaryPlan& plan, const Dialect& dialect,
                                      std::string_view lock = {});

// Every joined row of one key: the primary key columns of each base table, then what the row
// contributes to each stored column. Ordered by the primary keys. Parameters: the key.
[[nodiscard]] std::string contributing_rows(const plan::SummaryPlan& plan, const Dialect& dialect);

// "k1 = ? AND k2 = ?" over the summary's columns, or over the source's expressions; of the first
// `columns` of the key.
inline constexpr std::size_t whole_key = static_cast<std::size_t>(-1);
[[nodiscard]] std::string summary_key_equals(const plan::SummaryPlan& plan, const Dialect& dialect,
                                             std::size_t columns = whole_key);
[[nodiscard]] std::vector<std::string> source_key_equals(const plan::SummaryPlan& plan,
                                                         const Dialect& dialect,
                                                         std::size_t columns = whole_key);

// How a stored column is called in reports: "total_spent", "has_refund.count".
[[nodiscard]] std::string display_name(const plan::SummaryPlan& plan,
                                       const plan::StateColumn& column);

}  // namespace keepsum::sql
