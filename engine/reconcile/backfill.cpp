// Backfill is the reconciliation of an empty summary, chunk by chunk: each chunk is compared in a
// snapshot and its differences are merged, while the triggers already do their part. A chunk's
// end is remembered, so a run that was killed goes on there; a chunk done twice finds nothing to
// do. Only a whole verification without a difference makes the summary live.
#include <fmt/format.h>

#include <boost/json.hpp>

#include "engine/reconcile/pass.hpp"
#include "engine/reconcile/reconcile.hpp"
#include "engine/reconcile/repair.hpp"

namespace keepsum::reconcile {

namespace {

constexpr int checkpoint_version = 1;
constexpr int verifications_max = 5;

std::string to_checkpoint(const plan::ScanPlan& scan, const db::Value& next) {
  boost::json::object object;
  object["version"] = checkpoint_version;
  object["column"] = scan.alias + "." + scan.column;
  object["kind"] = next.index();
  object["from"] = db::as_text(next);
  return boost::json::serialize(object);
}

// Nothing if the checkpoint is of another layout: then the backfill starts afresh, which costs
// time and nothing else.
std::optional<db::Value> from_checkpoint(const plan::ScanPlan& scan, const std::string& text) {
  boost::system::error_code failed;
  const boost::json::value parsed = boost::json::parse(text, failed);
  if (failed || !parsed.is_object()) return std::nullopt;
  const boost::json::object& object = parsed.as_object();
  const auto* version = object.if_contains("version");
  const auto* column = object.if_contains("column");
  const auto* kind = object.if_contains("kind");
  const auto* from = object.if_contains("from");
  if (!version || !column || !kind || !from || *version != checkpoint_version) return std::nullopt;
  if (*column != boost::json::value(scan.alias + "." + scan.column)) return std::nullopt;
  const std::string value(from->as_string());
  switch (kind->to_number<std::size_t>()) {
    case 1: return db::Value(std::int64_t{std::stoll(value)});
    case 2: return db::Value(std::uint64_t{std::stoull(value)});
    case 4: return db::Value(db::Decimal{value});
    case 5: return db::Value(value);
    case 6: return db::Value(db::Blob{value});
    default: return std::nullopt;
  }
}

bool can_be_checkpoint(const db::Value& value) {
  return !std::holds_alternative<db::Blob>(value) && !std::holds_alternative<double>(value) &&
         !db::is_null(value);
}

Result<void> fill(RepairContext& context, const ReconcileOptions& options) {
  const plan::SummaryPlan& plan = context.plan;
  lifecycle::Control control(context.database);
  KEEPSUM_ASSIGN(const auto record, control.find(plan.spec.name));
  PassOptions pass_options{plan.backfill_scan, options.chunk_rows, std::nullopt, "backfill",
                           options.on_progress};
  if (record && record->checkpoint) {
    pass_options.from = from_checkpoint(plan.backfill_scan, *record->checkpoint);
  }
  return pass(context.database, plan, pass_options,
              [&](ScanResult& result, const std::optional<db::Value>& next) -> Result<void> {
                KEEPSUM_TRY(repair(context, result.drifted));
                KEEPSUM_TRY(prune(context, result.emptied));
                if (!next || !can_be_checkpoint(*next)) return {};
                const std::string checkpoint = to_checkpoint(plan.backfill_scan, *next);
                // Limit checks hold the row shared until they end.
                return lifecycle::in_transaction(context.database.session, [&] {
                  return control.set_checkpoint(plan.spec.name, checkpoint);
                });
              });
}

// The keys of the whole, and how many of them still differed and were mended.
struct Verification {
  std::int64_t keys = 0;
  std::int64_t mended = 0;
};

Result<Verification> verify_whole(RepairContext& context, const ReconcileOptions& options) {
  Verification verification;
  PassOptions pass_options{context.plan.verify_scan, options.chunk_rows, std::nullopt, "verify",
                           options.on_progress};
  KEEPSUM_TRY(pass(context.database, context.plan, pass_options,
                   [&](ScanResult& result, const std::optional<db::Value>&) -> Result<void> {
                     verification.keys += result.keys_checked;
                     verification.mended += static_cast<std::int64_t>(result.drifted.size());
                     KEEPSUM_TRY(repair(context, result.drifted));
                     KEEPSUM_TRY(prune(context, result.emptied));
                     return {};
                   }));
  return verification;
}

}  // namespace

Result<std::int64_t> backfill(lifecycle::Database& database, const plan::SummaryPlan& plan,
                              Lease& lease, const ReconcileOptions& options) {
  lifecycle::Control control(database);
  RepairContext context{database, plan, lease, std::nullopt};
  lifecycle::RunRecord run;
  KEEPSUM_ASSIGN(run.id, control.start_run(plan.spec.name, "backfill", lease.fence()));
  KEEPSUM_TRY(fill(context, options));
  for (int i = 0; i < verifications_max; ++i) {
    KEEPSUM_ASSIGN(const Verification verification, verify_whole(context, options));
    if (verification.mended > 0) continue;
    KEEPSUM_TRY(lifecycle::in_transaction(database.session, [&]() -> Result<void> {
      KEEPSUM_TRY(lease.check());
      return control.set_live(plan.spec.name, verification.keys);
    }));
    run.outcome = "live";
    run.keys_checked = verification.keys;
    KEEPSUM_TRY(control.finish_run(run));
    return verification.keys;
  }
  run.outcome = "not_converging";
  KEEPSUM_TRY(control.finish_run(run));
  Error error;
  error.code = ErrorCode::internal;
  error.where = plan.spec.name;
  error.message = fmt::format(
      "{} verifications in a row found differences: something writes to the base tables past the "
      "triggers",
      verifications_max);
  error.hint = "look for a writer that bypasses the triggers (see the contract in `keepsum plan`); "
               "readers go on reading the source";
  return error;
}

}  // namespace keepsum::reconcile
