/* Readers: values by name and by number, their types, and who owns them. */
#include <string.h>

#include "check.h"
#include "database.h"
#include "tests.h"

static keepsum_error error = KEEPSUM_ERROR_INIT;

/* Card 42: 1000, 250, -50; card 43: 7. Written by hooks. */
static void fill(struct database* database) {
  keepsum_unit* unit = NULL;
  const int64_t amounts[] = {1000, 250, -50, 7};
  database_make(database);
  run(database, on_mariadb ? "START TRANSACTION" : "BEGIN IMMEDIATE");
  CHECK_OK(keepsum_unit_new(database->summaries, database->session, &unit, &error));
  for (int i = 0; i < 4; ++i) {
    const keepsum_value key = keepsum_int64(i);
    run(database, "INSERT INTO payments VALUES (%d, %d, 0, 'shop')", i, i < 3 ? 42 : 43);
    run(database, "INSERT INTO charges VALUES (%d, %d, %d)", i, i, (int)amounts[i]);
    CHECK_OK(keepsum_unit_inserted(unit, "payments", &key, 1, &error));
    CHECK_OK(keepsum_unit_inserted(unit, "charges", &key, 1, &error));
  }
  CHECK_OK(keepsum_unit_apply(unit, &error));
  keepsum_unit_free(unit);
  run(database, "COMMIT");
}

static keepsum_reader* reader_of(struct database* database, const char* summary,
                                 const char* const* columns, size_t count) {
  keepsum_reader* reader = NULL;
  CHECK_OK(keepsum_reader_new(database->summaries, summary, columns, count, &reader, &error));
  REQUIRE(reader != NULL);
  return reader;
}

static int64_t integer(const keepsum_result* result, size_t row, const char* column) {
  int64_t number = -1;
  CHECK(keepsum_value_as_int64(keepsum_result_value_of(result, row, column), &number));
  return number;
}

void reads_by_name_and_number(void) {
  struct database database;
  const char* const columns[] = {"largest", "total"};
  const keepsum_value card = keepsum_int64(42), nobody = keepsum_int64(99);
  keepsum_result* result = NULL;
  int64_t number = 0;
  fill(&database);
  keepsum_reader* const reader = reader_of(&database, "card_totals", columns, 2);
  CHECK_OK(keepsum_reader_get(reader, database.session, &card, 1, &result, &error));
  CHECK_INT(keepsum_result_rows(result), 1);
  CHECK_INT(keepsum_result_columns(result), 2);
  CHECK_CONTAINS(keepsum_result_column_name(result, 0), "largest");
  CHECK_INT(integer(result, 0, "total"), 1200);
  CHECK(keepsum_value_as_int64(keepsum_result_value(result, 0, 0), &number));
  CHECK_INT(number, 1000);
  /* A sum of integers is a decimal on MariaDB, and exact. */
  const keepsum_value* const total = keepsum_result_value_of(result, 0, "total");
  CHECK_INT(total->type, on_mariadb ? KEEPSUM_TYPE_DECIMAL : KEEPSUM_TYPE_INT64);
  if (on_mariadb) CHECK(total->as.bytes.length == 4 && strcmp(total->as.bytes.data, "1200") == 0);
  CHECK(keepsum_result_value_of(result, 0, "charges") == NULL);
  CHECK(keepsum_result_value(result, 1, 0) == NULL);
  CHECK(keepsum_result_value(result, 0, 2) == NULL);
  CHECK(keepsum_result_column_name(result, 2) == NULL);
  keepsum_result_free(result);

  CHECK_OK(keepsum_reader_get(reader, database.session, &nobody, 1, &result, &error));
  CHECK_INT(integer(result, 0, "total"), 0);
  CHECK_INT(keepsum_result_value_of(result, 0, "largest")->type, KEEPSUM_TYPE_NULL);
  CHECK(!keepsum_value_as_int64(keepsum_result_value_of(result, 0, "largest"), &number));
  keepsum_result_free(result);
  keepsum_reader_free(reader);
  database_drop(&database);
}

void reads_many_groups(void) {
  struct database database;
  const keepsum_value cards[] = {keepsum_int64(43), keepsum_int64(99), keepsum_int64(42),
                                 keepsum_int64(43)};
  const keepsum_keys keys = {cards, 1, 4};
  const keepsum_keys none = {NULL, 1, 0};
  keepsum_result* result = NULL;
  fill(&database);
  keepsum_reader* const reader = reader_of(&database, "card_totals", NULL, 0);
  CHECK_OK(keepsum_reader_get_many(reader, database.session, keys, &result, &error));
  CHECK_INT(keepsum_result_rows(result), 4);
  CHECK_INT(integer(result, 0, "total"), 7);
  CHECK_INT(integer(result, 1, "total"), 0);
  CHECK_INT(integer(result, 2, "total"), 1200);
  CHECK_INT(integer(result, 3, "total"), 7);
  keepsum_result_free(result);
  CHECK_OK(keepsum_reader_get_many(reader, database.session, none, &result, &error));
  CHECK_INT(keepsum_result_rows(result), 0);
  keepsum_result_free(result);
  keepsum_reader_free(reader);
  database_drop(&database);
}

void reads_all_columns(void) {
  struct database database;
  const char* const names[] = {"total", "charges", "largest", "has_refund", "has_paid"};
  const int64_t expected[] = {1200, 3, 1000, 1, 1};
  const keepsum_value card = keepsum_int64(42);
  keepsum_result* result = NULL;
  fill(&database);
  keepsum_reader* const reader = reader_of(&database, "card_totals", NULL, 0);
  CHECK_OK(keepsum_reader_get(reader, database.session, &card, 1, &result, &error));
  CHECK_INT(keepsum_result_columns(result), 5);
  for (size_t i = 0; i < 5; ++i) {
    CHECK_CONTAINS(keepsum_result_column_name(result, i), names[i]);
    CHECK_INT(integer(result, 0, names[i]), expected[i]);
  }
  keepsum_result_free(result);
  keepsum_reader_free(reader);
  database_drop(&database);
}

void reads_under_lock(void) {
  struct database database;
  const keepsum_value card = keepsum_int64(42);
  keepsum_result* result = NULL;
  fill(&database);
  keepsum_reader* const reader = reader_of(&database, "card_totals", NULL, 0);
  CHECK_INT(keepsum_reader_get_for_update(reader, database.session, &card, 1, &result, &error),
            KEEPSUM_ERROR_NOT_IN_TRANSACTION);
  CHECK(result == NULL);

  run(&database, on_mariadb ? "START TRANSACTION" : "BEGIN");
  CHECK_OK(keepsum_reader_get_for_update(reader, database.session, &card, 1, &result, &error));
  CHECK_INT(integer(result, 0, "total"), 1200);
  keepsum_result_free(result);
  /* Nobody else gets it meanwhile. */
  struct connection other = connection_open(&database);
  keepsum_session* session = NULL;
  connection_run(&other, on_mariadb ? "SET innodb_lock_wait_timeout = 1" : "SELECT 1");
  connection_run(&other, on_mariadb ? "START TRANSACTION" : "BEGIN");
  CHECK_OK(borrow(&other, &session, &error));
  CHECK_INT(keepsum_reader_get_for_update(reader, session, &card, 1, &result, &error),
            KEEPSUM_ERROR_TRANSACTION_CONFLICT);
  CHECK_INT(error.recovery, KEEPSUM_RECOVERY_RETRY_TRANSACTION);
  connection_run(&other, "ROLLBACK");
  keepsum_session_free(session);
  connection_close(&other);
  run(&database, "COMMIT");
  keepsum_reader_free(reader);
  database_drop(&database);
}

void reads_latches(void) {
  struct database database;
  const keepsum_value card = keepsum_int64(42), nobody = keepsum_int64(99);
  int is = -1;
  fill(&database);
  keepsum_reader* const reader = reader_of(&database, "card_totals", NULL, 0);
  CHECK_OK(keepsum_reader_latched(reader, database.session, &card, 1, "has_paid", &is, &error));
  CHECK_INT(is, 1);
  CHECK_OK(keepsum_reader_latched(reader, database.session, &nobody, 1, "has_paid", &is, &error));
  CHECK_INT(is, 0);
  CHECK_INT(keepsum_reader_latched(reader, database.session, &card, 1, "total", &is, &error),
            KEEPSUM_ERROR_INVALID_ARGUMENT);
  CHECK_CONTAINS(error.message, "has_paid");
  keepsum_reader_free(reader);
  database_drop(&database);
}

void reads_from_the_source(void) {
  struct database database;
  const keepsum_value card = keepsum_int64(42);
  keepsum_reads_from from = KEEPSUM_READS_FROM_SOURCE;
  keepsum_result* result = NULL;
  fill(&database);
  keepsum_reader* const reader = reader_of(&database, "card_totals", NULL, 0);
  CHECK_OK(keepsum_reader_state(reader, database.session, &from, &error));
  CHECK_INT(from, KEEPSUM_READS_FROM_SUMMARY);
  CHECK_INT(keepsum(&database, "drop card_totals --yes"), 0);
  CHECK_OK(keepsum_reader_state(reader, database.session, &from, &error));
  CHECK_INT(from, KEEPSUM_READS_FROM_SOURCE);
  CHECK_OK(keepsum_reader_get(reader, database.session, &card, 1, &result, &error));
  CHECK_INT(integer(result, 0, "total"), 1200);
  keepsum_result_free(result);
  keepsum_reader_free(reader);
  database_drop(&database);
}

void text_needs_no_nul(void) {
  struct database database;
  const char shop[] = {'s', 'h', 'o', 'p', 'p', 'i', 'n', 'g'};
  const keepsum_value key = keepsum_text(shop, 4);
  keepsum_result* result = NULL;
  fill(&database);
  keepsum_reader* const reader = reader_of(&database, "merchant_totals", NULL, 0);
  CHECK_OK(keepsum_reader_get(reader, database.session, &key, 1, &result, &error));
  CHECK_INT(integer(result, 0, "payments"), 4);
  const keepsum_value* const last = keepsum_result_value_of(result, 0, "last");
  CHECK_INT(last->type, KEEPSUM_TYPE_TEXT);
  CHECK_INT(last->as.bytes.length, 4);
  CHECK(memcmp(last->as.bytes.data, "shop", 5) == 0); /* and a NUL behind */
  keepsum_result_free(result);
  keepsum_reader_free(reader);
  database_drop(&database);
}

void handles_outlive_their_summaries(void) {
  struct database database;
  const keepsum_value card = keepsum_int64(42), key = keepsum_int64(9);
  keepsum_unit* unit = NULL;
  keepsum_result* result = NULL;
  fill(&database);
  keepsum_reader* const reader = reader_of(&database, "card_totals", NULL, 0);
  run(&database, on_mariadb ? "START TRANSACTION" : "BEGIN IMMEDIATE");
  CHECK_OK(keepsum_unit_new(database.summaries, database.session, &unit, &error));
  keepsum_summaries_free(database.summaries);
  database.summaries = NULL;
  run(&database, "INSERT INTO payments VALUES (9, 42, 0, 'shop')");
  run(&database, "INSERT INTO charges VALUES (9, 9, 5)");
  CHECK_OK(keepsum_unit_inserted(unit, "payments", &key, 1, &error));
  CHECK_OK(keepsum_unit_inserted(unit, "charges", &key, 1, &error));
  CHECK_OK(keepsum_unit_apply(unit, &error));
  keepsum_unit_free(unit);
  run(&database, "COMMIT");
  CHECK_OK(keepsum_reader_get(reader, database.session, &card, 1, &result, &error));
  keepsum_reader_free(reader);
  CHECK_INT(integer(result, 0, "total"), 1205); /* a result needs no reader */
  CHECK_CONTAINS(keepsum_result_column_name(result, 0), "total");
  keepsum_result_free(result);
  database_drop(&database);
}
