#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int failures = 0;

static void fail(const char* file, int line) {
  ++failures;
  fprintf(stderr, "%s:%d: ", file, line);
}

void check_at(int holds, const char* text, const char* file, int line) {
  if (holds) return;
  fail(file, line);
  fprintf(stderr, "%s does not hold\n", text);
}

void check_int_at(int64_t found, int64_t expected, const char* text, const char* file, int line) {
  if (found == expected) return;
  fail(file, line);
  fprintf(stderr, "%s is %lld, not %lld\n", text, (long long)found, (long long)expected);
}

void check_contains_at(const char* text, const char* part, const char* file, int line) {
  if (text != NULL && strstr(text, part) != NULL) return;
  fail(file, line);
  fprintf(stderr, "\"%s\" is not in \"%s\"\n", part, text == NULL ? "(NULL)" : text);
}

void check_ok_at(keepsum_code code, const keepsum_error* error, const char* file, int line) {
  check_int_at((int64_t)error->code, (int64_t)code, "error.code", file, line);
  if (code == KEEPSUM_OK) return;
  fail(file, line);
  fprintf(stderr, "%s (%s): %s\n  at: %s\n  server: %s\n  hint: %s\n", keepsum_code_name(code),
          keepsum_recovery_name(error->recovery), error->message, error->where,
          error->server_message, error->hint);
}

void require_at(int holds, const char* text, const char* file, int line) {
  if (holds) return;
  check_at(0, text, file, line);
  exit(1);
}
