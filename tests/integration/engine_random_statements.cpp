// The statements of random histories.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "tests/integration/engine_random_case.hpp"

namespace keepsum::test {

namespace {

using Words = std::vector<std::string>;

std::string id(Dice& dice) { return std::to_string(1 + dice.roll(8)); }

std::string maybe_id(Dice& dice) { return dice.chance(15) ? "NULL" : id(dice); }

// The column d of MariaDB has a default that follows from w.
std::string into(const std::string& table) {
  return fmt::format("{} (id, {}{}v, w, s)", table, table == "t" ? "p_id, " : "",
                     table == "a" ? "" : "a_id, ");
}

Words values(Dice& dice, const std::string& table, const std::string& id_of_row) {
  Words row{id_of_row};
  if (table != "a") row.push_back(maybe_id(dice));
  if (table == "t") row.push_back(maybe_id(dice));
  row.push_back(dice.chance(20) ? "NULL" : dice.number(6));
  row.push_back(dice.number(4));
  row.push_back(dice.pick(Words{"a", "b", "c", "A"}));
  return row;
}

std::string row(Dice& dice, const std::string& table, const std::string& id_of_row) {
  Words all = values(dice, table, id_of_row);
  all.back() = "'" + all.back() + "'";
  return fmt::format("({})", fmt::join(all, ", "));
}

// What LOAD DATA reads, for as long as the process lives. A file's name follows from what is in it,
// so a history that is played again finds its own.
class Files {
 public:
  Files() {
    std::string folder = (std::filesystem::temp_directory_path() / "keepsum-rows-XXXXXX").string();
    if (mkdtemp(folder.data()) == nullptr) throw std::runtime_error("no folder: " + folder);
    folder_ = folder;
    // A server may be another user.
    std::filesystem::permissions(folder_, std::filesystem::perms{0755});
  }
  Files(const Files&) = delete;
  Files& operator=(const Files&) = delete;
  ~Files() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  [[nodiscard]] std::string with(const std::string& text) const {
    const auto path = folder_ / fmt::format("{:016x}", std::hash<std::string>{}(text));
    if (!std::filesystem::exists(path)) std::ofstream(path) << text;
    return path.string();
  }

 private:
  std::filesystem::path folder_;
};

// What replaces is one row, and says which: a latch sees what is between two of them.
std::string load_data(Dice& dice, const std::string& table) {
  static const Files files;
  const std::string how = dice.pick(Words{"", "IGNORE ", "REPLACE "});
  const bool replaces = how == "REPLACE ";
  std::string text, number;
  for (std::size_t n = replaces ? 1 : 1 + dice.roll(3); n > 0; --n) {
    number = id(dice);
    Words all = values(dice, table, number);
    for (std::string& value : all) {
      if (value == "NULL") value = "\\N";
    }
    text += fmt::format("{}\n", fmt::join(all, "\t"));
  }
  const std::string columns = into(table).substr(table.size() + 1);
  return fmt::format("LOAD DATA INFILE '{}' {}INTO TABLE {} {}{}", files.with(text), how, table,
                     columns, replaces ? fmt::format(" /* {} */", number) : "");
}

// The greatest there is of DECIMAL(18,6), the least, and the nearest to nothing.
const Words& decimals() {
  static const Words all{
      "999999999999.999999", "-999999999999.999999", "0.000001", "-0.000001", "0", "d + 0.5"};
  return all;
}

std::string some_rows(Dice& dice) {
  return dice.pick(Words{" WHERE id = " + id(dice), " WHERE id = " + id(dice),
                         fmt::format(" WHERE id IN ({}, {}, {})", id(dice), id(dice), id(dice)),
                         " WHERE w = " + dice.number(4), " WHERE v IS NULL", " WHERE s = 'a'", ""});
}

std::string assignment(Dice& dice, const std::string& table, bool mariadb) {
  if (mariadb && dice.chance(8)) return "d = " + dice.pick(decimals());
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

std::string random_statement(Dice& dice, bool mariadb, std::size_t ignored_percent) {
  const std::string table = dice.pick(Words{"a", "p", "p", "t", "t", "t"});
  switch (dice.roll(10)) {
    case 0:
    case 1:
    case 2: {
      if (mariadb && dice.chance(10)) return load_data(dice, table);
      const char* ignore = !dice.chance(15) ? "" : mariadb ? "IGNORE " : "OR IGNORE ";
      std::string text = fmt::format("INSERT {}INTO {} VALUES {}", ignore, into(table),
                                     row(dice, table, id(dice)));
      for (std::size_t more = dice.roll(3); more > 0; --more)
        text += ", " + row(dice, table, id(dice));
      return text;
    }
    case 3:
      return fmt::format("REPLACE INTO {} VALUES {}", into(table), row(dice, table, id(dice)));
    case 4:
      return fmt::format("INSERT INTO {} VALUES {} {} {}", into(table), row(dice, table, id(dice)),
                         mariadb ? "ON DUPLICATE KEY UPDATE" : "ON CONFLICT DO UPDATE SET",
                         assignment(dice, table, mariadb));
    case 5: return "DELETE FROM " + table + some_rows(dice);
    default: {
      std::string first = assignment(dice, table, mariadb);
      const std::string second = assignment(dice, table, mariadb);
      // One column is set once.
      if (dice.chance(40) && first.substr(0, 3) != second.substr(0, 3)) first += ", " + second;
      // What it skips in a parent with foreign key actions, its BEFORE trigger has done already.
      if (mariadb && table == "t" && dice.chance(ignored_percent)) {
        return fmt::format("UPDATE IGNORE t SET {}{}", refusable_assignment(dice), some_rows(dice));
      }
      return fmt::format("UPDATE {} SET {}{}", table, first, some_rows(dice));
    }
  }
}

// Duplicates, missing parents, children, NULL in a key, a decimal past its limit. A constraint of
// the summary's own table is no business of the writer's.
bool is_constraint(const Error& error, bool mariadb) {
  static const std::set<int> of_mariadb = {1022, 1048, 1062, 1264, 1451, 1452, 1761};
  constexpr int sqlite_constraint = 19;
  const bool expected = mariadb ? of_mariadb.contains(error.native_code)
                                : (error.native_code & 0xff) == sqlite_constraint;
  const auto says = [&](const char* text) {
    return error.server_message.find(text) != std::string::npos;
  };
  return expected && !says("summary.") && !says("'c") && !says("ks_");
}

std::vector<std::string> random_rows(Dice& dice) {
  std::vector<std::string> statements;
  for (const char* table : {"a", "p", "t"}) {
    for (int id = 1; id <= 8; ++id) {
      if (dice.chance(20)) continue;
      statements.push_back(fmt::format("INSERT INTO {} VALUES {}", into(table),
                                       row(dice, table, std::to_string(id))));
    }
  }
  return statements;
}

RowChange random_row_change(Dice& dice, bool mariadb) {
  RowChange change;
  change.table = dice.pick(Words{"a", "p", "p", "t", "t", "t"});
  change.id = static_cast<std::int64_t>(1 + dice.roll(8));
  change.new_id = change.id;
  const std::string where = fmt::format(" WHERE id = {}", change.id);
  change.insert = fmt::format("INSERT INTO {} VALUES {}", into(change.table),
                              row(dice, change.table, std::to_string(change.id)));
  change.remove = fmt::format("DELETE FROM {}{}", change.table, where);
  std::string assigned = assignment(dice, change.table, mariadb);
  if (assigned.starts_with("id =")) {
    change.new_id = static_cast<std::int64_t>(1 + dice.roll(8));
    assigned = fmt::format("id = {}", change.new_id);
  }
  change.update = fmt::format("UPDATE {} SET {}{}", change.table, assigned, where);
  return change;
}

}  // namespace keepsum::test
