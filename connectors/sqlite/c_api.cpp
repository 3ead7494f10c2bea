// keepsum.h: what takes the caller's sqlite3*.
#include "engine/embed/c_api.hpp"

#include <keepsum/sqlite.hpp>

namespace c_api = keepsum::c_api;

extern "C" {

keepsum_code keepsum_summaries_load_sqlite(sqlite3* handle, const char* text, size_t length,
                                           keepsum_summaries** out, keepsum_error* error) {
  return c_api::load_text(__func__, handle, text, length, out, error, keepsum::sqlite::load);
}

keepsum_code keepsum_summaries_load_file_sqlite(sqlite3* handle, const char* path,
                                                keepsum_summaries** out, keepsum_error* error) {
  return c_api::load_file(__func__, handle, path, out, error, keepsum::sqlite::load);
}

keepsum_code keepsum_session_borrow_sqlite(sqlite3* handle, keepsum_session** out,
                                           keepsum_error* error) {
  return c_api::borrow_handle(__func__, handle, out, error, keepsum::sqlite::borrow);
}

}  // extern "C"
