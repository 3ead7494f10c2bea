// Sessions that fail at a chosen call, as a database that goes away does.
#pragma once

#include <atomic>
#include <keepsum/session.hpp>
#include <memory>

namespace keepsum::test {

enum class FaultMoment {
  before,  // the statement never reached the server
  after,   // it was done, and the answer was lost: a commit's outcome is unknown to the caller
};

// Shared by all sessions of one program: the call that fails is the last that any of them makes,
// the server rolls back what they left open, and all later calls fail too.
class Fault {
 public:
  Fault() = default;
  // Fails at the call of this number, the first being 1. Zero: never.
  void at(int call, FaultMoment moment) {
    calls_ = 0;
    fails_at_ = call;
    moment_ = moment;
    struck_ = false;
  }
  [[nodiscard]] int calls() const noexcept { return calls_; }
  [[nodiscard]] bool has_struck() const noexcept { return struck_; }

  enum class Verdict { pass, fail, run_and_fail };
  Verdict next() {
    if (struck_) return Verdict::fail;
    if (++calls_ != fails_at_) return Verdict::pass;
    struck_ = true;
    return moment_ == FaultMoment::before ? Verdict::fail : Verdict::run_and_fail;
  }

 private:
  std::atomic<int> calls_{0};
  int fails_at_ = 0;
  FaultMoment moment_ = FaultMoment::before;
  std::atomic<bool> struck_{false};
};

class FaultSession final : public db::Session {
 public:
  FaultSession(std::unique_ptr<db::Session> session, Fault& fault)
      : session_(std::move(session)), fault_(fault) {}

  Result<std::uint64_t> execute(std::string_view sql, std::span<const db::Value> params) override {
    return call<std::uint64_t>([&] { return session_->execute(sql, params); });
  }
  Result<void> query(std::string_view sql, std::span<const db::Value> params,
                     const db::RowHandler& handler) override {
    return call<void>([&] { return session_->query(sql, params, handler); });
  }
  Result<std::vector<db::ResultColumn>> describe_query(std::string_view sql) override {
    return call<std::vector<db::ResultColumn>>([&] { return session_->describe_query(sql); });
  }
  Result<void> begin(db::TransactionMode mode) override {
    return call<void>([&] { return session_->begin(mode); });
  }
  Result<void> commit() override {
    return call<void>([&] { return session_->commit(); });
  }
  Result<void> rollback() override {
    return call<void>([&] { return session_->rollback(); });
  }
  Result<void> limit_statements(std::optional<std::chrono::milliseconds> limit) override {
    return call<void>([&] { return session_->limit_statements(limit); });
  }
  Result<void> limit_lock_waits(std::optional<std::chrono::seconds> limit) override {
    return call<void>([&] { return session_->limit_lock_waits(limit); });
  }
  void interrupt() noexcept override {
    if (session_ != nullptr) session_->interrupt();
  }
  [[nodiscard]] bool in_transaction() const noexcept override {
    return session_ != nullptr && session_->in_transaction();
  }

 private:
  template <class T, class Operation>
  Result<T> call(const Operation& operation) {
    switch (fault_.next()) {
      case Fault::Verdict::pass: return operation();
      case Fault::Verdict::run_and_fail: {
        const Result<T> unseen = operation();
        static_cast<void>(unseen);
        break;
      }
      case Fault::Verdict::fail: break;
    }
    // For the server too: it rolls back what was open.
    session_.reset();
    Error error;
    error.code = ErrorCode::connection_lost;
    error.recovery = Recovery::reconnect;
    error.message = "the connection was lost, by order of the test";
    return error;
  }

  std::unique_ptr<db::Session> session_;
  Fault& fault_;
};

}  // namespace keepsum::test
