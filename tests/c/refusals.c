/* Calls that are wrong in themselves: refused, with nothing written where it must not be. */
#include <stddef.h>
#include <string.h>

#include "check.h"
#include "database.h"
#include "tests.h"

static keepsum_error error = KEEPSUM_ERROR_INIT;

static void check_null(keepsum_code code, const char* name) {
  CHECK_INT(code, KEEPSUM_ERROR_INVALID_ARGUMENT);
  CHECK_CONTAINS(error.message, name);
  CHECK_CONTAINS(error.message, "is NULL");
  CHECK_CONTAINS(error.where, "keepsum_");
}

void null_is_refused(void) {
  struct database database;
  const keepsum_value one = keepsum_int64(1);
  const keepsum_keys keys = {NULL, 1, 1};
  const char* const columns[] = {"total", NULL};
  keepsum_unit* unit = NULL;
  keepsum_reader* reader = NULL;
  keepsum_result* result = NULL;
  keepsum_summaries* summaries = NULL;
  int is = 0;
  keepsum_reads_from from;
  database_make(&database);
  keepsum_session* const session = database.session;

  check_null(keepsum_summaries_load_sqlite(NULL, "{}", 2, &summaries, &error), "handle");
  check_null(keepsum_summaries_load_mysql(NULL, "{}", 2, &summaries, &error), "handle");
  check_null(load(&database.connection, NULL, 2, &summaries, &error), "text");
  check_null(load(&database.connection, "{}", 2, NULL, &error), "out");
  check_null(load_file(&database.connection, NULL, &summaries, &error), "path");
  check_null(borrow(&database.connection, NULL, &error), "out");
  check_null(keepsum_unit_new(NULL, session, &unit, &error), "summaries");
  check_null(keepsum_unit_new(database.summaries, NULL, &unit, &error), "session");
  check_null(keepsum_unit_inserted(NULL, "payments", &one, 1, &error), "unit");
  check_null(keepsum_unit_apply(NULL, &error), "unit");
  check_null(keepsum_unit_rollback_to(NULL, 0, &error), "unit");
  check_null(keepsum_reader_new(database.summaries, NULL, NULL, 0, &reader, &error), "summary");
  check_null(keepsum_reader_new(database.summaries, "card_totals", NULL, 1, &reader, &error),
             "columns");
  check_null(keepsum_reader_new(database.summaries, "card_totals", columns, 2, &reader, &error),
             "columns");
  check_null(keepsum_reader_get(NULL, session, &one, 1, &result, &error), "reader");
  check_null(keepsum_reader_get_many(NULL, session, keys, &result, &error), "reader");
  check_null(keepsum_reader_latched(NULL, session, &one, 1, "has_paid", &is, &error), "reader");
  check_null(keepsum_reader_state(NULL, session, &from, &error), "reader");

  CHECK_OK(keepsum_reader_new(database.summaries, "card_totals", NULL, 0, &reader, &error));
  check_null(keepsum_reader_get(reader, NULL, &one, 1, &result, &error), "session");
  check_null(keepsum_reader_get(reader, session, NULL, 1, &result, &error), "key");
  check_null(keepsum_reader_get(reader, session, &one, 1, NULL, &error), "out");
  check_null(keepsum_reader_get_many(reader, session, keys, &result, &error), "keys");
  check_null(keepsum_reader_latched(reader, session, &one, 1, NULL, &is, &error), "column");
  keepsum_reader_free(reader);

  CHECK_OK(keepsum_unit_new(database.summaries, session, &unit, &error));
  check_null(keepsum_unit_inserted(unit, NULL, &one, 1, &error), "table");
  check_null(keepsum_unit_updating(unit, "payments", NULL, 1, &error), "key");
  check_null(keepsum_unit_deleting_many(unit, "payments", keys, &error), "keys");
  check_null(keepsum_unit_inserted_given(unit, "payments", &one, 1, NULL, 1, &error), "given");
  keepsum_unit_free(unit);

  CHECK_INT(keepsum_unit_noted(NULL) + keepsum_unit_mark(NULL), 0);
  CHECK_INT(keepsum_result_rows(NULL) + keepsum_result_columns(NULL), 0);
  CHECK(keepsum_result_value(NULL, 0, 0) == NULL);
  CHECK(keepsum_result_value_of(NULL, 0, "total") == NULL);
  CHECK(keepsum_summaries_name(NULL, 0) == NULL);
  /* The error itself may be NULL. */
  CHECK_INT(keepsum_unit_apply(NULL, NULL), KEEPSUM_ERROR_INVALID_ARGUMENT);
  keepsum_summaries_free(NULL);
  keepsum_session_free(NULL);
  keepsum_unit_free(NULL);
  keepsum_reader_free(NULL);
  keepsum_result_free(NULL);
  database_drop(&database);
}

void wrong_values_are_refused(void) {
  struct database database;
  keepsum_value strange = keepsum_null();
  const keepsum_value hollow = keepsum_text(NULL, 3), null = keepsum_null();
  keepsum_unit* unit = NULL;
  keepsum_reader* reader = NULL;
  keepsum_result* result = NULL;
  int64_t number = 77;
  strange.type = 17;
  database_make(&database);
  run(&database, on_mariadb ? "START TRANSACTION" : "BEGIN");
  CHECK_OK(keepsum_unit_new(database.summaries, database.session, &unit, &error));
  CHECK_INT(keepsum_unit_inserted(unit, "payments", &strange, 1, &error),
            KEEPSUM_ERROR_INVALID_ARGUMENT);
  CHECK_CONTAINS(error.message, "type 17");
  CHECK_INT(keepsum_unit_inserted(unit, "payments", &hollow, 1, &error),
            KEEPSUM_ERROR_INVALID_ARGUMENT);
  CHECK_INT(keepsum_unit_noted(unit), 0);
  keepsum_unit_free(unit);
  run(&database, "ROLLBACK");

  CHECK_OK(keepsum_reader_new(database.summaries, "card_totals", NULL, 0, &reader, &error));
  CHECK_INT(keepsum_reader_get(reader, database.session, &null, 1, &result, &error),
            KEEPSUM_ERROR_INVALID_ARGUMENT);
  keepsum_reader_free(reader);
  const char* const columns[] = {"totals", "charges"};
  CHECK_INT(keepsum_reader_new(database.summaries, "card_totals", columns, 2, &reader, &error),
            KEEPSUM_ERROR_INVALID_ARGUMENT);
  CHECK(reader == NULL);
  CHECK_CONTAINS(error.message, "`totals`");
  CHECK_INT(keepsum_reader_new(database.summaries, "cards", NULL, 0, &reader, &error),
            KEEPSUM_ERROR_INVALID_ARGUMENT);

  const keepsum_value big = keepsum_uint64(UINT64_MAX), fraction = keepsum_decimal("1.5", 3),
                      whole = keepsum_decimal("-12;", 3);
  CHECK(!keepsum_value_as_int64(&big, &number));
  CHECK(!keepsum_value_as_int64(&fraction, &number));
  CHECK(!keepsum_value_as_int64(NULL, &number));
  CHECK(!keepsum_value_as_int64(&whole, NULL));
  CHECK_INT(number, 77);
  CHECK(keepsum_value_as_int64(&whole, &number));
  CHECK_INT(number, -12);
  database_drop(&database);
}

void error_struct_keeps_bounds(void) {
  struct {
    keepsum_error error;
    char behind[64];
  } guarded;
  memset(&guarded, 'x', sizeof guarded);
  /* As of a program that is newer than the library: its further fields are left alone. */
  guarded.error.size = sizeof guarded;
  CHECK_INT(keepsum_unit_apply(NULL, &guarded.error), KEEPSUM_ERROR_INVALID_ARGUMENT);
  CHECK_CONTAINS(guarded.error.message, "NULL");
  CHECK_INT(guarded.error.truncated, 0);
  for (size_t i = 0; i < sizeof guarded.behind; ++i) CHECK(guarded.behind[i] == 'x');
  CHECK(guarded.error.size == sizeof guarded);

  memset(&guarded, 'x', sizeof guarded);
  guarded.error.size = 0;
  CHECK_INT(keepsum_unit_apply(NULL, &guarded.error), KEEPSUM_ERROR_INVALID_ARGUMENT);
  CHECK(guarded.error.message[0] == 'x');
  CHECK(guarded.error.where[0] == 'x');
}

void long_texts_are_cut(void) {
  enum { letters = 2000 };
  struct database database;
  keepsum_reader* reader = NULL;
  char name[2 * letters + 2];
  database_make(&database);
  /* Letters of two bytes, once at an even and once at an odd place. */
  for (int odd = 0; odd < 2; ++odd) {
    memset(name, 'a', sizeof name);
    for (int i = 0; i < letters; ++i) memcpy(name + odd + 2 * i, "\xC3\xA9", 2);
    name[odd + 2 * letters] = '\0';
    CHECK_INT(keepsum_reader_new(database.summaries, name, NULL, 0, &reader, &error),
              KEEPSUM_ERROR_INVALID_ARGUMENT);
    CHECK(error.truncated != 0);
    const size_t length = strlen(error.message);
    CHECK(length >= sizeof error.message - 2 && length < sizeof error.message);
    CHECK((unsigned char)error.message[length - 1] == 0xA9U);
  }
  CHECK_INT(keepsum_unit_apply(NULL, &error), KEEPSUM_ERROR_INVALID_ARGUMENT);
  CHECK_INT(error.truncated, 0);
  database_drop(&database);
}

/* std::length_error on its way out of the library, thrown before a byte is read. */
void exceptions_do_not_cross(void) {
  struct database database;
  const keepsum_value key = keepsum_int64(1), beyond = keepsum_text("x", (size_t)-1);
  const keepsum_keys too_many = {&key, 1, (size_t)-1};
  keepsum_unit* unit = NULL;
  int64_t number = 0;
  database_make(&database);
  CHECK_OK(keepsum_unit_new(database.summaries, database.session, &unit, &error));
  CHECK_INT(keepsum_unit_inserted_many(unit, "payments", too_many, &error),
            KEEPSUM_ERROR_OUT_OF_MEMORY);
  CHECK_CONTAINS(error.hint, "roll back");
  CHECK_INT(keepsum_unit_inserted(unit, "payments", &beyond, 1, &error),
            KEEPSUM_ERROR_OUT_OF_MEMORY);
  CHECK(!keepsum_value_as_int64(&beyond, &number));
  keepsum_unit_free(unit);
  database_drop(&database);
}

void names_of_numbers(void) {
  CHECK_CONTAINS(keepsum_code_name(KEEPSUM_OK), "ok");
  CHECK_CONTAINS(keepsum_code_name(KEEPSUM_ERROR_PLAN_MOVED), "plan_moved");
  CHECK_CONTAINS(keepsum_code_name(KEEPSUM_ERROR_OUT_OF_MEMORY), "out_of_memory");
  CHECK_CONTAINS(keepsum_code_name(999), "unknown");
  CHECK_CONTAINS(keepsum_recovery_name(KEEPSUM_RECOVERY_RECONNECT), "reconnect");
  CHECK_CONTAINS(keepsum_recovery_name(-1), "unknown");
  CHECK_CONTAINS(keepsum_version(), ".");
}
