#include "tests/integration/concurrency_database.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <boost/json.hpp>
#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "engine/lifecycle/load_plans.hpp"
#include "tests/support/mariadb_server.hpp"

extern char** environ;  // NOLINT: declared by POSIX, by no header

namespace keepsum::test {

namespace {

constexpr const char* tables[] = {
    "CREATE TABLE payments (id BIGINT PRIMARY KEY, card_id INT NOT NULL, voided TINYINT NOT NULL, "
    "KEY by_card (card_id)) ENGINE=InnoDB",
    "CREATE TABLE request_histories (id BIGINT PRIMARY KEY, payment_id BIGINT NOT NULL, "
    "balance_transaction_id BIGINT NOT NULL, approved TINYINT NOT NULL, kind VARCHAR(20) NOT NULL, "
    "KEY by_payment (payment_id), KEY by_transaction (balance_transaction_id)) ENGINE=InnoDB",
    "CREATE TABLE balance_transactions (id BIGINT PRIMARY KEY, amount DECIMAL(12,2) NULL) "
    "ENGINE=InnoDB",
};

constexpr const char* spec_template = R"json({
  "keepsum": 1,
  "database": "@URL@",
  "summaries": {
    "card_activity": {
      "from": "payments p",
      "joins": [
        "request_histories h ON h.payment_id = p.id",
        "balance_transactions t ON t.id = h.balance_transaction_id"
      ],
      "where": "p.voided = 0",
      "group_by": { "card_id": "p.card_id" },
      "aggregates": {
        "total_spent": "sum(t.amount)",
        "payments": "count(*)",
        "refunds": "count(*) FILTER (WHERE t.amount < 0)",
        "has_declined": "any(h.approved = 0)",
        "has_made_transactions": "latch(h.approved = 1 AND h.kind = 'authorization')",
        "average_amount": "avg(t.amount)",
        "smallest": "min(t.amount)",
        "largest": "max(t.amount)",
        "last_amount": "latest(t.amount ORDER BY h.kind)",
        "last_transaction": "latest(t.id ORDER BY h.kind)"
      },
      "capture": "@CAPTURE@"
    }
  }
})json";

constexpr const char* wrong_keys_query = R"sql(
SELECT k.card_id
FROM (SELECT card_id FROM payments UNION SELECT card_id FROM card_activity) AS k
LEFT JOIN (SELECT p.card_id, SUM(t.amount) AS total, COUNT(*) AS n, SUM(t.amount < 0) AS refunds,
                  MAX(h.approved = 0) AS declined,
                  MAX(h.approved = 1 AND h.kind = 'authorization') AS made,
                  ROUND(AVG(t.amount), 6) AS mean, MIN(t.amount) AS least, MAX(t.amount) AS most,
                  SUBSTRING_INDEX(GROUP_CONCAT(CONCAT(t.id, ' ', COALESCE(t.amount, 'NULL'))
                    ORDER BY h.kind DESC, p.id DESC, h.id DESC SEPARATOR ','), ',', 1) AS latest
           FROM payments p JOIN request_histories h JOIN balance_transactions t
           WHERE h.payment_id = p.id AND t.id = h.balance_transaction_id AND p.voided = 0
           GROUP BY p.card_id) AS e ON e.card_id = k.card_id
LEFT JOIN card_activity s ON s.card_id = k.card_id
WHERE COALESCE(e.total, 0) <> COALESCE(s.total_spent, 0)
   OR COALESCE(e.n, 0) <> COALESCE(s.payments, 0)
   OR COALESCE(e.refunds, 0) <> COALESCE(s.refunds, 0)
   OR COALESCE(e.declined, 0) <> COALESCE(s.has_declined, 0)
   OR COALESCE(e.made, 0) > COALESCE(s.has_made_transactions, 0)
   OR NOT e.mean <=> s.average_amount
   OR NOT e.least <=> s.smallest
   OR NOT e.most <=> s.largest)sql";
constexpr const char* wrong_latest = R"sql(
   OR NOT e.latest <=> CONCAT(s.last_transaction, ' ', COALESCE(s.last_amount, 'NULL')))sql";

std::string replaced(std::string text, const std::string& what, const std::string& with) {
  text.replace(text.find(what), what.size(), with);
  return text;
}

std::string content_of(const std::string& file) {
  std::ostringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  return text.str();
}

[[noreturn]] void fail(MYSQL* handle, const std::string& sql) {
  throw ClientError(mysql_errno(handle),
                    fmt::format("{} {}: {}", mysql_errno(handle), mysql_error(handle), sql));
}

}  // namespace

Client::Client(const std::string& url_text) : handle_(mysql_init(nullptr)) {
  const auto url = connectors::parse_url(url_text).value();
  const unsigned tcp = MYSQL_PROTOCOL_TCP;
  mysql_options(handle(), MYSQL_OPT_PROTOCOL, &tcp);
  mysql_options(handle(), MYSQL_SET_CHARSET_NAME, "utf8mb4");
  if (mysql_real_connect(handle(), url.host.c_str(), url.user.c_str(), nullptr,
                         url.database.c_str(), url.port, nullptr, 0) == nullptr) {
    fail(handle(), "connect");
  }
}

void Client::execute(const std::string& sql) {
  if (mysql_real_query(handle(), sql.data(), sql.size()) != 0) fail(handle(), sql);
  const mysql::ResultHandle ignored(mysql_store_result(handle()));
}

std::uint64_t Client::affected_rows() { return mysql_affected_rows(handle()); }

std::vector<std::vector<std::string>> Client::rows(const std::string& sql) {
  if (mysql_real_query(handle(), sql.data(), sql.size()) != 0) fail(handle(), sql);
  const mysql::ResultHandle result(mysql_store_result(handle()));
  if (!result) fail(handle(), sql);
  std::vector<std::vector<std::string>> rows;
  const unsigned columns = mysql_num_fields(result.get());
  while (MYSQL_ROW row = mysql_fetch_row(result.get())) {
    std::vector<std::string>& texts = rows.emplace_back();
    for (unsigned i = 0; i < columns; ++i) texts.emplace_back(row[i] == nullptr ? "" : row[i]);
  }
  return rows;
}

std::string Client::scalar(const std::string& sql) { return rows(sql).at(0).at(0); }

std::vector<int> Client::numbers(const std::string& sql) {
  std::vector<int> numbers;
  for (const auto& row : rows(sql)) numbers.push_back(std::stoi(row.at(0)));
  return numbers;
}

boost::json::object Outcome::summary() const {
  return boost::json::parse(out).as_object().at("summaries").as_array().at(0).as_object();
}

PaymentsDatabase::PaymentsDatabase(Capture capture)
    : PaymentsDatabase({std::begin(tables), std::end(tables)},
                       replaced(spec_template, "@CAPTURE@",
                                capture == Capture::triggers ? "triggers" : "hooks")) {}

PaymentsDatabase::PaymentsDatabase(const std::vector<std::string>& statements,
                                   const std::string& spec) {
  MariadbServer& server = shared_mariadb();
  const std::string name = server.create_database();
  url_ = server.url(name);
  spec_text_ = replaced(spec, "@URL@", url_);
  spec_file_ = server.folder() + "/" + name + ".json";
  std::ofstream(spec_file_) << spec_text_;
  Client client(url_);
  for (const std::string& statement : statements) client.execute(statement);
}

Outcome PaymentsDatabase::keepsum(std::vector<std::string> arguments) const {
  // Files, not pipes: neither stream can fill up and stop the child.
  static std::atomic<int> runs{0};
  const std::string base = fmt::format("{}.{}", spec_file_, ++runs);
  const std::string out = base + ".out", err = base + ".err";
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, out.c_str(), O_CREAT | O_WRONLY, 0600);
  posix_spawn_file_actions_addopen(&actions, 2, err.c_str(), O_CREAT | O_WRONLY, 0600);
  arguments.insert(arguments.begin(), KEEPSUM_BINARY);
  arguments.insert(arguments.end(), {"--config", spec_file_});
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  pid_t child = 0;
  const int failed = posix_spawn(&child, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) throw std::runtime_error(fmt::format("cannot run {}", KEEPSUM_BINARY));
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, content_of(out), content_of(err)};
}

std::set<int> PaymentsDatabase::wrong_keys(Client& client, bool follows_rows) {
  const std::string query = wrong_keys_query;
  const std::vector<int> keys = client.numbers(follows_rows ? query + wrong_latest : query);
  return {keys.begin(), keys.end()};
}

Engine::Engine(const PaymentsDatabase& database)
    : url_(connectors::parse_url(database.url()).value()),
      connection_(connectors::open(url_).value()) {
  database_.emplace(lifecycle::Database{*connection_.session, *connection_.catalog,
                                        *connection_.dialect,
                                        [this] { return connectors::open_session(url_); }});
  auto plans = lifecycle::load_plans(database.spec_text(), *connection_.session,
                                     *connection_.catalog, *connection_.dialect);
  plan_.emplace(std::move(plans.value().at(0)));
}

int setting(const char* name, int otherwise) {
  const char* value = std::getenv(name);
  return value == nullptr ? otherwise : std::stoi(value);
}

}  // namespace keepsum::test
