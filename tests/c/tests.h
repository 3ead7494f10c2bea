#ifndef KEEPSUM_TESTS_C_TESTS_H
#define KEEPSUM_TESTS_C_TESTS_H

/* changes.c */
void payment_is_summed(void);
void many_rows_in_one_call(void);
void given_values_are_used(void);
void row_moves_to_another_group(void);
void primary_key_changes(void);
void rows_are_deleted(void);
void savepoint_is_rolled_back(void);
void spec_from_a_file(void);

/* reads.c */
void reads_by_name_and_number(void);
void reads_many_groups(void);
void reads_all_columns(void);
void reads_under_lock(void);
void reads_latches(void);
void reads_from_the_source(void);
void text_needs_no_nul(void);
void handles_outlive_their_summaries(void);

/* errors.c: one for each recovery */
void bad_json_has_a_position(void);
void bad_column_is_fixed_in_the_spec(void);
void summary_is_not_applied(void);
void outside_a_transaction(void);
void unknown_table(void);
void row_is_not_there(void);
void conflict_is_retried(void);
void lost_connection(void);

/* refusals.c: calls that are wrong in themselves */
void null_is_refused(void);
void wrong_values_are_refused(void);
void error_struct_keeps_bounds(void);
void long_texts_are_cut(void);
void exceptions_do_not_cross(void);
void names_of_numbers(void);

#endif
