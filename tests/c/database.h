/* A database of its own for each test: payments and charges, the spec applied, and a connection
 * that is lent to keepsum. On SQLite a file; on MariaDB the server of with_mariadb. */
#ifndef KEEPSUM_TESTS_C_DATABASE_H
#define KEEPSUM_TESTS_C_DATABASE_H

#include <keepsum/keepsum.h>
#include <mysql.h>
#include <sqlite3.h>

/* One connection: either `mysql` or `sqlite`. */
struct connection {
  MYSQL* mysql;
  sqlite3* sqlite;
};

struct database {
  char name[128]; /* MariaDB: of the database; SQLite: of the file */
  char url[256];
  char spec_file[256];
  struct connection connection;
  keepsum_summaries* summaries;
  keepsum_session* session;
};

/* Which of the two this run is for. */
extern int on_mariadb;

extern const char* const spec_text;

struct connection connection_open(const struct database* database);
void connection_close(struct connection* connection);
/* Both end the program if the database refuses. */
void connection_run(struct connection* connection, const char* sql);
int64_t connection_number(struct connection* connection, const char* sql);

keepsum_code load(struct connection* connection, const char* text, size_t length,
                  keepsum_summaries** out, keepsum_error* error);
keepsum_code load_file(struct connection* connection, const char* path, keepsum_summaries** out,
                       keepsum_error* error);
keepsum_code borrow(struct connection* connection, keepsum_session** out, keepsum_error* error);

/* Base tables, `keepsum apply`, summaries and session. */
void database_make(struct database* database);
/* The same without apply, summaries and session. */
void database_make_empty(struct database* database);
/* The exit code of the binary: keepsum(&database, "apply --yes"). */
int keepsum(const struct database* database, const char* arguments);
/* Checks that summary and source are equal, by `keepsum reconcile --verify-only`. */
void database_verify(const struct database* database);
void database_drop(struct database* database);

/* printf to a statement of the database's connection. */
void run(struct database* database, const char* format, ...);
/* The figure of the source, or of the summary, by plain SQL. */
int64_t source_total(struct database* database, int64_t card);
int64_t stored_total(struct database* database, int64_t card);

#endif
