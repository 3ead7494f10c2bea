// Many groups in few statements. Which row belongs to which key is for the database to say, by its
// collations and conversions; only of integers and bytes it is as plain here.
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <iterator>

#include "engine/embed/reader_impl.hpp"

namespace keepsum::reading {

namespace {

// A key as text that is the same only for keys that the database takes for the same; nothing for a
// key of which only the database can tell.
std::optional<std::string> canonical(const plan::SummaryPlan& plan,
                                     std::span<const db::Value> key) {
  std::string text;
  for (std::size_t i = 0; i < plan.keys.size(); ++i) {
    const db::Value& value = key[i];
    switch (plan.keys[i].type.family) {
      case db::TypeFamily::integer:
        if (!std::holds_alternative<std::int64_t>(value) &&
            !std::holds_alternative<std::uint64_t>(value)) {
          return std::nullopt;
        }
        text += db::display(value) + ';';
        break;
      case db::TypeFamily::binary: {
        const auto* const blob = std::get_if<db::Blob>(&value);
        if (blob == nullptr) return std::nullopt;
        text += fmt::format("{}:{};", blob->bytes.size(), blob->bytes);
        break;
      }
      default: return std::nullopt;
    }
  }
  return text;
}

// The keys one after another, the last repeated up to the padded count.
std::vector<db::Value> parameters(std::span<const GroupKey> keys) {
  std::vector<db::Value> values;
  for (std::size_t i = 0; i < std::bit_ceil(keys.size()); ++i) {
    const GroupKey& key = keys[std::min(i, keys.size() - 1)];
    values.insert(values.end(), key.begin(), key.end());
  }
  return values;
}

const std::string& sized(const std::vector<std::string>& texts, std::size_t count) {
  return texts[static_cast<std::size_t>(std::bit_width(std::bit_ceil(count))) - 1];
}

}  // namespace

Result<Core::Impl::Rows> Core::Impl::many_live(db::Session& session, std::span<const GroupKey> keys,
                                               bool here) const {
  const std::string& sql =
      sized(text_for(session, here ? many_by_key_ : many_by_number_), keys.size());
  KEEPSUM_ASSIGN(Rows rows, rows_if_there(session, sql, parameters(keys)));
  if (!rows || rows->empty()) return Rows();
  KEEPSUM_ASSIGN(const bool same, means_the_same(session, rows->front().back()));
  if (!same) return Rows();

  db::Row nothing(columns_.size());
  std::vector<db::Row> result(keys.size(), from_summary(nothing));
  if (!here) {
    for (db::Row& row : *rows) {
      const auto number = static_cast<std::size_t>(db::as_int64(row.front()));
      if (number < keys.size()) result[number] = from_summary({row.begin() + 1, row.end()});
    }
    return Rows(std::move(result));
  }
  std::unordered_map<std::string, std::vector<std::size_t>> wanted;
  for (std::size_t i = 0; i < keys.size(); ++i) wanted[*canonical(plan_, keys[i])].push_back(i);
  for (db::Row& row : *rows) {
    if (db::is_null(row.front())) continue;  // no group has a row
    const auto text = canonical(plan_, row);
    const auto found = text ? wanted.find(*text) : wanted.end();
    // The database takes for the same what is not the same here: it shall match them itself.
    if (found == wanted.end()) return many_live_by_parts(session, keys);
    const auto first = row.begin() + static_cast<std::ptrdiff_t>(plan_.keys.size());
    const db::Row values = from_summary({first, row.end()});
    for (const std::size_t i : found->second) result[i] = values;
  }
  return Rows(std::move(result));
}

Result<Core::Impl::Rows> Core::Impl::many_live_by_parts(db::Session& session,
                                                        std::span<const GroupKey> keys) const {
  std::vector<db::Row> result;
  for (std::size_t begin = 0; begin < keys.size(); begin += keys_matched_there_max) {
    const auto part = keys.subspan(begin, std::min(keys_matched_there_max, keys.size() - begin));
    KEEPSUM_ASSIGN(Rows rows, many_live(session, part, false));
    if (!rows) return Rows();
    std::move(rows->begin(), rows->end(), std::back_inserter(result));
  }
  return Rows(std::move(result));
}

Result<void> Core::Impl::many_from_source(db::Session& session, std::span<const GroupKey> keys,
                                          std::vector<db::Row>& into) const {
  for (std::size_t begin = 0; begin < keys.size(); begin += keys_from_source_max) {
    const auto part = keys.subspan(begin, std::min(keys_from_source_max, keys.size() - begin));
    const std::string& sql = sized(many_from_source_, part.size());
    KEEPSUM_ASSIGN(auto rows, session.rows(sql, parameters(part)));
    std::vector<db::Row> found(part.size());
    for (db::Row& row : rows) {
      const auto number = static_cast<std::size_t>(db::as_int64(row.front()));
      if (number < part.size()) found[number] = from_source(std::span(row).subspan(1));
    }
    std::move(found.begin(), found.end(), std::back_inserter(into));
  }
  return {};
}

Result<std::vector<db::Row>> Core::Impl::get_many(db::Session& session,
                                                  std::span<const GroupKey> keys) const {
  bool here = true;
  for (const GroupKey& key : keys) {
    KEEPSUM_TRY(check(key));
    here = here && canonical(plan_, key).has_value();
  }
  const std::size_t chunk = here ? keys_matched_here_max : keys_matched_there_max;
  std::vector<db::Row> result;
  result.reserve(keys.size());
  for (std::size_t begin = 0; begin < keys.size(); begin += chunk) {
    const auto part = keys.subspan(begin, std::min(chunk, keys.size() - begin));
    Rows rows;
    if (!only_source_) {
      KEEPSUM_ASSIGN(rows, many_live(session, part, here));
    }
    if (rows) {
      std::move(rows->begin(), rows->end(), std::back_inserter(result));
    } else {
      KEEPSUM_TRY(many_from_source(session, part, result));
    }
  }
  return result;
}

}  // namespace keepsum::reading
