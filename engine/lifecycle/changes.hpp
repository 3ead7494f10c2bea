// What keepsum remembers of specs that change: the shape of what is applied, and the change that is
// under way.
#pragma once

#include <optional>
#include <string>

#include "engine/lifecycle/database.hpp"
#include "engine/lifecycle/shape.hpp"

namespace keepsum::lifecycle {

enum class Way {
  in_place,  // columns are added to the table, or dropped
  beside,    // another table is built beside it, and takes its place
};
[[nodiscard]] std::string_view to_string(Way way) noexcept;

enum class Phase {
  open,    // what is applied is what was: live, and exact
  turned,  // the new spec is applied; what is left of the old one goes
};

// One summary's; there is never more than one under way.
struct PendingChange {
  Way way = Way::in_place;
  Phase phase = Phase::open;
  std::string plan_hash, definition, shape;  // of what it changes to
  std::string successor;                     // beside: the table's name while it is built
  std::string started_at;                    // UTC
};

// The tables of a change beside, which are there while it is under way. They are called the same
// each time, so that rights on them can be granted; where indexes are named across the database,
// those of the table that took the summary's name last keep theirs, and the `second` has others.
struct SuccessorNames {
  std::string successor;
  std::string gate, turned_gate;  // see maintain::Gate
  std::string barrier;            // see maintain::halting()
  std::string aside;              // free, but for a moment
};
[[nodiscard]] SuccessorNames successor_names(const std::string& summary, bool second);
// Whether a name is one of theirs: no summary's of a spec is.
[[nodiscard]] bool is_successor(const std::string& name);

// Every call is one statement in whatever transaction the session is in. Before the control tables
// of this version exist, finds answer "nothing".
class Changes {
 public:
  explicit Changes(Database& database) : database_(database) {}

  // Of what is applied, if it is of that hash; nothing if an older version applied it.
  Result<std::optional<Shape>> shape(const std::string& summary, const std::string& plan_hash);
  Result<void> put_shape(const std::string& summary, const std::string& plan_hash,
                         const std::string& shape);

  Result<std::optional<PendingChange>> pending(const std::string& summary);
  Result<void> put(const std::string& summary, const PendingChange& change);
  Result<void> set_phase(const std::string& summary, Phase phase);
  Result<void> remove(const std::string& summary);
  // The runs and the tour of a successor become the summary's, which is of that hash now.
  Result<void> take_history(const std::string& successor, const std::string& summary,
                            const std::string& plan_hash);

 private:
  Result<bool> has(std::string_view table);
  Database& database_;
};

}  // namespace keepsum::lifecycle
