#include <atomic>
#include <keepsum/session.hpp>
#include <utility>

namespace keepsum::db {

namespace {

std::uint64_t next_number() noexcept {
  static std::atomic<std::uint64_t> last{0};
  return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

}  // namespace

StatementText::StatementText(std::string sql) : number_(next_number()), sql_(std::move(sql)) {}

Result<void> Session::execute_known(const StatementText& text, std::span<const ValueView> params) {
  std::vector<Value> values;
  values.reserve(params.size());
  for (const ValueView& param : params) values.push_back(param.value());
  KEEPSUM_TRY(execute(text.sql(), values));
  return {};
}

Result<std::vector<Row>> Session::rows(std::string_view sql, std::span<const Value> params) {
  std::vector<Row> all;
  KEEPSUM_TRY(query(sql, params, [&all](const Row& row) -> Result<Flow> {
    all.push_back(row);
    return Flow::more;
  }));
  return all;
}

Result<bool> Session::first_row(std::string_view sql, std::span<const Value> params, Row& row) {
  bool found = false;
  KEEPSUM_TRY(query(sql, params, [&](const Row& first) -> Result<Flow> {
    found = true;
    row = first;
    return Flow::stop;
  }));
  return found;
}

int Session::quick_first_row(const StatementText& /*text*/, std::span<const Value> /*params*/,
                             Row& /*row*/, std::optional<Error>& /*why*/) {
  return 1;
}

Result<std::optional<Row>> Session::row(std::string_view sql, std::span<const Value> params) {
  Row row;
  KEEPSUM_ASSIGN(const bool found, first_row(sql, params, row));
  return found ? std::optional<Row>(std::move(row)) : std::nullopt;
}

Result<Value> Session::scalar(std::string_view sql, std::span<const Value> params) {
  KEEPSUM_ASSIGN(auto first, row(sql, params));
  if (!first || first->empty()) return Value{};
  return first->front();
}

Result<Transaction> Transaction::begin(Session& session, TransactionMode mode) {
  KEEPSUM_TRY(session.begin(mode));
  return Transaction(session);
}

Transaction::~Transaction() {
  if (session_ == nullptr) return;
  // A failed rollback means the connection is gone, and with it the transaction.
  [[maybe_unused]] auto rolled_back = session_->rollback();
}

Result<void> Transaction::commit() {
  KEEPSUM_TRY(session_->commit());
  session_ = nullptr;
  return {};
}

}  // namespace keepsum::db
