// A case: a few sessions and what each does, step by step. The runner plays every order in which
// the steps can follow one another.
//
// A case is a file of sections, each begun by a line "== name":
//
//   == about        why the case is there; shown when it fails
//   == tables       CREATE TABLE … ;  statements end with ";" at the end of a line
//   == summary      the summary as it stands in a spec: "name": { … }
//   == recompute    the same by hand, columns named as the summary's
//   == start        what every order begins with
//   == session NAME its steps: statements, or what keepsum does:
//       @scan       compare the whole in a snapshot, and keep what differs
//       @repair     mend what the last @scan found, under the session's lease
//       @lease      take the lease; @take-over takes it from whoever holds it, as after an expiry
//       @release    give it back
//       @reconcile  a whole run
//       @change     the other spec is applied, and then the one of the case again
//       @insert TABLE ID STATEMENT, @update TABLE ID NEW_ID STATEMENT, @delete TABLE ID STATEMENT
//                   of a summary that is kept by hooks: the change of that one row, with the hooks
//                   around it. BEGIN begins a unit of work, COMMIT applies it, @apply does so
//                   before
//   == end          statements after all sessions, before the summary is compared
//   == only         names of settings the case is for: mariadb, sqlite
//
// A session whose transaction is refused (deadlock, stale snapshot, busy) rolls back and is played
// again, from its first step, when all others are through: as its service would.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace keepsum::test {

struct Actor {
  std::string name;
  std::vector<std::string> steps;
};

struct Case {
  std::string name;
  std::string about;
  std::vector<std::string> tables, start, end;
  std::string summary, recompute, only;
  std::vector<Actor> actors;
  // Of random cases alone: what @change applies, and that statements may fail for a constraint.
  std::string other_summary;
  bool may_fail = false;
};

// Throws std::runtime_error that names the file and the line.
[[nodiscard]] Case read_case(const std::filesystem::path& path);
[[nodiscard]] std::vector<std::filesystem::path> case_files();

// Every order of the actors' steps that keeps each actor's own: as indexes of actors.
[[nodiscard]] std::vector<std::vector<std::size_t>> orders_of(const Case& of);

}  // namespace keepsum::test
