/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model_of.h"

static struct hk_label edge_labels[] = { { "memory-gb", "64" }, { "region", "west" }, { "tier", "edge" } };
static const struct hk_labels edge = { edge_labels, 3 };

static bool matches(enum hk_selector_op op, const char *key, const char *first, const char *second)
{
	const char *values[] = { first, second };
	struct hk_selector_term term = { key, op, values, (size_t)(first != NULL) + (second != NULL) };
	struct hk_selector selector = { .terms = &term, .n_terms = 1 };

	return hk_selector_matches(&selector, &edge);
}

static void operators_are_those_of_kubernetes(void **state)
{
	(void)state;
	assert_true(matches(HK_OP_IN, "tier", "cloud", "edge"));
	assert_false(matches(HK_OP_IN, "tier", "cloud", NULL));
	assert_false(matches(HK_OP_IN, "absent", "edge", NULL));
	assert_false(matches(HK_OP_NOT_IN, "tier", "cloud", "edge"));
	assert_true(matches(HK_OP_NOT_IN, "tier", "cloud", NULL));
	assert_true(matches(HK_OP_NOT_IN, "absent", "edge", NULL));
	assert_true(matches(HK_OP_EXISTS, "region", NULL, NULL));
	assert_false(matches(HK_OP_EXISTS, "absent", NULL, NULL));
	assert_true(matches(HK_OP_NOT_EXISTS, "absent", NULL, NULL));
	assert_false(matches(HK_OP_NOT_EXISTS, "region", NULL, NULL));
	assert_true(matches(HK_OP_GREATER, "memory-gb", "9", NULL));
	assert_false(matches(HK_OP_GREATER, "memory-gb", "64", NULL));
	assert_true(matches(HK_OP_LESS, "memory-gb", "100", NULL));
	assert_false(matches(HK_OP_LESS, "tier", "100", NULL));
	assert_false(matches(HK_OP_LESS, "memory-gb", "many", NULL));
	assert_false(matches(HK_OP_LESS, "absent", "1", NULL));
	assert_true(hk_selector_matches(&(struct hk_selector){ 0 }, &edge));
}

static void labels_are_looked_up(void **state)
{
	(void)state;
	assert_string_equal(hk_labels_get(&edge, "memory-gb"), "64");
	assert_string_equal(hk_labels_get(&edge, "tier"), "edge");
	assert_null(hk_labels_get(&edge, "a"));
	assert_null(hk_labels_get(&edge, "z"));
	assert_null(hk_labels_get(&(struct hk_labels){ NULL, 0 }, "z"));
}

/* A node and a workload to vary. */
struct pair { struct hk_model model; struct hk_node_group group; struct hk_workload workload; double allocatable[1], limit[1]; };

static void make_pair(struct pair *p)
{
	memset(p, 0, sizeof *p);
	p->model.n_resources = 1;
	p->allocatable[0] = 8;
	p->group = (struct hk_node_group){ .name = "n", .count = 1, .allocatable = p->allocatable, .labels = edge };
	p->workload.node_limit = p->limit;
}

static bool accepts(const struct pair *p)
{
	return hk_node_group_accepts(&p->model, &p->group, &p->workload);
}

static void taints_need_tolerations(void **state)
{
	static const struct { struct hk_taint taint; struct hk_toleration toleration; bool accepted; } cases[] = {
		{ { "k", "v", HK_NO_SCHEDULE }, { "k", "v", false, -1 }, true }, { { "k", "v", HK_NO_SCHEDULE }, { "k", "w", false, -1 }, false },
		{ { "k", "v", HK_NO_SCHEDULE }, { "k", NULL, true, -1 }, true }, { { "k", "v", HK_NO_SCHEDULE }, { "j", NULL, true, -1 }, false },
		{ { "k", "v", HK_NO_SCHEDULE }, { NULL, NULL, true, -1 }, true }, { { "k", "v", HK_NO_SCHEDULE }, { "", NULL, true, HK_NO_SCHEDULE }, true },
		{ { "k", "v", HK_NO_SCHEDULE }, { "k", "v", false, HK_NO_EXECUTE }, false },
		{ { "k", "v", HK_NO_EXECUTE }, { "k", "v", false, HK_NO_EXECUTE }, true },
		{ { "k", NULL, HK_NO_SCHEDULE }, { "k", NULL, false, -1 }, true }, { { "k", "v", HK_PREFER_NO_SCHEDULE }, { "j", "v", false, -1 }, true },
		{ { "k", "v", HK_NO_SCHEDULE }, { NULL, "v", false, -1 }, false },
	};
	(void)state;

	for (size_t i = 0; i < HK_COUNT(cases); i++) {
		struct pair p;
		struct hk_taint taint = cases[i].taint;
		struct hk_toleration toleration = cases[i].toleration;
		make_pair(&p);
		p.group.taints = &taint;
		p.group.n_taints = 1;
		assert_int_equal(accepts(&p), taint.effect == HK_PREFER_NO_SCHEDULE);
		p.workload.tolerations = &toleration;
		p.workload.n_tolerations = 1;
		if (accepts(&p) != cases[i].accepted)
			fail_msg("case %zu", i);
	}
}

static void the_rest_of_a_node(void **state)
{
	struct pair p;
	struct hk_label tier = { "tier", "edge" };
	(void)state;

	make_pair(&p);
	assert_true(accepts(&p));
	p.group.unschedulable = true;
	assert_false(accepts(&p));
	make_pair(&p);
	p.workload.features = (struct hk_labels){ &tier, 1 };
	assert_true(accepts(&p));
	tier.value = "cloud";
	assert_false(accepts(&p));
	make_pair(&p);
	p.limit[0] = 8;
	assert_true(accepts(&p));
	p.limit[0] = 8.5;
	assert_false(accepts(&p));
}

static void node_terms_are_alternatives(void **state)
{
	const char *west[] = { "west" }, *east[] = { "east" };
	struct hk_selector_term in_west = { "region", HK_OP_IN, west, 1 }, in_east = { "region", HK_OP_IN, east, 1 };
	struct hk_selector terms[] = { { .terms = &in_east, .n_terms = 1 }, { .terms = &in_west, .n_terms = 1 } };
	struct pair p;
	(void)state;

	make_pair(&p);
	p.workload.node_terms = terms;
	p.workload.n_node_terms = 1;
	assert_false(accepts(&p));
	p.workload.n_node_terms = 2;
	assert_true(accepts(&p));
	terms[0].n_terms = terms[1].n_terms = 0;
	assert_false(accepts(&p));
}

static void node_names_match_fields(void **state)
{
	static const struct { uint32_t count; enum hk_selector_op op; const char *name; bool accepted; } cases[] = {
		{ 1, HK_OP_IN, "n", true }, { 1, HK_OP_IN, "m", false }, { 1, HK_OP_NOT_IN, "n", false }, { 1, HK_OP_NOT_IN, "m", true },
		{ 4, HK_OP_IN, "n-4", true }, { 4, HK_OP_IN, "n-5", false }, { 4, HK_OP_IN, "n-0", false }, { 4, HK_OP_IN, "n", false },
		{ 4, HK_OP_IN, "n-01", false },
		{ 4, HK_OP_NOT_IN, "n-1", true }, { 4, HK_OP_IN, "n-1x", false },
	};
	(void)state;

	for (size_t i = 0; i < HK_COUNT(cases); i++) {
		struct hk_selector_term term = { "metadata.name", cases[i].op, (const char *[]){ cases[i].name }, 1 };
		struct hk_selector selector = { .terms = &term, .n_terms = 1 };
		struct pair p;
		make_pair(&p);
		p.group.count = cases[i].count;
		p.workload.node_terms = &selector;
		p.workload.n_node_terms = 1;
		if (accepts(&p) != cases[i].accepted)
			fail_msg("case %zu", i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(operators_are_those_of_kubernetes), cmocka_unit_test(labels_are_looked_up), cmocka_unit_test(taints_need_tolerations),
		cmocka_unit_test(the_rest_of_a_node), cmocka_unit_test(node_terms_are_alternatives), cmocka_unit_test(node_names_match_fields),
	};

	return cmocka_run_group_tests_name("model/selector", tests, NULL, NULL);
}
