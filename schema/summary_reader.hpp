// One entry of "summaries" → SummarySpec. Reads all of it whatever is wrong on the way, so that
// every mistake shows at once.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "schema/json_reader.hpp"
#include "schema/object_reader.hpp"
#include "schema/parse.hpp"
#include "schema/scope.hpp"

namespace keepsum::schema {

class SummaryReader {
 public:
  // All must outlive the reader.
  SummaryReader(std::span<const AggregateSignature> aggregates, Reporter& reporter)
      : aggregates_(aggregates), reporter_(reporter) {}

  // `pointer` is that of the entry. The result is whole only if nothing was reported.
  [[nodiscard]] SummarySpec read(const JsonMember& entry, const std::string& pointer);

 private:
  void read_tables(const ObjectReader& object);
  bool add_table(TableRef table);
  void read_where(const ObjectReader& object);
  void read_group_by(const ObjectReader& object);
  void read_aggregates(const ObjectReader& object);
  void read_indexes(const ObjectReader& object);
  void read_index(const JsonValue& value, const std::string& pointer);
  void read_declared_keys(const ObjectReader& object);
  void read_changed_at(const ObjectReader& object);
  void read_capture(const ObjectReader& object);
  void read_fill(const ObjectReader& object);
  bool claim_column(const JsonMember& member, const std::string& pointer);
  [[nodiscard]] const JsonValue* find_columns(const ObjectReader& object, std::string_view name);

  std::span<const AggregateSignature> aggregates_;
  Reporter& reporter_;
  SummarySpec summary_;
  Scope scope_;
  std::vector<std::string> columns_;  // names of keys and aggregates, good or bad
  bool columns_complete_ = true;
};

// The properties a spec and a summary may have; the published JSON Schema has the same.
[[nodiscard]] const std::vector<PropertyName>& spec_properties();
[[nodiscard]] const std::vector<PropertyName>& summary_properties();

}  // namespace keepsum::schema
