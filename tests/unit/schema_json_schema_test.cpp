// The published JSON Schema and the parser must agree on what a spec looks like. A real validator
// judges each document, so that neither side is checked against a reading of itself.
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cstdio>
#include <cstdlib>
#include <set>

#include "schema/object_reader.hpp"
#include "schema/parse.hpp"
#include "schema/reconcile_reader.hpp"
#include "schema/sealed_reader.hpp"
#include "schema/summary_reader.hpp"
#include "tests/unit/schema_support.hpp"

namespace keepsum::schema {
namespace {

using std::filesystem::path;

path schema_path() { return path(KEEPSUM_SOURCE_DIR) / "schema" / "keepsum.schema.json"; }

// Prints 1 for each file that is valid and 0 for each that is not.
constexpr const char* validator_script = R"py(
import json, sys
from jsonschema import Draft7Validator
schema = json.load(open(sys.argv[1], encoding="utf-8"))
Draft7Validator.check_schema(schema)
validator = Draft7Validator(schema)
for name in sys.argv[2:]:
    print(1 if validator.is_valid(json.load(open(name, encoding="utf-8"))) else 0)
)py";

// A Python that has the validator: the one on the path may be another than the system's.
std::string find_python() {
  for (const std::string python : {"python3", "/usr/bin/python3"}) {
    const std::string probe = python + " -c 'import jsonschema' >/dev/null 2>&1";
    if (std::system(probe.c_str()) == 0) return python;
  }
  return "";
}

std::string run(const std::string& command) {
  std::string output;
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return output;
  for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) {
    output += static_cast<char>(c);
  }
  pclose(pipe);
  return output;
}

struct Folder {
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "keepsum-XXXXXX").string();
    location = mkdtemp(name.data());
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { std::filesystem::remove_all(location); }
  path location;
};

std::string with_summary(const std::string& body) {
  return R"j({"keepsum": 1, "summaries": {"s": )j" + body + "}}";
}

std::string with_extra(const std::string& extra) {
  return with_summary(
      R"j({"from": "t", "group_by": {"k": "t.k"}, "aggregates": {"n": "count(*)"}, )j" + extra +
      "}");
}

std::string with_key_list(const std::string& keys) {
  return with_summary(R"j({"from": "t", "aggregates": {"n": "count(*)"}, "group_by": {)j" + keys +
                      "}}");
}

std::string with_column(const std::string& name) {
  return with_key_list("\"" + name + "\": \"t.k\"");
}

std::string with_keys(int count) {
  std::string keys = R"("k": "t.k")";
  for (int i = 1; i < count; ++i) keys += R"(, "k)" + std::to_string(i) + R"(": "t.k")";
  return with_key_list(keys);
}

const std::string whole =
    R"j({"from": "t", "group_by": {"k": "t.k"}, "aggregates": {"n": "count(*)"}})j";

std::string with_top(const std::string& properties) {
  return "{" + properties + R"(, "summaries": {"s": )" + whole + "}}";
}

struct Document {
  bool valid;
  std::string text;
};

std::vector<Document> documents() {
  return {
      {true, with_summary(whole)},
      {true, with_top(R"j("keepsum": 1, "database": "sqlite:x.db", "$schema": "./s.json")j")},
      {true, with_extra(R"j("joins": ["u ON u.t_id = t.id"])j")},
      {true, with_extra(R"j("joins": [], "indexes": [], "declared_keys": [])j")},
      {true, with_extra(R"j("where": "t.a = 1", "comment": "")j")},
      {true, with_extra(R"j("capture": "hooks", "allow_float": true)j")},
      {true, with_extra(R"j("capture": "triggers", "indexes": [["n"], ["k", "n"]])j")},
      {true,
       with_extra(R"j("joins": ["u ON u.t_id = t.id"], "declared_keys": ["u.t_id -> t.id"])j")},
      {true, with_column("_a1_")},
      {true, with_column(std::string(48, 'a'))},
      {true, with_keys(16)},
      {false, R"j([])j"},
      {false, R"j({})j"},
      {false, R"j({"keepsum": 1})j"},
      {false, R"j({"keepsum": 1, "summaries": {}})j"},
      {false, R"j({"keepsum": 1, "summaries": []})j"},
      {false,
       R"j({"keepsum": 1, "summaries": {"1s": {"from": "t", "group_by": {"k": "t.k"}, "aggregates": {"n": "count(*)"}}}})j"},
      {false, with_top(R"j("keepsum": 2)j")},
      {false, with_top(R"j("keepsum": "1")j")},
      {false, with_top(R"j("database": "sqlite:x.db")j")},
      {false, with_top(R"j("keepsum": 1, "database": "")j")},
      {false, with_top(R"j("keepsum": 1, "database": 1)j")},
      {false, with_top(R"j("keepsum": 1, "$schema": 1)j")},
      {false, with_top(R"j("keepsum": 1, "other": 1)j")},
      {true, with_top(R"j("keepsum": 1, "reconcile": {})j")},
      {true, with_top(R"j("keepsum": 1, "reconcile": {"chunk_time": "500ms", "workers": 64,
        "snapshot_max": "60s", "backfill_snapshot_max": "2h", "pace": "gentle", "work_percent": 12.5, "guard_percent": 0.5,
        "threads_running_max": 20, "replicas": ["mysql://r/d"], "replica_lag_max": "5m",
        "query": "SELECT 1", "query_max": 2.5, "commit_latency_max": "50ms",
        "throttle_wait": "1m"})j")},
      {true, with_top(R"j("keepsum": 1, "reconcile": {"status_every": "0",
        "metrics_file": "/m/k.prom", "on_drift": "mail me", "on_drift_time": "10s",
        "ping": "https://h/x", "ping_start": true, "control": "/run/k.sock",
        "pause_file": "/run/pause"})j")},
      {true, with_top(R"j("keepsum": 1, "reconcile": {"status_every": "10s"})j")},
      {false, with_top(R"j("keepsum": 1, "reconcile": {"status_every": "0s"})j")},
      {false, with_top(R"j("keepsum": 1, "reconcile": {"status_every": 0})j")},
      {false, with_top(R"j("keepsum": 1, "reconcile": {"on_drift_time": "0"})j")},
      {false, with_top(R"j("keepsum": 1, "reconcile": {"on_drift": ["mail", "me"]})j")},
      {false, with_top(R"j("keepsum": 1, "reconcile": {"ping": ""})j")},
      {false, with_top(R"j("keepsum": 1, "reconcile": {"ping_start": "yes"})j")},
      {false, with_top(R"j("keepsum": 1, "reconcile": {"metrics_file": 1})j")},
      {false, with_top(R"j("keepsum": 1, "reconcile": {"control": ""})j")},
      {false, with_top(R"j("keepsum": 1, "reconcile": {"pause_file": ""})j")},
      {false, with_top(R"j("keepsum": 1, "reconcile": [])j")},
      {false, with_top(R"j("keepsum": 1, "reconcile": {"other": 1})j")},
      {false, with_top(R"j("keepsum": 1, "reconcile": {"chunk_time": 500})j")},
      {false, with_top(R"j("keepsum": 1, "reconcile": {"chunk_time": "500"})j")},
      {false, with_top(R"j("keepsum": 1, "reconcile": {"chunk_time": "0s"})j")},
      {false, with_top(R"j("keepsum": 1, "reconcile": {"chunk_time": "1.5s"})j")},
      {false, with_top(R"j("keepsum": 1, "reconcile": {"workers": 0})j")},
      {false, with_top(R"j("keepsum": 1, "reconcile": {"workers": 65})j")},
      {false, with_top(R"j("keepsum": 1, "reconcile": {"workers": 1.5})j")},
      {false, with_top(R"j("keepsum": 1, "reconcile": {"work_percent": 0})j")},
      {false, with_top(R"j("keepsum": 1, "reconcile": {"pace": "slow"})j")},
      {false, with_top(R"j("keepsum": 1, "reconcile": {"pace": 1})j")},
      {false, with_top(R"j("keepsum": 1, "reconcile": {"guard_percent": 101})j")},
      {false, with_top(R"j("keepsum": 1, "reconcile": {"guard_percent": "1"})j")},
      {false, with_top(R"j("keepsum": 1, "reconcile": {"replicas": "mysql://r/d"})j")},
      {false, with_top(R"j("keepsum": 1, "reconcile": {"replicas": [1]})j")},
      {false, with_top(R"j("keepsum": 1, "reconcile": {"query": "SELECT 1"})j")},
      {false, with_top(R"j("keepsum": 1, "reconcile": {"query_max": 1})j")},
      {false, with_top(R"j("keepsum": 1, "reconcile": {"query": "", "query_max": 1})j")},
      {false, with_summary(R"j([])j")},
      {false, with_summary(R"j({})j")},
      {false, with_summary(R"j({"from": "t", "group_by": {"k": "t.k"}})j")},
      {false, with_summary(R"j({"from": "t", "aggregates": {"n": "count(*)"}})j")},
      {false, with_summary(R"j({"group_by": {"k": "t.k"}, "aggregates": {"n": "count(*)"}})j")},
      {false, with_summary(R"j({"from": "t", "group_by": {}, "aggregates": {"n": "count(*)"}})j")},
      {false, with_summary(R"j({"from": "t", "group_by": {"k": "t.k"}, "aggregates": {}})j")},
      {false, with_summary(
                  R"j({"from": "", "group_by": {"k": "t.k"}, "aggregates": {"n": "count(*)"}})j")},
      {false,
       with_summary(R"j({"from": "t", "group_by": {"k": 1}, "aggregates": {"n": "count(*)"}})j")},
      {false, with_extra(R"j("extra": 1)j")},
      {false, with_extra(R"j("joins": "u ON u.t_id = t.id")j")},
      {false, with_extra(R"j("joins": [1])j")},
      {false, with_extra(R"j("where": "")j")},
      {false, with_extra(R"j("where": null)j")},
      {false, with_extra(R"j("indexes": ["n"])j")},
      {false, with_extra(R"j("indexes": [[]])j")},
      {false, with_extra(R"j("declared_keys": [[]])j")},
      {false, with_extra(R"j("capture": "polling")j")},
      {false, with_extra(R"j("capture": null)j")},
      {false, with_extra(R"j("allow_float": 1)j")},
      {true, with_extra(R"j("changed_at": "t.changed_at")j")},
      {false, with_extra(R"j("changed_at": "")j")},
      {false, with_extra(R"j("changed_at": ["t.changed_at"])j")},
      {true, with_extra(R"j("sealed": {"by": "t.id"})j")},
      {true, with_extra(R"j("sealed": {"by": "t.id", "after": "0", "audit": "24h"})j")},
      {false, with_extra(R"j("sealed": {"by": "t.id", "audit": "0"})j")},
      {false, with_extra(R"j("sealed": {"after": "1h"})j")},
      {false, with_extra(R"j("sealed": "t.id")j")},
      {false, with_extra(R"j("sealed": {"by": "t.id", "column": "id"})j")},
      {true, with_extra(R"j("shadow": true)j")},
      {false, with_extra(R"j("shadow": "yes")j")},
      {false, with_extra(R"j("comment": 1)j")},
      {false, with_column("a-b")},
      {false, with_column("")},
      {false, with_column("ks_a")},
      {false, with_column("KeepSum_a")},
      {false, with_column(std::string(49, 'a'))},
      {false, with_keys(17)},
  };
}

TEST(JsonSchema, AgreesWithTheParser) {
  const std::string python = find_python();
  ASSERT_FALSE(python.empty()) << "python3-jsonschema is missing: run scripts/setup";
  const Folder folder;
  std::ofstream(folder.location / "validate.py") << validator_script;
  std::string command =
      python + " " + (folder.location / "validate.py").string() + " " + schema_path().string();
  const std::vector<Document> all = documents();
  for (std::size_t i = 0; i < all.size(); ++i) {
    const path file = folder.location / (std::to_string(i) + ".json");
    std::ofstream(file) << all[i].text;
    command += " " + file.string();
  }
  std::string verdicts = run(command);
  std::erase(verdicts, '\n');
  ASSERT_EQ(verdicts.size(), all.size());
  for (std::size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(verdicts[i] == '1', all[i].valid) << "the schema on " << all[i].text;
    EXPECT_EQ(testing::parse(all[i].text).spec.has_value(), all[i].valid)
        << "the parser on " << all[i].text << "\n"
        << testing::rendered(all[i].text);
  }
}

std::set<std::string> names_in(const boost::json::object& object) {
  std::set<std::string> names;
  for (const auto& member : object) names.emplace(member.key().data(), member.key().size());
  return names;
}

std::set<std::string> strings_in(const boost::json::array& array) {
  std::set<std::string> names;
  for (const auto& value : array) names.emplace(value.as_string().c_str());
  return names;
}

// The table of documents above might miss a property; the lists themselves cannot.
void expect_same_properties(const boost::json::object& schema,
                            const std::vector<PropertyName>& properties) {
  std::set<std::string> known;
  std::set<std::string> required;
  for (const PropertyName& property : properties) {
    known.emplace(property.name);
    if (property.required) required.emplace(property.name);
  }
  EXPECT_EQ(names_in(schema.at("properties").as_object()), known);
  EXPECT_EQ(strings_in(schema.at("required").as_array()), required);
  EXPECT_FALSE(schema.at("additionalProperties").as_bool());
}

TEST(JsonSchema, HasTheParsersPropertiesAndDescribesEach) {
  const boost::json::value schema = boost::json::parse(testing::read_file(schema_path()));
  const boost::json::object& summary = schema.at("definitions").at("summary").as_object();
  expect_same_properties(schema.as_object(), spec_properties());
  const boost::json::object& reconcile = schema.at("definitions").at("reconcile").as_object();
  expect_same_properties(summary, summary_properties());
  expect_same_properties(reconcile, reconcile_properties());
  const boost::json::object& sealed = summary.at("properties").at("sealed").as_object();
  expect_same_properties(sealed, sealed_properties());
  for (const boost::json::object* object : {&schema.as_object(), &summary, &reconcile, &sealed}) {
    for (const auto& property : object->at("properties").as_object()) {
      EXPECT_TRUE(property.value().as_object().contains("description")) << property.key();
    }
  }
}

}  // namespace
}  // namespace keepsum::schema
