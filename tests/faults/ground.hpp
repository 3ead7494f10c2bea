// The database that faults are made on: payments with their charges, two summaries of them, and the
// ledger of what was spoilt. In each statement the few words that differ stand in braces.
#pragma once

#include <keepsum/session.hpp>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/mariadb_server.hpp"

namespace keepsum::test {

inline constexpr int cards = 4000;
inline constexpr int merchants = 1500;
inline constexpr int payments_at_start = 30'000;

// connect() may be called by any thread; what it returns is the thread's own.
class Ground {
 public:
  Ground() = default;
  Ground(const Ground&) = delete;
  Ground& operator=(const Ground&) = delete;
  virtual ~Ground() = default;

  [[nodiscard]] virtual std::string url() const = 0;
  [[nodiscard]] virtual const std::string& folder() const = 0;
  // {money} {identity} {name} {number} {strict} {for_update}; {card} of keepsum_drift.group_key
  [[nodiscard]] virtual std::string sql(std::string text) const = 0;
  [[nodiscard]] virtual std::string numbers(int count) const = 0;  // as the column i of n

  [[nodiscard]] Result<std::unique_ptr<db::Session>> connect() const;
  // The tables, filled, the spec beside them, and `keepsum apply`. Throws std::runtime_error.
  void prepare();
  [[nodiscard]] std::vector<std::string> command(std::vector<std::string> arguments) const;
  // folder() stays, for a person to look into.
  virtual void keep() noexcept = 0;

 private:
  [[nodiscard]] std::vector<std::string> schema() const;
};

class MariadbGround : public Ground {
 public:
  MariadbGround() : url_(server_.url(server_.create_database())) {}
  [[nodiscard]] std::string url() const override { return url_; }
  [[nodiscard]] const std::string& folder() const override { return server_.folder(); }
  [[nodiscard]] std::string sql(std::string text) const override;
  [[nodiscard]] std::string numbers(int count) const override;
  [[nodiscard]] MariadbServer& server() noexcept { return server_; }
  void keep() noexcept override { server_.keep_folder(); }

 private:
  MariadbServer server_;
  std::string url_;
};

// A file in a folder of its own, in WAL mode.
class SqliteGround : public Ground {
 public:
  SqliteGround();
  ~SqliteGround() override;
  [[nodiscard]] std::string url() const override { return "sqlite:" + folder_ + "/faults.db"; }
  [[nodiscard]] const std::string& folder() const override { return folder_; }
  [[nodiscard]] std::string sql(std::string text) const override;
  [[nodiscard]] std::string numbers(int count) const override;
  void keep() noexcept override { keeps_folder_ = true; }

 private:
  std::string folder_;
  bool keeps_folder_ = false;
};

}  // namespace keepsum::test
