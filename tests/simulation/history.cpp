#include "tests/simulation/history.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <stdexcept>

#include "tests/integration/engine_random_case.hpp"

namespace keepsum::test {

namespace {

// A transaction of a few statements, or some that commit by themselves.
void add_transaction(Dice& dice, bool mariadb, std::vector<std::string>& steps) {
  const bool commits_by_itself = dice.chance(20);
  if (!commits_by_itself) steps.emplace_back("BEGIN");
  bool savepoint = false;
  for (std::size_t n = 1 + dice.roll(3); n > 0; --n) {
    steps.push_back(random_statement(dice, mariadb));
    if (commits_by_itself) continue;
    if (!savepoint && dice.chance(15)) {
      steps.emplace_back("SAVEPOINT here");
      savepoint = true;
    } else if (savepoint && dice.chance(40)) {
      steps.emplace_back("ROLLBACK TO SAVEPOINT here");
    }
  }
  if (!commits_by_itself) steps.emplace_back(dice.chance(15) ? "ROLLBACK" : "COMMIT");
}

// By a service that calls hooks: it changes row by row.
void add_hooked_transaction(Dice& dice, bool mariadb, std::vector<std::string>& steps) {
  steps.emplace_back("BEGIN");
  bool savepoint = false;
  for (std::size_t n = 1 + dice.roll(4); n > 0; --n) {
    const RowChange row = random_row_change(dice, mariadb);
    const std::size_t kind = dice.roll(4);
    steps.push_back(
        kind == 0  ? fmt::format("@insert {} {} {}", row.table, row.id, row.insert)
        : kind < 3 ? fmt::format("@update {} {} {} {}", row.table, row.id, row.new_id, row.update)
                   : fmt::format("@delete {} {} {}", row.table, row.id, row.remove));
    if (!savepoint && dice.chance(20)) {
      steps.emplace_back("SAVEPOINT here");
      savepoint = true;
    } else if (savepoint && dice.chance(40)) {
      steps.emplace_back("ROLLBACK TO SAVEPOINT here");
    } else if (!savepoint && dice.chance(20)) {
      steps.emplace_back("@apply");
    }
  }
  steps.emplace_back(dice.chance(15) ? "ROLLBACK" : "COMMIT");
}

std::vector<std::size_t> random_order(Dice& dice, const std::vector<Actor>& actors) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < actors.size(); ++i)
    order.insert(order.end(), actors[i].steps.size(), i);
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[dice.roll(i)]);
  return order;
}

bool is_refusal(const std::string& text) {
  return text.find("[cascade]") != std::string::npos ||
         text.find("[left-join-cascade]") != std::string::npos ||
         text.find("[prev-cascade]") != std::string::npos;
}

// Without step `step` of session `actor`.
History without(const History& history, std::size_t actor, std::size_t first, std::size_t count) {
  History less = history;
  auto& steps = less.scene.actors[actor].steps;
  steps.erase(steps.begin() + static_cast<std::ptrdiff_t>(first),
              steps.begin() + static_cast<std::ptrdiff_t>(first + count));
  for (std::vector<std::size_t>& order : less.orders) {
    std::vector<std::size_t> kept;
    std::size_t step = 0;
    for (const std::size_t each : order) {
      const bool gone = each == actor && step >= first && step < first + count;
      if (each == actor) ++step;
      if (!gone) kept.push_back(each);
    }
    order = std::move(kept);
  }
  return less;
}

}  // namespace

History random_history(std::uint64_t seed, bool mariadb) {
  Dice dice(seed);
  History history;
  history.hooks = seed % 4 == 3;
  const RandomCase drawn =
      random_case(dice, {.mariadb = mariadb, .hooks = history.hooks, .other_spec = !history.hooks});
  Case& scene = history.scene;
  scene.name = std::to_string(seed);
  scene.about = fmt::format("seed {}", seed);
  scene.tables = drawn.tables;
  if (!mariadb) scene.tables.emplace_back("PRAGMA recursive_triggers = ON");
  scene.summary = drawn.spec;
  // A change of spec needs another service than the one whose hooks are loaded.
  scene.other_summary = dice.chance(15) ? drawn.other_spec : "";
  scene.recompute = drawn.recompute;
  scene.may_fail = true;
  scene.start = random_rows(dice);
  for (int i = 0; i < 4; ++i) scene.start.push_back(random_statement(dice, mariadb));
  for (std::size_t n = 2 + dice.roll(2); n > 0; --n) {
    Actor writer{fmt::format("w{}", n), {}};
    for (std::size_t t = 1 + dice.roll(3); t > 0; --t) {
      (history.hooks ? add_hooked_transaction : add_transaction)(dice, mariadb, writer.steps);
      ++history.transactions;
    }
    scene.actors.push_back(std::move(writer));
  }
  if (dice.chance(60)) {
    scene.actors.push_back({"keeper", std::vector<std::string>(1 + dice.roll(2), "@reconcile")});
  }
  if (!scene.other_summary.empty()) scene.actors.push_back({"owner", {"@change"}});
  for (int i = 0; i < 8; ++i) history.orders.push_back(random_order(dice, scene.actors));
  return history;
}

std::string fault_of(const History& history, const Setting& setting, Tally& tally, bool& refused) {
  refused = false;
  try {
    Runner runner(history.scene, setting);
    std::string fault;
    for (const auto& order : history.orders) {
      fault = runner.fault(order);
      if (!fault.empty()) break;
    }
    tally.orders += runner.tally().orders;
    tally.waits += runner.tally().waits;
    tally.retries += runner.tally().retries;
    return fault;
  } catch (const std::runtime_error& error) {
    refused = is_refusal(error.what());
    return refused ? "" : fmt::format("{}\n", error.what());
  }
}

namespace {

// What does not follow from the steps that are left: two faults of one kind are alike.
std::string kind_of(const std::string& fault) {
  const std::size_t step = fault.find("error: ");
  return step == std::string::npos ? fault.substr(0, 2) : fault.substr(step, 40);
}

}  // namespace

History shrunk(const History& history, const Setting& setting, const std::string& fault) {
  constexpr int attempts_max = 80;
  int attempts = 0;
  History best = history;
  const auto still_wrong = [&](const History& less) {
    Tally tally;
    bool refused = false;
    if (attempts++ >= attempts_max) return false;
    const std::string now = fault_of(less, setting, tally, refused);
    return !now.empty() && kind_of(now) == kind_of(fault);
  };
  for (std::size_t i = best.orders.size(); i-- > 0 && best.orders.size() > 1;) {
    History less = best;
    less.orders.erase(less.orders.begin() + static_cast<std::ptrdiff_t>(i));
    if (still_wrong(less)) best = std::move(less);
  }
  // Sessions, then halves, then steps.
  for (std::size_t size = 64; size > 0; size /= 2) {
    for (std::size_t actor = 0; actor < best.scene.actors.size(); ++actor) {
      for (std::size_t first = 0; first < best.scene.actors[actor].steps.size();) {
        const std::size_t count = std::min(size, best.scene.actors[actor].steps.size() - first);
        History less = without(best, actor, first, count);
        if (still_wrong(less)) {
          best = std::move(less);
        } else {
          first += count;
        }
      }
    }
  }
  return best;
}

std::string to_text(const History& history) {
  const Case& scene = history.scene;
  std::string text =
      fmt::format("{}\n{};\n{}\n", scene.about, fmt::join(scene.tables, ";\n"), scene.summary);
  text += fmt::format("start: {}\n", fmt::join(scene.start, "; "));
  for (const Actor& actor : scene.actors) {
    if (actor.steps.empty()) continue;
    text += fmt::format("{}: {}\n", actor.name, fmt::join(actor.steps, "; "));
  }
  for (const auto& order : history.orders) {
    std::vector<std::string> names;
    for (const std::size_t actor : order) names.push_back(scene.actors[actor].name);
    text += fmt::format("order: {}\n", fmt::join(names, " "));
  }
  return text;
}

}  // namespace keepsum::test
