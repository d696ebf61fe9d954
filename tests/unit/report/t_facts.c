/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a plan's remarks say is tight, missed and moved: each case just inside and just outside. */
#include "../test.h"

#include "report/facts.h"

#include <math.h>

static void assert_texts(const struct hk_remark_list *list, const char *const *expected, size_t n)
{
	for (size_t i = 0; i < list->n && i < n; i++)
		assert_string_equal(list->v[i].text, expected[i]);
	assert_int_equal(list->n, n);
}

static void clusters_and_links_are_tight_from_the_share_on(void **state)
{
	static const char *const expected[] = { "cluster a: cpu 9 of 10", "cluster b: memory 4Gi of 4Gi", "link a -> b: 950Mbps of 1Gbps" };
	struct hk_plan_resource a[] = { { "cpu", 9, 10 }, { "memory", 8.9, 10 } },
	    b[] = { { "cpu", 1e6, INFINITY }, { "memory", 4294967296.0, 4294967296.0 }, { "gpu", 0, 0 } };
	struct hk_plan_cluster clusters[] = { { .name = "a", .resources = a, .n_resources = 2 }, { .name = "b", .resources = b, .n_resources = 3 } };
	struct hk_plan_link links[] = { { "a", "b", 950e6, 1e9 }, { "b", "a", 899e6, 1e9 }, { "a", "c", 1e12, INFINITY }, { "c", "a", 0, 0 } };
	struct hk_plan plan = { .clusters = clusters, .n_clusters = 2, .links = links, .n_links = 4 };
	struct hk_remarks remarks;

	(void)state;
	hk_plan_remarks(&plan, 0.9, &remarks);
	assert_texts(&remarks.tight, expected, HK_COUNT(expected));
	assert_int_equal(remarks.missed.n, 0);
	assert_string_equal(remarks.tight.v[2].kind, "link");
	assert_string_equal(remarks.tight.v[2].subject, "a -> b");
	hk_remarks_release(&remarks);
}

/* No measure is asked for but those a case sets. */
static struct hk_plan_connection connection(const char *from)
{
	return (struct hk_plan_connection){ .from = from, .to = "t", .latency_worst = 0.0095, .latency_mean = 0.001, .jitter_worst = 0.001, .loss_worst = 0.001,
					    .bandwidth_least = 1e9,
		.latency_request = NAN, .latency_limit = NAN, .jitter_request = NAN, .jitter_limit = NAN, .loss_request = NAN, .loss_limit = NAN,
		.bandwidth_request = NAN, .bandwidth_limit = NAN };
}

/* Bandwidth is the one measure of which more is better. */
static void connections_are_judged_by_their_worst_pair(void **state)
{
	static const char *const tight[] = { "connection near -> t: latency 9.5ms, limit 10ms", "connection narrow -> t: bandwidth 1Gbps, limit 950Mbps" };
	static const char *const missed[] = { "connection late -> t: latency 9.5ms, requested 9ms",
					      "connection narrow -> t: bandwidth 1Gbps, requested 2Gbps" };
	struct hk_plan_connection list[] = { connection("near"), connection("far"), connection("late"), connection("narrow"), connection("wide") };
	struct hk_plan_pipeline pipeline = { .name = "p", .connections = list, .n_connections = HK_COUNT(list) };
	struct hk_plan plan = { .pipelines = &pipeline, .n_pipelines = 1 };
	struct hk_remarks remarks;

	(void)state;
	list[0].latency_limit = 0.010;
	list[1].latency_limit = 0.011;
	list[1].latency_request = 0.0095;      /* met exactly */
	list[2].latency_request = 0.009;
	list[3].bandwidth_limit = 950e6;
	list[3].bandwidth_request = 2e9;
	list[4].bandwidth_limit = 850e6;
	list[4].bandwidth_request = 1e9;
	hk_plan_remarks(&plan, 0.9, &remarks);
	assert_texts(&remarks.tight, tight, HK_COUNT(tight));
	assert_texts(&remarks.missed, missed, HK_COUNT(missed));
	hk_remarks_release(&remarks);
}

/* A path's latency request holds for the mean, its limit for the worst. */
static void paths_ask_of_the_mean_and_limit_the_worst(void **state)
{
	static const char *const tight[] = { "path i -> o: latency 95ms, limit 100ms" };
	static const char *const missed[] = { "path i -> slow: latency 50ms, requested 40ms" };
	struct hk_plan_path list[] = {
		{ .from = "i", .to = "o", .latency_mean = 0.05, .latency_worst = 0.095, .latency_request = 0.06, .latency_limit = 0.1, .jitter_request = NAN,
		  .jitter_limit = NAN,
		  .loss_request = NAN, .loss_limit = NAN },
		{ .from = "i", .to = "slow", .latency_mean = 0.05, .latency_worst = 0.095, .latency_request = 0.04, .latency_limit = 1, .jitter_request = NAN,
		  .jitter_limit = NAN,
		  .loss_request = NAN, .loss_limit = NAN, .misses_request = true },
	};
	struct hk_plan_pipeline pipeline = { .name = "p", .paths = list, .n_paths = HK_COUNT(list) };
	struct hk_plan plan = { .pipelines = &pipeline, .n_pipelines = 1 };
	struct hk_remarks remarks;

	(void)state;
	hk_plan_remarks(&plan, 0.9, &remarks);
	assert_texts(&remarks.tight, tight, HK_COUNT(tight));
	assert_texts(&remarks.missed, missed, HK_COUNT(missed));
	hk_remarks_release(&remarks);
}

static void removals_come_before_additions(void **state)
{
	static const char *const expected[] = { "p: remove w in a: -1 replica", "q: remove w in a: -2 replicas", "p: add w in b: +1 replica" };
	struct hk_plan_move moves[] = { { "p", "w", "b", 1 }, { "p", "w", "a", -1 }, { "q", "w", "a", -2 } };
	struct hk_plan plan = { .moves = moves, .n_moves = HK_COUNT(moves) };
	struct hk_remarks remarks;

	(void)state;
	hk_plan_remarks(&plan, 0.9, &remarks);
	assert_texts(&remarks.moves, expected, HK_COUNT(expected));
	hk_remarks_release(&remarks);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(clusters_and_links_are_tight_from_the_share_on),
		cmocka_unit_test(connections_are_judged_by_their_worst_pair),
		cmocka_unit_test(paths_ask_of_the_mean_and_limit_the_worst),
		cmocka_unit_test(removals_come_before_additions),
	};

	return cmocka_run_group_tests_name("report/facts", tests, NULL, NULL);
}
