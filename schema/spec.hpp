// The parsed spec: what the user declared, with the place of everything a message may point at.
// Nothing here has been checked against a database.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schema/expr.hpp"

namespace keepsum::schema {

struct TableRef {
  std::string table;
  std::string alias;  // equals `table` if none was written
  Place place;
};

struct Join {
  TableRef table;
  ExprPtr on;
  bool left = false;  // rows without a match stay, with NULLs in its place
};

struct KeyPart {
  std::string name;
  ExprPtr expr;
  Place place;  // of the name
};

struct OrderTerm {
  ExprPtr expr;
  bool descending = false;
};

struct AggregateColumn {
  std::string name;
  std::string function;   // canonical lower-case, one of the signatures given to the parser
  bool distinct = false;  // f(DISTINCT x)
  ExprPtr argument;       // null for f(*) and f(ORDER BY …)
  std::vector<ExprPtr> partition;  // f(PARTITION BY a, b ORDER BY …); empty if none
  std::vector<OrderTerm> order;    // f(x ORDER BY …); empty if none
  ExprPtr filter;                  // null if none
  std::string text;                // as written
  Place place;                     // of the expression
  Place name_place;
};

// "h.payment_id -> p.id": every child's parent exists, is written first and outlives it.
// Composite: "h.(a, b) -> p.(c, d)".
struct DeclaredKey {
  std::string child_alias;
  std::vector<std::string> child_columns;
  std::string parent_alias;
  std::vector<std::string> parent_columns;
  Place place;
};

struct IndexSpec {
  std::vector<std::string> columns;  // names of key or aggregate columns
  Place place;
};

// History that only grows: see docs/spec.md.
struct SealSpec {
  ExprPtr by;                                    // a column; null if what was written is none
  std::chrono::milliseconds after{3'600'000};    // rows are left unsealed for so long
  std::chrono::milliseconds audit{604'800'000};  // the history is read again once in so long
  Place place;
};

enum class Capture { triggers, hooks };
[[nodiscard]] constexpr std::string_view to_string(Capture capture) noexcept {
  return capture == Capture::hooks ? "hooks" : "triggers";
}

struct SummarySpec {
  std::string name;
  Place place;  // of the name
  TableRef from;
  std::vector<Join> joins;
  ExprPtr where;  // null if none
  Place where_place;
  std::vector<KeyPart> group_by;
  std::vector<AggregateColumn> aggregates;
  std::vector<IndexSpec> indexes;
  std::vector<DeclaredKey> declared_keys;
  std::optional<SealSpec> sealed;
  ExprPtr changed_at;  // a column that says when the row was changed last; null if none
  Capture capture = Capture::triggers;
  bool allow_float = false;
  bool shadow = false;  // maintained and verified, not yet read
  bool lazy = false;    // of latches alone: filled by those who read them, by no backfill
};

// How `reconcile` and `apply` pace themselves; nothing: their defaults.
struct ReconcileSettings {
  std::optional<std::chrono::milliseconds> chunk_time, snapshot_max, backfill_snapshot_max;
  std::optional<std::chrono::milliseconds> replica_lag_max, commit_latency_max, throttle_wait;
  std::optional<std::int64_t> workers, threads_running_max;
  std::optional<double> guard_percent, work_percent, query_max;
  std::optional<std::string> query;
  std::optional<std::string> pace;    // "auto", "gentle", "full"
  std::vector<std::string> replicas;  // URLs as written, ${ENV} not yet expanded

  // How a run says what it did, and is spoken to.
  std::optional<std::chrono::milliseconds> status_every;  // zero: no status lines
  std::optional<std::chrono::milliseconds> on_drift_time;
  std::optional<std::string> metrics_file, on_drift, control, pause_file;
  std::optional<std::string> ping;  // a secret; as written, ${ENV} not yet expanded
  bool ping_start = false;
};

struct Spec {
  ReconcileSettings reconcile;
  std::optional<std::string> database;  // as written, ${ENV} not yet expanded
  Place database_place;
  std::vector<SummarySpec> summaries;  // in the order of the file
};

}  // namespace keepsum::schema
