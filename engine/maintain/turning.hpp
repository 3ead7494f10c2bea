// Triggers that turn from one table to another at one moment.
//
// Two tables have a number each, 0 and 1. Each trigger reads the number that stands under the name
// of the first, and does what it did before, or what it is to do then. One statement that makes the
// tables exchange their names, together with what the triggers write to, turns all of them at once;
// and it waits for every transaction that has met one of these triggers.
#pragma once

#include <string>
#include <vector>

#include "engine/maintain/trigger_set.hpp"

namespace keepsum::maintain {

struct Gate {
  std::string table;  // whose number is read
  int before = 0;     // the number it has until the turn; 1 - before from then on
};

// A text like the one of `next`: until the turn what `installed`, of the same name, table and
// moment, does; then what `next` does. Precondition: the dialect replaces triggers.
[[nodiscard]] sql::TriggerText turning(const db::TriggerInfo& installed, const sql::Trigger& next,
                                       const Gate& gate, const sql::Dialect& dialect);
// One that begins with the turn, and one that ends with it.
[[nodiscard]] sql::TriggerText beginning(const sql::Trigger& next, const Gate& gate,
                                         const sql::Dialect& dialect);
[[nodiscard]] sql::TriggerText ending(const sql::Trigger& last, const Gate& gate,
                                      const sql::Dialect& dialect);
[[nodiscard]] sql::TriggerText ending(const db::TriggerInfo& installed, const Gate& gate,
                                      const sql::Dialect& dialect);

// Name, table and moment of one that is there.
[[nodiscard]] sql::Trigger frame_of(const db::TriggerInfo& installed);

// Where writers are to stop: these triggers do nothing, and name the table `barrier`. A server
// opens what the triggers of a statement name, read or not, in the order in which the triggers run:
// whoever locks the barrier stops those who come to one of `triggers`, before they hold any table
// that those name. One for each table and event; each runs before those of `triggers` that are
// made, or replaced, later. `prefix`: of their names.
[[nodiscard]] std::vector<sql::TriggerText> halting(const std::vector<sql::Trigger>& triggers,
                                                    const std::string& barrier,
                                                    const std::string& prefix,
                                                    const sql::Dialect& dialect);

}  // namespace keepsum::maintain
