#define _POSIX_C_SOURCE 200809L

#include "database.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

int on_mariadb = 0;

const char* const spec_text =
    "{\n"
    "  \"keepsum\": 1,\n"
    "  \"summaries\": {\n"
    "    \"card_totals\": {\n"
    "      \"from\": \"payments p\",\n"
    "      \"joins\": [\"charges t ON t.payment_id = p.id\"],\n"
    "      \"declared_keys\": [\"t.payment_id -> p.id\"],\n"
    "      \"where\": \"p.voided = 0\",\n"
    "      \"group_by\": { \"card_id\": \"p.card_id\" },\n"
    "      \"aggregates\": {\n"
    "        \"total\": \"sum(t.amount)\",\n"
    "        \"charges\": \"count(*)\",\n"
    "        \"largest\": \"max(t.amount)\",\n"
    "        \"has_refund\": \"any(t.amount < 0)\",\n"
    "        \"has_paid\": \"latch(t.amount > 0)\"\n"
    "      },\n"
    "      \"capture\": \"hooks\"\n"
    "    },\n"
    "    \"merchant_totals\": {\n"
    "      \"from\": \"payments p\",\n"
    "      \"group_by\": { \"merchant\": \"p.merchant\" },\n"
    "      \"aggregates\": { \"payments\": \"count(*)\", \"last\": \"max(p.merchant)\" },\n"
    "      \"capture\": \"hooks\"\n"
    "    }\n"
    "  }\n"
    "}\n";

/* The end of "mysql://root@127.0.0.1:PORT/…". */
static unsigned server_port(void) {
  const char* const url = getenv("KEEPSUM_TEST_MYSQL_URL");
  REQUIRE(url != NULL);
  return (unsigned)strtoul(strrchr(url, ':') + 1, NULL, 10);
}

static MYSQL* connect_to(const char* name) {
  MYSQL* const handle = mysql_init(NULL);
  mysql_options(handle, MYSQL_SET_CHARSET_NAME, "utf8mb4");
  if (mysql_real_connect(handle, "127.0.0.1", "root", "", name, server_port(), NULL, 0) == NULL) {
    fprintf(stderr, "%s\n", mysql_error(handle));
    REQUIRE(!"connected");
  }
  return handle;
}

struct connection connection_open(const struct database* database) {
  struct connection connection = {NULL, NULL};
  if (on_mariadb) {
    connection.mysql = connect_to(database->name);
  } else {
    REQUIRE(sqlite3_open(database->name, &connection.sqlite) == SQLITE_OK);
  }
  return connection;
}

void connection_close(struct connection* connection) {
  if (connection->mysql != NULL) mysql_close(connection->mysql);
  if (connection->sqlite != NULL) CHECK_INT(sqlite3_close(connection->sqlite), SQLITE_OK);
  connection->mysql = NULL;
  connection->sqlite = NULL;
}

static void require_done(int done, const char* message, const char* sql) {
  if (!done) fprintf(stderr, "%s\n%s\n", message, sql);
  REQUIRE(done);
}

void connection_run(struct connection* connection, const char* sql) {
  if (on_mariadb) {
    require_done(mysql_query(connection->mysql, sql) == 0, mysql_error(connection->mysql), sql);
  } else {
    require_done(sqlite3_exec(connection->sqlite, sql, NULL, NULL, NULL) == SQLITE_OK,
                 sqlite3_errmsg(connection->sqlite), sql);
  }
}

int64_t connection_number(struct connection* connection, const char* sql) {
  int64_t number = 0;
  if (on_mariadb) {
    connection_run(connection, sql);
    MYSQL_RES* const result = mysql_store_result(connection->mysql);
    const MYSQL_ROW row = mysql_fetch_row(result);
    if (row != NULL && row[0] != NULL) number = strtoll(row[0], NULL, 10);
    mysql_free_result(result);
  } else {
    sqlite3_stmt* statement = NULL;
    require_done(sqlite3_prepare_v2(connection->sqlite, sql, -1, &statement, NULL) == SQLITE_OK,
                 sqlite3_errmsg(connection->sqlite), sql);
    if (sqlite3_step(statement) == SQLITE_ROW) number = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
  }
  return number;
}

keepsum_code load(struct connection* connection, const char* text, size_t length,
                  keepsum_summaries** out, keepsum_error* error) {
  return on_mariadb ? keepsum_summaries_load_mysql(connection->mysql, text, length, out, error)
                    : keepsum_summaries_load_sqlite(connection->sqlite, text, length, out, error);
}

keepsum_code load_file(struct connection* connection, const char* path, keepsum_summaries** out,
                       keepsum_error* error) {
  return on_mariadb ? keepsum_summaries_load_file_mysql(connection->mysql, path, out, error)
                    : keepsum_summaries_load_file_sqlite(connection->sqlite, path, out, error);
}

keepsum_code borrow(struct connection* connection, keepsum_session** out, keepsum_error* error) {
  return on_mariadb ? keepsum_session_borrow_mysql(connection->mysql, out, error)
                    : keepsum_session_borrow_sqlite(connection->sqlite, out, error);
}

static const char* folder(void) {
  const char* const named = getenv("TMPDIR");
  return named == NULL ? "/tmp" : named;
}

void database_make_empty(struct database* database) {
  static int made = 0;
  memset(database, 0, sizeof *database);
  ++made;
  snprintf(database->spec_file, sizeof database->spec_file, "%s/keepsum_c_%ld_%d.json", folder(),
           (long)getpid(), made);
  FILE* const file = fopen(database->spec_file, "w");
  REQUIRE(file != NULL);
  REQUIRE(fputs(spec_text, file) >= 0 && fclose(file) == 0);
  if (on_mariadb) {
    struct connection server = {connect_to(NULL), NULL};
    char sql[256];
    snprintf(database->name, sizeof database->name, "keepsum_c_%ld_%d", (long)getpid(), made);
    snprintf(sql, sizeof sql, "CREATE DATABASE %s CHARACTER SET utf8mb4", database->name);
    connection_run(&server, sql);
    connection_close(&server);
    snprintf(database->url, sizeof database->url, "mysql://root@127.0.0.1:%u/%s", server_port(),
             database->name);
  } else {
    snprintf(database->name, sizeof database->name, "%s/keepsum_c_%ld_%d.db", folder(),
             (long)getpid(), made);
    snprintf(database->url, sizeof database->url, "sqlite:%s", database->name);
  }
  database->connection = connection_open(database);
  const char* const strict = on_mariadb ? "ENGINE=InnoDB" : "STRICT";
  const char* const integer = on_mariadb ? "BIGINT" : "INTEGER";
  run(database,
      "CREATE TABLE payments (id %s NOT NULL PRIMARY KEY, card_id %s NOT NULL, voided %s NOT NULL,"
      " merchant %s NOT NULL) %s",
      integer, integer, integer, on_mariadb ? "VARCHAR(40) COLLATE utf8mb4_bin" : "TEXT", strict);
  run(database,
      "CREATE TABLE charges (id %s NOT NULL PRIMARY KEY, payment_id %s NOT NULL, amount %s NOT "
      "NULL)"
      " %s",
      integer, integer, integer, strict);
  run(database, "CREATE INDEX charges_payment ON charges (payment_id)");
}

int keepsum(const struct database* database, const char* arguments) {
  char command[1024];
  snprintf(command, sizeof command, "\"%s\" %s --config %s --database %s >%s.log 2>&1",
           getenv("KEEPSUM_BINARY"), arguments, database->spec_file, database->url,
           database->spec_file);
  const int status = system(command);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void database_make(struct database* database) {
  keepsum_error error = KEEPSUM_ERROR_INIT;
  database_make_empty(database);
  REQUIRE(keepsum(database, "apply --yes") == 0);
  CHECK_OK(load(&database->connection, spec_text, strlen(spec_text), &database->summaries, &error));
  CHECK_OK(borrow(&database->connection, &database->session, &error));
  REQUIRE(database->summaries != NULL && database->session != NULL);
}

void database_verify(const struct database* database) {
  CHECK_INT(keepsum(database, "reconcile --verify-only"), 0);
}

void database_drop(struct database* database) {
  char log[300];
  keepsum_session_free(database->session);
  keepsum_summaries_free(database->summaries);
  if (on_mariadb) run(database, "DROP DATABASE %s", database->name);
  connection_close(&database->connection);
  if (!on_mariadb) unlink(database->name);
  unlink(database->spec_file);
  snprintf(log, sizeof log, "%s.log", database->spec_file);
  unlink(log);
}

void run(struct database* database, const char* format, ...) {
  char sql[1024];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(sql, sizeof sql, format, arguments);
  va_end(arguments);
  connection_run(&database->connection, sql);
}

static int64_t number(struct database* database, const char* format, int64_t card) {
  char sql[512];
  snprintf(sql, sizeof sql, format, (long long)card);
  return connection_number(&database->connection, sql);
}

#if defined(__GNUC__)
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#endif

int64_t source_total(struct database* database, int64_t card) {
  return number(database,
                "SELECT COALESCE(SUM(t.amount), 0) FROM payments p JOIN charges t"
                " ON t.payment_id = p.id WHERE p.voided = 0 AND p.card_id = %lld",
                card);
}

int64_t stored_total(struct database* database, int64_t card) {
  return number(database, "SELECT total FROM card_totals WHERE card_id = %lld", card);
}
