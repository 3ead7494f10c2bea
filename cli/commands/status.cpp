// keepsum status: what is live, when it was last proved, and whether its triggers are in place.
#include <fmt/format.h>

#include <cmath>

#include "cli/commands.hpp"
#include "cli/drift_text.hpp"
#include "cli/exit_code.hpp"
#include "cli/report_json.hpp"
#include "cli/seal_text.hpp"
#include "cli/terminal.hpp"
#include "engine/lifecycle/capture.hpp"
#include "engine/lifecycle/read.hpp"
#include "engine/lifecycle/relations.hpp"
#include "engine/reconcile/seal_state.hpp"
#include "engine/reconcile/tour.hpp"

namespace keepsum::cli {

namespace json = boost::json;

namespace {

struct Entry {
  std::string name;
  lifecycle::State state = lifecycle::State::absent;
  bool in_spec = true;
  std::string side_of;  // the summary whose column it keeps
  std::vector<std::string> made_from;
  lifecycle::Standing standing;
  std::optional<lifecycle::Capturing> capture;
  schema::Capture planned_capture = schema::Capture::triggers;
  std::optional<lifecycle::Equality> equality;  // of a shadow
  std::optional<lifecycle::SummaryRecord> record;
  std::optional<lifecycle::RunRecord> last_run;
  std::optional<reconcile::Tour> tour;
  double now_s = 0;                       // by the server's clock
  std::optional<plan::SummaryPlan> plan;  // of one in the spec
  std::optional<reconcile::Seal> seal;
  std::optional<std::string> table_fault;
  std::vector<std::string> faults;
  std::optional<lifecycle::PendingChange> change;  // of the spec
};

// What became of the table by another hand than keepsum's.
Result<std::optional<std::string>> table_fault(Workspace& workspace,
                                               const plan::SummaryPlan& plan) {
  KEEPSUM_ASSIGN(const auto set, lifecycle::compare_with_database(workspace.database(), plan));
  switch (set.objects.front().action) {
    case lifecycle::Action::create:
      return std::optional(fmt::format("table {} is missing", plan.spec.name));
    case lifecycle::Action::change:
      return std::optional(fmt::format("table {} was altered", plan.spec.name));
    default: return std::optional<std::string>{};
  }
}

Result<std::vector<Entry>> gather(Workspace& workspace) {
  lifecycle::Control control(workspace.database());
  KEEPSUM_ASSIGN(const auto plans, workspace.plans({}, false));
  KEEPSUM_ASSIGN(const auto records, control.all());
  reconcile::Tours tours(workspace.database());
  std::vector<Entry> entries;
  for (const plan::SummaryPlan& plan : plans) {
    Entry entry;
    entry.name = plan.spec.name;
    KEEPSUM_ASSIGN(entry.standing, lifecycle::standing(workspace.database(), plan));
    entry.state = entry.standing.state;
    entry.planned_capture = plan.spec.capture;
    entry.side_of = plan.side_of;
    for (const plan::BaseTable& table : plan.tables) {
      if (table.summary) entry.made_from.push_back(table.info.name);
    }
    KEEPSUM_ASSIGN(entry.change, lifecycle::Changes(workspace.database()).pending(plan.spec.name));
    if (entry.state != lifecycle::State::absent) {
      KEEPSUM_ASSIGN(entry.capture, lifecycle::capturing(workspace.database(), plan));
      // While the spec changes the triggers are those of neither.
      if (!entry.change) entry.faults = lifecycle::capture_faults(*entry.capture);
    }
    // While the table is being made, or by another spec, it is not as planned and should not be.
    entry.plan = plan;
    if (plan.seal && entry.standing.is_true()) {
      KEEPSUM_ASSIGN(entry.seal, reconcile::Seals(workspace.database()).load(plan));
    }
    const bool is_lazy = entry.state == lifecycle::State::lazy && entry.standing.same_meaning;
    if ((entry.standing.is_true() || is_lazy) && !entry.change) {
      KEEPSUM_ASSIGN(entry.table_fault, table_fault(workspace, plan));
    }
    entries.push_back(std::move(entry));
  }
  for (const lifecycle::SummaryRecord& record : records) {
    auto entry = std::find_if(entries.begin(), entries.end(),
                              [&](const Entry& e) { return e.name == record.name; });
    if (entry == entries.end()) {
      Entry left_over;
      left_over.name = record.name;
      left_over.state = record.state;
      left_over.in_spec = false;
      left_over.side_of = lifecycle::relations_in(record.definition).side_of;
      entry = entries.insert(entries.end(), std::move(left_over));
    }
    entry->record = record;
    if (entry->standing.shadow && record.state == lifecycle::State::live) {
      KEEPSUM_ASSIGN(entry->equality, control.equality(record));
    }
    KEEPSUM_ASSIGN(entry->last_run, control.last_run(record.name));
    if (entry->last_run) {
      KEEPSUM_TRY(say_if_lost(workspace.database(), record.name, *entry->last_run));
    }
    if (record.state == lifecycle::State::live) {
      KEEPSUM_ASSIGN(entry->tour, tours.find(record.name));
      KEEPSUM_ASSIGN(const std::string now, tours.now());
      entry->now_s = reconcile::Tours::seconds_of(now);
    }
  }
  return entries;
}

json::value nullable(const std::optional<std::string>& text) {
  return text ? json::value(*text) : json::value(nullptr);
}

json::value tour_json(const Entry& entry) {
  if (!entry.tour) return nullptr;
  const reconcile::Tour& tour = *entry.tour;
  const auto pace = tour.seconds_per_round(entry.now_s);
  return {
      {"position", tour.position ? json::value(db::display(*tour.position)) : nullptr},
      {"share", tour.share},
      {"started_at", tour.started_at.empty() ? json::value(nullptr) : json::value(tour.started_at)},
      {"keys_checked", tour.keys},
      {"drifted", tour.drifted},
      {"last_ended_at", nullable(tour.last_ended_at)},
      // No key was verified before this for the last time.
      {"oldest_verification_at", nullable(tour.last_started_at)},
      {"seconds_per_round", pace ? json::value(*pace) : json::value(nullptr)}};
}

json::object to_json(const Entry& entry) {
  json::array faults;
  for (const std::string& fault : entry.faults) faults.push_back(json::value(fault));
  json::object object{
      {"name", entry.name},
      {"state", to_string(entry.state)},
      {"in_spec", entry.in_spec},
      {"side_of", entry.side_of.empty() ? json::value(nullptr) : json::value(entry.side_of)},
      {"founded", entry.standing.founded},
      {"plan_applied", entry.state != lifecycle::State::absent && entry.standing.same_meaning},
      {"table_fault", nullable(entry.table_fault)},
      {"capture", nullptr},
      {"trigger_faults", std::move(faults)},
      {"change", nullptr},
      {"shadow", nullptr}};
  if (entry.capture) {
    object["capture"] = {{"in_force", to_string(entry.capture->in_force)},
                         {"planned", to_string(entry.planned_capture)},
                         {"moving", entry.capture->is_moving()}};
  }
  if (entry.change) {
    object["change"] = {{"way", to_string(entry.change->way)},
                        {"since", entry.change->started_at},
                        {"applied", entry.record->plan_hash == entry.change->plan_hash}};
  }
  if (entry.equality) {
    object["shadow"] = {{"equal", !entry.equality->drift_left},
                        {"since", entry.equality->since},
                        {"verifications", entry.equality->verifications},
                        {"keys_verified", entry.equality->keys},
                        {"last_verified_at", nullable(entry.equality->last_at)}};
  }
  if (entry.record) {
    object["live_at"] = nullable(entry.record->live_at);
    object["verified_at"] = nullable(entry.record->verified_at);
    object["keys_verified"] = entry.record->keys_verified.value_or(0);
  }
  object["tour"] = tour_json(entry);
  object["seal"] = entry.seal ? json::value(seal_json(*entry.plan, *entry.seal)) : nullptr;
  if (entry.last_run) {
    object["last_run"] = {{"kind", entry.last_run->kind},
                          {"started_at", entry.last_run->started_at},
                          {"finished_at", nullable(entry.last_run->finished_at)},
                          {"outcome", entry.last_run->outcome},
                          {"keys_checked", entry.last_run->keys_checked},
                          {"drifted", entry.last_run->drifted},
                          {"repaired", entry.last_run->repaired}};
  }
  return object;
}

std::string seconds_only(const std::optional<std::string>& time) {
  return time ? time->substr(0, 19) + " UTC" : "never";
}

void print_capture(const Entry& entry) {
  const bool by_hooks = entry.capture->in_force == schema::Capture::hooks;
  const std::string as_planned = by_hooks ? "the service calls keepsum" : "as planned";
  print(fmt::format("  {:<10} {}\n", to_string(entry.capture->in_force),
                    entry.faults.empty() ? as_planned : paint(Style::red, "NOT as planned")));
  for (const std::string& fault : entry.faults) {
    print(fmt::format("    {} {}; `keepsum apply` puts it right\n", paint(Style::red, "!"), fault));
  }
  if (entry.capture->is_moving()) {
    print(
        "             a move of capture was interrupted; each change is counted once all the "
        "same, and `keepsum apply` goes on\n");
  } else if (entry.planned_capture != entry.capture->in_force) {
    print(
        fmt::format("             the spec says \"{}\": `keepsum apply` moves over, `keepsum "
                    "plan` says what to deploy before\n",
                    to_string(entry.planned_capture)));
  }
}

void print_shadow(const lifecycle::Equality& equality) {
  print("  shadow     reads are answered from the source\n");
  const std::string since = equality.since.substr(0, 19);
  if (equality.drift_left) {
    print(fmt::format("             {}: drift was found at {} UTC and is left\n",
                      paint(Style::red, "NOT equal"), since));
    return;
  }
  print(
      fmt::format("             equal since {} UTC: verified {} times since, {} in all, the "
                  "last {}\n",
                  since, with_separators(equality.verifications), keys_text(equality.keys),
                  seconds_only(equality.last_at)));
}

// 90 s, 12 min, 26 h, 3 days; never less than it is.
std::string whole_time(double seconds) {
  if (seconds < 120) return fmt::format("{:.0f} s", std::ceil(seconds));
  if (seconds < 120 * 60) return fmt::format("{:.0f} min", std::ceil(seconds / 60));
  if (seconds < 72 * 3600) return fmt::format("{:.0f} h", std::ceil(seconds / 3600));
  return fmt::format("{:.0f} days", std::ceil(seconds / 86400));
}

void print_tour(const Entry& entry) {
  const reconcile::Tour& tour = *entry.tour;
  const auto pace = tour.seconds_per_round(entry.now_s);
  if (!tour.started_at.empty()) {
    print(fmt::format("  tour       {:.1f} % of the keys since {}, {} drifted\n", tour.share * 100,
                      seconds_only(tour.started_at), with_separators(tour.drifted)));
  }
  print(
      fmt::format("  pace       {}; no key was verified before {}\n",
                  pace ? fmt::format("every key verified within {} at this pace", whole_time(*pace))
                       : "not known until two runs of `keepsum reconcile` are",
                  seconds_only(tour.last_started_at)));
}

void print_run(const lifecycle::RunRecord& run) {
  const std::string which =
      fmt::format("  last run   {} at {} UTC", run.kind, run.started_at.substr(0, 19));
  if (run.outcome == "running") {
    print(which + ": at work\n");
  } else if (run.outcome == "lost") {
    print(
        fmt::format("{}: {} without a word (killed, or its connection was); what it had repaired "
                    "holds, and the next run goes on\n",
                    which, paint(Style::yellow, "lost")));
  } else {
    print(fmt::format("{}: {}, {} of {} drifted, {} repaired\n", which, run.outcome, run.drifted,
                      keys_text(run.keys_checked), run.repaired));
  }
}

void print_change(const Entry& entry) {
  const bool applied = entry.record->plan_hash == entry.change->plan_hash;
  print(fmt::format(
      "  change     of the spec since {}, {}: {}\n", seconds_only(entry.change->started_at),
      entry.change->way == lifecycle::Way::in_place ? "in place" : "by another table beside it",
      applied ? "the new spec is live, what is left of the old one goes" : "not done yet"));
  print(
      "             `keepsum apply` is at it, or goes on with it if it was interrupted; `keepsum "
      "plan` says what is left\n");
}

void print_entry(const Entry& entry) {
  const bool is_lazy = entry.state == lifecycle::State::lazy;
  const bool is_done = entry.state == lifecycle::State::live || is_lazy;
  const Style style = is_done ? Style::green : Style::yellow;
  print(
      fmt::format("{} {}\n", paint(Style::bold, entry.name), paint(style, to_string(entry.state))));
  if (!entry.side_of.empty()) print(fmt::format("  a side table of {}\n", entry.side_of));
  for (const std::string& source : entry.made_from) {
    print(fmt::format("  made from  {}\n", source));
  }
  if (!entry.in_spec) {
    print(entry.side_of.empty()
              ? fmt::format("  not in the spec: `keepsum drop {}` removes it\n", entry.name)
              : std::string(
                    "  no longer in the spec: it goes when its summary does, or is applied\n"));
  }
  if (entry.standing.state == lifecycle::State::live && !entry.standing.founded) {
    print("  what it is made from is not live as the spec has it: reads come from the source\n");
  }
  if (entry.state == lifecycle::State::absent) {
    print("  not applied: reads are computed from the source\n");
    return;
  }
  if (entry.change) {
    print_change(entry);
  } else if (entry.in_spec && !entry.standing.same_meaning) {
    print("  the spec has changed since it was applied: see `keepsum plan`\n");
  }
  if (is_lazy) {
    print(
        "  fill       a latch that is not set is asked of the source, and set, when it is read\n");
  } else {
    print(fmt::format(
        "  verified   {}{}\n", seconds_only(entry.record->verified_at),
        entry.record->keys_verified ? ", " + keys_text(*entry.record->keys_verified) : ""));
  }
  if (entry.seal) print(seal_text(*entry.plan, *entry.seal));
  if (entry.tour) print_tour(entry);
  if (entry.last_run) {
    print_run(*entry.last_run);
  }
  if (entry.table_fault) {
    print(fmt::format("  table      {}\n    {} {}; `keepsum apply` builds it anew\n",
                      paint(Style::red, "NOT as planned"), paint(Style::red, "!"),
                      *entry.table_fault));
  }
  if (entry.capture) print_capture(entry);
  if (entry.equality) print_shadow(*entry.equality);
}

}  // namespace

Result<int> run_status(const GlobalOptions& global) {
  KEEPSUM_ASSIGN(auto workspace, Workspace::open(global));
  KEEPSUM_ASSIGN(const auto entries, gather(workspace));
  json::array summaries;
  for (const Entry& entry : entries) {
    if (global.json) {
      summaries.push_back(to_json(entry));
    } else {
      print_entry(entry);
    }
  }
  if (global.json) {
    print(json::serialize(json::object{{"version", 1}, {"summaries", std::move(summaries)}}) +
          "\n");
  }
  return exit_ok;
}

}  // namespace keepsum::cli
