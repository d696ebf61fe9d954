/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Planted sets of demands that cannot hold together: exactly these lines must be named. */
#include "family.h"
#include "instance.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { LINES_MAX = 16 };

static size_t planted_lines(const char *text, unsigned *lines)
{
	size_t n = 0;
	unsigned line = 1;

	for (const char *at = text; *at; line++) {
		const char *end = strchr(at, '\n');
		size_t length = end ? (size_t)(end - at) : strlen(at);

		if (length > 9 && strncmp(at + length - 9, "# planted", 9) == 0 && n < LINES_MAX)
			lines[n++] = line;
		at += length + (end != NULL);
	}
	return n;
}

static void check(uint64_t seed)
{
	struct hk_buf text = HK_BUF_INIT;
	struct instance instance;
	struct hk_solve_options options = { 0 };
	struct hk_diags findings = HK_DIAGS_INIT;
	unsigned lines[LINES_MAX];
	bool minimal = false, same;
	size_t n;

	assert_true(hk_family_generate("bad", 24, 30, seed, false, false, &text));
	n = planted_lines(text.s, lines);
	assert_true(n > 0);
	instance_open(&instance, text.s);
	assert_int_equal(hk_explain_infeasible(&instance.model, &options, &findings, &minimal, &instance.err), 0);
	same = findings.list.n == n;
	for (size_t i = 0; i < n && same; i++)
		same = findings.list.v[i].range.line == lines[i];
	for (size_t i = 0; i < findings.list.n && !same; i++)
		print_message("line %u: %s\n", findings.list.v[i].range.line, findings.list.v[i].summary);
	for (size_t i = 0; i < n && !same; i++)
		print_message("planted: line %u\n", lines[i]);
	if (!same || !minimal)
		fail_msg("seed %llu: %s", (unsigned long long)seed, same ? "not shown minimal" : "another set");
	hk_diags_release(&findings);
	instance_close(&instance);
	hk_buf_release(&text);
}

static void exactly_the_planted_set_is_named(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 14; seed++)
		check(seed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exactly_the_planted_set_is_named),
	};

	return cmocka_run_group_tests_name("place/conflicts", tests, NULL, NULL);
}
