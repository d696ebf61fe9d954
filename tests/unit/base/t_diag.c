/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "../test.h"

#include "base/diag.h"
#include "base/rng.h"

#include <string.h>

static struct hk_range at(const char *file, uint32_t byte)
{
	return (struct hk_range){ .file = file, .start_byte = byte, .end_byte = byte + 1, .line = 1, .column = byte + 1, .end_line = 1,
				  .end_column = byte + 2 };
}

static void test_rules_are_unique_and_well_formed(void **state)
{
	const struct hk_rule *rule;

	(void)state;
	for (size_t i = 0; (rule = hk_rule_at(i)); i++) {
		assert_int_equal(strlen(rule->code), 6);
		assert_ptr_equal(hk_rule_get(rule->id), rule);
		/* Found by code and by name: a double of either would return another row. */
		assert_ptr_equal(hk_rule_find(rule->code), rule);
		assert_ptr_equal(hk_rule_find(rule->name), rule);
		assert_int_equal(strspn(rule->name, "abcdefghijklmnopqrstuvwxyz0123456789-"), strlen(rule->name));
		assert_int_equal(rule->description[strlen(rule->description) - 1], '.');
	}
	assert_null(hk_rule_find("HK9999"));
	assert_string_equal(hk_rule_get((enum hk_rule_id)7)->code, "HK0000");
}

static void test_text_is_copied_and_scrubbed(void **state)
{
	struct hk_diags diags = HK_DIAGS_INIT;
	char file[] = "a.yaml", word[] = "x\x1b", fix[] = "a\tb\n";
	struct hk_range range = at(file, 3);
	struct hk_diag *diag;

	(void)state;
	diag = hk_diag_add(&diags, HK0001, &range, "found '%s'", word);
	hk_diag_help(&diags, diag, "write '%s'", word);
	hk_diag_fix(&diags, diag, 3, 4, fix);
	hk_diag_related(&diags, diag, &range, word);
	hk_diag_source_line(&diags, diag, HK_STR("\tkey: \x1b\r\n"));
	memset(file, 'z', sizeof file - 1);
	memset(word, 'z', sizeof word - 1);
	memset(fix, 'z', sizeof fix - 1);
	assert_string_equal(diag->range.file, "a.yaml");
	assert_string_equal(diag->summary, "found 'x\\x1b'");
	assert_string_equal(diag->help, "write 'x\\x1b'");
	assert_string_equal(diag->fix_text, "a\tb\n");
	assert_string_equal(diag->related_text, "x\\x1b");
	assert_string_equal(diag->source_line, " key: \\x1b");
	assert_string_equal(diag->rule->code, "HK0001");
	hk_diags_release(&diags);
}

static void test_limit_counts_on(void **state)
{
	struct hk_diags diags = HK_DIAGS_INIT;

	(void)state;
	diags.limit = 2;
	for (int i = 0; i < 5; i++) {
		struct hk_diag *diag = hk_diag_add(&diags, HK0009, NULL, "%d", i);

		hk_diag_help(&diags, diag, "help");
		hk_diag_fix(&diags, diag, 0, 1, "x");
	}
	assert_int_equal(diags.list.n, 2);
	assert_int_equal(diags.warnings, 5);
	assert_int_equal(diags.errors, 0);
	assert_null(diags.list.v[0].range.file);
	hk_diags_release(&diags);
}

/* Whoever sees a thousand warnings must still see the error that stops everything. */
static void test_errors_take_the_place_of_less(void **state)
{
	struct hk_diags diags = HK_DIAGS_INIT;

	(void)state;
	diags.limit = 3;
	hk_diag_add(&diags, HK0912, NULL, "note");
	for (int i = 0; i < 4; i++)
		hk_diag_add(&diags, HK0009, NULL, "warning %d", i);
	assert_string_equal(diags.list.v[2].summary, "warning 2");
	for (int i = 0; i < 2; i++)
		hk_diag_help(&diags, hk_diag_add(&diags, HK0001, NULL, "error %d", i), "help");
	assert_int_equal(diags.list.n, 3);
	assert_string_equal(diags.list.v[0].summary, "warning 0");
	assert_string_equal(diags.list.v[1].summary, "error 0");
	assert_string_equal(diags.list.v[2].help, "help");
	for (int i = 2; i < 5; i++)
		hk_diag_add(&diags, HK0001, NULL, "error %d", i);
	assert_string_equal(diags.list.v[2].summary, "error 2");
	hk_diag_add(&diags, HK0912, NULL, "note");
	assert_int_equal(diags.list.n, 3);
	assert_true(diags.errors == 5 && diags.warnings == 4 && diags.notes == 2);
	hk_diags_release(&diags);
}

static void test_disabled_rules_count_as_suppressed(void **state)
{
	struct hk_diags diags = HK_DIAGS_INIT;

	(void)state;
	hk_diags_disable(&diags, HK0002);
	assert_non_null(hk_diag_add(&diags, HK0002, NULL, "gone"));
	hk_diag_add(&diags, HK0001, NULL, "kept");
	assert_int_equal(diags.list.n, 1);
	assert_int_equal(diags.errors, 1);
	assert_int_equal(diags.suppressed, 1);
	hk_diags_release(&diags);
}

static void test_huge_text_is_cut_between_characters(void **state)
{
	struct hk_diags diags = HK_DIAGS_INIT;
	char *text = malloc(1 << 20);
	struct hk_diag *diag;

	(void)state;
	assert_non_null(text);
	for (size_t i = 0; i + 1 < 1 << 20; i += 2)
		memcpy(text + i, "\xc3\xa9", 2);
	text[(1 << 20) - 1] = '\0';
	diag = hk_diag_add(&diags, HK0001, NULL, "x%s", text);
	hk_diag_source_line(&diags, diag, hk_str_of(text));
	assert_true(strlen(diag->summary) < 2100);
	assert_null(strstr(diag->summary, "\\x"));
	assert_string_equal(diag->summary + strlen(diag->summary) - 3, "...");
	assert_null(diag->source_line);
	free(text);
	hk_diags_release(&diags);
}

static void test_sort_order(void **state)
{
	struct hk_diags diags = HK_DIAGS_INIT;
	struct hk_range a9 = at("a", 9), a10 = at("a", 10), b1 = at("b", 1);
	static const char *const expected[] = { "a9 rule 1", "a9 rule 2", "a9 rule 2 again", "a10", "b1", "nowhere" };

	(void)state;
	hk_diag_add(&diags, HK0001, NULL, "nowhere");
	hk_diag_add(&diags, HK0001, &b1, "b1");
	hk_diag_add(&diags, HK0001, &a10, "a10");
	hk_diag_add(&diags, HK0002, &a9, "a9 rule 2");
	hk_diag_add(&diags, HK0002, &a9, "a9 rule 2 again");
	hk_diag_add(&diags, HK0001, &a9, "a9 rule 1");
	hk_diags_sort(&diags);
	for (size_t i = 0; i < HK_COUNT(expected); i++)
		assert_string_equal(diags.list.v[i].summary, expected[i]);
	hk_diags_release(&diags);
}

static void test_sort_is_stable_and_complete(void **state)
{
	struct hk_diags diags = HK_DIAGS_INIT;
	struct hk_rng rng;

	(void)state;
	hk_rng_seed(&rng, test_seed());
	for (int i = 0; i < 777; i++) {
		struct hk_range range = at("f", (uint32_t)hk_rng_below(&rng, 40));

		range.end_byte = (uint32_t)i;   /* the order they came in */
		hk_diag_add(&diags, HK0001, &range, "x");
	}
	hk_diags_sort(&diags);
	assert_int_equal(diags.list.n, 777);
	for (size_t i = 1; i < diags.list.n; i++) {
		const struct hk_range *before = &diags.list.v[i - 1].range, *here = &diags.list.v[i].range;

		assert_true(before->start_byte < here->start_byte || (before->start_byte == here->start_byte && before->end_byte < here->end_byte));
	}
	hk_diags_release(&diags);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules_are_unique_and_well_formed),
		cmocka_unit_test(test_text_is_copied_and_scrubbed),
		cmocka_unit_test(test_limit_counts_on),
		cmocka_unit_test(test_errors_take_the_place_of_less),
		cmocka_unit_test(test_disabled_rules_count_as_suppressed),
		cmocka_unit_test(test_huge_text_is_cut_between_characters),
		cmocka_unit_test(test_sort_order),
		cmocka_unit_test(test_sort_is_stable_and_complete),
	};

	return cmocka_run_group_tests_name("base/diag", tests, NULL, NULL);
}
