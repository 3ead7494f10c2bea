// keepsum.h: summaries, sessions, and the unit of work.
#include <utility>

#include "engine/embed/c_api.hpp"

namespace keepsum::c_api {

namespace {

// A change of one row, as Change(unit, table, key).
template <class Change>
keepsum_code change_one(std::string_view call, keepsum_unit* unit, const char* table,
                        const keepsum_value* key, std::size_t columns, keepsum_error* error,
                        const Change& change) noexcept {
  return guarded(error, [&]() -> Result<void> {
    KEEPSUM_TRY(require(call, {{unit, "unit"}, {table, "table"}}));
    KEEPSUM_ASSIGN(const PrimaryKey values, to_key(call, key, columns));
    return change(unit->unit, table, values);
  });
}

template <class Change>
keepsum_code change_many(std::string_view call, keepsum_unit* unit, const char* table,
                         const keepsum_keys& keys, keepsum_error* error,
                         const Change& change) noexcept {
  return guarded(error, [&]() -> Result<void> {
    KEEPSUM_TRY(require(call, {{unit, "unit"}, {table, "table"}}));
    KEEPSUM_ASSIGN(const std::vector<PrimaryKey> all, to_keys(call, keys));
    return change(unit->unit, table, std::span<const PrimaryKey>(all));
  });
}

constexpr auto inserted = [](UnitOfWork& unit, const char* table, const auto& key) {
  return unit.inserted(table, key);
};
constexpr auto updating = [](UnitOfWork& unit, const char* table, const auto& key) {
  return unit.updating(table, key);
};
constexpr auto updated = [](UnitOfWork& unit, const char* table, const auto& key) {
  return unit.updated(table, key);
};
constexpr auto deleting = [](UnitOfWork& unit, const char* table, const auto& key) {
  return unit.deleting(table, key);
};

}  // namespace

std::unique_ptr<keepsum_summaries> make_summaries(Summaries summaries) {
  std::vector<std::string> names = summaries.names();
  return std::unique_ptr<keepsum_summaries>(
      new keepsum_summaries{std::move(summaries), std::move(names)});
}

}  // namespace keepsum::c_api

namespace c_api = keepsum::c_api;

extern "C" {

void keepsum_summaries_free(keepsum_summaries* summaries) { delete summaries; }

size_t keepsum_summaries_count(const keepsum_summaries* summaries) {
  return summaries == nullptr ? 0 : summaries->names.size();
}

const char* keepsum_summaries_name(const keepsum_summaries* summaries, size_t index) {
  if (index >= keepsum_summaries_count(summaries)) return nullptr;
  return summaries->names[index].c_str();
}

void keepsum_session_free(keepsum_session* session) { delete session; }

keepsum_code keepsum_unit_new(const keepsum_summaries* summaries, keepsum_session* session,
                              keepsum_unit** out, keepsum_error* error) {
  return c_api::making(
      __func__, out, error, [&]() -> keepsum::Result<std::unique_ptr<keepsum_unit>> {
        KEEPSUM_TRY(
            c_api::require("keepsum_unit_new", {{summaries, "summaries"}, {session, "session"}}));
        return std::make_unique<keepsum_unit>(summaries->summaries, *session->session);
      });
}

void keepsum_unit_free(keepsum_unit* unit) { delete unit; }

keepsum_code keepsum_unit_inserted(keepsum_unit* unit, const char* table, const keepsum_value* key,
                                   size_t columns, keepsum_error* error) {
  return c_api::change_one(__func__, unit, table, key, columns, error, c_api::inserted);
}

keepsum_code keepsum_unit_inserted_many(keepsum_unit* unit, const char* table, keepsum_keys keys,
                                        keepsum_error* error) {
  return c_api::change_many(__func__, unit, table, keys, error, c_api::inserted);
}

keepsum_code keepsum_unit_inserted_given(keepsum_unit* unit, const char* table,
                                         const keepsum_value* key, size_t columns,
                                         const keepsum_given* given, size_t given_count,
                                         keepsum_error* error) {
  const char* const call = __func__;
  const auto change = [&](keepsum::UnitOfWork& work, const char* name,
                          const keepsum::PrimaryKey& values) -> keepsum::Result<void> {
    if (given_count > 0) KEEPSUM_TRY(c_api::require(call, {{given, "given"}}));
    std::vector<keepsum::Given> all;
    for (std::size_t i = 0; i < given_count; ++i) {
      KEEPSUM_TRY(c_api::require(call, {{given[i].column, "given.column"}}));
      KEEPSUM_ASSIGN(keepsum::db::Value value, c_api::to_value(call, given[i].value));
      all.push_back({given[i].column, std::move(value)});
    }
    return work.inserted(name, values, all);
  };
  return c_api::change_one(call, unit, table, key, columns, error, change);
}

keepsum_code keepsum_unit_updating(keepsum_unit* unit, const char* table, const keepsum_value* key,
                                   size_t columns, keepsum_error* error) {
  return c_api::change_one(__func__, unit, table, key, columns, error, c_api::updating);
}

keepsum_code keepsum_unit_updating_many(keepsum_unit* unit, const char* table, keepsum_keys keys,
                                        keepsum_error* error) {
  return c_api::change_many(__func__, unit, table, keys, error, c_api::updating);
}

keepsum_code keepsum_unit_updated(keepsum_unit* unit, const char* table,
                                  const keepsum_value* new_key, size_t columns,
                                  keepsum_error* error) {
  return c_api::change_one(__func__, unit, table, new_key, columns, error, c_api::updated);
}

keepsum_code keepsum_unit_deleting(keepsum_unit* unit, const char* table, const keepsum_value* key,
                                   size_t columns, keepsum_error* error) {
  return c_api::change_one(__func__, unit, table, key, columns, error, c_api::deleting);
}

keepsum_code keepsum_unit_deleting_many(keepsum_unit* unit, const char* table, keepsum_keys keys,
                                        keepsum_error* error) {
  return c_api::change_many(__func__, unit, table, keys, error, c_api::deleting);
}

keepsum_code keepsum_unit_apply(keepsum_unit* unit, keepsum_error* error) {
  return c_api::guarded(error, [&]() -> keepsum::Result<void> {
    KEEPSUM_TRY(c_api::require("keepsum_unit_apply", {{unit, "unit"}}));
    return unit->unit.apply();
  });
}

keepsum_mark keepsum_unit_mark(const keepsum_unit* unit) {
  return unit == nullptr ? 0 : unit->unit.mark();
}

keepsum_code keepsum_unit_rollback_to(keepsum_unit* unit, keepsum_mark mark, keepsum_error* error) {
  return c_api::guarded(error, [&]() -> keepsum::Result<void> {
    constexpr std::string_view call = "keepsum_unit_rollback_to";
    KEEPSUM_TRY(c_api::require(call, {{unit, "unit"}}));
    if (mark > unit->unit.mark()) {
      return c_api::invalid_argument(call, "the unit has not given such a mark");
    }
    unit->unit.rollback_to(mark);
    return {};
  });
}

size_t keepsum_unit_noted(const keepsum_unit* unit) {
  return unit == nullptr ? 0 : unit->unit.noted();
}

}  // extern "C"
