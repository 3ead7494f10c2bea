/* The unit of work: what is written, seen in the summary and in the source. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "database.h"
#include "tests.h"

static keepsum_error error = KEEPSUM_ERROR_INIT;

static keepsum_unit* begin(struct database* database) {
  keepsum_unit* unit = NULL;
  run(database, on_mariadb ? "START TRANSACTION" : "BEGIN IMMEDIATE");
  CHECK_OK(keepsum_unit_new(database->summaries, database->session, &unit, &error));
  REQUIRE(unit != NULL);
  return unit;
}

static void commit(struct database* database, keepsum_unit* unit) {
  CHECK_OK(keepsum_unit_apply(unit, &error));
  CHECK_INT(keepsum_unit_noted(unit), 0);
  keepsum_unit_free(unit);
  run(database, "COMMIT");
}

/* A payment with one charge of the same number. */
static void pay(struct database* database, keepsum_unit* unit, int64_t id, int64_t card,
                int64_t amount) {
  const keepsum_value key = keepsum_int64(id);
  run(database, "INSERT INTO payments VALUES (%lld, %lld, 0, 'shop')", (long long)id,
      (long long)card);
  run(database, "INSERT INTO charges VALUES (%lld, %lld, %lld)", (long long)id, (long long)id,
      (long long)amount);
  CHECK_OK(keepsum_unit_inserted(unit, "payments", &key, 1, &error));
  CHECK_OK(keepsum_unit_inserted(unit, "charges", &key, 1, &error));
}

static void check_total(struct database* database, int64_t card, int64_t expected) {
  CHECK_INT(source_total(database, card), expected);
  CHECK_INT(stored_total(database, card), expected);
}

void payment_is_summed(void) {
  struct database database;
  database_make(&database);
  keepsum_unit* unit = begin(&database);
  pay(&database, unit, 1, 42, 1250);
  pay(&database, unit, 2, 42, -250);
  pay(&database, unit, 3, 43, 7);
  CHECK_INT(keepsum_unit_noted(unit), 3); /* of each table; a payment comes before its charges */
  commit(&database, unit);
  check_total(&database, 42, 1000);
  check_total(&database, 43, 7);
  database_verify(&database);
  database_drop(&database);
}

void many_rows_in_one_call(void) {
  enum { count = 600 };
  struct database database;
  keepsum_value* const ids = malloc(count * sizeof *ids);
  REQUIRE(ids != NULL);
  database_make(&database);
  keepsum_unit* const unit = begin(&database);
  for (int i = 0; i < count; ++i) {
    run(&database, "INSERT INTO payments VALUES (%d, %d, 0, 'shop')", i, i % 3);
    run(&database, "INSERT INTO charges VALUES (%d, %d, %d)", i, i, i);
    ids[i] = keepsum_int64(i);
  }
  const keepsum_keys keys = {ids, 1, count};
  CHECK_OK(keepsum_unit_inserted_many(unit, "payments", keys, &error));
  CHECK_OK(keepsum_unit_inserted_many(unit, "charges", keys, &error));
  commit(&database, unit);
  check_total(&database, 0, 59700);
  check_total(&database, 2, 60100);

  keepsum_unit* const second = begin(&database);
  CHECK_OK(keepsum_unit_updating_many(second, "charges", keys, &error));
  run(&database, "UPDATE charges SET amount = amount + 1");
  commit(&database, second);
  check_total(&database, 0, 59900);

  keepsum_unit* const third = begin(&database);
  CHECK_OK(keepsum_unit_deleting_many(third, "charges", keys, &error));
  run(&database, "DELETE FROM charges");
  commit(&database, third);
  check_total(&database, 0, 0);
  database_verify(&database);
  database_drop(&database);
  free(ids);
}

/* A payment of 500, of which keepsum is told `amount`. */
static void pay_given(struct database* database, keepsum_unit* unit, int64_t id, int64_t amount) {
  const keepsum_value key = keepsum_int64(id);
  const keepsum_given payment[] = {{"card_id", keepsum_int64(42)},
                                   {"voided", keepsum_int64(0)},
                                   {"merchant", keepsum_text("shop and more", 4)}};
  const keepsum_given charge[] = {{"payment_id", key}, {"amount", keepsum_int64(amount)}};
  run(database, "INSERT INTO payments VALUES (%lld, 42, 0, 'shop')", (long long)id);
  run(database, "INSERT INTO charges VALUES (%lld, %lld, 500)", (long long)id, (long long)id);
  CHECK_OK(keepsum_unit_inserted_given(unit, "payments", &key, 1, payment, 3, &error));
  CHECK_OK(keepsum_unit_inserted_given(unit, "charges", &key, 1, charge, 2, &error));
}

void given_values_are_used(void) {
  struct database database;
  database_make(&database);
  /* Told otherwise than the truth, the summary shows it: nothing was read back. */
  keepsum_unit* unit = begin(&database);
  pay_given(&database, unit, 1, 499);
  CHECK_OK(keepsum_unit_apply(unit, &error));
  CHECK_INT(source_total(&database, 42), 500);
  CHECK_INT(stored_total(&database, 42), 499);
  keepsum_unit_free(unit);
  run(&database, "ROLLBACK");

  unit = begin(&database);
  pay_given(&database, unit, 1, 500);
  commit(&database, unit);
  check_total(&database, 42, 500);
  CHECK_INT(connection_number(&database.connection,
                              "SELECT payments FROM merchant_totals WHERE merchant = 'shop'"),
            1);
  database_verify(&database);
  database_drop(&database);
}

void row_moves_to_another_group(void) {
  struct database database;
  const keepsum_value one = keepsum_int64(1);
  database_make(&database);
  keepsum_unit* unit = begin(&database);
  pay(&database, unit, 1, 42, 300);
  pay(&database, unit, 2, 42, 50);
  commit(&database, unit);
  unit = begin(&database);
  CHECK_OK(keepsum_unit_updating(unit, "payments", &one, 1, &error));
  run(&database, "UPDATE payments SET card_id = 43 WHERE id = 1");
  commit(&database, unit);
  check_total(&database, 42, 50);
  check_total(&database, 43, 300);
  database_verify(&database);
  database_drop(&database);
}

void primary_key_changes(void) {
  struct database database;
  const keepsum_value old_key = keepsum_int64(1), new_key = keepsum_int64(9);
  database_make(&database);
  keepsum_unit* unit = begin(&database);
  pay(&database, unit, 1, 42, 300);
  commit(&database, unit);
  unit = begin(&database);
  CHECK_OK(keepsum_unit_updating(unit, "charges", &old_key, 1, &error));
  run(&database, "UPDATE charges SET id = 9, amount = 310 WHERE id = 1");
  CHECK_OK(keepsum_unit_updated(unit, "charges", &new_key, 1, &error));
  commit(&database, unit);
  check_total(&database, 42, 310);
  database_verify(&database);
  database_drop(&database);
}

void rows_are_deleted(void) {
  struct database database;
  const keepsum_value one = keepsum_int64(1);
  database_make(&database);
  keepsum_unit* unit = begin(&database);
  pay(&database, unit, 1, 42, 300);
  pay(&database, unit, 2, 42, 50);
  commit(&database, unit);
  unit = begin(&database);
  CHECK_OK(keepsum_unit_deleting(unit, "charges", &one, 1, &error));
  run(&database, "DELETE FROM charges WHERE id = 1");
  CHECK_OK(keepsum_unit_deleting(unit, "payments", &one, 1, &error));
  run(&database, "DELETE FROM payments WHERE id = 1");
  commit(&database, unit);
  check_total(&database, 42, 50);
  /* The greatest is gone, and the group was read again. */
  CHECK_INT(
      connection_number(&database.connection, "SELECT largest FROM card_totals WHERE card_id = 42"),
      50);
  database_verify(&database);
  database_drop(&database);
}

/* With given values no row is looked for, so a payment that is not forgotten would be counted. */
void savepoint_is_rolled_back(void) {
  struct database database;
  database_make(&database);
  keepsum_unit* const unit = begin(&database);
  pay_given(&database, unit, 1, 500);
  const keepsum_mark mark = keepsum_unit_mark(unit);
  run(&database, "SAVEPOINT before_second");
  pay_given(&database, unit, 2, 500);
  run(&database, "ROLLBACK TO SAVEPOINT before_second");
  CHECK_OK(keepsum_unit_rollback_to(unit, mark, &error));
  CHECK_INT(keepsum_unit_noted(unit), 1);
  CHECK_INT(keepsum_unit_rollback_to(unit, mark + 100, &error), KEEPSUM_ERROR_INVALID_ARGUMENT);
  commit(&database, unit);
  check_total(&database, 42, 500);
  database_verify(&database);
  database_drop(&database);
}

void spec_from_a_file(void) {
  struct database database;
  keepsum_summaries* summaries = NULL;
  database_make(&database);
  CHECK_OK(load_file(&database.connection, database.spec_file, &summaries, &error));
  CHECK_INT(keepsum_summaries_count(summaries), 2);
  CHECK_CONTAINS(keepsum_summaries_name(summaries, 0), "card_totals");
  CHECK_CONTAINS(keepsum_summaries_name(summaries, 1), "merchant_totals");
  CHECK(keepsum_summaries_name(summaries, 2) == NULL);
  keepsum_summaries_free(summaries);

  CHECK_INT(load_file(&database.connection, "/nowhere/keepsum.json", &summaries, &error),
            KEEPSUM_ERROR_IO_FAILED);
  CHECK(summaries == NULL);
  CHECK_CONTAINS(error.message, "/nowhere/keepsum.json");
  CHECK_INT(load_file(&database.connection, "/", &summaries, &error), KEEPSUM_ERROR_IO_FAILED);
  CHECK_CONTAINS(error.message, "directory");
  database_drop(&database);
}
