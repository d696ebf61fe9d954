/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "../test.h"
#include "check/rule.h"
#include <string.h>

static enum hk_state judge(const char *name, const char *request, const char *limit, const char *value)
{
	struct hk_arena arena = HK_ARENA_INIT;
	struct hk_check_rule rule;
	enum hk_state state = HK_STATE_ERROR;
	double number;

	hk_check_rule_read(&rule, name, request, limit, &arena);
	if (!hk_check_rule_judge_text(&rule, hk_str_of(value), &state, &number))
		state = HK_STATE_COUNT;
	hk_arena_release(&arena);
	return state;
}

static void units_and_directions(void **state)
{
	static const struct { const char *name, *request, *limit, *value; enum hk_state state; } cases[] = {
		{ "latency", "5ms", "10ms", "5000us", HK_STATE_COMPLIANT }, { "latency", "5ms", "10ms", "5.1ms", HK_STATE_LIMIT },
		{ "latency", "5ms", "10ms", "10ms", HK_STATE_LIMIT },
		{ "latency", "5ms", "10ms", "10.1ms", HK_STATE_VIOLATION }, { "jitter", "0", "1ms", "2ms", HK_STATE_VIOLATION },
		{ "loss", "0.1%", "1%", "5000ppm", HK_STATE_LIMIT },
		{ "packet-loss", "0", "1%", "2%", HK_STATE_VIOLATION }, { "bandwidth", "1Gbps", "500Mbps", "2Gbps", HK_STATE_COMPLIANT },
		{ "bandwidth", "1Gbps", "500Mbps", "600Mbit/s", HK_STATE_LIMIT },
		{ "bandwidth", "100Mi", "50M", "49M", HK_STATE_VIOLATION }, { "cpu-count", "4", "2", "3", HK_STATE_LIMIT },
		{ "memory", "8G", "2G", "1Gi", HK_STATE_VIOLATION },
		{ "memory", "1MiB", "2KiB", "3KiB", HK_STATE_LIMIT }, { "space", "4G", "2G", "4G", HK_STATE_COMPLIANT },
		{ "encrypted", "true", "true", "true", HK_STATE_COMPLIANT },
		{ "encrypted", "true", "true", "false", HK_STATE_VIOLATION }, { "encrypted", "true", "false", "false", HK_STATE_LIMIT },
		{ "encrypted-bit-count", "256", "128", "192", HK_STATE_LIMIT },
		{ "network-cost", "10", "100", "101", HK_STATE_VIOLATION }, { "network-cost", "10", "100", "11", HK_STATE_LIMIT },
		/* unknown names: the direction is that from request to limit */
		{ "wifi", "80", "50", "60", HK_STATE_LIMIT }, { "wifi", "80", "50", "40", HK_STATE_VIOLATION },
		{ "noise", "20", "50", "60", HK_STATE_VIOLATION },
		{ "age", "1m", "1h", "61m", HK_STATE_VIOLATION }, { "colour", "red", "green", "green", HK_STATE_LIMIT },
		{ "colour", "red", "green", "blue", HK_STATE_VIOLATION },
		{ "exact", "3", "3", "3", HK_STATE_COMPLIANT }, { "exact", "3", "3", "4", HK_STATE_VIOLATION },
		/* what cannot be read is no state at all */
		{ "latency", "5ms", "10ms", "5", HK_STATE_COUNT }, { "latency", "5ms", "10ms", "", HK_STATE_COUNT },
		{ "latency", "fast", "10ms", "5ms", HK_STATE_COUNT },
		{ "encrypted", "true", "true", "maybe", HK_STATE_COUNT }, { "wifi", "80", "50", "good", HK_STATE_COUNT },
	};
	(void)state;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		if (judge(cases[i].name, cases[i].request, cases[i].limit, cases[i].value) != cases[i].state)
			fail_msg("%s %s..%s: %s gives %d", cases[i].name, cases[i].request, cases[i].limit, cases[i].value,
				 (int)judge(cases[i].name, cases[i].request, cases[i].limit, cases[i].value));
}

static void a_missing_limit_is_the_request(void **state)
{
	(void)state;
	assert_int_equal(judge("latency", "5ms", NULL, "5ms"), HK_STATE_COMPLIANT);
	assert_int_equal(judge("latency", "5ms", NULL, "6ms"), HK_STATE_VIOLATION);
}

/* 0.1 + 0.2 is 0.3 for people. */
static void sums_of_fractions_are_no_violation(void **state)
{
	struct hk_arena arena = HK_ARENA_INIT;
	struct hk_check_rule rule;
	(void)state;

	hk_check_rule_read(&rule, "latency", "300ms", "300ms", &arena);
	assert_int_equal(hk_check_rule_judge(&rule, 0.1 + 0.2), HK_STATE_COMPLIANT);
	assert_int_equal(hk_check_rule_judge(&rule, 0.3000001), HK_STATE_VIOLATION);
	hk_arena_release(&arena);
}

static void states_are_in_order_of_severity(void **state)
{
	static const enum hk_state order[] = { HK_STATE_COMPLIANT, HK_STATE_LIMIT, HK_STATE_PENDING, HK_STATE_ERROR, HK_STATE_VIOLATION };
	(void)state;

	for (size_t i = 0; i < 5; i++) {
		enum hk_state read = HK_STATE_COUNT;
		for (size_t k = 0; k < 5; k++)
			assert_int_equal(hk_state_worst(order[i], order[k]), order[i > k ? i : k]);
		assert_true(hk_state_parse(hk_str_of(hk_state_name(order[i])), &read) && read == order[i]);
		assert_false(hk_state_parse(HK_STR("violation"), &read));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(units_and_directions),
		cmocka_unit_test(a_missing_limit_is_the_request),
		cmocka_unit_test(sums_of_fractions_are_no_violation),
		cmocka_unit_test(states_are_in_order_of_severity),
	};
	return cmocka_run_group_tests_name("rule", tests, NULL, NULL);
}
