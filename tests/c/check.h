/* Checks of the C tests. A check that fails says where, counts, and lets the test go on; `require`
 * ends the program, where what follows would have nothing to work with. */
#ifndef KEEPSUM_TESTS_C_CHECK_H
#define KEEPSUM_TESTS_C_CHECK_H

#include <keepsum/keepsum.h>

extern int failures;

void check_at(int holds, const char* text, const char* file, int line);
void check_int_at(int64_t found, int64_t expected, const char* text, const char* file, int line);
void check_contains_at(const char* text, const char* part, const char* file, int line);
/* Prints the error of a call that was to succeed. */
void check_ok_at(keepsum_code code, const keepsum_error* error, const char* file, int line);
void require_at(int holds, const char* text, const char* file, int line);

#define CHECK(condition) check_at((condition) != 0, #condition, __FILE__, __LINE__)
#define CHECK_INT(found, expected) \
  check_int_at((int64_t)(found), (int64_t)(expected), #found, __FILE__, __LINE__)
#define CHECK_CONTAINS(text, part) check_contains_at(text, part, __FILE__, __LINE__)
#define CHECK_OK(call) check_ok_at((call), &error, __FILE__, __LINE__)
#define REQUIRE(condition) require_at((condition) != 0, #condition, __FILE__, __LINE__)

#endif
