// keepsum.h: readers and what they read.
#include <algorithm>
#include <utility>

#include "engine/embed/c_api.hpp"
#include "engine/embed/compiled.hpp"

namespace keepsum::c_api {

namespace {

Names all_columns(const Summaries& summaries, std::string_view summary) {
  Names names;
  for (const plan::SummaryPlan& plan : summaries.compiled().plans()) {
    if (plan.spec.name != summary) continue;
    for (const plan::AggregatePlan& each : plan.aggregates) names.push_back(each.column.name);
  }
  return names;
}

Result<std::unique_ptr<keepsum_reader>> make_reader(std::string_view call,
                                                    const Summaries& summaries, const char* summary,
                                                    std::span<const char* const> columns) {
  Names names;
  for (const char* const column : columns) {
    KEEPSUM_TRY(require(call, {{column, "columns"}}));
    names.emplace_back(column);
  }
  if (columns.empty()) names = all_columns(summaries, summary);
  std::vector<reading::FieldSpec> fields;
  for (const std::string& name : names) fields.push_back({name, reading::Kind::any, true});
  KEEPSUM_ASSIGN(auto core, reading::Core::make(summaries, summary, std::move(fields)));
  return std::unique_ptr<keepsum_reader>(
      new keepsum_reader{std::move(core), std::make_shared<const Names>(std::move(names))});
}

std::unique_ptr<keepsum_result> make_result(const keepsum_reader& reader,
                                            std::vector<db::Row> rows) {
  std::unique_ptr<keepsum_result> result(new keepsum_result{reader.columns, std::move(rows), {}});
  for (const db::Row& row : result->rows) {
    for (const db::Value& value : row) result->values.push_back(from_value(value));
  }
  return result;
}

std::vector<db::Row> one_row(db::Row row) {
  std::vector<db::Row> rows;
  rows.push_back(std::move(row));
  return rows;
}

using Get = Result<db::Row> (*)(const reading::Core&, db::Session&, reading::Key);

Result<db::Row> get(const reading::Core& core, db::Session& session, reading::Key key) {
  reading::Room room;
  KEEPSUM_TRY(core.get(session, key, room));
  return std::move(room.row);
}

Result<db::Row> get_for_update(const reading::Core& core, db::Session& session, reading::Key key) {
  return core.get_for_update(session, key);
}

keepsum_code get_one(std::string_view call, const keepsum_reader* reader, keepsum_session* session,
                     const keepsum_value* key, std::size_t columns, keepsum_result** out,
                     keepsum_error* error, Get get) noexcept {
  return making(call, out, error, [&]() -> Result<std::unique_ptr<keepsum_result>> {
    KEEPSUM_TRY(require(call, {{reader, "reader"}, {session, "session"}}));
    KEEPSUM_ASSIGN(const GroupKey group, to_key(call, key, columns));
    KEEPSUM_ASSIGN(db::Row row, get(reader->core, *session->session, group));
    return make_result(*reader, one_row(std::move(row)));
  });
}

}  // namespace

}  // namespace keepsum::c_api

namespace c_api = keepsum::c_api;
using keepsum::Result;
using keepsum::reading::Core;

extern "C" {

keepsum_code keepsum_reader_new(const keepsum_summaries* summaries, const char* summary,
                                const char* const* columns, size_t count, keepsum_reader** out,
                                keepsum_error* error) {
  const char* const call = __func__;
  return c_api::making(call, out, error, [&]() -> Result<std::unique_ptr<keepsum_reader>> {
    KEEPSUM_TRY(c_api::require(call, {{summaries, "summaries"}, {summary, "summary"}}));
    if (count > 0) KEEPSUM_TRY(c_api::require(call, {{columns, "columns"}}));
    return c_api::make_reader(call, summaries->summaries, summary, std::span(columns, count));
  });
}

void keepsum_reader_free(keepsum_reader* reader) { delete reader; }

keepsum_code keepsum_reader_get(const keepsum_reader* reader, keepsum_session* session,
                                const keepsum_value* key, size_t key_columns, keepsum_result** out,
                                keepsum_error* error) {
  return c_api::get_one(__func__, reader, session, key, key_columns, out, error, &c_api::get);
}

keepsum_code keepsum_reader_get_for_update(const keepsum_reader* reader, keepsum_session* session,
                                           const keepsum_value* key, size_t key_columns,
                                           keepsum_result** out, keepsum_error* error) {
  return c_api::get_one(__func__, reader, session, key, key_columns, out, error,
                        &c_api::get_for_update);
}

keepsum_code keepsum_reader_get_many(const keepsum_reader* reader, keepsum_session* session,
                                     keepsum_keys keys, keepsum_result** out,
                                     keepsum_error* error) {
  const char* const call = __func__;
  return c_api::making(call, out, error, [&]() -> Result<std::unique_ptr<keepsum_result>> {
    KEEPSUM_TRY(c_api::require(call, {{reader, "reader"}, {session, "session"}}));
    KEEPSUM_ASSIGN(const auto groups, c_api::to_keys(call, keys));
    KEEPSUM_ASSIGN(auto rows, reader->core.get_many(*session->session, groups));
    return c_api::make_result(*reader, std::move(rows));
  });
}

keepsum_code keepsum_reader_latched(const keepsum_reader* reader, keepsum_session* session,
                                    const keepsum_value* key, size_t key_columns,
                                    const char* column, int* out, keepsum_error* error) {
  const char* const call = __func__;
  return c_api::guarded(error, [&]() -> Result<void> {
    KEEPSUM_TRY(c_api::require(
        call, {{reader, "reader"}, {session, "session"}, {column, "column"}, {out, "out"}}));
    KEEPSUM_ASSIGN(const auto group, c_api::to_key(call, key, key_columns));
    KEEPSUM_ASSIGN(const bool is, reader->core.latched(*session->session, group, column));
    *out = is ? 1 : 0;
    return {};
  });
}

keepsum_code keepsum_reader_state(const keepsum_reader* reader, keepsum_session* session,
                                  keepsum_reads_from* out, keepsum_error* error) {
  const char* const call = __func__;
  return c_api::guarded(error, [&]() -> Result<void> {
    KEEPSUM_TRY(c_api::require(call, {{reader, "reader"}, {session, "session"}, {out, "out"}}));
    KEEPSUM_ASSIGN(const keepsum::ReadsFrom from, reader->core.state(*session->session));
    *out = from == keepsum::ReadsFrom::summary ? KEEPSUM_READS_FROM_SUMMARY
                                               : KEEPSUM_READS_FROM_SOURCE;
    return {};
  });
}

size_t keepsum_result_rows(const keepsum_result* result) {
  return result == nullptr ? 0 : result->rows.size();
}

size_t keepsum_result_columns(const keepsum_result* result) {
  return result == nullptr ? 0 : result->columns->size();
}

const char* keepsum_result_column_name(const keepsum_result* result, size_t column) {
  if (column >= keepsum_result_columns(result)) return nullptr;
  return (*result->columns)[column].c_str();
}

const keepsum_value* keepsum_result_value(const keepsum_result* result, size_t row, size_t column) {
  const std::size_t columns = keepsum_result_columns(result);
  if (row >= keepsum_result_rows(result) || column >= columns) return nullptr;
  return &result->values[row * columns + column];
}

const keepsum_value* keepsum_result_value_of(const keepsum_result* result, size_t row,
                                             const char* column_name) {
  if (result == nullptr || column_name == nullptr) return nullptr;
  const auto found =
      std::find(result->columns->begin(), result->columns->end(), std::string_view(column_name));
  if (found == result->columns->end()) return nullptr;
  return keepsum_result_value(result, row,
                              static_cast<std::size_t>(found - result->columns->begin()));
}

void keepsum_result_free(keepsum_result* result) { delete result; }

}  // extern "C"
