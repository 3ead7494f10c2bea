/* keepsum for C, and for languages that call C. The same hooks and readers as the C++ headers,
 * over the same connections: a MYSQL* of MariaDB Connector/C or a sqlite3* that stays the
 * caller's.
 *
 *   keepsum_error error = KEEPSUM_ERROR_INIT;
 *   keepsum_summaries *summaries = NULL;                              once, at start-up
 *   if (keepsum_summaries_load_sqlite(db, spec, strlen(spec), &summaries, &error) != KEEPSUM_OK)
 *     die(error.message, error.hint);
 *   keepsum_session *session = NULL;                                  once per connection
 *   keepsum_session_borrow_sqlite(db, &session, &error);
 *
 *   …  BEGIN; INSERT INTO payments …;
 *   keepsum_unit *unit = NULL;                                        once per transaction
 *   keepsum_value key = keepsum_int64(payment_id);
 *   keepsum_unit_new(summaries, session, &unit, &error);
 *   keepsum_unit_inserted(unit, "payments", &key, 1, &error);
 *   if (keepsum_unit_apply(unit, &error) != KEEPSUM_OK)
 *     …  ROLLBACK; error.recovery says what to do
 *   …  COMMIT;
 *   keepsum_unit_free(unit);
 *
 * Handles are opaque and are made by a call with an `out` parameter, which is set to NULL if the
 * call fails. Each has a _free, which takes NULL. Every other call refuses NULL for a handle.
 *
 * Every call that can fail returns a keepsum_code, KEEPSUM_OK (0) for success, and fills in
 * `error` unless that is NULL. No C++ exception leaves a call. What a call fails with is what the
 * C++ function of the same name fails with: see keepsum/summaries.hpp and keepsum/reader.hpp.
 *
 * Pointers that are passed in are read during the call and not kept, except the MYSQL* or
 * sqlite3* of a session. Pointers that come out live as long as is said with each.
 *
 * Threads: keepsum_summaries and keepsum_reader are immutable and may be used by several threads
 * at once; freeing one needs no other call in flight on it. A session, and a unit made of it,
 * belong to one thread at a time, as the connection does. A keepsum_result is immutable.
 *
 * The functions have a symbol version of their own, KEEPSUM_C_1: it stays while they do. */
#ifndef KEEPSUM_KEEPSUM_H
#define KEEPSUM_KEEPSUM_H

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define KEEPSUM_C_API __attribute__((visibility("default")))
#else
#define KEEPSUM_C_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

struct st_mysql; /* MYSQL of <mysql.h> */
struct sqlite3;  /* of <sqlite3.h> */

/* ---- Errors */

/* Values are never renumbered; new ones may be added. */
typedef enum keepsum_code {
  KEEPSUM_OK = 0,
  KEEPSUM_ERROR_INVALID_ARGUMENT = 1,     /* the call itself is wrong: NULL, unknown table, … */
  KEEPSUM_ERROR_INVALID_SPEC = 2,         /* `message` has the diagnostics, with line:column */
  KEEPSUM_ERROR_NOT_IN_TRANSACTION = 3,   /* a hook was called outside a transaction */
  KEEPSUM_ERROR_ROW_NOT_FOUND = 4,        /* a hook was called for a row that is not there */
  KEEPSUM_ERROR_TRANSACTION_CONFLICT = 5, /* deadlock, lock wait timeout, busy database */
  KEEPSUM_ERROR_CONNECTION_LOST = 6,      /* whether a commit in flight happened is unknown */
  KEEPSUM_ERROR_STATEMENT_FAILED = 7,     /* the database refused a statement */
  KEEPSUM_ERROR_ACCESS_DENIED = 8,        /* a privilege is missing, a file is read-only */
  KEEPSUM_ERROR_PLAN_MOVED = 9,           /* the summary is not applied as the spec says */
  KEEPSUM_ERROR_UNSUPPORTED = 10,         /* not possible here; `hint` says what is */
  KEEPSUM_ERROR_IO_FAILED = 11,           /* a file could not be read or written */
  KEEPSUM_ERROR_INTERNAL = 12,            /* a defect of keepsum; please report it */
  KEEPSUM_ERROR_OUT_OF_MEMORY = 13        /* roll back; free the unit, if there is one */
} keepsum_code;

typedef enum keepsum_recovery {
  KEEPSUM_RECOVERY_NONE = 0,              /* the same call would fail again */
  KEEPSUM_RECOVERY_FIX_SPEC = 1,          /* change the spec or the schema */
  KEEPSUM_RECOVERY_RETRY_TRANSACTION = 2, /* roll back, run the whole transaction again */
  KEEPSUM_RECOVERY_RECONNECT = 3          /* connect anew, run the whole transaction again */
} keepsum_recovery;

/* Of keepsum_error.truncated. */
enum {
  KEEPSUM_TRUNCATED_WHERE = 1,
  KEEPSUM_TRUNCATED_MESSAGE = 2,
  KEEPSUM_TRUNCATED_HINT = 4,
  KEEPSUM_TRUNCATED_SERVER_MESSAGE = 8
};

/* The caller's, on the stack or anywhere; may be used for call after call. `size` must be
 * sizeof(keepsum_error) before the first: KEEPSUM_ERROR_INIT sets it. Later versions append
 * fields, and a library never writes beyond `size`. A call that is given a `size` smaller than
 * this does nothing and returns KEEPSUM_ERROR_INVALID_ARGUMENT.
 *
 * After a call that succeeds: code KEEPSUM_OK, texts empty. Texts are UTF-8 and end with NUL; one
 * that does not fit is cut between characters and its bit of `truncated` is set. Diagnostics of a
 * large spec may be cut: `keepsum check` prints them all. */
typedef struct keepsum_error {
  size_t size;
  int32_t code;             /* keepsum_code */
  int32_t recovery;         /* keepsum_recovery: what to do next */
  int32_t native_code;      /* the database's error number, 0 if none */
  uint32_t truncated;       /* KEEPSUM_TRUNCATED_… */
  char where[256];          /* the operation or object */
  char message[2048];       /* keepsum's own words: safe to log */
  char hint[512];           /* how to mend it, may be empty */
  char server_message[512]; /* the database's words: may contain row data, log with care */
} keepsum_error;

#define KEEPSUM_ERROR_INIT \
  { sizeof(keepsum_error), 0, 0, 0, 0, "", "", "", "" }

/* "transaction_conflict", "retry_transaction", …; "unknown" for other numbers. Static. */
KEEPSUM_C_API const char* keepsum_code_name(int32_t code);
KEEPSUM_C_API const char* keepsum_recovery_name(int32_t recovery);

/* The library's version, e.g. "0.1.0". Static. */
KEEPSUM_C_API const char* keepsum_version(void);

/* ---- Values */

typedef enum keepsum_type {
  KEEPSUM_TYPE_NULL = 0,
  KEEPSUM_TYPE_INT64 = 1,
  KEEPSUM_TYPE_UINT64 = 2,
  KEEPSUM_TYPE_DOUBLE = 3,
  KEEPSUM_TYPE_DECIMAL = 4, /* exact, as text in the server's notation: "-12.3400" */
  KEEPSUM_TYPE_TEXT = 5,    /* UTF-8; dates and times in the server's notation */
  KEEPSUM_TYPE_BYTES = 6
} keepsum_type;

/* One value, in or out. `bytes` of decimal, text and bytes: `length` counts, no NUL is needed;
 * values that come out have one behind, not counted. `data` may be NULL if `length` is 0. */
typedef struct keepsum_value {
  int32_t type; /* keepsum_type: which member of `as` holds */
  union {
    int64_t i64;
    uint64_t u64;
    double f64;
    struct {
      const char* data;
      size_t length;
    } bytes;
  } as;
} keepsum_value;

/* A value over the caller's bytes, which it does not copy. */
static inline keepsum_value keepsum_bytes_of(int32_t type, const char* data, size_t length) {
  keepsum_value value;
  value.type = type;
  value.as.bytes.data = data;
  value.as.bytes.length = length;
  return value;
}
static inline keepsum_value keepsum_text(const char* data, size_t length) {
  return keepsum_bytes_of(KEEPSUM_TYPE_TEXT, data, length);
}
static inline keepsum_value keepsum_decimal(const char* data, size_t length) {
  return keepsum_bytes_of(KEEPSUM_TYPE_DECIMAL, data, length);
}
static inline keepsum_value keepsum_bytes(const char* data, size_t length) {
  return keepsum_bytes_of(KEEPSUM_TYPE_BYTES, data, length);
}
static inline keepsum_value keepsum_null(void) {
  return keepsum_bytes_of(KEEPSUM_TYPE_NULL, NULL, 0);
}
static inline keepsum_value keepsum_int64(int64_t number) {
  keepsum_value value = keepsum_null();
  value.type = KEEPSUM_TYPE_INT64;
  value.as.i64 = number;
  return value;
}
static inline keepsum_value keepsum_uint64(uint64_t number) {
  keepsum_value value = keepsum_null();
  value.type = KEEPSUM_TYPE_UINT64;
  value.as.u64 = number;
  return value;
}
static inline keepsum_value keepsum_double(double number) {
  keepsum_value value = keepsum_null();
  value.type = KEEPSUM_TYPE_DOUBLE;
  value.as.f64 = number;
  return value;
}

/* The integer that `value` is: any of the numeric types, a decimal without a fraction included,
 * which is what MySQL and MariaDB make of a sum of integers. Returns 1 and sets `out`; returns 0
 * and leaves it if the value is NULL, no integer, or out of range, or a pointer is NULL. */
KEEPSUM_C_API int keepsum_value_as_int64(const keepsum_value* value, int64_t* out);

/* Several keys of `columns` values each, one after another: count * columns values. */
typedef struct keepsum_keys {
  const keepsum_value* values;
  size_t columns;
  size_t count;
} keepsum_keys;

/* A value that a row was inserted with. */
typedef struct keepsum_given {
  const char* column;
  keepsum_value value;
} keepsum_given;

/* ---- Summaries: a spec compiled against a database */

typedef struct keepsum_summaries keepsum_summaries;

/* Compiles the spec against the database that the handle is connected to, from `length` bytes of
 * `text` or from the file at `path`. Once, at start-up: it reads the catalog, writes nothing, and
 * does not keep the handle. Units and readers that are made of it outlive it.
 * Errors: invalid_spec (fix_spec), a JSON error with line:column included; plan_moved (fix_spec)
 * if a summary kept by hooks has not been applied; io_failed (none) of the file; those of the
 * database. A MYSQL* is refused (unsupported) in sql_mode ORACLE or PAD_CHAR_TO_FULL_LENGTH. */
KEEPSUM_C_API keepsum_code keepsum_summaries_load_mysql(struct st_mysql* handle, const char* text,
                                                        size_t length, keepsum_summaries** out,
                                                        keepsum_error* error);
KEEPSUM_C_API keepsum_code keepsum_summaries_load_file_mysql(struct st_mysql* handle,
                                                             const char* path,
                                                             keepsum_summaries** out,
                                                             keepsum_error* error);
KEEPSUM_C_API keepsum_code keepsum_summaries_load_sqlite(struct sqlite3* handle, const char* text,
                                                         size_t length, keepsum_summaries** out,
                                                         keepsum_error* error);
KEEPSUM_C_API keepsum_code keepsum_summaries_load_file_sqlite(struct sqlite3* handle,
                                                              const char* path,
                                                              keepsum_summaries** out,
                                                              keepsum_error* error);
KEEPSUM_C_API void keepsum_summaries_free(keepsum_summaries* summaries);

/* The summaries' names in the order of the spec; NULL beyond the last, or of NULL. Lives as long
 * as `summaries`. */
KEEPSUM_C_API size_t keepsum_summaries_count(const keepsum_summaries* summaries);
KEEPSUM_C_API const char* keepsum_summaries_name(const keepsum_summaries* summaries, size_t index);

/* ---- Sessions: a connection that is lent */

typedef struct keepsum_session keepsum_session;

/* Preconditions: the handle is connected and outlives the session; no result of the caller's is
 * half read while keepsum runs a statement or the session is freed; a MYSQL* has the character
 * set utf8mb4 if text other than ASCII is passed.
 * Never begins, commits, rolls back, changes a setting, or closes the handle. Keeps up to 64
 * prepared statements on it until the session is freed. The handle's affected rows and last
 * insert id are keepsum's after a call. Sends nothing. */
KEEPSUM_C_API keepsum_code keepsum_session_borrow_mysql(struct st_mysql* handle,
                                                        keepsum_session** out,
                                                        keepsum_error* error);
KEEPSUM_C_API keepsum_code keepsum_session_borrow_sqlite(struct sqlite3* handle,
                                                         keepsum_session** out,
                                                         keepsum_error* error);
/* Free units first. After connection_lost free the session before the handle is closed. */
KEEPSUM_C_API void keepsum_session_free(keepsum_session* session);

/* ---- Unit of work: the changes of one transaction, applied once, right before its COMMIT.
 *
 * Every call is made inside one transaction, which the caller begins and ends. Free the unit when
 * the transaction is rolled back, and make a new one. Only summaries with "capture": "hooks" are
 * written; of the others every call does nothing.
 *
 * Errors of every call, all with the transaction still the caller's to end:
 *   not_in_transaction    none: call it inside the transaction that changes the rows
 *   invalid_argument      none: NULL, a table that no summary reads, not as many values as the
 *                         primary key has columns, more than 8192 rows noted
 *   transaction_conflict  retry_transaction
 *   connection_lost       reconnect
 *   others                none: roll back; committing would leave the summary wrong */

typedef struct keepsum_unit keepsum_unit;
typedef uint64_t keepsum_mark;

/* Precondition: `session` outlives the unit, and is connected to the database of `summaries`. */
KEEPSUM_C_API keepsum_code keepsum_unit_new(const keepsum_summaries* summaries,
                                            keepsum_session* session, keepsum_unit** out,
                                            keepsum_error* error);
KEEPSUM_C_API void keepsum_unit_free(keepsum_unit* unit);

/* After an INSERT that made the row. `key`: its primary key, `columns` values in the order of the
 * key. Sends nothing. Not for rows that an upsert or INSERT IGNORE found there. */
KEEPSUM_C_API keepsum_code keepsum_unit_inserted(keepsum_unit* unit, const char* table,
                                                 const keepsum_value* key, size_t columns,
                                                 keepsum_error* error);
KEEPSUM_C_API keepsum_code keepsum_unit_inserted_many(keepsum_unit* unit, const char* table,
                                                      keepsum_keys keys, keepsum_error* error);
/* The same, with values of the row as the INSERT set them: for speed. What is missing or might be
 * stored otherwise is read from the table. `given` may be NULL if `given_count` is 0. */
KEEPSUM_C_API keepsum_code keepsum_unit_inserted_given(keepsum_unit* unit, const char* table,
                                                       const keepsum_value* key, size_t columns,
                                                       const keepsum_given* given,
                                                       size_t given_count, keepsum_error* error);

/* Before an UPDATE of these rows and of no others of the table. Locks the rows and, shared, what
 * they are joined with, and reads what they contribute. On MySQL and MariaDB, if a row is not
 * there:
 *   row_not_found         none: do not run the statement, another transaction may insert the row
 *                         meanwhile. Nothing is noted, the transaction may go on. */
KEEPSUM_C_API keepsum_code keepsum_unit_updating(keepsum_unit* unit, const char* table,
                                                 const keepsum_value* key, size_t columns,
                                                 keepsum_error* error);
KEEPSUM_C_API keepsum_code keepsum_unit_updating_many(keepsum_unit* unit, const char* table,
                                                      keepsum_keys keys, keepsum_error* error);
/* After the UPDATE, and only if it changed the primary key: the new one. Sends nothing. */
KEEPSUM_C_API keepsum_code keepsum_unit_updated(keepsum_unit* unit, const char* table,
                                                const keepsum_value* new_key, size_t columns,
                                                keepsum_error* error);

/* Before a DELETE of these rows. As updating. */
KEEPSUM_C_API keepsum_code keepsum_unit_deleting(keepsum_unit* unit, const char* table,
                                                 const keepsum_value* key, size_t columns,
                                                 keepsum_error* error);
KEEPSUM_C_API keepsum_code keepsum_unit_deleting_many(keepsum_unit* unit, const char* table,
                                                      keepsum_keys keys, keepsum_error* error);

/* Right before COMMIT: writes the net difference. Nothing is noted afterwards; more may be. A
 * ROLLBACK TO a savepoint that is older than an apply undoes what it wrote: then roll back the
 * whole transaction. */
KEEPSUM_C_API keepsum_code keepsum_unit_apply(keepsum_unit* unit, keepsum_error* error);

/* Around a savepoint: after ROLLBACK TO SAVEPOINT, forget what was noted since the mark. A mark
 * that the unit has not given yet is refused (invalid_argument). mark of NULL is 0. */
KEEPSUM_C_API keepsum_mark keepsum_unit_mark(const keepsum_unit* unit);
KEEPSUM_C_API keepsum_code keepsum_unit_rollback_to(keepsum_unit* unit, keepsum_mark mark,
                                                    keepsum_error* error);

/* Rows noted since the last apply: to assert that none is forgotten at COMMIT. 0 of NULL. */
KEEPSUM_C_API size_t keepsum_unit_noted(const keepsum_unit* unit);

/* ---- Readers: groups of one summary, right at every moment of its life: from its table while it
 * is live, and from the source while it is not. docs/reading.md says when to use which call. */

typedef struct keepsum_reader keepsum_reader;
typedef struct keepsum_result keepsum_result;

typedef enum keepsum_reads_from {
  KEEPSUM_READS_FROM_SUMMARY = 0,
  KEEPSUM_READS_FROM_SOURCE = 1
} keepsum_reads_from;

/* `columns`: the aggregates to read, `count` of them; NULL and 0: all, in the order of the spec.
 * Sends nothing. Errors: invalid_argument, with every column that the summary does not have. */
KEEPSUM_C_API keepsum_code keepsum_reader_new(const keepsum_summaries* summaries,
                                              const char* summary, const char* const* columns,
                                              size_t count, keepsum_reader** out,
                                              keepsum_error* error);
KEEPSUM_C_API void keepsum_reader_free(keepsum_reader* reader);

/* The group as the session sees it. `key`: its values in the order of "group_by", never NULL. One
 * row comes out, also for a group that was never seen: 0, 0 for false, and NULL for avg, min and
 * max. Takes no locks; one round trip while the summary is live.
 * Errors: invalid_argument, transaction_conflict, connection_lost, those of the database. */
KEEPSUM_C_API keepsum_code keepsum_reader_get(const keepsum_reader* reader,
                                              keepsum_session* session, const keepsum_value* key,
                                              size_t key_columns, keepsum_result** out,
                                              keepsum_error* error);
/* A row for each key, in the order of the keys, which may repeat. */
KEEPSUM_C_API keepsum_code keepsum_reader_get_many(const keepsum_reader* reader,
                                                   keepsum_session* session, keepsum_keys keys,
                                                   keepsum_result** out, keepsum_error* error);
/* The group as it is now, locked until the transaction ends: to check a limit, then write.
 * Errors: not_in_transaction; plan_moved if there is no table whose row could be locked. */
KEEPSUM_C_API keepsum_code keepsum_reader_get_for_update(const keepsum_reader* reader,
                                                         keepsum_session* session,
                                                         const keepsum_value* key,
                                                         size_t key_columns, keepsum_result** out,
                                                         keepsum_error* error);
/* Whether a latch() or any() column, which the reader need not read, is true of the group: sets
 * `out` to 1 or 0. May set a latch that the source shows, as keepsum/reader.hpp says. */
KEEPSUM_C_API keepsum_code keepsum_reader_latched(const keepsum_reader* reader,
                                                  keepsum_session* session,
                                                  const keepsum_value* key, size_t key_columns,
                                                  const char* column, int* out,
                                                  keepsum_error* error);
/* Where a get would read from at this moment: for dashboards and tests. Sets `out`. */
KEEPSUM_C_API keepsum_code keepsum_reader_state(const keepsum_reader* reader,
                                                keepsum_session* session, keepsum_reads_from* out,
                                                keepsum_error* error);

/* What was read; independent of reader and session. Columns as the reader's. Numbers begin at 0;
 * NULL beyond the last, for an unknown column, or of NULL. The pointers, and the data of a value,
 * live as long as the result. */
KEEPSUM_C_API size_t keepsum_result_rows(const keepsum_result* result);
KEEPSUM_C_API size_t keepsum_result_columns(const keepsum_result* result);
KEEPSUM_C_API const char* keepsum_result_column_name(const keepsum_result* result, size_t column);
KEEPSUM_C_API const keepsum_value* keepsum_result_value(const keepsum_result* result, size_t row,
                                                        size_t column);
KEEPSUM_C_API const keepsum_value* keepsum_result_value_of(const keepsum_result* result, size_t row,
                                                           const char* column_name);
KEEPSUM_C_API void keepsum_result_free(keepsum_result* result);

#ifdef __cplusplus
}
#endif

#endif /* KEEPSUM_KEEPSUM_H */
