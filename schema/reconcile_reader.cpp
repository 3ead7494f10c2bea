#include "schema/reconcile_reader.hpp"

#include <fmt/format.h>

#include "schema/duration.hpp"
#include "schema/text.hpp"

namespace keepsum::schema {

namespace {

constexpr std::size_t replicas_max = 100;
constexpr std::int64_t threads_max = 1'000'000;
constexpr std::int64_t workers_max = 64;

class Reader {
 public:
  Reader(const ObjectReader& object, Reporter& reporter) : object_(object), reporter_(reporter) {}

  void duration(std::string_view name, std::optional<std::chrono::milliseconds>& into) {
    const auto text = object_.find_text(name);
    if (!text) return;
    into = parse_duration(text->text);
    if (into) return;
    complain(name, Complaint{"duration", fmt::format("{} is no time", quoted(text->text)),
                             fmt::format("write {}", duration_form)});
  }

  // As duration(), and "0" for none.
  void duration_or_none(std::string_view name, std::optional<std::chrono::milliseconds>& into) {
    const auto text = object_.find_text(name);
    if (!text) return;
    into = parse_duration_or_none(text->text);
    if (into) return;
    complain(name, Complaint{"duration", fmt::format("{} is no time", quoted(text->text)),
                             fmt::format("write {}; or 0 for none", duration_form)});
  }

  void flag(std::string_view name, bool& into) {
    if (const JsonValue* value = object_.find(name, JsonKind::boolean)) into = value->boolean;
  }

  void integer(std::string_view name, std::int64_t most, std::optional<std::int64_t>& into) {
    const JsonValue* value = object_.find(name, JsonKind::integer);
    if (!value) return;
    if (value->integer >= 1 && value->integer <= most) {
      into = value->integer;
    } else {
      complain(name, Complaint{"out-of-range", fmt::format("`{}` must be 1 to {}", name, most)});
    }
  }

  void number(std::string_view name, std::optional<double>& into) {
    const JsonMember* member = object_.find(name);
    if (!member) return;
    const JsonKind kind =
        member->value.kind == JsonKind::integer ? JsonKind::integer : JsonKind::real;
    if (!expect_kind(member->value, kind, object_.pointer_of(name), reporter_)) return;
    into =
        kind == JsonKind::integer ? static_cast<double>(member->value.integer) : member->value.real;
  }

  void complain(std::string_view name, Complaint complaint) {
    const JsonMember* member = object_.find(name);
    reporter_.error(member->value.offset, object_.pointer_of(name), std::move(complaint));
  }

  void text(std::string_view name, std::optional<std::string>& into) {
    auto found = object_.find_text(name);
    if (!found) return;
    if (found->text.empty()) {
      complain(name, Complaint{"empty-text", fmt::format("`{}` is empty", name)});
    }
    into = std::move(found->text);
  }

  void texts(std::string_view name, std::vector<std::string>& into) {
    const JsonValue* list = object_.find(name, JsonKind::array);
    const std::string pointer = object_.pointer_of(name);
    if (!list || !expect_at_most(*list, replicas_max, pointer, reporter_)) return;
    for (std::size_t i = 0; i < list->elements.size(); ++i) {
      auto found = expect_text(list->elements[i], pointer_to(pointer, i), reporter_);
      if (found) into.push_back(std::move(found->text));
    }
  }

 private:
  const ObjectReader& object_;
  Reporter& reporter_;
};

}  // namespace

const std::vector<PropertyName>& reconcile_properties() {
  static const std::vector<PropertyName> properties{{"chunk_time", false},
                                                    {"snapshot_max", false},
                                                    {"backfill_snapshot_max", false},
                                                    {"workers", false},
                                                    {"pace", false},
                                                    {"work_percent", false},
                                                    {"guard_percent", false},
                                                    {"threads_running_max", false},
                                                    {"replicas", false},
                                                    {"replica_lag_max", false},
                                                    {"query", false},
                                                    {"query_max", false},
                                                    {"commit_latency_max", false},
                                                    {"throttle_wait", false},
                                                    {"status_every", false},
                                                    {"metrics_file", false},
                                                    {"on_drift", false},
                                                    {"on_drift_time", false},
                                                    {"ping", false},
                                                    {"ping_start", false},
                                                    {"control", false},
                                                    {"pause_file", false}};
  return properties;
}

ReconcileSettings read_reconcile(const JsonValue& value, const std::string& pointer,
                                 Reporter& reporter) {
  ReconcileSettings settings;
  if (!expect_kind(value, JsonKind::object, pointer, reporter)) return settings;
  const ObjectReader object(value, pointer, "`reconcile`", reconcile_properties(), reporter);
  Reader read(object, reporter);
  read.duration("chunk_time", settings.chunk_time);
  read.duration("snapshot_max", settings.snapshot_max);
  read.duration("backfill_snapshot_max", settings.backfill_snapshot_max);
  read.duration("replica_lag_max", settings.replica_lag_max);
  read.duration("commit_latency_max", settings.commit_latency_max);
  read.duration("throttle_wait", settings.throttle_wait);
  read.integer("workers", workers_max, settings.workers);
  read.integer("threads_running_max", threads_max, settings.threads_running_max);
  read.number("guard_percent", settings.guard_percent);
  if (settings.guard_percent && (*settings.guard_percent < 0 || *settings.guard_percent > 100)) {
    read.complain("guard_percent", Complaint{"out-of-range", "`guard_percent` must be 0 to 100"});
  }
  read.number("work_percent", settings.work_percent);
  if (settings.work_percent && (*settings.work_percent < 1 || *settings.work_percent > 100)) {
    read.complain("work_percent", Complaint{"out-of-range", "`work_percent` must be 1 to 100"});
  }
  read.text("pace", settings.pace);
  if (settings.pace && *settings.pace != "auto" && *settings.pace != "gentle" &&
      *settings.pace != "full") {
    read.complain("pace",
                  Complaint{"unknown-pace", fmt::format("{} is no pace", quoted(*settings.pace)),
                            "write auto, gentle or full"});
  }
  read.texts("replicas", settings.replicas);
  read.text("query", settings.query);
  read.number("query_max", settings.query_max);
  read.duration_or_none("status_every", settings.status_every);
  read.duration("on_drift_time", settings.on_drift_time);
  read.text("metrics_file", settings.metrics_file);
  read.text("on_drift", settings.on_drift);
  read.text("ping", settings.ping);
  read.flag("ping_start", settings.ping_start);
  read.text("control", settings.control);
  read.text("pause_file", settings.pause_file);
  for (const auto& [name, other] :
       {std::pair("query", "query_max"), std::pair("query_max", "query")}) {
    if (!object.find(name) || object.find(other)) continue;
    read.complain(name, Complaint{"incomplete", fmt::format("`{}` needs `{}`", name, other),
                                  "the run waits while the query's answer is more than that"});
  }
  return settings;
}

}  // namespace keepsum::schema
