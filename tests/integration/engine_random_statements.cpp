// The statements of random histories.
#include <fmt/format.h>

#include "tests/integration/engine_random_case.hpp"

namespace keepsum::test {

namespace {

using Words = std::vector<std::string>;

std::string id(Dice& dice) { return std::to_string(1 + dice.roll(8)); }

std::string maybe_id(Dice& dice) { return dice.chance(15) ? "NULL" : id(dice); }

std::string row(Dice& dice, const std::string& table, const std::string& id_of_row) {
  std::string text = "(" + id_of_row;
  if (table != "a") text += ", " + maybe_id(dice);
  if (table == "t") text += ", " + maybe_id(dice);
  return text + fmt::format(", {}, {}, '{}')", dice.chance(20) ? "NULL" : dice.number(6),
                            dice.number(4), dice.pick(Words{"a", "b", "c", "A"}));
}

std::string some_rows(Dice& dice) {
  return dice.pick(Words{" WHERE id = " + id(dice), " WHERE id = " + id(dice),
                         fmt::format(" WHERE id IN ({}, {}, {})", id(dice), id(dice), id(dice)),
                         " WHERE w = " + dice.number(4), " WHERE v IS NULL", " WHERE s = 'a'", ""});
}

std::string assignment(Dice& dice, const std::string& table) {
  switch (dice.roll(8)) {
    case 0: return "v = v + 1";
    case 1: return "v = NULL";
    case 2: return "v = " + dice.number(6);
    case 3: return "w = " + dice.number(4);
    case 4: return fmt::format("s = '{}'", dice.pick(Words{"a", "b", "c", "B"}));
    case 5: return table == "t" ? "p_id = " + maybe_id(dice) : "w = w + 1";
    case 6: return table != "a" ? "a_id = " + maybe_id(dice) : "v = w";
    default: return dice.chance(50) ? "id = " + id(dice) : "id = id + 9";
  }
}

// What a key may refuse, and something beside it.
std::string refusable_assignment(Dice& dice) {
  const std::string key = dice.pick(Words{"id", "id", "p_id", "a_id"});
  const std::string beside = dice.pick(
      Words{"v = v + 1", "v = " + dice.number(6), "w = w + 1", "s = 'c'", "s = 'a', w = 1, v = 2"});
  return fmt::format("{} = {}, {}", key, id(dice), beside);
}

}  // namespace

std::string random_statement(Dice& dice, bool mariadb) {
  const std::string table = dice.pick(Words{"a", "p", "p", "t", "t", "t"});
  switch (dice.roll(10)) {
    case 0:
    case 1:
    case 2: {
      std::string text = fmt::format("INSERT INTO {} VALUES {}", table, row(dice, table, id(dice)));
      for (std::size_t more = dice.roll(3); more > 0; --more)
        text += ", " + row(dice, table, id(dice));
      return text;
    }
    case 3: return fmt::format("REPLACE INTO {} VALUES {}", table, row(dice, table, id(dice)));
    case 4:
      return fmt::format("INSERT INTO {} VALUES {} {} {}", table, row(dice, table, id(dice)),
                         mariadb ? "ON DUPLICATE KEY UPDATE" : "ON CONFLICT DO UPDATE SET",
                         assignment(dice, table));
    case 5: return "DELETE FROM " + table + some_rows(dice);
    default: {
      std::string first = assignment(dice, table);
      const std::string second = assignment(dice, table);
      // One column is set once.
      if (dice.chance(40) && first.substr(0, 3) != second.substr(0, 3)) first += ", " + second;
      // What it skips in a parent with foreign key actions, its BEFORE trigger has done already.
      if (mariadb && table == "t" && dice.chance(25)) {
        return fmt::format("UPDATE IGNORE t SET {}{}", refusable_assignment(dice), some_rows(dice));
      }
      return fmt::format("UPDATE {} SET {}{}", table, first, some_rows(dice));
    }
  }
}

// Duplicates, missing parents, children, NULL in a key. A constraint of the summary's own table is
// no business of the writer's.
bool is_constraint(const Error& error, bool mariadb) {
  static const std::set<int> of_mariadb = {1022, 1048, 1062, 1451, 1452, 1761};
  constexpr int sqlite_constraint = 19;
  const bool expected = mariadb ? of_mariadb.contains(error.native_code)
                                : (error.native_code & 0xff) == sqlite_constraint;
  const auto says = [&](const char* text) {
    return error.server_message.find(text) != std::string::npos;
  };
  return expected && !says("summary.") && !says("'c") && !says("ks_");
}

RowChange random_row_change(Dice& dice) {
  RowChange change;
  change.table = dice.pick(Words{"a", "p", "p", "t", "t", "t"});
  change.id = static_cast<std::int64_t>(1 + dice.roll(8));
  change.new_id = change.id;
  const std::string where = fmt::format(" WHERE id = {}", change.id);
  change.insert = fmt::format("INSERT INTO {} VALUES {}", change.table,
                              row(dice, change.table, std::to_string(change.id)));
  change.remove = fmt::format("DELETE FROM {}{}", change.table, where);
  std::string assigned = assignment(dice, change.table);
  if (assigned.starts_with("id =")) {
    change.new_id = static_cast<std::int64_t>(1 + dice.roll(8));
    assigned = fmt::format("id = {}", change.new_id);
  }
  change.update = fmt::format("UPDATE {} SET {}{}", change.table, assigned, where);
  return change;
}

}  // namespace keepsum::test
