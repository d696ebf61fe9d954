/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "check_of.h"
#include "base/rng.h"
#include "base/time.h"
#include "check/reference.h"

#define OFFER(more) THEIRS("ConstraintPolicy", "p", "  rules: [{name: latency, request: 5ms, limit: 10ms}]\n") \
	THEIRS("ConstraintPolicyOffer", "o", "  targets:\n" SELECT("source", "client") SELECT("destination", "server") "  policies: [p]\n" more)
#define TOPOLOGY OURS("Topology", "t", "  clusters:\n  - {name: a, nodes: [{name: a1, allocatable: {cpu: 8}}]}\n  - {name: b, nodes: [{name: b1, allocatable: {cpu: 8}}]}\n  links: [{from: a, to: b, latency: 3ms}]\n")
#define MEASURED(at, latency) OURS("Metrics", "m", "  observedAt: '" at "'\n  links: [{from: a, to: b, latency: " latency "}]\n")

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Among 160,000 hashes of 32 bits some are equal (names end at random, as those of pods do); no two names are. */
static void names_are_unique(void **state)
{
	enum { SIDE = 400 };
	HK_AUTO_BUF struct hk_buf yaml = HK_BUF_INIT;
	struct hk_binding_cursor cursor;
	struct hk_binding_names names;
	struct hk_rng rng;
	struct hk_arena arena = HK_ARENA_INIT;
	char **all = calloc((size_t)SIDE * SIDE, sizeof *all);
	size_t n = 0, longer = 0;
	(void)state;

	hk_rng_seed(&rng, 1);
	hk_buf_addstr(&yaml, TOPOLOGY OFFER(""));
	for (int i = 0; i < SIDE; i++) {
		unsigned long long client = hk_rng_next(&rng), server = hk_rng_next(&rng);
		hk_buf_addf(&yaml, "apiVersion: v1\nkind: Pod\nmetadata: {name: client-%016llx, labels: {app: client}}\nspec: {nodeName: a1}\n---\n", client);
		hk_buf_addf(&yaml, "apiVersion: v1\nkind: Pod\nmetadata: {name: server-%016llx, labels: {app: server}}\nspec: {nodeName: b1}\n---\n", server);
	}
	struct checked *c = check_of(yaml.s, NULL, NULL);
	assert_int_equal(c->actions.total, SIDE * SIDE);
	/* one class on each side: one verdict for all of them */
	assert_int_equal(c->check.offers[0].n_combinations, 1);
	hk_binding_names_open(&names, &c->check, &c->check.offers[0]);
	hk_binding_first(&cursor, &c->check, NULL);
	while (hk_binding_next(&cursor)) {
		HK_AUTO_BUF struct hk_buf name = HK_BUF_INIT;
		hk_binding_name(&names, &cursor.binding, &name);
		longer += name.len > strlen("o-") + 10;
		all[n++] = hk_arena_strdup(&arena, name.s);
	}
	assert_int_equal(n, SIDE * SIDE);
	if (longer < 2 || longer > 1000)
		fail_msg("%zu of %zu hashes are not alone", longer, n);
	qsort(all, n, sizeof *all, compare);
	for (size_t i = 1; i < n; i++)
		if (strcmp(all[i - 1], all[i]) == 0)
			fail_msg("%s twice", all[i]);
	free(all);
	hk_arena_release(&arena);
	hk_binding_names_close(&names);
	checked_free(c);
}

#define EARLIER(state, more) "apiVersion: constraint.ciena.com/v1alpha1\nkind: ConstraintPolicyBinding\nmetadata: {name: any}\nspec:\n  offer: o\n  targets:\n" \
	"    source: {cluster: a, namespace: default, apiVersion: v1, kind: Pod, name: client-1}\n    destination: {cluster: b, namespace: default, apiVersion: v1, kind: Pod, name: server-1}\n" \
	"status: {compliance: " state more "}\n---\n"
#define PODS POD("client-1", "client", "a1") POD("client-2", "client", "a1") POD("server-1", "server", "b1")

static void times_are_those_of_the_state(void **state)
{
	static const struct { const char *earlier; const char *latency; const char *since; bool mitigated; } cases[] = {
		{ EARLIER("Violation", ", lastComplianceChangeTimestamp: '2026-01-31T11:00:00Z', lastMitigatedTimestamp: '2026-01-31T11:30:00Z'"), "11ms",
		  "2026-01-31T11:00:00Z", true },
		{ EARLIER("Violation", ", lastComplianceChangeTimestamp: '2026-01-31T11:00:00Z', lastMitigatedTimestamp: '2026-01-31T11:30:00Z'"), "9ms",
		  "2026-01-31T12:00:00Z", false },
		{ EARLIER("Limit", ", lastComplianceChangeTimestamp: '2026-01-31T11:00:00Z'"), "9ms", "2026-01-31T11:00:00Z", false },
		{ EARLIER("Limit", ", lastComplianceChangeTimestamp: '2026-01-31T11:00:00Z'"), "11ms", "2026-01-31T12:00:00Z", false },
		{ EARLIER("Violation", ", lastComplianceChangeTimestamp: yesterday"), "11ms", "2026-01-31T12:00:00Z", false },
		{ EARLIER("Perfect", ""), "11ms", "2026-01-31T12:00:00Z", false },
	};
	(void)state;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		HK_AUTO_BUF struct hk_buf yaml = HK_BUF_INIT;
		HK_AUTO_BUF struct hk_buf since = HK_BUF_INIT;
		struct hk_binding_cursor cursor;
		hk_buf_addf(&yaml, "%s%s%s",
			    TOPOLOGY OFFER("") PODS "apiVersion: hkctl.dev/v1alpha1\nkind: Metrics\nmetadata: {name: m}\nspec:\n  observedAt: '2026-01-31T12:00:00Z'\n  links: [{from: a, to: b, latency: ",
			    cases[i].latency, "}]\n---\n");
		hk_buf_addstr(&yaml, cases[i].earlier);
		struct checked *c = check_of(yaml.s, NULL, NULL);
		hk_binding_first(&cursor, &c->check, &c->earlier);
		assert_true(hk_binding_next(&cursor));
		hk_time_print(cursor.binding.since, &since);
		if (strcmp(since.s, cases[i].since) != 0 || isnan(cursor.binding.mitigated) == cases[i].mitigated)
			fail_msg("case %zu: since %s, mitigated %f", i, since.s, cursor.binding.mitigated);
		/* the other client was not there before */
		assert_true(hk_binding_next(&cursor) && cursor.binding.changed);
		assert_false(hk_binding_next(&cursor));
		checked_free(c);
	}
}

static void old_measurements_say_nothing_but_violations(void **state)
{
	struct hk_check_options options = plain_options;
	(void)state;

	assert_true(hk_time_parse(HK_STR("2026-01-31T12:01:00Z"), &options.now));
	struct checked *c = check_of(TOPOLOGY OFFER("  period: 10s\n") PODS MEASURED("2026-01-31T12:00:51Z", "4ms"), &options, NULL);
	assert_int_equal(c->actions.states[HK_STATE_COMPLIANT], 2);
	checked_free(c);
	c = check_of(TOPOLOGY OFFER("  period: 10s\n") PODS MEASURED("2026-01-31T12:00:49Z", "4ms"), &options, NULL);
	assert_int_equal(c->actions.states[HK_STATE_PENDING], 2);
	checked_free(c);
	c = check_of(TOPOLOGY OFFER("  period: 10s\n") PODS MEASURED("2026-01-31T12:00:49Z", "40ms"), &options, NULL);
	assert_int_equal(c->actions.states[HK_STATE_VIOLATION], 2);
	checked_free(c);
	options.max_age = 30;
	c = check_of(TOPOLOGY OFFER("  period: 10s\n") PODS MEASURED("2026-01-31T12:00:49Z", "4ms"), &options, NULL);
	assert_int_equal(c->actions.states[HK_STATE_COMPLIANT], 2);
	checked_free(c);
}

static void references(void **state)
{
	static const struct { const char *text; bool fits; } cases[] = {
		{ "a:default:v1:Pod:client-1", true }, { ":default:v1:Pod:client-1", true }, { "a:default:apps/v1:Deployment:x", false },
		{ "a:default:v1:Pod:x.y", false },
		{ "a:default:v1:Pod:1x", false },      { "a:default:v1:Pod:", false },       { "edge.a:default:v1:Pod:x", true },
	};
	(void)state;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		HK_AUTO_BUF struct hk_buf json = HK_BUF_INIT;
		HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
		struct hk_ser *ser = hk_ser_open(HK_SER_JSON_COMPACT, &json);
		assert_int_equal(hk_reference_fits(cases[i].text), cases[i].fits);
		hk_reference_write(cases[i].text, ser);
		assert_int_equal(hk_ser_close(ser, &err), 0);
		assert_null(strchr(json.s, '/'));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_unique),
		cmocka_unit_test(times_are_those_of_the_state),
		cmocka_unit_test(old_measurements_say_nothing_but_violations),
		cmocka_unit_test(references),
	};
	return cmocka_run_group_tests_name("binding", tests, NULL, NULL);
}
