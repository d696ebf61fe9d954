/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writing, sealing and reading plan files; what a reader must refuse. */
#include "plan/format.h"
#include "sample.h"

#include <math.h>
#include <string.h>

static char *sealed_text(void)
{
	struct hk_plan plan;
	struct hk_buf text = HK_BUF_INIT;

	sample_plan(&plan);
	hk_plan_seal(&plan);
	assert_non_null(plan.id);
	assert_int_equal(hk_plan_write(&plan, false, &text, NULL), 0);
	hk_arena_release(&plan.arena);
	return hk_buf_detach(&text, NULL);
}

static void comes_back_unchanged(void **state)
{
	char *text = sealed_text();
	struct hk_plan plan;
	struct hk_diags diags;
	struct hk_buf again HK_AUTO_BUF = HK_BUF_INIT;

	(void)state;
	assert_int_equal(sample_read(text, &plan, &diags), 0);
	assert_int_equal(diags.list.n, 0);
	assert_int_equal(hk_plan_write(&plan, false, &again, NULL), 0);
	assert_string_equal(again.s, text);
	assert_true(isnan(plan.pipelines[0].workloads[1].availability));
	assert_true(isnan(plan.pipelines[0].connections[0].jitter_limit));
	assert_true(isinf(plan.links[1].capacity));
	assert_false(plan.altered);
	assert_int_equal(plan.n_prices, 2);
	assert_string_equal(plan.prices[0].resource, "cpu");
	assert_string_equal(plan.prices[1].to, "cloud");
	assert_string_equal(plan.pipelines[0].fingerprint, "00ff00ff00ff00ff");
	assert_int_equal(plan.pipelines[0].workloads[0].placements[1].nodes[2].replicas, 1);
	assert_ptr_equal(hk_plan_workload(&plan, "video", "detect"), &plan.pipelines[0].workloads[1]);
	assert_null(hk_plan_workload(&plan, "audio", "detect"));
	hk_plan_release(&plan);
	hk_diags_release(&diags);
	free(text);
}

static void reads_well_in_a_diff(void **state)
{
	char *text = sealed_text();

	(void)state;
	assert_true(strstr(text, "summary:") < strstr(text, "moves:") && strstr(text, "moves:") < strstr(text, "pipelines:"));
	assert_non_null(strstr(text, "- {cluster: cloud, replicas: 2, previous: 1, load: 0.25, utilisation: 0.5}\n"));
	assert_non_null(strstr(text, "- {name: edge-1, group: edge, replicas: 2}\n"));
	assert_non_null(strstr(text, "- {pipeline: video, workload: old, cluster: edge-a, change: -3}\n"));
	assert_non_null(strstr(text, "formatVersion: \"1.0\"\n"));
	free(text);
}

static void run_facts_do_not_change_the_id(void **state)
{
	struct hk_plan plan;
	struct hk_buf with HK_AUTO_BUF = HK_BUF_INIT, without HK_AUTO_BUF = HK_BUF_INIT;
	const char *id;

	(void)state;
	sample_plan(&plan);
	hk_plan_seal(&plan);
	id = plan.id;
	plan.cpu_seconds = 99;
	hk_plan_seal(&plan);
	assert_string_equal(plan.id, id);
	assert_int_equal(hk_plan_write(&plan, true, &with, NULL), 0);
	assert_int_equal(hk_plan_write(&plan, false, &without, NULL), 0);
	assert_non_null(strstr(with.s, "cpuSeconds: 99"));
	assert_null(strstr(without.s, "cpuSeconds"));
	plan.objective = 3;
	hk_plan_seal(&plan);
	assert_string_not_equal(plan.id, id);
	hk_arena_release(&plan.arena);
}

static void sealing_while_writing_gives_the_same_text(void **state)
{
	struct hk_plan plan;
	struct hk_buf apart HK_AUTO_BUF = HK_BUF_INIT, together HK_AUTO_BUF = HK_BUF_INIT;

	(void)state;
	sample_plan(&plan);
	hk_plan_seal(&plan);
	assert_int_equal(hk_plan_write(&plan, false, &apart, NULL), 0);
	plan.id = NULL;
	assert_int_equal(hk_plan_write_sealed(&plan, &together, NULL), 0);
	assert_int_equal(together.len, apart.len);
	assert_memory_equal(together.s, apart.s, apart.len);
	assert_true(hk_plan_is_sealed_text(apart.s, apart.len, plan.id));
	for (size_t i = 0; i < apart.len; i++) {
		apart.s[i] ^= 1;
		if (hk_plan_is_sealed_text(apart.s, apart.len, plan.id))
			fail_msg("byte %zu was changed and nobody saw it", i);
		apart.s[i] ^= 1;
	}
	assert_false(hk_plan_is_sealed_text(apart.s, apart.len - 1, plan.id));
	hk_arena_release(&plan.arena);
}

/* The plan with `old` replaced by `new` must be refused with this rule. */
static void expect_refused(const char *text, const char *old, const char *new, enum hk_rule_id rule)
{
	char *broken = sample_replace(text, old, new);
	struct hk_plan plan;
	struct hk_diags diags;
	bool found = false;

	if (sample_read(broken, &plan, &diags) != -1)
		fail_msg("'%s' instead of '%s' was accepted", new, old);
	for (size_t i = 0; i < diags.list.n; i++)
		found |= diags.list.v[i].rule->id == rule;
	if (!found)
		fail_msg("'%s' instead of '%s': %s", new, old, diags.list.n ? diags.list.v[0].summary : "no finding");
	assert_int_equal(plan.n_pipelines, 0);
	hk_diags_release(&diags);
	free(broken);
}

static void refuses_what_is_no_plan(void **state)
{
	char *text = sealed_text();

	(void)state;
	expect_refused(text, "kind: Plan", "kind: Pipeline", HK0801);
	expect_refused(text, "hkctl.dev/v1alpha1", "hkctl.dev/v2", HK0801);
	expect_refused(text, "formatVersion: \"1.0\"", "formatVersion: \"2.0\"", HK0802);
	expect_refused(text, "formatVersion: \"1.0\"", "formatVersion: \"one\"", HK0802);
	expect_refused(text, "formatVersion: \"1.0\"", "formatVersion: \"99999999999999.0\"", HK0802);
	expect_refused(text, "formatVersion: \"1.0\"", "formatVersion: 1.0", HK0804);
	expect_refused(text, "objective: 2.1\n    ", "", HK0803);
	free(text);
}

static void refuses_wrong_types_and_ranges(void **state)
{
	char *text = sealed_text();
	static const struct { const char *old, *new; enum hk_rule_id rule; } cases[] = {
		{ "objective: 2.1", "objective: much", HK0804 },
		{ "objective: 2.1", "objective: .nan", HK0805 },
		{ "objective: 2.1", "objective: .inf", HK0805 },
		{ "objective: 2.1", "objective: [2.1]", HK0804 },
		{ "proved: true", "proved: perhaps", HK0804 },
		{ "load: 0.25", "load: 1.25", HK0805 },
		{ "load: 0.25", "load: -0.25", HK0805 },
		{ "replicas: 2,", "replicas: 2.5,", HK0804 },
		{ "replicas: 2,", "replicas: 0,", HK0805 },
		{ "replicas: 2,", "replicas: 99999999999999,", HK0805 },
		{ "weight: 25", "weight: -1", HK0805 },
		{ "cluster: cloud, replicas: 2", "cluster: 7, replicas: 2", HK0804 },
		{ "cluster: cloud, replicas: 2", "cluster: zzz, replicas: 2", HK0806 },
		{ "name: detect", "name: decode", HK0806 },
		{ "probability: 0.25", "probability: 1.0e+999", HK0804 },
		{ "name: edge-1, group: edge, replicas: 2", "name: edge-1, group: edge, replicas: 3", HK0805 },
		{ "digest: e3b0", "digest: z3b0", HK0805 },
		{ "previous: \"0123456789abcdef\"", "previous: abc", HK0805 },
		{ "change: -3", "change: -3000000000", HK0805 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		expect_refused(text, cases[i].old, cases[i].new, cases[i].rule);
	free(text);
}

static void accepts_newer_minor_versions(void **state)
{
	char *text = sealed_text(), *newer = sample_replace(text, "formatVersion: \"1.0\"", "formatVersion: \"1.7\"\n  surprise: {a: [1, 2]}");
	struct hk_plan plan;
	struct hk_diags diags;

	(void)state;
	assert_int_equal(sample_read(newer, &plan, &diags), 0);
	assert_int_equal(diags.list.n, 0);
	hk_plan_release(&plan);
	hk_diags_release(&diags);
	free(newer);
	free(text);
}

static void notices_edits(void **state)
{
	char *text = sealed_text(), *edited = sample_replace(text, "load: 0.25", "load: 0.26");
	struct hk_plan plan;
	struct hk_diags diags;

	(void)state;
	assert_int_equal(sample_read(edited, &plan, &diags), 0);
	assert_int_equal(diags.list.n, 1);
	assert_int_equal(diags.list.v[0].rule->id, HK0807);
	hk_plan_release(&plan);
	hk_diags_release(&diags);
	free(edited);
	free(text);
}

static void survives_any_cut(void **state)
{
	char *text = sealed_text();

	(void)state;
	for (size_t length = strlen(text); length-- > 0;) {
		struct hk_plan plan;
		struct hk_diags diags;

		text[length] = '\0';
		if (sample_read(text, &plan, &diags) == 0)
			hk_plan_release(&plan);
		hk_diags_release(&diags);
	}
	free(text);
}

static void knows_stale_inputs(void **state)
{
	char name[] = "/tmp/hk-plan-XXXXXX";
	int file = mkstemp(name);
	struct hk_plan plan;
	struct hk_plan_input input = { name, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" };   /* of nothing */
	struct hk_buf changed HK_AUTO_BUF = HK_BUF_INIT;

	(void)state;
	assert_true(file >= 0);
	sample_plan(&plan);
	plan.inputs = &input;
	assert_int_equal(hk_plan_stale(&plan, &changed), 0);
	assert_int_equal(write(file, "x", 1), 1);
	close(file);
	assert_int_equal(hk_plan_stale(&plan, &changed), 1);
	assert_string_equal(changed.s, name);
	unlink(name);
	assert_int_equal(hk_plan_stale(&plan, NULL), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(comes_back_unchanged), cmocka_unit_test(reads_well_in_a_diff), cmocka_unit_test(run_facts_do_not_change_the_id),
		cmocka_unit_test(sealing_while_writing_gives_the_same_text),
		cmocka_unit_test(refuses_what_is_no_plan), cmocka_unit_test(refuses_wrong_types_and_ranges), cmocka_unit_test(accepts_newer_minor_versions),
		cmocka_unit_test(notices_edits), cmocka_unit_test(survives_any_cut), cmocka_unit_test(knows_stale_inputs),
	};

	return cmocka_run_group_tests_name("plan/file", tests, NULL, NULL);
}
