// keepsum.h: what takes the caller's MYSQL*.
#include "engine/embed/c_api.hpp"

#include <keepsum/mysql.hpp>

namespace c_api = keepsum::c_api;

extern "C" {

keepsum_code keepsum_summaries_load_mysql(st_mysql* handle, const char* text, size_t length,
                                          keepsum_summaries** out, keepsum_error* error) {
  return c_api::load_text(__func__, handle, text, length, out, error, keepsum::mysql::load);
}

keepsum_code keepsum_summaries_load_file_mysql(st_mysql* handle, const char* path,
                                               keepsum_summaries** out, keepsum_error* error) {
  return c_api::load_file(__func__, handle, path, out, error, keepsum::mysql::load);
}

keepsum_code keepsum_session_borrow_mysql(st_mysql* handle, keepsum_session** out,
                                          keepsum_error* error) {
  return c_api::borrow_handle(__func__, handle, out, error, keepsum::mysql::borrow);
}

}  // extern "C"
