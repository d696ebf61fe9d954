/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The checker against broken plans. First documents are made stricter under a good plan: each rule must be found by its own id. Then every number, name and
 * flag of the plan's text is changed, one at a time, and the reader or the checker has to object; the few fields nobody could know better are listed.
 */
#include "../test.h"

#include "model/load.h"
#include "place/check.h"
#include "place/solve.h"
#include "plan/from_solution.h"

#include <math.h>
#include <string.h>

static const char documents[] =
	"apiVersion: hkctl.dev/v1alpha1\n"
	"kind: Topology\n"
	"metadata: {name: world}\n"
	"spec:\n"
	"  clusters:\n"
	"  - {name: cloud, tier: cloud, zone: z0, prices: {cpu: 0.09/h, memory: 0.001/GiB/h}, availability: 99.9%}\n"
	"  - name: edge-a\n"
	"    tier: edge\n"
	"    zone: z1\n"
	"    region: r1\n"
	"    prices: {cpu: 0.02/h}\n"
	"    availability: 99.5%\n"
	"    nodeAvailability: 99.9%\n"
	"    nodes:\n"
	"    - {name: na, count: 2, allocatable: {cpu: \"4\", memory: 16Gi}, labels: {accelerator: \"yes\"}}\n"
	"    - {name: big, allocatable: {cpu: \"6\", memory: 32Gi}}\n"
	"  - name: edge-b\n"
	"    tier: edge\n"
	"    zone: z2\n"
	"    region: r1\n"
	"    prices: {cpu: 0.03/h}\n"
	"    availability: 99.5%\n"
	"    nodes:\n"
	"    - {name: nb, count: 3, allocatable: {cpu: \"3\", memory: 16Gi}}\n"
	"  sites:\n"
	"  - {name: here, cluster: edge-a, latency: 1ms, jitter: 100us}\n"
	"  links:\n"
	"  - {from: edge-a, to: edge-b, latency: 4ms, jitter: 300us, loss: 0.1%, bandwidth: 50Mbps, price: 0.01/GB}\n"
	"  - {from: edge-a, to: cloud, latency: 15ms, jitter: 1ms, bandwidth: 100Mbps, price: 0.02/GB}\n"
	"  - {from: edge-b, to: cloud, latency: 18ms, bandwidth: 100Mbps, price: 0.02/GB}\n"
	"---\n"
	"apiVersion: hkctl.dev/v1alpha1\n"
	"kind: Pipeline\n"
	"metadata: {name: video, namespace: shop}\n"
	"spec:\n"
	"  inputs: [{name: cameras, site: here, rate: 100/s, size: 20kB}]\n"
	"  outputs: [{name: screen, cluster: cloud}]\n"
	"  workloads:\n"
	"  - name: decode\n"
	"    capacity: 30/s\n"
	"    serviceTime: 2ms\n"
	"    requests: {cpu: \"2\", memory: 1Gi}\n"
	"    replicas: {min: 1, max: 6}\n"
	"    availability: 99%\n"
	"    placement:\n"
	"      require: {matchExpressions: [{key: tier, operator: NotIn, values: [none]}]}\n"
	"      prefer: [{weight: 4, matchLabels: {tier: cloud}}]\n"
	"      spread: {over: zone, min: 2}\n"
	"      apart: [{with: label, level: node, required: false}]\n"
	"  - name: detect\n"
	"    capacity: 60/s\n"
	"    requests: {cpu: \"1\", memory: 2Gi}\n"
	"    replicas: {min: 2, max: 4}\n"
	"    placement:\n"
	"      apart: [{with: detect, level: node, required: true}]\n"
	"      together: [{with: decode, level: zone}]\n"
	"  - name: label\n"
	"    requests: {cpu: 500m}\n"
	"    replicas: {min: 1, max: 4}\n"
	"  connections:\n"
	"  - {from: cameras, to: decode, fanout: 1, latency: {request: 2ms, limit: 20ms}, jitter: {limit: 2ms}, loss: {limit: 1%}, bandwidth: {limit: 1Mbps}}\n"
	"  - {from: decode, to: detect, fanout: 0.5, size: 10kB, affinity: 5, latency: {request: 1ms}}\n"
	"  - {from: detect, to: label, fanout: 1, size: 4kB}\n"
	"  - {from: label, to: screen, fanout: 1, size: 2kB}\n"
	"  paths:\n"
	"  - {from: cameras, to: screen, latency: {request: 15ms, limit: 60ms}, jitter: {limit: 4ms}, loss: {limit: 2%}}\n"
	"  objective: {cost: 1, latency: 0.1, request: 5, affinity: 0.02, moves: 0.2}\n"
	"---\n";

struct world { struct hk_workspace workspace; struct hk_model model; struct hk_diags diags; };

static void open_world(struct world *world, const char *text)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;

	*world = (struct world){ .diags = HK_DIAGS_INIT };
	if (hk_workspace_add_text(&world->workspace, "world.yaml", hk_str_of(text), true, &world->diags, &err) ||
	    hk_model_load(&world->model, &world->workspace, &world->diags, &err) || world->diags.errors > 0)
		fail_msg("%s", world->diags.list.n ? world->diags.list.v[0].summary : err.message);
}

static void close_world(struct world *world)
{
	hk_model_release(&world->model);
	hk_workspace_release(&world->workspace);
	hk_diags_release(&world->diags);
}

static void make_plan(const struct hk_model *model, const struct hk_plan *previous, struct hk_plan *plan)
{
	struct hk_problem problem = { 0 };
	struct hk_solution solution = { 0 };
	struct hk_solve_options options = { 0 };
	bool infeasible;

	assert_int_equal(hk_problem_build(&problem, model, previous, &infeasible, NULL), 0);
	assert_false(infeasible);
	assert_int_equal(hk_solve(&problem, &options, &solution, NULL), 0);
	assert_int_equal(hk_plan_from_solution(plan, &problem, &solution, previous, NULL), 0);
	hk_plan_seal(plan);
	hk_solution_release(&solution);
	hk_problem_release(&problem);
}

static char *replace(const char *text, const char *old, const char *new)
{
	const char *at = strstr(text, old);
	struct hk_buf out = HK_BUF_INIT;

	if (!at)
		fail_msg("'%s' is not in the text", old);
	hk_buf_add(&out, text, (size_t)(at - text));
	hk_buf_addstr(&out, new);
	hk_buf_addstr(&out, at + strlen(old));
	return hk_buf_detach(&out, NULL);
}

/* Violations of the rule; HK_RULE_NONE counts all. */
static size_t count_violations(const struct hk_model *model, const struct hk_plan *plan, const struct hk_plan *previous, enum hk_rule_id rule,
			       struct hk_buf *first)
{
	struct hk_check_report report;
	struct hk_diags diags = HK_DIAGS_INIT;
	size_t count = 0;

	assert_int_equal(hk_check_plan(model, plan, previous, &report, &diags, NULL), 0);
	assert_int_equal(report.violations, diags.errors);
	for (size_t i = 0; i < diags.list.n; i++)
		count += rule == HK_RULE_NONE || diags.list.v[i].rule->id == rule;
	for (size_t i = 0; first && i < diags.list.n; i++)
		hk_buf_addf(first, "%s %s; ", diags.list.v[i].rule->code, diags.list.v[i].summary);
	hk_diags_release(&diags);
	return count;
}

/* The world of the tests with a plan, and the plan before it. */
struct fixture { struct world world; struct hk_plan previous, plan; };

static void open_fixture(struct fixture *fixture)
{
	HK_AUTO_BUF struct hk_buf why = HK_BUF_INIT;
	char *before = replace(documents, "rate: 100/s", "rate: 60/s");
	struct world old;

	open_world(&old, before);
	make_plan(&old.model, NULL, &fixture->previous);
	close_world(&old);
	free(before);
	open_world(&fixture->world, documents);
	make_plan(&fixture->world.model, &fixture->previous, &fixture->plan);
	if (count_violations(&fixture->world.model, &fixture->plan, &fixture->previous, HK_RULE_NONE, &why))
		fail_msg("%s", why.s);
}

static void close_fixture(struct fixture *fixture)
{
	hk_plan_release(&fixture->plan);
	hk_plan_release(&fixture->previous);
	close_world(&fixture->world);
}

static void finds_each_broken_rule(void **state)
{
	static const struct { const char *old, *new; enum hk_rule_id rule; } cases[] = {
		{ "    capacity: 30/s", "    capacity: 18/s", HK0824 },
		{ "    capacity: 30/s", "    capacity: 17/s", HK0822 },
		{ "min: 1, max: 6", "min: 6, max: 6", HK0822 },
		{ "{key: tier, operator: NotIn, values: [none]}", "{key: zone, operator: NotIn, values: [z2]}", HK0825 },
		{ "{name: na, count: 2, allocatable: {cpu: \"4\", memory: 16Gi}", "{name: na, count: 2, allocatable: {cpu: \"2\", memory: 16Gi}", HK0826 },
		{ "to: screen, fanout: 1, size: 2kB", "to: screen, fanout: 1, size: 2kB, latency: {limit: 10ms}", HK0827 },
		{ "to: screen, fanout: 1, size: 2kB", "to: screen, fanout: 1, size: 2kB, jitter: {limit: 500us}", HK0827 },
		{ "to: screen, fanout: 1, size: 2kB", "to: screen, fanout: 1, size: 2kB, bandwidth: {limit: 1Gbps}", HK0827 },
		{ "loss: 0.1%, bandwidth: 50Mbps", "loss: 30%, bandwidth: 50Mbps", HK0825 },
		{ "bandwidth: 100Mbps, price: 0.02/GB}\n  - {from: edge-b", "bandwidth: 100kbps, price: 0.02/GB}\n  - {from: edge-b", HK0828 },
		{ "latency: {request: 15ms, limit: 60ms}", "latency: {request: 15ms, limit: 17ms}", HK0829 },
		{ "availability: 99%\n", "availability: 99.99999%\n", HK0830 },
		{ "spread: {over: zone, min: 2}", "spread: {over: zone, min: 3}", HK0831 },
		{ "together: [{with: decode, level: zone}]", "together: [{with: label, level: node, required: true}]", HK0832 },
		{ "apart: [{with: label, level: node, required: false}]", "apart: [{with: detect, level: region, required: true}]", HK0833 },
		{ "prices: {cpu: 0.02/h}", "prices: {cpu: 0.07/h}", HK0835 },
		{ "rate: 100/s", "rate: 99/s", HK0834 },
		{ "metadata: {name: video,", "metadata: {name: audio,", HK0820 },
		{ "  - name: label\n    requests: {cpu: 500m}", "  - {name: more}\n  - name: label\n    requests: {cpu: 500m}", HK0821 },
	};
	struct fixture fixture;
	size_t missed = 0;

	(void)state;
	open_fixture(&fixture);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		HK_AUTO_BUF struct hk_buf why = HK_BUF_INIT;
		struct world strict;
		char *text;

		text = replace(documents, cases[i].old, cases[i].new);
		open_world(&strict, text);
		if (!count_violations(&strict.model, &fixture.plan, &fixture.previous, cases[i].rule, &why))
			print_error("'%s' does not give the expected rule: %s\n", cases[i].new, why.s);
		missed += !count_violations(&strict.model, &fixture.plan, &fixture.previous, cases[i].rule, NULL);
		close_world(&strict);
		free(text);
	}
	close_fixture(&fixture);
	assert_int_equal(missed, 0);
}

/* Fields whose change nobody can object to: free text, facts about files, what proves nothing. */
static bool is_free(const struct hk_node *key)
{
	static const char *const names[] = { "reasons", "inputs", "metadata", "proved", "output" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (!strcmp(key->text.s, names[i]))
			return true;
	return false;
}

struct marks { const struct hk_node *v[4096]; size_t n; };

static void list_scalars(const struct hk_node *node, struct marks *marks)
{
	if (node->kind == HK_SCALAR && marks->n < 4096)
		marks->v[marks->n++] = node;
	hk_for_each_item(item, node)
		list_scalars(item, marks);
	hk_for_each_pair(key, node)
		if (!is_free(key))
			list_scalars(key->next, marks);
}

static bool is_accepted(const struct fixture *fixture, const char *text)
{
	struct hk_source source = { 0 };
	struct hk_doc doc = { 0 };
	struct hk_diags diags = HK_DIAGS_INIT;
	struct hk_plan plan = { 0 };
	bool accepted;

	hk_source_from_text(&source, "plan.yaml", text, strlen(text));
	accepted = !hk_yaml_read_one(&source, false, &doc, &diags) && !hk_plan_read(&plan, &doc, &diags) &&
		   count_violations(&fixture->world.model, &plan, &fixture->previous, HK_RULE_NONE, NULL) == 0;
	hk_plan_release(&plan);
	hk_doc_release(&doc);
	hk_source_release(&source);
	hk_diags_release(&diags);
	return accepted;
}

/* New texts for a scalar, by its type; NULL when there are no more. */
static const char *mutation(const struct hk_node *node, unsigned turn, struct hk_buf *out)
{
	static const char *const names[] = { "nonsense", "cloud", "edge-a", "edge-b", "decode", "detect", "memory", "na-3", "nb-4" };
	double value;
	bool flag;

	hk_buf_reset(out);
	if (hk_node_float(node, &value)) {
		/* Larger than what rounding and the tolerances of the page allow, whatever the unit. */
		const double values[] = { value + fmax(1, 1e-3 * value), value * 1.01 + 1e-4, value > 0.5 ? value * 0.999 : value + 2e-3, 0,
					  value > 1 ? value - fmax(1, 1e-3 * value) : value / 2 };

		if (turn >= sizeof values / sizeof *values)
			return NULL;
		hk_buf_addround(out, values[turn], 15);
	} else if (hk_node_bool(node, &flag)) {
		if (turn > 0)
			return NULL;
		hk_buf_addstr(out, flag ? "false" : "true");
	} else {
		if (turn >= sizeof names / sizeof *names)
			return NULL;
		hk_buf_addstr(out, names[turn]);
	}
	return out->s;
}

static void objects_to_any_changed_field(void **state)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT, new = HK_BUF_INIT, broken = HK_BUF_INIT;
	struct fixture fixture;
	struct hk_source source = { 0 };
	struct hk_doc doc = { 0 };
	struct hk_diags diags = HK_DIAGS_INIT;
	struct marks marks = { .n = 0 };
	unsigned tried = 0, accepted = 0;

	(void)state;
	open_fixture(&fixture);
	assert_int_equal(hk_plan_write(&fixture.plan, false, &text, NULL), 0);
	hk_source_from_text(&source, "plan.yaml", text.s, text.len);
	assert_int_equal(hk_yaml_read_one(&source, false, &doc, &diags), 0);
	assert_true(is_accepted(&fixture, text.s));
	list_scalars(doc.root, &marks);
	for (size_t i = 0; i < marks.n; i++)
		for (unsigned turn = 0; mutation(marks.v[i], turn, &new); turn++) {
			const struct hk_node *node = marks.v[i];

			if (hk_str_is(node->text, new.s))
				continue;
			hk_buf_reset(&broken);
			hk_buf_add(&broken, text.s, node->start);
			hk_buf_addstr(&broken, new.s);
			hk_buf_addstr(&broken, text.s + node->end);
			tried++;
			if (is_accepted(&fixture, broken.s)) {
				struct hk_range range;

				accepted++;
				hk_node_range(&doc, node, &range);
				printf("line %u: '%s' instead of '%s' passes: %.*s\n", range.line, new.s, node->text.s,
				       HK_STR_ARG(hk_source_line(&source, range.line)));
			}
		}
	printf("# %u changes of %zu fields\n", tried, marks.n);
	assert_int_equal(accepted, 0);
	assert_true(tried > 500);
	hk_doc_release(&doc);
	hk_source_release(&source);
	hk_diags_release(&diags);
	close_fixture(&fixture);
}

/* A plan with one workload, drawn up by hand: the numbers are those of docs/optimisation-model.md done with pencil and paper. */
static void agrees_with_pencil_and_paper(void **state)
{
	static const char simple[] = "apiVersion: hkctl.dev/v1alpha1\nkind: Topology\nmetadata: {name: t}\nspec:\n  clusters:\n  - {name: a, prices: {cpu: 0.5/h}, availability: 99%}\n"
				     "  - {name: b, prices: {cpu: 0.25/h}}\n  links:\n  - {from: a, to: b, latency: 10ms, jitter: 1ms, price: 0.5/GB}\n---\n"
				     "apiVersion: hkctl.dev/v1alpha1\nkind: Pipeline\nmetadata: {name: p}\nspec:\n  inputs: [{name: in, cluster: a, rate: 10/s, size: 100kB}]\n"
				     "  workloads:\n  - {name: w, capacity: 5/s, requests: {cpu: \"2\"}, serviceTime: 3ms}\n  connections:\n  - {from: in, to: w, latency: {request: 4ms}}\n---\n";
	struct hk_plan_placement places[] = { { .cluster = "a", .replicas = 1, .load = 0.5, .utilisation = 1 },
					      { .cluster = "b", .replicas = 1, .load = 0.5, .utilisation = 1 } };
	struct hk_plan_workload workload = { .name = "w", .rate = 10, .availability = 0.99, .placements = places, .n_placements = 2 };
	struct hk_plan_target targets[] = { { .cluster = "a", .probability = 0.5, .weight = 50 },
					    { .cluster = "b", .probability = 0.5, .weight = 50, .latency = 0.01, .jitter = 0.001 } };
	struct hk_plan_route route = { .cluster = "a", .share = 1, .targets = targets, .n_targets = 2 };
	struct hk_plan_connection connection = {
		.from = "in", .to = "w", .rate = 10, .latency_mean = 0.005, .latency_worst = 0.01, .jitter_worst = 0.001, .bandwidth_least = (double)INFINITY,
		.latency_request = 0.004,
		.latency_limit = (double)NAN, .jitter_request = (double)NAN, .jitter_limit = (double)NAN, .loss_request = (double)NAN,
		.loss_limit = (double)NAN,
		.bandwidth_request = (double)NAN, .bandwidth_limit = (double)NAN, .misses_request = true, .routes = &route, .n_routes = 1,
	};
	struct hk_plan_pipeline pipeline = { .name = "p", .name_space = "default", .workloads = &workload, .n_workloads = 1, .connections = &connection,
					     .n_connections = 1 };
	struct hk_plan_cluster clusters[] = { { .name = "a", .output = "clusters/a", .cost = 1 }, { .name = "b", .output = "clusters/b", .cost = 0.5 } };
	struct hk_plan_link link = { "a", "b", 4e6, (double)INFINITY };
	/* compute 2 * 0.5 + 2 * 0.25; egress 0.5 * 10/s * 1e5 B * 3600 s/h * 0.5e-9; in flight 0.01 * 0.5 * 10 * 10ms; late 10 * 0.5 * 10 * 6ms */
	struct hk_plan plan = { .cost_compute = 1.5, .cost_egress = 0.9, .cost_latency = 0.0005, .cost_requests = 0.3, .objective = 2.7005, .bound = 2.7005,
				.pipelines = &pipeline, .n_pipelines = 1, .clusters = clusters, .n_clusters = 2, .links = &link, .n_links = 1 };
	HK_AUTO_BUF struct hk_buf why = HK_BUF_INIT;
	struct world world;

	(void)state;
	open_world(&world, simple);
	if (count_violations(&world.model, &plan, NULL, HK_RULE_NONE, &why))
		fail_msg("%s", why.s);
	plan.cost_egress = 0.91;
	assert_int_equal(count_violations(&world.model, &plan, NULL, HK0835, NULL), 1);
	plan.cost_egress = 0.9;
	plan.bound = 2.8;
	assert_true(count_violations(&world.model, &plan, NULL, HK0835, NULL) > 0);
	plan.bound = plan.objective;
	targets[0].weight = 51;
	assert_int_equal(count_violations(&world.model, &plan, NULL, HK0836, NULL), 1);
	targets[1].weight = 49;
	assert_int_equal(count_violations(&world.model, &plan, NULL, HK0836, NULL), 1);
	targets[0].weight = targets[1].weight = 50;
	targets[0].probability = 0.6;
	assert_true(count_violations(&world.model, &plan, NULL, HK0823, NULL) > 0);
	targets[0].probability = (double)NAN;
	assert_true(count_violations(&world.model, &plan, NULL, HK0823, NULL) > 0);
	close_world(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agrees_with_pencil_and_paper), cmocka_unit_test(finds_each_broken_rule), cmocka_unit_test(objects_to_any_changed_field),
	};

	return cmocka_run_group_tests_name("place/check", tests, NULL, NULL);
}
