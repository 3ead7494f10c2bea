#include "tests/integration/engine_random_case.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "engine/aggregates/aggregate.hpp"
#include "tests/integration/engine_support.hpp"

namespace keepsum::test {

namespace {

using Words = std::vector<std::string>;

// a: accounts; p: payments of an account; t: items of a payment, and of an account.
// Texts are compared in one of several ways; exact decimals, up to their limits, are on MariaDB
// alone.
std::string columns(Dice& dice, bool mariadb) {
  static const Words of_mariadb{"utf8mb4_general_ci", "utf8mb4_unicode_ci", "utf8mb4_bin",
                                "latin1_swedish_ci"};
  if (!mariadb) {
    return fmt::format("v BIGINT, w INT NOT NULL, s VARCHAR(6) NOT NULL{}",
                       dice.chance(30) ? " COLLATE NOCASE" : "");
  }
  const std::string collation = dice.pick(of_mariadb);
  return fmt::format(
      "v BIGINT, w INT NOT NULL, s VARCHAR(6) CHARACTER SET {} COLLATE {} NOT NULL, d "
      "DECIMAL(18,6) "
      "NULL DEFAULT (CASE w WHEN 0 THEN NULL WHEN 1 THEN 999999999999.999999 ELSE w * -0.000001 "
      "END)",
      collation.substr(0, collation.find('_')), collation);
}

std::string foreign_key(Dice& dice, bool acts, const std::string& column,
                        const std::string& parent) {
  if (dice.chance(35)) return {};
  if (!acts) return fmt::format(", FOREIGN KEY ({}) REFERENCES {} (id)", column, parent);
  const std::string on_delete =
      dice.pick(Words{"", "", " ON DELETE CASCADE", " ON DELETE CASCADE", " ON DELETE SET NULL"});
  const std::string on_update =
      dice.pick(Words{"", "", " ON UPDATE CASCADE", " ON UPDATE CASCADE", " ON UPDATE SET NULL"});
  return fmt::format(", FOREIGN KEY ({}) REFERENCES {} (id){}{}", column, parent, on_delete,
                     on_update);
}

Words tables(Dice& dice, bool acts, const std::string& own) {
  Words all = {
      fmt::format("CREATE TABLE a (id BIGINT NOT NULL PRIMARY KEY, {})", own),
      fmt::format("CREATE TABLE p (id BIGINT NOT NULL PRIMARY KEY, a_id BIGINT, {}{})", own,
                  foreign_key(dice, acts, "a_id", "a")),
      fmt::format(
          "CREATE TABLE t (id BIGINT NOT NULL PRIMARY KEY, p_id BIGINT, a_id BIGINT, {}{}{})", own,
          foreign_key(dice, acts, "p_id", "p"), foreign_key(dice, acts, "a_id", "a"))};
  for (const char* index : {"p (a_id)", "t (p_id)", "t (a_id)", "p (w)", "t (s)"}) {
    if (dice.chance(50)) all.push_back(fmt::format("CREATE INDEX i{} ON {}", all.size(), index));
  }
  return all;
}

struct From {
  std::string table;
  Words aliases;
  Words joins;
  std::string missing = {};  // the alias that a LEFT JOIN may not find
  Words sure() const {
    Words all = aliases;
    std::erase(all, missing);
    return all;
  }
};

// "LEFT JOIN a ON …" or "a ON …": the alias.
std::string joined_alias(const std::string& join) {
  return join.substr(join.starts_with("LEFT") ? 10 : 0, 1);
}

From random_from(Dice& dice, bool hooks) {
  static const std::vector<From> all = {
      {"t", {"t"}, {}},
      {"p", {"p"}, {}},
      {"p", {"p", "t"}, {"t ON t.p_id = p.id"}},
      {"t", {"p", "t"}, {"p ON t.p_id = p.id"}},
      {"t", {"p", "t"}, {"p ON t.p_id = p.id AND t.w > p.w"}},
      {"p", {"p", "t"}, {"t ON t.w = p.w"}},
      {"p", {"a", "p"}, {"a ON a.id = p.a_id"}},
      {"a", {"a", "p", "t"}, {"p ON p.a_id = a.id", "t ON t.p_id = p.id"}},
      {"t", {"a", "p", "t"}, {"p ON p.id = t.p_id", "a ON a.id = p.a_id"}},
      {"t", {"a", "p", "t"}, {"p ON p.id = t.p_id", "a ON a.id = t.a_id"}},
      {"a", {"a", "p", "t"}, {"p ON p.a_id = a.id", "t ON t.a_id = a.id"}},
      {"p", {"a", "p", "t"}, {"t ON t.p_id = p.id", "a ON a.id = p.a_id AND a.id = t.a_id"}},
      {"p", {"a", "p"}, {"LEFT JOIN a ON a.id = p.a_id"}, "a"},
      {"t", {"p", "t"}, {"LEFT JOIN p ON p.id = t.p_id AND p.w > 0"}, "p"},
      {"t", {"a", "p", "t"}, {"p ON p.id = t.p_id", "LEFT JOIN a ON a.id = p.a_id"}, "a"},
      {"t", {"a", "p", "t"}, {"LEFT JOIN a ON a.id = t.a_id", "p ON p.id = t.p_id"}, "a"},
  };
  for (;;) {
    const From& from = dice.pick(all);
    if (from.missing.empty() || !hooks) return from;
  }
}

// An integer that may be NULL.
std::string value(Dice& dice, const From& from) {
  const std::string x = dice.pick(from.aliases);
  const std::string y = dice.pick(from.aliases);
  return dice.pick(Words{
      x + ".v", x + ".v", x + ".w", fmt::format("{}.v - {}.w", x, y),
      fmt::format("{}.v * {}.v + 1", x, y), fmt::format("COALESCE({}.v, {}.w)", x, y),
      fmt::format("CASE WHEN {}.s = 'b' THEN {}.v ELSE 2 END", x, y), fmt::format("{}.w % 3", x)});
}

std::string condition(Dice& dice, const From& from) {
  const std::string x = dice.pick(from.aliases);
  const std::string y = dice.pick(from.aliases);
  return dice.pick(Words{
      x + ".v > 2", x + ".w <> 1", x + ".v IS NULL", fmt::format("{}.s IN ('a', 'c')", x),
      fmt::format("{}.v > {}.w", x, y), fmt::format("NOT ({}.w = 2 OR {}.v < 3)", x, y),
      fmt::format("({}.w = 2 OR {}.s = 'a')", x, x), fmt::format("({}.w = 1 OR {}.v > 2)", x, y),
      fmt::format("NOT ({}.w = 2 AND {}.w < 3)", x, y),
      fmt::format("{}.w BETWEEN 1 AND 2 AND {}.s <> 'c'", x, y)});
}

// A key's expression, and what makes it not NULL.
struct Key {
  std::string expr, where;
};

Key key(Dice& dice, const From& from) {
  if (!from.missing.empty() && dice.chance(30)) {
    return {fmt::format("COALESCE({}.s, 'none')", from.missing), ""};
  }
  const std::string x = dice.pick(from.sure());
  switch (dice.roll(6)) {
    case 0: return {x + ".s", ""};
    case 1: return {x + ".id", ""};
    case 2: return {fmt::format("{}.w % 2", x), ""};
    case 3: return {x + ".v", x + ".v IS NOT NULL"};
    case 4:
      if (x != "a") return {x + ".a_id", x + ".a_id IS NOT NULL"};
      [[fallthrough]];
    default: return {x + ".w", ""};
  }
}

struct Column {
  std::string name, spec, hand, function;
};

// What a column is made over.
struct Ground {
  From from;
  std::vector<Key> keys;
  std::string where;
  bool cascades = false;  // foreign keys may act on what is read, behind the triggers' back
  bool folds = false;     // texts, whose order an expression of SQLite's would not know
};

// Rows follow one another in one table, and triggers must see them change.
bool can_have_sequences(const Ground& ground, const RandomOptions& options) {
  return ground.from.joins.empty() && !options.hooks && !(options.mariadb && ground.cascades);
}

// A step from the row before, which may be NULL.
std::string step(Dice& dice, const From& from) {
  const std::string& x = from.table;
  return dice.pick(Words{fmt::format("{0}.v - prev({0}.v)", x),
                         fmt::format("ABS({0}.w - prev({0}.w)) + ABS({0}.v - prev({0}.v))", x),
                         fmt::format("COALESCE(prev({0}.v), -1) * {0}.w", x),
                         fmt::format("CASE WHEN prev({0}.s) = {0}.s THEN 1 ELSE {0}.v END", x),
                         fmt::format("prev({0}.w)", x), fmt::format("{0}.id - prev({0}.id)", x)});
}

// An order as likely with ties as without, and what it comes down to with the keys.
struct Order {
  std::string spec;
  std::vector<HandTerm> terms;
};

Order random_order(Dice& dice, const Ground& ground) {
  const From& from = ground.from;
  Order order;
  for (std::size_t n = 1 + dice.roll(3); n > 0; --n) {
    const std::string x = dice.pick(from.sure());
    HandTerm term;
    switch (dice.roll(5)) {
      case 0: term.expr = x + ".id"; break;
      case 1: term.expr = fmt::format("COALESCE({}.v, {}.w)", x, dice.pick(from.sure())); break;
      case 2: term = {x + ".s", true}; break;
      default: term.expr = x + ".w"; break;
    }
    term.descending = !term.text && dice.chance(40);
    order.spec += (order.spec.empty() ? " ORDER BY " : ", ") + term.expr +
                  (term.descending   ? " DESC"
                   : dice.chance(20) ? " ASC"
                                     : "");
    if (term.text && ground.folds) term.expr = fmt::format("LOWER({})", term.expr);
    order.terms.push_back(term);
  }
  // In the order of the spec, not of the aliases.
  order.terms.push_back({from.table + ".id"});
  for (const std::string& join : from.joins) {
    // What may be missing follows from the others.
    if (joined_alias(join) != from.missing) order.terms.push_back({joined_alias(join) + ".id"});
  }
  return order;
}

// In the list of all rows, or of those that agree in a key.
Column place(Dice& dice, const Ground& ground, const aggregates::Aggregate& aggregate,
             std::size_t number, const Order& order) {
  const From& from = ground.from;
  const bool shown = aggregate.name() != aggregate.signature().name;
  const std::string filter = shown ? condition(dice, from) : std::string();
  HandRows rows{from.table, from.table, {}, ground.where};
  std::string partition;
  if (ground.keys.size() > 1 && dice.chance(60)) {
    rows.keys = {dice.pick(ground.keys).expr};
    partition = "PARTITION BY " + rows.keys.front();
  }
  return {fmt::format("c{}", number),
          fmt::format("{}({}{}){}", aggregate.signature().name, partition, order.spec,
                      shown ? fmt::format(" FILTER (WHERE {})", filter) : ""),
          place_by_hand(filter, rows, order.terms), aggregate.signature().name};
}

// Whether each group is one row.
bool has_row_key(const Ground& ground) {
  return std::any_of(ground.keys.begin(), ground.keys.end(),
                     [&](const Key& key) { return key.expr == ground.from.table + ".id"; });
}

Column column(Dice& dice, const Ground& ground, const aggregates::Aggregate& aggregate,
              std::size_t number, bool mariadb, const Order& order) {
  const schema::AggregateSignature& signature = aggregate.signature();
  const From& from = ground.from;
  if (aggregate.has_places()) return place(dice, ground, aggregate, number, order);
  if (aggregate.has_steps()) {
    const std::string argument = step(dice, from);
    const std::string filter = dice.chance(25) ? condition(dice, from) : std::string();
    HandRows rows{from.table, from.table, {}, ground.where};
    for (const Key& key : ground.keys) rows.keys.push_back(key.expr);
    return {fmt::format("c{}", number),
            fmt::format("{}{}", in_spec(aggregate, argument + order.spec),
                        filter.empty() ? "" : fmt::format(" FILTER (WHERE {})", filter)),
            steps_by_hand(argument, filter, rows, order.terms), signature.name};
  }
  std::string argument = value(dice, from);
  if (signature.argument == schema::AggregateArgument::condition) {
    argument = condition(dice, from);
  } else if (!aggregate.wants_number() && dice.chance(30)) {
    argument = dice.pick(from.aliases) + ".s";
  } else if (mariadb && (!aggregate.wants_number() || signature.name == "sum") && dice.chance(20)) {
    argument = dice.pick(from.aliases) + dice.pick(Words{".d", ".d", ".d - w"});
    if (argument.ends_with(" - w")) argument.insert(argument.size() - 1, argument.substr(0, 2));
  }
  if (signature.argument == schema::AggregateArgument::value_or_star && dice.chance(50)) {
    argument = "*";
  }
  const std::string filter = dice.chance(40) ? condition(dice, from) : std::string();
  const bool ordered = signature.order == schema::AggregateOrder::required;
  return {fmt::format("c{}", number),
          fmt::format("{}{}", in_spec(aggregate, argument + (ordered ? order.spec : "")),
                      filter.empty() ? "" : fmt::format(" FILTER (WHERE {})", filter)),
          by_hand(aggregate.name(), argument, filter, mariadb,
                  ordered ? order.terms : std::vector<HandTerm>()),
          signature.name};
}

std::vector<Column> random_columns(Dice& dice, const Ground& ground, const RandomOptions& options) {
  std::vector<Column> all;
  const auto add = [&](const aggregates::Aggregate& aggregate, const Order& order) {
    all.push_back(column(dice, ground, aggregate, all.size(), options.mariadb, order));
  };
  if (!options.aggregate.empty()) {
    const aggregates::Aggregate& aggregate = *aggregates::find(options.aggregate);
    const Order order = random_order(dice, ground);
    add(aggregate, order);
    if (dice.chance(50)) add(aggregate, dice.chance(50) ? order : random_order(dice, ground));
    return all;
  }
  // Without min and max other statements are made.
  const bool extremes = dice.chance(50);
  for (const aggregates::Aggregate* aggregate : aggregates::registry()) {
    const bool recomputes =
        aggregate->maintenance_class() == aggregates::MaintenanceClass::recompute;
    const bool sequence = aggregate->has_steps() || aggregate->has_places();
    if (sequence && !can_have_sequences(ground, options)) continue;
    if (aggregate->has_places() && !has_row_key(ground)) continue;
    if (dice.chance(40) || (recomputes && !extremes)) continue;
    if (is_refused(aggregate->name(), options.mariadb)) continue;
    const Order order = random_order(dice, ground);
    add(*aggregate, order);
    if (recomputes && dice.chance(40)) add(*aggregate, order);
  }
  if (all.empty()) add(*aggregates::find("count"), {});
  return all;
}

std::string as_text(bool mariadb, const Words& parts) {
  return mariadb ? fmt::format("CONCAT_WS('/', {})", fmt::join(parts, ", "))
                 : fmt::format("{}", fmt::join(parts, " || '/' || "));
}

void finish(RandomCase& result, const RandomOptions& options, const From& from,
            const std::vector<Key>& keys, const std::string& where,
            const std::vector<Column>& columns_) {
  Words key_specs, column_specs, key_exprs, key_names, selected;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    key_names.push_back(fmt::format("k{}", i));
    key_specs.push_back(fmt::format(R"json("k{}": "{}")json", i, keys[i].expr));
    key_exprs.push_back(keys[i].expr);
    selected.push_back(fmt::format("{} AS k{}", keys[i].expr, i));
  }
  std::string hand_from = "FROM " + from.table;
  Words joins;
  for (const std::string& join : from.joins) {
    hand_from += (join.starts_with("LEFT") ? " " : " JOIN ") + join;
    joins.push_back('"' + join + '"');
  }
  if (!where.empty()) hand_from += " WHERE " + where;
  Words latched, stored;
  for (const Column& each : columns_) {
    column_specs.push_back(fmt::format(R"json("{}": "{}")json", each.name, each.spec));
    if (!each.hand.empty()) selected.push_back(fmt::format("{} AS {}", each.hand, each.name));
    if (each.function != "latch") continue;
    latched.push_back(fmt::format("SELECT {} {} GROUP BY {} HAVING {} = 1",
                                  as_text(options.mariadb,
                                          [&] {
                                            Words parts{fmt::format("'{}'", each.name)};
                                            for (const std::string& expr : key_exprs)
                                              parts.push_back(fmt::format("LOWER({})", expr));
                                            return parts;
                                          }()),
                                  hand_from, fmt::join(key_exprs, ", "), each.hand));
    Words parts{fmt::format("'{}'", each.name)};
    for (const std::string& name : key_names) parts.push_back(fmt::format("LOWER({})", name));
    stored.push_back(fmt::format("SELECT {} FROM summary WHERE {} = 1",
                                 as_text(options.mariadb, parts), each.name));
  }
  result.spec = fmt::format(
      R"json("summary": {{"from": "{}", "joins": [{}], {} "group_by": {{{}}},
             "aggregates": {{{}}}, "capture": "{}"}})json",
      from.table, fmt::join(joins, ", "),
      where.empty() ? "" : fmt::format(R"json("where": "{}",)json", where),
      fmt::join(key_specs, ", "), fmt::join(column_specs, ", "),
      options.hooks ? "hooks" : "triggers");
  result.recompute = fmt::format("SELECT {} {} GROUP BY {}", fmt::join(selected, ", "), hand_from,
                                 fmt::join(key_exprs, ", "));
  result.latched = fmt::format("{}", fmt::join(latched, " UNION "));
  result.stored_latches = fmt::format("{}", fmt::join(stored, " UNION "));
}

}  // namespace

RandomCase random_case(Dice& dice, const RandomOptions& options) {
  RandomCase result;
  const aggregates::Aggregate* const alone =
      options.aggregate.empty() ? nullptr : aggregates::find(options.aggregate);
  const bool places = alone != nullptr && alone->has_places();
  const bool sequence = places || (alone != nullptr && alone->has_steps());
  Ground ground;
  // On SQLite, what a foreign key does fires triggers. On MariaDB nothing that needs them to can
  // stand beside it.
  ground.cascades = !options.hooks && !(options.mariadb && (sequence || dice.chance(30)));
  const std::string own = columns(dice, options.mariadb);
  ground.folds = own.find("NOCASE") != std::string::npos;
  result.tables = tables(dice, ground.cascades, own);
  do {
    ground.from = random_from(dice, options.hooks);
  } while (sequence && !ground.from.joins.empty());
  const From& from = ground.from;
  std::vector<Key> keys{key(dice, from)};
  if (dice.chance(30)) keys.push_back(key(dice, from));
  if (places || (from.joins.empty() && dice.chance(30))) keys.push_back({from.table + ".id", ""});
  for (std::size_t i = keys.size(); i-- > 1;) {
    const auto end = keys.begin() + static_cast<std::ptrdiff_t>(i);
    const bool again = std::any_of(keys.begin(), end,
                                   [&](const Key& other) { return other.expr == keys[i].expr; });
    if (again) keys.erase(end);
  }
  Words where;
  for (const Key& each : keys) {
    if (!each.where.empty()) where.push_back(each.where);
  }
  if (dice.chance(40)) where.push_back("(" + condition(dice, from) + ")");
  ground.keys = keys;
  ground.where = fmt::format("{}", fmt::join(where, " AND "));
  finish(result, options, from, keys, ground.where, random_columns(dice, ground, options));
  if (options.other_spec) {
    RandomCase other;
    finish(other, options, from, keys, ground.where, random_columns(dice, ground, options));
    result.other_spec = other.spec;
  }
  return result;
}

}  // namespace keepsum::test
