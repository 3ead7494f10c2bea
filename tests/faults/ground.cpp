#include "tests/faults/ground.hpp"

#include <fmt/format.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <utility>

#include "connectors/open.hpp"
#include "tests/support/child.hpp"

namespace keepsum::test {

namespace {

constexpr const char* spec = R"json({"keepsum": 1, "summaries": {
  "card_activity": {
    "from": "payments p", "joins": ["charges t ON t.payment_id = p.id"],
    "where": "p.voided = 0", "group_by": {"card_id": "p.card_id"},
    "aggregates": {
      "total": "sum(t.amount)",
      "charges": "count(*)",
      "refunds": "count(*) FILTER (WHERE t.amount < 0)",
      "approved_once": "latch(t.approved = 1)",
      "largest": "max(t.amount)"}},
  "merchant_activity": {
    "from": "payments p", "joins": ["charges t ON t.payment_id = p.id"],
    "where": "p.voided = 0", "group_by": {"merchant_id": "p.merchant_id"},
    "aggregates": {"total": "sum(t.amount)", "charges": "count(*)"}}}})json";

using Words = std::vector<std::pair<std::string, std::string>>;

std::string replaced(std::string text, const Words& words) {
  for (const auto& [word, with] : words) {
    for (std::size_t at = 0; (at = text.find(word, at)) != std::string::npos; at += with.size()) {
      text.replace(at, word.size(), with);
    }
  }
  return text;
}

}  // namespace

std::string MariadbGround::sql(std::string text) const {
  return replaced(std::move(text),
                  {{"{money}", "BIGINT"},
                   {"{identity}", "BIGINT AUTO_INCREMENT PRIMARY KEY"},
                   {"{strict}", "ENGINE=InnoDB"},
                   {"{for_update}", " FOR UPDATE"},
                   {"{card}", "CAST(JSON_VALUE(group_key, '$.card_id') AS SIGNED)"},
                   {"{number}", "SIGNED"},
                   {"{name}", "VARCHAR(20)"}});
}

std::string MariadbGround::numbers(int count) const {
  return fmt::format("(SELECT CAST(seq AS SIGNED) AS i FROM seq_1_to_{}) AS n", count);
}

std::string SqliteGround::sql(std::string text) const {
  return replaced(std::move(text), {{"{money}", "INTEGER"},
                                    {"{identity}", "INTEGER PRIMARY KEY"},
                                    {"{strict}", "STRICT"},
                                    {"{for_update}", ""},
                                    {"{card}", "json_extract(group_key, '$.card_id')"},
                                    {"{number}", "INTEGER"},
                                    {"{name}", "TEXT"}});
}

std::string SqliteGround::numbers(int count) const {
  return fmt::format(
      "(WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < {}) SELECT i "
      "FROM c) AS n",
      count);
}

SqliteGround::SqliteGround()
    : folder_((std::filesystem::temp_directory_path() / "keepsum-faults-XXXXXX").string()) {
  if (mkdtemp(folder_.data()) == nullptr) {
    throw std::runtime_error("no temporary folder can be made");
  }
  const std::ofstream empty(folder_ + "/faults.db");  // an empty file is an empty database
}

SqliteGround::~SqliteGround() {
  if (keeps_folder_) return;
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

Result<std::unique_ptr<db::Session>> Ground::connect() const {
  KEEPSUM_ASSIGN(const auto parsed, connectors::parse_url(url()));
  return connectors::open_session(parsed);
}

std::vector<std::string> Ground::schema() const {
  const std::string payments = numbers(payments_at_start);
  return {
      "CREATE TABLE payments (id {money} NOT NULL PRIMARY KEY, card_id {money} NOT NULL, "
      "merchant_id {money} NOT NULL, voided {money} NOT NULL) {strict}",
      "CREATE TABLE charges (id {money} NOT NULL PRIMARY KEY, payment_id {money} NOT NULL, "
      "amount {money} NOT NULL, approved {money} NOT NULL) {strict}",
      "CREATE INDEX by_card ON payments (card_id)",
      "CREATE INDEX by_merchant ON payments (merchant_id)",
      "CREATE INDEX by_payment ON charges (payment_id)",
      // What was spoilt, in the transaction that spoilt it: `amount` was added to the stored
      // figure.
      "CREATE TABLE spoilt (id {identity}, batch {money} NOT NULL, card_id {money} NOT NULL, "
      "column_name {name} NOT NULL, amount {money} NOT NULL) {strict}",
      "CREATE INDEX spoilt_batch ON spoilt (batch, card_id)",
      fmt::format(
          "INSERT INTO payments SELECT i, 1 + i * 7919 % {}, 1 + i * 31 % {}, CASE WHEN i % "
          "17 = 0 THEN 1 ELSE 0 END FROM {}",
          cards, merchants, payments),
      fmt::format("INSERT INTO charges SELECT i, i, 500 + i * 7907 % 20000, CASE WHEN i % 7 = 0 "
                  "THEN 1 ELSE 0 END FROM {}",
                  payments),
  };
}

void Ground::prepare() {
  std::ofstream(folder() + "/keepsum.json") << spec;
  const auto must = [](const auto& result) {
    if (result.has_error()) throw std::runtime_error(describe(result.error()));
  };
  const auto session = connect();
  must(session);
  if (url().starts_with("sqlite:")) must((*session)->rows("PRAGMA journal_mode = WAL"));
  for (const std::string& statement : schema()) must((*session)->execute(sql(statement)));
  const char* const analyze =
      url().starts_with("sqlite:") ? "ANALYZE" : "ANALYZE TABLE payments, charges";
  must((*session)->rows(analyze));
  const Ended applied = Child(command({"apply", "--yes"}), folder() + "/apply").finish();
  if (applied.code != 0) throw std::runtime_error(applied.err);
}

std::vector<std::string> Ground::command(std::vector<std::string> arguments) const {
  arguments.insert(arguments.begin(), KEEPSUM_BINARY);
  arguments.insert(arguments.end(), {"--config", folder() + "/keepsum.json", "--database", url()});
  return arguments;
}

}  // namespace keepsum::test
