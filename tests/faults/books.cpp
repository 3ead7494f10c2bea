#include "tests/faults/books.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <utility>
#include <vector>

namespace keepsum::test {

namespace {

std::vector<db::Row> rows(db::Session& session, const std::string& query) {
  auto result = session.rows(query);
  EXPECT_TRUE(result.has_value()) << query << "\n" << (result ? "" : describe(result.error()));
  return result ? std::move(result).value() : std::vector<db::Row>{};
}

std::string first(db::Session& session, const std::string& query) {
  const auto found = rows(session, query);
  return found.empty() ? "" : db::display(found.front().front());
}

// (card, column) → amounts, in the order they were committed.
using Ledger = std::map<std::pair<std::int64_t, std::string>, std::vector<std::int64_t>>;

Ledger ledger(db::Session& session, const std::string& query) {
  Ledger entries;
  for (const db::Row& row : rows(session, query)) {
    const std::int64_t amount = db::as_int64(row[2]);
    if (amount != 0) entries[{db::as_int64(row[0]), db::as_text(row[1])}].push_back(amount);
  }
  return entries;
}

std::string text(const std::vector<std::int64_t>& amounts) {
  return fmt::format("[{}]", fmt::join(amounts, " "));
}

// "" if they fit together; see check_evidence().
std::string mismatch(const std::vector<std::int64_t>& spoilt,
                     const std::vector<std::int64_t>& mended) {
  std::size_t at = 0;
  std::int64_t done = 0, undone = 0;
  for (const std::int64_t change : mended) {
    undone -= change;
    do {
      if (at == spoilt.size()) return "a repair that takes back what nobody did, or not just that";
      done += spoilt[at++];
    } while (done != undone);
  }
  return at == spoilt.size() ? "" : "spoilt, and never repaired with evidence";
}

constexpr const char* source_by_card =
    "SELECT p.card_id AS k, SUM(t.amount) AS total, COUNT(*) AS charges, SUM(CASE WHEN t.amount < "
    "0 "
    "THEN 1 ELSE 0 END) AS refunds, MAX(t.approved) AS approved, MAX(t.amount) AS largest FROM "
    "payments p, charges t WHERE t.payment_id = p.id AND p.voided = 0 GROUP BY p.card_id";
// amount as three columns.
constexpr const char* by_column =
    "CASE column_name WHEN 'total' THEN amount ELSE 0 END, CASE column_name WHEN 'charges' THEN "
    "amount ELSE 0 END, CASE column_name WHEN 'refunds' THEN amount ELSE 0 END";
constexpr const char* source_by_merchant =
    "SELECT p.merchant_id AS k, SUM(t.amount) AS total, COUNT(*) AS charges FROM payments p, "
    "charges "
    "t WHERE t.payment_id = p.id AND p.voided = 0 GROUP BY p.merchant_id";

}  // namespace

bool check_balance(const Ground& ground, db::Session& session, const std::string& when) {
  const std::string entries = ground.sql(fmt::format(
      "SELECT k, total AS total, charges AS charges, refunds AS refunds FROM ({0}) AS e "
      "UNION ALL SELECT card_id, -total, -charges, -refunds FROM card_activity "
      "UNION ALL SELECT card_id, {1} FROM (SELECT card_id, column_name, amount FROM spoilt) AS s "
      "UNION ALL SELECT card_id, {1} FROM (SELECT {{card}} AS card_id, column_name, "
      "CAST(COALESCE(expected, '0') AS {{number}}) - CAST(COALESCE(stored, '0') AS {{number}}) AS "
      "amount FROM keepsum_drift WHERE summary = 'card_activity' AND column_name IN ('total', "
      "'charges', 'refunds') AND repaired = 1) AS d",
      source_by_card, by_column));
  const std::string query = fmt::format(
      "SELECT k, SUM(total), SUM(charges), SUM(refunds) FROM ({}) AS entries GROUP BY k HAVING "
      "SUM(total) <> 0 OR SUM(charges) <> 0 OR SUM(refunds) <> 0 ORDER BY k",
      entries);
  auto snapshot = db::Transaction::begin(session, db::TransactionMode::snapshot);
  EXPECT_TRUE(snapshot.has_value());
  if (!snapshot.has_value()) return false;
  std::string wrong;
  for (const db::Row& row : rows(session, query)) {
    wrong +=
        fmt::format("card {}: total {}, charges {}, refunds {} too little\n", db::display(row[0]),
                    db::display(row[1]), db::display(row[2]), db::display(row[3]));
  }
  EXPECT_EQ(wrong, "") << when << "; rows of evidence of what was left: "
                       << first(session, "SELECT COUNT(*) FROM keepsum_drift WHERE repaired = 0");
  return wrong.empty();
}

Books check_evidence(const Ground& ground, db::Session& session) {
  const Ledger spoilt =
      ledger(session, "SELECT card_id, column_name, amount FROM spoilt ORDER BY id");
  const Ledger mended = ledger(
      session,
      ground.sql("SELECT {card}, column_name, CAST(COALESCE(expected, '0') AS {number}) - "
                 "CAST(COALESCE(stored, '0') AS {number}) FROM keepsum_drift WHERE summary = "
                 "'card_activity' AND column_name IN ('total', 'charges', 'refunds') AND repaired "
                 "= 1 ORDER BY id"));
  Books books;
  books.keys = static_cast<std::int64_t>(spoilt.size());
  std::string wrong;
  for (const auto& [figure, amounts] : spoilt) {
    books.spoilt += static_cast<std::int64_t>(amounts.size());
    const auto found = mended.find(figure);
    const std::vector<std::int64_t> none;
    const auto& changes = found == mended.end() ? none : found->second;
    const std::string why = mismatch(amounts, changes);
    if (why.empty()) continue;
    wrong += fmt::format("card {} {}: {}; spoilt by {}, evidence {}\n", figure.first, figure.second,
                         why, text(amounts), text(changes));
  }
  for (const auto& [figure, changes] : mended) {
    books.evidence += static_cast<std::int64_t>(changes.size());
    if (spoilt.contains(figure)) continue;
    wrong += fmt::format("card {} {}: evidence {} of what was never spoilt\n", figure.first,
                         figure.second, text(changes));
  }
  EXPECT_EQ(wrong, "");
  // What is set rather than added to has no sums: no more repairs than rows that were deleted.
  EXPECT_EQ(
      first(
          session,
          ground.sql(
              "SELECT COUNT(*) FROM (SELECT {card} AS card, column_name, COUNT(*) AS repairs FROM "
              "keepsum_drift WHERE column_name IN ('largest', 'approved_once') AND repaired = 1 "
              "GROUP BY card, column_name) AS d LEFT JOIN (SELECT card_id, COUNT(*) AS deleted "
              "FROM spoilt WHERE "
              "column_name = 'refunds' GROUP BY card_id) AS s ON s.card_id = d.card WHERE "
              "d.repairs > COALESCE(s.deleted, 0) AND d.card < 1000000")),
      "0");
  // Of rows that the spoiler holds at the end of a run's time, the evidence is that they were left.
  // What is spoilt stays so until it is repaired.
  EXPECT_EQ(first(session,
                  "SELECT COUNT(*) FROM keepsum_drift AS l WHERE l.repaired = 0 AND l.column_name "
                  "IN ('total', 'charges') AND NOT EXISTS (SELECT 1 FROM keepsum_drift AS d WHERE "
                  "d.repaired = 1 AND d.id > l.id AND d.group_key = l.group_key AND d.column_name "
                  "= l.column_name)"),
            "0");
  EXPECT_EQ(
      first(session, "SELECT COUNT(*) FROM keepsum_drift WHERE summary = 'merchant_activity'"),
      "0");
  return books;
}

void check_figures(db::Session& session) {
  const std::string of_cards = fmt::format("({}) AS e", source_by_card);
  const std::string of_merchants = fmt::format("({}) AS e", source_by_merchant);
  // A latch also remembers what the source no longer shows, so there it is one way.
  const std::string card_differs =
      "s.total <> e.total OR s.charges <> e.charges OR s.refunds <> e.refunds OR "
      "s.approved_once < e.approved OR s.largest IS NULL OR s.largest <> e.largest";
  EXPECT_EQ(first(session, fmt::format("SELECT COUNT(*) FROM {} LEFT JOIN card_activity s ON "
                                       "s.card_id = e.k WHERE s.card_id IS NULL OR {}",
                                       of_cards, card_differs)),
            "0");
  EXPECT_EQ(first(session, fmt::format("SELECT COUNT(*) FROM card_activity s LEFT JOIN {} ON e.k = "
                                       "s.card_id WHERE e.k IS NULL AND (s.total <> 0 OR s.charges "
                                       "<> 0 OR s.refunds <> 0 OR s.largest IS NOT NULL)",
                                       of_cards)),
            "0");
  EXPECT_EQ(first(session, fmt::format("SELECT COUNT(*) FROM {} LEFT JOIN merchant_activity s ON "
                                       "s.merchant_id = e.k WHERE s.merchant_id IS NULL OR s.total "
                                       "<> e.total OR s.charges <> e.charges",
                                       of_merchants)),
            "0");
  EXPECT_EQ(first(session, fmt::format("SELECT COUNT(*) FROM merchant_activity s LEFT JOIN {} ON "
                                       "e.k = s.merchant_id WHERE e.k IS NULL AND (s.total <> 0 OR "
                                       "s.charges <> 0)",
                                       of_merchants)),
            "0");
}

void check_control_tables(db::Session& session) {
  EXPECT_EQ(first(session, "SELECT COUNT(*) FROM keepsum_leases WHERE holder <> ''"), "0");
  EXPECT_EQ(first(session,
                  "SELECT COUNT(*) FROM keepsum_drift d LEFT JOIN keepsum_runs r ON r.id = "
                  "d.run_id AND r.summary = d.summary WHERE r.id IS NULL"),
            "0");
  EXPECT_EQ(first(session,
                  "SELECT COUNT(*) FROM keepsum_runs a JOIN keepsum_runs b ON b.summary = "
                  "a.summary AND b.id > a.id WHERE b.fence <= a.fence AND a.summary = "
                  "'card_activity'"),
            "0");
  EXPECT_EQ(first(session,
                  "SELECT COUNT(*) FROM keepsum_runs r JOIN keepsum_leases l ON l.name = "
                  "r.summary WHERE r.fence > l.fence"),
            "0");
  EXPECT_EQ(first(session,
                  "SELECT COUNT(*) FROM keepsum_tours WHERE position IS NOT NULL OR share <> "
                  "0 OR last_ended_at IS NULL"),
            "0");
  EXPECT_EQ(first(session, "SELECT COUNT(*) FROM keepsum_summaries WHERE state <> 'live'"), "0");
}

}  // namespace keepsum::test
