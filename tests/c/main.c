/* c_test sqlite|mariadb [NAME]: the C ABI from C, on one database. KEEPSUM_BINARY names the binary;
 * for mariadb, KEEPSUM_TEST_MYSQL_URL the server, as with_mariadb provides it. */
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "database.h"
#include "tests.h"

struct test {
  const char* name;
  void (*body)(void);
};

#define TEST(name) \
  { #name, name }
static const struct test tests[] = {
    TEST(payment_is_summed),
    TEST(many_rows_in_one_call),
    TEST(given_values_are_used),
    TEST(row_moves_to_another_group),
    TEST(primary_key_changes),
    TEST(rows_are_deleted),
    TEST(savepoint_is_rolled_back),
    TEST(spec_from_a_file),
    TEST(reads_by_name_and_number),
    TEST(reads_many_groups),
    TEST(reads_all_columns),
    TEST(reads_under_lock),
    TEST(reads_latches),
    TEST(reads_from_the_source),
    TEST(text_needs_no_nul),
    TEST(handles_outlive_their_summaries),
    TEST(bad_json_has_a_position),
    TEST(bad_column_is_fixed_in_the_spec),
    TEST(summary_is_not_applied),
    TEST(outside_a_transaction),
    TEST(unknown_table),
    TEST(row_is_not_there),
    TEST(conflict_is_retried),
    TEST(lost_connection),
    TEST(null_is_refused),
    TEST(wrong_values_are_refused),
    TEST(error_struct_keeps_bounds),
    TEST(long_texts_are_cut),
    TEST(exceptions_do_not_cross),
    TEST(names_of_numbers),
};

int main(int argc, char** argv) {
  int ran = 0;
  if (argc < 2) return 64;
  on_mariadb = strcmp(argv[1], "mariadb") == 0;
  for (size_t i = 0; i < sizeof tests / sizeof tests[0]; ++i) {
    if (argc > 2 && strcmp(argv[2], tests[i].name) != 0) continue;
    const int before = failures;
    tests[i].body();
    ++ran;
    printf("%s %s\n", failures == before ? "ok  " : "FAIL", tests[i].name);
    fflush(stdout);
  }
  if (on_mariadb) mysql_library_end();
  return ran > 0 && failures == 0 ? 0 : 1;
}
