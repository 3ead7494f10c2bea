/* The same service as embedding.cpp, in C: it lends its SQLite handle, and tells keepsum of each
 * row in the row's own transaction.
 *
 *   sqlite3 payments.db <schema.sql
 *   keepsum apply --yes
 *   embedding_c payments.db keepsum.json    exits 0 if the summary is right, each time it is run */
#include <keepsum/keepsum.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

enum { card = 7 };

struct payments {
  sqlite3* handle;
  keepsum_summaries* summaries;
  keepsum_session* session;
  keepsum_reader* reader;
};

/* A service would look at error->recovery here, and run the transaction again if it says so. */
static void check(keepsum_code code, const keepsum_error* error) {
  if (code == KEEPSUM_OK) return;
  fprintf(stderr, "embedding_c: %s (%s; recovery: %s)\n%s\n", error->message,
          keepsum_code_name(code), keepsum_recovery_name(error->recovery), error->hint);
  exit(1);
}

static void run(sqlite3* handle, const char* sql) {
  if (sqlite3_exec(handle, sql, NULL, NULL, NULL) == SQLITE_OK) return;
  fprintf(stderr, "embedding_c: %s\n", sqlite3_errmsg(handle));
  exit(1);
}

static void open_payments(struct payments* payments, const char* database, const char* spec) {
  keepsum_error error = KEEPSUM_ERROR_INIT;
  if (sqlite3_open(database, &payments->handle) != SQLITE_OK) exit(1);
  check(keepsum_summaries_load_file_sqlite(payments->handle, spec, &payments->summaries, &error),
        &error);
  check(keepsum_session_borrow_sqlite(payments->handle, &payments->session, &error), &error);
  check(keepsum_reader_new(payments->summaries, "card_totals", NULL, 0, &payments->reader, &error),
        &error);
}

static void close_payments(struct payments* payments) {
  keepsum_reader_free(payments->reader);
  keepsum_session_free(payments->session);
  keepsum_summaries_free(payments->summaries);
  sqlite3_close(payments->handle);
}

/* Inside the caller's transaction, to which the unit belongs. */
static int64_t add(struct payments* payments, keepsum_unit* unit, int cents) {
  keepsum_error error = KEEPSUM_ERROR_INIT;
  char sql[100];
  snprintf(sql, sizeof sql, "INSERT INTO payments (card_id, cents) VALUES (%d, %d)", card, cents);
  run(payments->handle, sql);
  const keepsum_value id = keepsum_int64(sqlite3_last_insert_rowid(payments->handle));
  check(keepsum_unit_inserted(unit, "payments", &id, 1, &error), &error);
  return id.as.i64;
}

static void change(struct payments* payments, keepsum_unit* unit, int64_t payment, int cents) {
  keepsum_error error = KEEPSUM_ERROR_INIT;
  const keepsum_value id = keepsum_int64(payment);
  char sql[100];
  check(keepsum_unit_updating(unit, "payments", &id, 1, &error), &error);
  snprintf(sql, sizeof sql, "UPDATE payments SET cents = %d WHERE id = %lld", cents,
           (long long)payment);
  run(payments->handle, sql);
}

static keepsum_unit* begin(struct payments* payments) {
  keepsum_error error = KEEPSUM_ERROR_INIT;
  keepsum_unit* unit = NULL;
  run(payments->handle, "BEGIN IMMEDIATE");
  check(keepsum_unit_new(payments->summaries, payments->session, &unit, &error), &error);
  return unit;
}

static void commit(struct payments* payments, keepsum_unit* unit) {
  keepsum_error error = KEEPSUM_ERROR_INIT;
  check(keepsum_unit_apply(unit, &error), &error);
  keepsum_unit_free(unit);
  run(payments->handle, "COMMIT");
}

/* What the card has spent, by the summary. */
static int64_t spent(struct payments* payments) {
  keepsum_error error = KEEPSUM_ERROR_INIT;
  const keepsum_value key = keepsum_int64(card);
  keepsum_result* result = NULL;
  int64_t cents = 0;
  check(keepsum_reader_get(payments->reader, payments->session, &key, 1, &result, &error), &error);
  if (!keepsum_value_as_int64(keepsum_result_value_of(result, 0, "spent"), &cents)) exit(1);
  keepsum_result_free(result);
  return cents;
}

int main(int argc, char** argv) {
  struct payments payments = {NULL, NULL, NULL, NULL};
  if (argc != 3) return 64;
  open_payments(&payments, argv[1], argv[2]);
  const int64_t before = spent(&payments);

  keepsum_unit* unit = begin(&payments);
  const int64_t payment = add(&payments, unit, 1250);
  add(&payments, unit, 99);
  commit(&payments, unit);

  unit = begin(&payments);
  change(&payments, unit, payment, 1000);
  commit(&payments, unit);

  unit = begin(&payments);
  add(&payments, unit, 777);
  keepsum_unit_free(unit);
  run(payments.handle, "ROLLBACK");

  const int64_t difference = spent(&payments) - before;
  printf("keepsum %s: card %d spent %lld\n", keepsum_version(), card, (long long)difference);
  close_payments(&payments);
  return difference == 1000 + 99 ? 0 : 1;
}
