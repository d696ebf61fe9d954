/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "check/phrase.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

/* What comes back is what was kept for exactly this verdict, or nothing, however many share a slot. */
static void test_only_the_same_verdict(void **state)
{
	static const struct hk_check_offer offers[2];
	struct hk_phrases phrases = { 0 };
	size_t found = 0;
	(void)state;

	for (unsigned i = 0; i < 60000; i++) {
		struct hk_verdict verdict = { .state = (uint8_t)(i % 3), .evidence = (uint8_t)(i / 3 % 4), .detail = i / 12 % 2,
					      .value = i % 7 == 0 ? (double)NAN : (double)(i % 11) };
		const struct hk_check_offer *offer = &offers[i / 60 % 2];
		size_t rule = i / 120 % 3;
		char wanted[96];
		struct hk_buf *text;
		snprintf(wanted, sizeof wanted, "%u %u %u %g %d %zu", verdict.state, verdict.evidence, verdict.detail, verdict.value, (int)(offer - offers),
			 rule);
		if (hk_phrases_find(&phrases, offer, rule, &verdict, &text)) {
			assert_string_equal(text->s, wanted);
			found++;
		} else {
			assert_int_equal(text->len, 0);
			hk_buf_addstr(text, wanted);
		}
		assert_true(hk_phrases_find(&phrases, offer, rule, &verdict, &text));
	}
	assert_true(found > 0);
	hk_phrases_release(&phrases);
}

static void test_kept_without_what_stands_in_front(void **state)
{
	HK_AUTO_BUF struct hk_buf out = HK_BUF_INIT, text = HK_BUF_INIT;
	(void)state;

	hk_buf_addstr(&out, "[\n  1,\n  {\"a\": [1, 2]}");
	hk_phrases_keep(&text, &out, strlen("[\n  1"));
	assert_string_equal(text.s, "{\"a\": [1, 2]}");
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_only_the_same_verdict), cmocka_unit_test(test_kept_without_what_stands_in_front) };
	return cmocka_run_group_tests_name("phrase", tests, NULL, NULL);
}
