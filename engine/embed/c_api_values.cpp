// keepsum.h: values, and specs from files.
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <keepsum/version.hpp>

#include "engine/embed/c_api.hpp"

namespace keepsum::c_api {

namespace {

Result<std::string> to_text(std::string_view call, const keepsum_value& value) {
  const auto& [data, length] = value.as.bytes;
  if (length == 0) return std::string();
  if (data == nullptr) {
    return invalid_argument(call, "a value has a length and no data: `data` is NULL");
  }
  return std::string(data, length);
}

keepsum_value over(keepsum_type type, const std::string& text) noexcept {
  return keepsum_bytes_of(type, text.c_str(), text.size());
}

}  // namespace

Result<db::Value> to_value(std::string_view call, const keepsum_value& value) {
  switch (value.type) {
    case KEEPSUM_TYPE_NULL: return db::Value();
    case KEEPSUM_TYPE_INT64: return db::Value(value.as.i64);
    case KEEPSUM_TYPE_UINT64: return db::Value(value.as.u64);
    case KEEPSUM_TYPE_DOUBLE: return db::Value(value.as.f64);
    default: break;
  }
  if (value.type < KEEPSUM_TYPE_DECIMAL || value.type > KEEPSUM_TYPE_BYTES) {
    Error error =
        invalid_argument(call, "a value has the unknown type " + std::to_string(value.type));
    error.hint = "make values by keepsum_int64(), keepsum_text(), …";
    return error;
  }
  KEEPSUM_ASSIGN(std::string text, to_text(call, value));
  if (value.type == KEEPSUM_TYPE_DECIMAL) return db::Value(db::Decimal{std::move(text)});
  if (value.type == KEEPSUM_TYPE_BYTES) return db::Value(db::Blob{std::move(text)});
  return db::Value(std::move(text));
}

Result<std::vector<db::Value>> to_key(std::string_view call, const keepsum_value* values,
                                      std::size_t columns) {
  if (columns > 0) KEEPSUM_TRY(require(call, {{values, "key"}}));
  std::vector<db::Value> key;
  for (std::size_t i = 0; i < columns; ++i) {
    KEEPSUM_ASSIGN(db::Value value, to_value(call, values[i]));
    key.push_back(std::move(value));
  }
  return key;
}

Result<std::vector<std::vector<db::Value>>> to_keys(std::string_view call,
                                                    const keepsum_keys& keys) {
  std::vector<std::vector<db::Value>> all;
  if (keys.count > 0) KEEPSUM_TRY(require(call, {{keys.values, "keys.values"}}));
  all.reserve(keys.count);
  for (std::size_t i = 0; i < keys.count; ++i) {
    KEEPSUM_ASSIGN(auto key, to_key(call, keys.values + i * keys.columns, keys.columns));
    all.push_back(std::move(key));
  }
  return all;
}

keepsum_value from_value(const db::Value& value) noexcept {
  if (const auto* number = std::get_if<std::int64_t>(&value)) return keepsum_int64(*number);
  if (const auto* number = std::get_if<std::uint64_t>(&value)) return keepsum_uint64(*number);
  if (const auto* number = std::get_if<double>(&value)) return keepsum_double(*number);
  if (const auto* decimal = std::get_if<db::Decimal>(&value)) {
    return over(KEEPSUM_TYPE_DECIMAL, decimal->text);
  }
  if (const auto* text = std::get_if<std::string>(&value)) return over(KEEPSUM_TYPE_TEXT, *text);
  if (const auto* blob = std::get_if<db::Blob>(&value))
    return over(KEEPSUM_TYPE_BYTES, blob->bytes);
  return keepsum_null();
}

Result<std::string> read_file(std::string_view call, const char* path) {
  struct Close {
    void operator()(std::FILE* file) const noexcept { static_cast<void>(std::fclose(file)); }
  };
  errno = 0;
  const std::unique_ptr<std::FILE, Close> file(std::fopen(path, "rbe"));
  std::string text;
  char buffer[16384];
  while (file) {
    const std::size_t length = std::fread(buffer, 1, sizeof buffer, file.get());
    if (length == 0) break;
    text.append(buffer, length);
  }
  if (file && std::ferror(file.get()) == 0) return text;
  Error error;
  error.code = ErrorCode::io_failed;
  error.where = call;
  error.native_code = errno;
  error.message = std::string("the spec ") + path + " cannot be read: " + std::strerror(errno);
  return error;
}

}  // namespace keepsum::c_api

extern "C" {

const char* keepsum_version(void) { return KEEPSUM_VERSION_STRING; }

int keepsum_value_as_int64(const keepsum_value* value, std::int64_t* out) {
  if (value == nullptr || out == nullptr) return 0;
  try {
    auto copy = keepsum::c_api::to_value("keepsum_value_as_int64", *value);
    std::int64_t number = 0;
    if (copy.has_error() || !keepsum::reading::take(std::move(copy).value(), number)) return 0;
    *out = number;
    return 1;
  } catch (...) {
    return 0;
  }
}

}  // extern "C"
