/* What the error says to do next: one for each recovery, on both databases. */
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "database.h"
#include "tests.h"

static keepsum_error error = KEEPSUM_ERROR_INIT;

static void begin(struct connection* connection) {
  connection_run(connection, on_mariadb ? "START TRANSACTION" : "BEGIN");
}

static keepsum_unit* unit_of(struct database* database, keepsum_session* session) {
  keepsum_unit* unit = NULL;
  CHECK_OK(keepsum_unit_new(database->summaries, session, &unit, &error));
  REQUIRE(unit != NULL);
  return unit;
}

void bad_json_has_a_position(void) {
  static const char bad[] = "{\n  \"keepsum\": 1\n  \"summaries\": {}\n}\n";
  struct database database;
  keepsum_summaries* summaries = NULL;
  database_make_empty(&database);
  CHECK_INT(load(&database.connection, bad, strlen(bad), &summaries, &error),
            KEEPSUM_ERROR_INVALID_SPEC);
  CHECK(summaries == NULL);
  CHECK_INT(error.code, KEEPSUM_ERROR_INVALID_SPEC);
  CHECK_INT(error.recovery, KEEPSUM_RECOVERY_FIX_SPEC);
  CHECK_CONTAINS(error.message, ":3:3:");
  database_drop(&database);
}

void bad_column_is_fixed_in_the_spec(void) {
  static const char bad[] =
      "{\"keepsum\": 1, \"summaries\": {\"totals\": {\"from\": \"payments p\",\n"
      "\"group_by\": {\"card_id\": \"p.card\"}, \"aggregates\": {\"n\": \"count(*)\"}}}}";
  struct database database;
  keepsum_summaries* summaries = NULL;
  database_make_empty(&database);
  CHECK_INT(load(&database.connection, bad, strlen(bad), &summaries, &error),
            KEEPSUM_ERROR_INVALID_SPEC);
  CHECK_INT(error.recovery, KEEPSUM_RECOVERY_FIX_SPEC);
  CHECK_CONTAINS(error.message, "card_id");
  CHECK_CONTAINS(error.message, ":2:");
  database_drop(&database);
}

void summary_is_not_applied(void) {
  struct database database;
  keepsum_summaries* summaries = NULL;
  database_make_empty(&database);
  CHECK_INT(load(&database.connection, spec_text, strlen(spec_text), &summaries, &error),
            KEEPSUM_ERROR_PLAN_MOVED);
  CHECK_INT(error.recovery, KEEPSUM_RECOVERY_FIX_SPEC);
  CHECK_CONTAINS(error.where, "card_totals");
  CHECK_CONTAINS(error.hint, "keepsum apply");
  database_drop(&database);
}

void outside_a_transaction(void) {
  struct database database;
  const keepsum_value one = keepsum_int64(1);
  database_make(&database);
  keepsum_unit* const unit = unit_of(&database, database.session);
  CHECK_INT(keepsum_unit_inserted(unit, "payments", &one, 1, &error),
            KEEPSUM_ERROR_NOT_IN_TRANSACTION);
  CHECK_INT(error.recovery, KEEPSUM_RECOVERY_NONE);
  CHECK_CONTAINS(error.hint, "begin a transaction");
  CHECK_INT(keepsum_unit_updating(unit, "payments", &one, 1, &error),
            KEEPSUM_ERROR_NOT_IN_TRANSACTION);
  keepsum_unit_free(unit);
  database_drop(&database);
}

void unknown_table(void) {
  struct database database;
  const keepsum_value key[] = {keepsum_int64(1), keepsum_int64(2)};
  database_make(&database);
  begin(&database.connection);
  keepsum_unit* const unit = unit_of(&database, database.session);
  CHECK_INT(keepsum_unit_inserted(unit, "payment", key, 1, &error), KEEPSUM_ERROR_INVALID_ARGUMENT);
  CHECK_INT(error.recovery, KEEPSUM_RECOVERY_NONE);
  CHECK_CONTAINS(error.message, "`payment`");
  CHECK_INT(keepsum_unit_inserted(unit, "payments", key, 2, &error),
            KEEPSUM_ERROR_INVALID_ARGUMENT);
  CHECK_CONTAINS(error.message, "1 columns, and 2 values");
  CHECK_INT(keepsum_unit_noted(unit), 0);
  /* A call that succeeds leaves nothing of the error before. */
  CHECK_OK(keepsum_unit_inserted(unit, "payments", key, 1, &error));
  CHECK_INT(strlen(error.message) + strlen(error.hint) + strlen(error.where), 0);
  keepsum_unit_free(unit);
  run(&database, "ROLLBACK");
  database_drop(&database);
}

/* SQLite has one writer at a time: nobody can insert the row meanwhile, and none is asked for. */
void row_is_not_there(void) {
  struct database database;
  const keepsum_value nobody = keepsum_int64(1);
  const keepsum_code expected = on_mariadb ? KEEPSUM_ERROR_ROW_NOT_FOUND : KEEPSUM_OK;
  database_make(&database);
  begin(&database.connection);
  keepsum_unit* const unit = unit_of(&database, database.session);
  CHECK_INT(keepsum_unit_updating(unit, "charges", &nobody, 1, &error), expected);
  CHECK_INT(keepsum_unit_deleting(unit, "charges", &nobody, 1, &error), expected);
  if (on_mariadb) CHECK_CONTAINS(error.hint, "do not run the statement");
  CHECK_OK(keepsum_unit_apply(unit, &error));
  keepsum_unit_free(unit);
  run(&database, "COMMIT");
  database_verify(&database);
  database_drop(&database);
}

static keepsum_code pay_once(struct database* database) {
  const keepsum_value one = keepsum_int64(1);
  keepsum_unit* const unit = unit_of(database, database->session);
  keepsum_code code;
  begin(&database->connection);
  if (on_mariadb) {
    run(database, "INSERT INTO payments VALUES (1, 42, 0, 'shop')");
    run(database, "INSERT INTO charges VALUES (1, 1, 300)");
  }
  code = keepsum_unit_inserted(unit, "payments", &one, 1, &error);
  if (code == KEEPSUM_OK) code = keepsum_unit_inserted(unit, "charges", &one, 1, &error);
  if (code == KEEPSUM_OK) code = keepsum_unit_apply(unit, &error);
  keepsum_unit_free(unit);
  if (code == KEEPSUM_OK) {
    run(database, "COMMIT");
  } else {
    run(database, "ROLLBACK");
  }
  return code;
}

/* MariaDB: the place of the group's row is locked by another. SQLite: the database is, and that the
 * statement finds out is what this is about, so the rows are in it already. */
void conflict_is_retried(void) {
  struct database database;
  struct connection other;
  database_make(&database);
  if (on_mariadb) {
    run(&database, "SET innodb_lock_wait_timeout = 1");
  } else {
    run(&database, "INSERT INTO payments VALUES (1, 42, 0, 'shop')");
    run(&database, "INSERT INTO charges VALUES (1, 1, 300)");
  }
  other = connection_open(&database);
  connection_run(&other, on_mariadb ? "START TRANSACTION" : "BEGIN IMMEDIATE");
  connection_run(
      &other, on_mariadb ? "SELECT * FROM card_totals WHERE card_id = 42 FOR UPDATE" : "SELECT 1");
  if (on_mariadb) mysql_free_result(mysql_store_result(other.mysql));
  CHECK_INT(pay_once(&database), KEEPSUM_ERROR_TRANSACTION_CONFLICT);
  CHECK_INT(error.recovery, KEEPSUM_RECOVERY_RETRY_TRANSACTION);
  CHECK_INT(error.native_code & 0xff, on_mariadb ? 1205 & 0xff : SQLITE_BUSY);
  CHECK(error.server_message[0] != '\0');
  connection_run(&other, "ROLLBACK");
  connection_close(&other);
  CHECK_INT(pay_once(&database), KEEPSUM_OK);
  CHECK_INT(stored_total(&database, 42), 300);
  database_verify(&database);
  database_drop(&database);
}

/* MariaDB only: a file is not lost. */
void lost_connection(void) {
  struct database database;
  struct connection other;
  const keepsum_value one = keepsum_int64(1);
  char sql[64];
  if (!on_mariadb) return;
  database_make(&database);
  run(&database, "INSERT INTO payments VALUES (1, 42, 0, 'shop')");
  begin(&database.connection);
  keepsum_unit* const unit = unit_of(&database, database.session);
  CHECK_OK(keepsum_unit_updating(unit, "payments", &one, 1, &error));
  other = connection_open(&database);
  snprintf(sql, sizeof sql, "KILL %lu", mysql_thread_id(database.connection.mysql));
  connection_run(&other, sql);
  connection_close(&other);
  CHECK_INT(keepsum_unit_apply(unit, &error), KEEPSUM_ERROR_CONNECTION_LOST);
  CHECK_INT(error.recovery, KEEPSUM_RECOVERY_RECONNECT);
  keepsum_unit_free(unit);
  keepsum_session_free(database.session);
  connection_close(&database.connection);

  /* As the recovery says. */
  database.connection = connection_open(&database);
  CHECK_OK(borrow(&database.connection, &database.session, &error));
  begin(&database.connection);
  keepsum_unit* const again = unit_of(&database, database.session);
  CHECK_OK(keepsum_unit_updating(again, "payments", &one, 1, &error));
  CHECK_OK(keepsum_unit_apply(again, &error));
  keepsum_unit_free(again);
  run(&database, "COMMIT");
  database_drop(&database);
}
