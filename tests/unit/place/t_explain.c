/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "instance.h"
#include "place/explain_internal.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define HEAD "apiVersion: hkctl.dev/v1alpha1\n"

static const char *const world = HEAD "kind: Topology\nmetadata: {name: t}\nspec:\n  clusters:\n"
	"  - {name: cloud, tier: cloud, availability: 99.9%, prices: {cpu: 0.01/h}}\n"
	"  - name: edge\n    tier: edge\n    availability: 99.5%\n    prices: {cpu: 0.02/h}\n"
	"    nodes: [{name: a, count: 1, allocatable: {cpu: \"4\", memory: 8Gi}}]\n"                    /* line 11 */
	"  links:\n  - {from: edge, to: cloud, latency: 20ms, bandwidth: 1Gbps}\n"                     /* line 13 */
	"---\n" HEAD "kind: Pipeline\nmetadata: {name: p}\nspec:\n"
	"  inputs:\n  - {name: in, cluster: edge, rate: 300/s, size: 20kB}\n"                          /* line 20 */
	"  outputs: [{name: out, cluster: cloud}]\n";

static void explain(struct instance *instance, const char *rest, struct hk_diags *findings)
{
	struct hk_solve_options options = { 0 };
	struct hk_buf text = HK_BUF_INIT;
	bool minimal = false;

	hk_buf_addstr(&text, world);
	hk_buf_addstr(&text, rest);
	instance_open(instance, text.s);
	assert_true(instance_solve(instance, &options));
	assert_int_equal(instance->solution.outcome, HK_SOLVED_INFEASIBLE);
	assert_int_equal(hk_explain_infeasible(&instance->model, &options, findings, &minimal, &instance->err), 0);
	assert_true(minimal);
	hk_buf_release(&text);
}

static void expect(const struct hk_diags *findings, const unsigned *lines, size_t n)
{
	if (findings->list.n != n)
		for (size_t i = 0; i < findings->list.n; i++)
			print_message("line %u: %s\n", findings->list.v[i].range.line, findings->list.v[i].summary);
	assert_int_equal(findings->list.n, n);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(findings->list.v[i].rule->id, HK0450);
		assert_int_equal(findings->list.v[i].severity, HK_ERROR);
		assert_int_equal(findings->list.v[i].range.line, lines[i]);
	}
}

static void capacity_rate_and_limit_clash(void **state)
{
	struct instance instance;
	struct hk_diags findings = HK_DIAGS_INIT;
	const unsigned lines[] = { 11, 20, 26 };

	(void)state;
	explain(&instance, "  workloads:\n  - {name: w, requests: {cpu: \"1\"}, capacity: 50/s}\n  - {name: v, requests: {cpu: \"1\"}, capacity: 500/s, availability: 99%}\n"
			   "  connections:\n  - {from: in, to: w, latency: {limit: 10ms}}\n  - {from: w, to: v}\n  - {from: v, to: out}\n", &findings);
	expect(&findings, lines, 3);
	assert_non_null(strstr(findings.list.v[0].summary, "these 3 lines cannot hold together"));
	assert_string_equal(findings.list.v[0].help, "cluster 'edge' needs 2 more cpu, or 1 more node like 'a'");
	assert_string_equal(findings.list.v[1].help, "lower the rate to 200/s");
	assert_string_equal(findings.list.v[2].help, "raise the limit to 20ms");
	hk_diags_release(&findings);
	instance_close(&instance);
}

static void a_path_limit_alone_cannot_hold(void **state)
{
	struct instance instance;
	struct hk_diags findings = HK_DIAGS_INIT;
	const unsigned lines[] = { 27 };

	(void)state;
	explain(&instance, "  workloads:\n  - {name: w, requests: {cpu: 100m}, capacity: 500/s, serviceTime: 3ms}\n"
			   "  connections:\n  - {from: in, to: w}\n  - {from: w, to: out}\n"
			   "  paths: [{from: in, to: out, latency: {limit: 22ms}}]\n", &findings);
	expect(&findings, lines, 1);
	assert_string_equal(findings.list.v[0].help, "raise the limit to 23ms");
	hk_diags_release(&findings);
	instance_close(&instance);
}

static void availability_needs_more_clusters_than_there_are(void **state)
{
	struct instance instance;
	struct hk_diags findings = HK_DIAGS_INIT;
	const unsigned lines[] = { 23 };

	(void)state;
	explain(&instance, "  workloads:\n  - {name: w, requests: {cpu: 100m}, capacity: 500/s, availability: 99.9999%}\n  connections: [{from: in, to: w}, {from: w, to: out}]\n",
		&findings);
	expect(&findings, lines, 1);
	assert_non_null(strstr(findings.list.v[0].summary, "must be available 99.9999%"));
	assert_non_null(findings.list.v[0].help);
	hk_diags_release(&findings);
	instance_close(&instance);
}

static void link_bandwidth_is_named(void **state)
{
	struct instance instance;
	struct hk_diags findings = HK_DIAGS_INIT;

	(void)state;
	/* 300/s * 20 MB * 8 = 48 Gbit/s over a link of 1 Gbit/s, since w may only run in the cloud */
	explain(&instance, "  workloads:\n  - {name: w, requests: {cpu: 100m}, capacity: 500/s, placement: {require: {matchLabels: {tier: cloud}}}}\n"
			   "  connections:\n  - {from: in, to: w, size: 20MB}\n  - {from: w, to: out, size: 1kB}\n", &findings);
	assert_int_equal(findings.list.n, 3);
	assert_int_equal(findings.list.v[0].range.line, 13);
	assert_string_equal(findings.list.v[0].help, "raise the bandwidth to 48Gbps");
	assert_int_equal(findings.list.v[1].range.line, 20);
	assert_int_equal(findings.list.v[2].range.line, 23);
	hk_diags_release(&findings);
	instance_close(&instance);
}

/* Two pipelines on one cluster: each fits, both do not; a third one elsewhere has nothing to do with it. */
static void pipelines_overload_a_cluster(void **state)
{
	struct instance instance;
	struct hk_solve_options options = { 0 };
	struct hk_diags findings = HK_DIAGS_INIT;
	struct hk_buf text = HK_BUF_INIT;
	const unsigned lines[] = { 11, 30, 38 };
	bool minimal = false;

	(void)state;
	hk_buf_addstr(&text, world);
	hk_buf_addstr(&text, "  workloads: [{name: v, requests: {cpu: \"1\"}, capacity: 500/s}]\n  connections: [{from: in, to: v}, {from: v, to: out}]\n");
	for (int p = 0; p < 2; p++)
		hk_buf_addf(&text, "---\n" HEAD "kind: Pipeline\nmetadata: {name: q%d}\nspec:\n  inputs: [{name: in, cluster: edge, rate: 1/s, size: 1kB}]\n"
				   "  workloads: [{name: w, requests: {cpu: \"3\"}, placement: {require: {matchLabels: {tier: edge}}}}]\n  connections: [{from: in, to: w}]\n",
				   p);
	instance_open(&instance, text.s);
	assert_true(instance.infeasible);
	assert_int_equal(hk_explain_infeasible(&instance.model, &options, &findings, &minimal, &instance.err), 0);
	assert_true(minimal);
	expect(&findings, lines, 3);
	assert_string_equal(findings.list.v[0].help, "cluster 'edge' needs 2 more cpu, or 1 more node like 'a'");
	assert_non_null(strstr(findings.list.v[1].summary, "of pipeline 'q0'"));
	assert_string_equal(findings.list.v[1].help, "allow tier cloud, or move it to 'prefer'");
	hk_buf_release(&text);
	hk_diags_release(&findings);
	instance_close(&instance);
}

static bool in_conflict(const struct hk_diags *findings, const struct hk_demand *demand, char (*said)[512], size_t *which)
{
	for (size_t i = 0; i < findings->list.n; i++)
		if (demand->where.node && findings->list.v[i].range.start_byte == demand->where.node->start && strstr(findings->list.v[i].summary, *said)) {
			*which = i;
			return true;
		}
	return false;
}

/* Asked again from scratch: all members together have no plan; without any one of them there is one. */
static void check_minimal(const struct hk_model *model, const struct hk_diags *findings, uint64_t seed)
{
	struct hk_inquiry q = { .model = model, .deadline = INFINITY, .repair_cluster = HK_NO_INDEX, .searches = 1000 };
	struct hk_err err = HK_ERR_INIT;
	HK_VEC(size_t) members = { 0 };

	q.pipelines = hk_calloc(model->n_pipelines + 1, sizeof *q.pipelines);
	for (size_t p = 0; p < model->n_pipelines; p++)
		q.pipelines[p] = true;
	hk_demands_collect(&q);
	for (size_t i = 0; i < q.demands.n; i++) {
		struct hk_buf text = HK_BUF_INIT;
		char said[512] = "";
		size_t which;

		hk_demand_say(&q, &q.demands.v[i], &text);
		if (text.len < sizeof said)
			memcpy(said, text.s, text.len);
		q.demands.v[i].state = HK_DEMAND_DROP;
		if (in_conflict(findings, &q.demands.v[i], &said, &which)) {
			q.demands.v[i].state = HK_DEMAND_KEEP;
			hk_vec_push(&members, i);
		}
		hk_buf_release(&text);
	}
	assert_int_equal(members.n, findings->list.n);
	if (hk_inquiry_ask(&q, &err) != 0)
		fail_msg("seed %llu: the conflict has a plan", (unsigned long long)seed);
	for (size_t i = 0; i < members.n; i++) {
		q.demands.v[members.v[i]].state = HK_DEMAND_DROP;
		if (hk_inquiry_ask(&q, &err) != 1)
			fail_msg("seed %llu: member %zu is not needed", (unsigned long long)seed, i);
		q.demands.v[members.v[i]].state = HK_DEMAND_KEEP;
	}
	hk_vec_release(&members);
	hk_inquiry_close(&q);
}

static void random_conflicts_are_minimal(void **state)
{
	static const char *const families[] = { "retail", "mec", "micro" };
	unsigned conflicts = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= 40 && conflicts < 4; seed++) {
		struct instance instance;
		struct hk_solve_options options = { .node_limit = 400 };
		struct hk_diags findings = HK_DIAGS_INIT;
		bool minimal;

		instance_family(&instance, families[seed % 3], 5, 3 + (unsigned)(seed % 3), seed, true, true);
		assert_true(instance_solve(&instance, &options));
		if (instance.solution.outcome == HK_SOLVED_INFEASIBLE) {
			assert_int_equal(hk_explain_infeasible(&instance.model, &options, &findings, &minimal, &instance.err), 0);
			assert_true(findings.list.n > 0);
			if (minimal && findings.list.v[0].rule->id == HK0450 && !strstr(findings.list.v[0].summary, "cannot be joined"))
				check_minimal(&instance.model, &findings, seed);
			conflicts++;
		}
		hk_diags_release(&findings);
		instance_close(&instance);
	}
	assert_true(conflicts >= 3);
}

/* GLPK's simplex method goes round in circles over one of the questions asked here, and does not notice. */
static void circles_end(void **state)
{
	static const char *const text = HEAD "kind: Topology\nmetadata: {name: w}\nspec:\n"
		"  clusters: [{name: y0, region: r0}, {name: y1}, {name: y6}, {name: a7, region: r0}]\n  sites: [{name: s0, cluster: y0}]\n"
		"  links: [{from: y0, to: y1, bandwidth: 64kbps}, {from: y6, to: a7, bandwidth: 8000kbps}, {from: a7, to: y0}]\n"
		"---\n" HEAD "kind: Pipeline\nmetadata: {name: p1}\nspec:\n  inputs: [{name: in0, site: s0, rate: 100000/s}]\n"
		"  workloads:\n  - {name: svc0}\n"
		"  - {name: svc1, placement: {require: {matchExpressions: [{key: region, operator: NotIn, values: [r0]}]}}}\n  - {name: svc3}\n"
		"  connections: [{from: svc0, to: svc1, size: 200kB}, {from: svc1, to: svc3}, {from: in0, to: svc0, size: 8360000B}]\n";
	struct hk_solve_options options = { 0 };
	struct instance instance;
	struct hk_diags findings = HK_DIAGS_INIT;
	bool minimal = false;

	(void)state;
	instance_open(&instance, text);
	assert_int_equal(hk_explain_infeasible(&instance.model, &options, &findings, &minimal, &instance.err), 0);
	assert_true(minimal);
	assert_int_equal(findings.list.n, 4);
	hk_diags_release(&findings);
	instance_close(&instance);
}

static void explain_all_of(struct instance *instance, const char *text, struct hk_diags *findings)
{
	struct hk_solve_options options = { 0 };
	bool minimal = false;

	instance_open(instance, text);
	assert_int_equal(hk_explain_infeasible(&instance->model, &options, findings, &minimal, &instance->err), 0);
	assert_true(minimal);
}

/* Both inputs need a replica where they are, however little they send; a rate that is let go must not take that away. */
static void an_input_that_is_not_to_blame_still_sends(void **state)
{
	static const char *const text = HEAD "kind: Topology\nmetadata: {name: t}\nspec:\n  clusters: [{name: a}, {name: b}]\n"
		"---\n" HEAD "kind: Pipeline\nmetadata: {name: p}\nspec:\n  inputs:\n  - {name: in0, cluster: a, rate: 10/s}\n"
		"  - {name: in1, cluster: b, rate: 100/s}\n  workloads:\n  - {name: w, capacity: 57.5/s, replicas: {max: 2}}\n"
		"  connections: [{from: in0, to: w}, {from: in1, to: w}]\n";
	const unsigned lines[] = { 13, 15 };
	struct instance instance;
	struct hk_diags findings = HK_DIAGS_INIT;

	(void)state;
	explain_all_of(&instance, text, &findings);
	expect(&findings, lines, 2);
	assert_string_equal(findings.list.v[1].help, "allow 3");
	hk_diags_release(&findings);
	instance_close(&instance);
}

/* The least change is the least beside all that can be bought. */
static void what_can_be_bought_needs_no_repair(void **state)
{
	static const struct { const char *asked, *repair; } cases[] = {
		{ "latency: {limit: 5ms}", "raise the limit to 6ms" },
		{ "bandwidth: {limit: 50Mbps}", "lower the limit to 20Mbps" },
		{ "size: 50kB", "raise the bandwidth and its 'max' to 40Mbps" },
	};

	(void)state;
	for (size_t i = 0; i < HK_COUNT(cases); i++) {
		struct instance instance;
		struct hk_diags findings = HK_DIAGS_INIT;
		struct hk_buf text = HK_BUF_INIT;
		size_t found = 0;

		hk_buf_addf(&text, HEAD "kind: Topology\nmetadata: {name: t}\nspec:\n  clusters: [{name: a, tier: edge}, {name: b}]\n  links:\n  - {from: a, to: b, latency: 10ms, bandwidth: 10Mbps,\n"
			    "     adjustable: {latency: {min: 6ms, price: 1/ms/h}, bandwidth: {max: 20Mbps, step: 5Mbps, price: 1/Mbps/h}}}\n"
			    "---\n" HEAD "kind: Pipeline\nmetadata: {name: p}\nspec:\n  inputs: [{name: in, cluster: a, rate: 100/s}]\n  outputs: [{name: out, cluster: b}]\n"
			    "  workloads: [{name: w, placement: {require: {matchLabels: {tier: edge}}}}]\n"
			    "  connections: [{from: in, to: w}, {from: w, to: out, %s}]\n", cases[i].asked);
		explain_all_of(&instance, text.s, &findings);
		for (size_t k = 0; k < findings.list.n; k++)
			found += findings.list.v[k].help && !strcmp(findings.list.v[k].help, cases[i].repair);
		if (found != 1)
			for (size_t k = 0; k < findings.list.n; k++)
				print_message("%s: %s: %s\n", cases[i].asked, findings.list.v[k].summary, findings.list.v[k].help);
		assert_int_equal(found, 1);
		hk_buf_release(&text);
		hk_diags_release(&findings);
		instance_close(&instance);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(capacity_rate_and_limit_clash),
		cmocka_unit_test(a_path_limit_alone_cannot_hold),
		cmocka_unit_test(availability_needs_more_clusters_than_there_are),
		cmocka_unit_test(link_bandwidth_is_named),
		cmocka_unit_test(pipelines_overload_a_cluster),
		cmocka_unit_test(random_conflicts_are_minimal),
		cmocka_unit_test(circles_end),
		cmocka_unit_test(an_input_that_is_not_to_blame_still_sends),
		cmocka_unit_test(what_can_be_bought_needs_no_repair),
	};

	return cmocka_run_group_tests_name("place/explain", tests, NULL, NULL);
}
