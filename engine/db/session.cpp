#include <keepsum/session.hpp>

namespace keepsum::db {

Result<std::vector<Row>> Session::rows(std::string_view sql, std::span<const Value> params) {
  std::vector<Row> all;
  KEEPSUM_TRY(query(sql, params, [&all](const Row& row) -> Result<Flow> {
    all.push_back(row);
    return Flow::more;
  }));
  return all;
}

Result<std::optional<Row>> Session::row(std::string_view sql, std::span<const Value> params) {
  std::optional<Row> first;
  KEEPSUM_TRY(query(sql, params, [&first](const Row& row) -> Result<Flow> {
    first = row;
    return Flow::stop;
  }));
  return first;
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
