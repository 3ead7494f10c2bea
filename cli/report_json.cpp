#include "cli/report_json.hpp"

#include <keepsum/version.hpp>

#include "cli/seal_text.hpp"

namespace keepsum::cli {

namespace json = boost::json;

std::string_view version() { return version_string; }

json::value to_json(const db::Value& value) {
  if (db::is_null(value)) return nullptr;
  if (const auto* number = std::get_if<std::int64_t>(&value)) return *number;
  if (const auto* number = std::get_if<std::uint64_t>(&value)) return *number;
  if (const auto* number = std::get_if<double>(&value)) return *number;
  return json::value(db::display(value));
}

json::value to_json(const plan::AggregatePlan& aggregate, const db::Value& value) {
  if (aggregate.aggregate->is_condition() && !db::is_null(value)) return db::as_int64(value) != 0;
  return to_json(value);
}

namespace {

json::value nullable(const std::optional<std::string>& text) {
  return text ? json::value(*text) : json::value(nullptr);
}

}  // namespace

json::value parsed_key(const std::string& group_key) {
  boost::system::error_code failed;
  json::value key = json::parse(group_key, failed);
  return failed ? json::value(group_key) : key;
}

json::object to_json(const lifecycle::DriftRecord& record) {
  return {{"id", record.id},
          {"run", record.run},
          {"summary", record.summary},
          {"key", parsed_key(record.row.group_key)},
          {"column", record.row.column},
          {"stored", nullable(record.row.stored)},
          {"expected", nullable(record.row.expected)},
          {"repaired", record.row.repaired},
          {"undo", record.by_undo},
          {"found_at", record.found_at}};
}

json::array to_json(const std::vector<lifecycle::Cause>& causes) {
  json::array array;
  for (const lifecycle::Cause& cause : causes) {
    array.push_back({{"key", cause.group_key ? parsed_key(*cause.group_key) : json::value(nullptr)},
                     {"code", cause.code},
                     {"sentence", cause.sentence}});
  }
  return array;
}

json::object to_json(const reconcile::RunReport& report) {
  json::object object;
  object["name"] = report.name;
  object["outcome"] = reconcile::to_string(report.outcome);
  object["keys_checked"] = report.keys_checked;
  object["drifted"] = report.drifted;
  object["repaired"] = report.repaired;
  object["unrepaired"] = report.unrepaired;
  object["locked"] = report.locked;
  object["pruned"] = report.pruned;
  object["seconds"] = report.seconds;
  object["order"] = reconcile::to_string(report.order);
  object["order_reason"] = report.order_reason;
  object["longest_snapshot_seconds"] = report.longest_snapshot_s;
  object["longest_locks_seconds"] = report.longest_locks_s;
  object["ranges"] = report.ranges;
  object["coverage"] = {{"kind", report.coverage.kind},
                        {"text", report.coverage.text},
                        {"whole", report.coverage.is_whole()}};
  object["stop"] = report.stop == reconcile::Stop::none
                       ? json::value(nullptr)
                       : json::value(reconcile::to_string(report.stop));
  object["stop_reason"] = report.stop_reason;
  object["tour"] = {{"from", nullable(report.tour.from)},
                    {"to", nullable(report.tour.to)},
                    {"restarted", report.tour.restarted},
                    {"share", report.tour.share},
                    {"keys_checked", report.tour.keys},
                    {"complete", report.tour.complete},
                    {"oldest_verification_at", nullable(report.tour.oldest_verification_at)}};
  object["seal"] = report.seal ? json::value(seal_json(*report.seal)) : json::value(nullptr);
  json::array pauses;
  for (const reconcile::Pause& pause : report.pauses) {
    const bool by_hand = pause.highest.signal == reconcile::pause_signal;
    pauses.push_back(
        {{"signal", pause.highest.signal},
         {"value", pause.highest.value ? json::value(*pause.highest.value) : json::value(nullptr)},
         {"why_unknown", by_hand ? "" : pause.highest.why},
         {"asked_by", by_hand ? json::value(pause.highest.why) : json::value(nullptr)},
         {"threshold", pause.highest.threshold},
         {"count", pause.count},
         {"seconds", pause.seconds}});
  }
  object["pauses"] = std::move(pauses);
  object["rested_seconds"] = report.rested_s;
  json::array drift;
  for (const lifecycle::DriftRow& row : report.drift) {
    drift.push_back({{"key", json::parse(row.group_key)},
                     {"column", row.column},
                     {"stored", nullable(row.stored)},
                     {"expected", nullable(row.expected)},
                     {"repaired", row.repaired}});
  }
  object["drift"] = std::move(drift);
  object["drift_not_shown"] = report.drift_not_shown;
  object["causes"] = to_json(report.causes);
  json::array broken;
  for (const reconcile::BrokenKey& key : report.broken_keys) {
    broken.push_back({{"key", key.key}, {"rows", key.rows}});
  }
  object["broken_declared_keys"] = std::move(broken);
  object["declared_keys_checked"] = nullptr;
  if (const auto& check = report.key_check) {
    object["declared_keys_checked"] = json::object{{"share", check->share},
                                                   {"complete", check->stopped_by.empty()},
                                                   {"stopped_by", check->stopped_by}};
  }
  return object;
}

json::object error_object(const Error& error) {
  json::object object;
  object["code"] = to_string(error.code);
  object["recovery"] = to_string(error.recovery);
  object["message"] = error.message;
  object["where"] = error.where;
  object["hint"] = error.hint;
  if (!error.server_message.empty()) object["server_message"] = error.server_message;
  if (error.native_code != 0) object["native_code"] = error.native_code;
  return object;
}

std::string error_json(const Error& error) {
  return json::serialize(json::object{{"version", 1}, {"error", error_object(error)}});
}

}  // namespace keepsum::cli
