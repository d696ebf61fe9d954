/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Hulls of the counts that meet a target, against all counts there are: no row may lose one of them, and the least cost is that of the cheapest. */
#include "../test.h"
#include "instance.h"

#include "place/availability.h"
#include "place/hull_internal.h"

#include <math.h>
#include <string.h>

#define HEAD "apiVersion: hkctl.dev/v1alpha1\n"
#define PLACE(NAME, UP, CPU) "  - {name: " NAME ", availability: " UP ", prices: {cpu: 0.010/h}, nodes: [{name: m, count: 40, allocatable: {cpu: \"" CPU "\", memory: 64Gi}}]}\n"
/* Three that are alike but for one with little room, one that fails less, two that fail together. */
#define WORLD HEAD "kind: Topology\nmetadata: {name: t}\nspec:\n  clusters:\n" PLACE("a", "99.5%", "4") PLACE("b", "99.5%", "4") PLACE("c", "99.5%", "0.0251") PLACE("d", "99.9%", "4") \
	"  - {name: e, availability: 99%, failureDomain: x, prices: {cpu: 0.010/h}, nodes: [{name: m, count: 40, allocatable: {cpu: \"4\", memory: 64Gi}}]}\n" \
	"  - {name: f, availability: 99.7%, failureDomain: x, prices: {cpu: 0.010/h}, nodes: [{name: m, count: 40, allocatable: {cpu: \"4\", memory: 64Gi}}]}\n" \
	"  links: [{from: a, to: b, latency: 1ms}, {from: a, to: c, latency: 1ms}, {from: a, to: d, latency: 1ms}, {from: a, to: e, latency: 1ms}, {from: a, to: f, latency: 1ms}]\n"
#define PIPELINE(RATE, TARGET) "---\n" HEAD "kind: Pipeline\nmetadata: {name: p}\nspec:\n  inputs: [{name: in, cluster: a, rate: " RATE "/s, size: 1kB}]\n" \
	"  workloads: [{name: w, requests: {cpu: 10m}, capacity: 10/s, availability: " TARGET "}]\n  connections: [{from: in, to: w}]\n"

#define NO_TARGET "---\n" HEAD "kind: Pipeline\nmetadata: {name: p}\nspec:\n  inputs: [{name: in, cluster: a, rate: 40/s, size: 1kB}]\n" \
	"  workloads: [{name: w, requests: {cpu: 10m}, capacity: 10/s}]\n  connections: [{from: in, to: w}]\n"

enum { N = 6, MOST = 4, COUNTS = 5 * 5 * 5 * 5 * 5 * 5 };

static const char *const worlds[] = { WORLD PIPELINE("40", "99.99%"), WORLD PIPELINE("30", "99.9%"), WORLD PIPELINE("20", "99.5%"),
				      WORLD PIPELINE("40", "99.95%") };

static uint32_t seed;

static double some(void)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) / 16777216.0;
}

static void counts_of(const struct hk_place_workload *placed, uint32_t code, uint32_t *replicas)
{
	for (uint32_t c = 0; c < placed->n_candidates; c++, code /= MOST + 1)
		replicas[c] = code % (MOST + 1);
}

static bool meets(const struct instance *instance, const uint32_t *replicas)
{
	const struct hk_place_workload *placed = &instance->problem.blocks[0].workloads[0];
	struct hk_replica_group groups[N];
	size_t n = 0;

	for (uint32_t c = 0; c < placed->n_candidates; c++) {
		if (replicas[c] > placed->candidates[c].max_replicas)
			return false;
		if (replicas[c] > 0)
			groups[n++] = (struct hk_replica_group){ placed->candidates[c].cluster, replicas[c], NULL, 0 };
	}
	return hk_availability(instance->problem.model, groups, n, placed->need) >= placed->availability;
}

/* Every row keeps every count that meets the target; how many rows there were. */
static size_t look_at_rows(const struct instance *instance, const struct hk_cuts *cuts)
{
	const struct hk_place_workload *placed = &instance->problem.blocks[0].workloads[0];

	for (uint32_t code = 0; code < COUNTS; code++) {
		uint32_t replicas[N];

		counts_of(placed, code, replicas);
		if (!meets(instance, replicas))
			continue;
		for (size_t i = 0; i < cuts->linear.n; i++) {
			const struct hk_linear_cut *cut = &cuts->linear.v[i];
			double sum = 0;

			for (size_t k = 0; k < cut->n; k++)
				sum += cut->values[k] * replicas[cut->counts[k].candidate];
			assert_true(sum >= cut->rhs);
		}
	}
	return cuts->linear.n;
}

static void rows_keep_every_count_that_meets_the_target(void **state)
{
	size_t rows = 0;

	(void)state;
	seed = 7;
	print_message("seed %u\n", (unsigned)seed);
	for (size_t i = 0; i < HK_COUNT(worlds); i++) {
		struct instance instance;
		struct hk_cuts cuts = { 0 };
		struct hk_hull *hull;

		instance_open(&instance, worlds[i]);
		assert_int_equal(instance.problem.blocks[0].workloads[0].n_candidates, N);
		hull = hk_hull_open(&instance.problem, 0, 0);
		assert_non_null(hull);
		assert_true(hull->whole);
		for (int turn = 0; turn < 200; turn++) {
			double counts[N];

			for (uint32_t c = 0; c < N; c++)
				counts[c] = some() < 0.3 ? 0 : some() * MOST * some();
			hk_hull_cut(hull, counts, &cuts);
		}
		rows += look_at_rows(&instance, &cuts);
		hk_hull_close(hull);
		hk_cuts_release(&cuts);
		instance_close(&instance);
	}
	assert_true(rows > 20);
}

static double brute_least(const struct instance *instance, const double *prices)
{
	const struct hk_place_workload *placed = &instance->problem.blocks[0].workloads[0];
	double least = INFINITY;

	for (uint32_t code = 0; code < COUNTS; code++) {
		uint32_t replicas[N];
		double sum = 0;

		counts_of(placed, code, replicas);
		for (uint32_t c = 0; c < N; c++)
			sum += prices[c] * replicas[c];
		if (sum < least && meets(instance, replicas))
			least = sum;
	}
	return least;
}

static void the_least_cost_is_that_of_the_cheapest_counts(void **state)
{
	(void)state;
	seed = 11;
	print_message("seed %u\n", (unsigned)seed);
	for (size_t i = 0; i < HK_COUNT(worlds); i++) {
		struct instance instance;
		struct hk_hull *hull;

		instance_open(&instance, worlds[i]);
		hull = hk_hull_open(&instance.problem, 0, 0);
		for (int turn = 0; turn < 6; turn++) {
			double prices[N];

			for (uint32_t c = 0; c < N; c++)
				prices[c] = some() < 0.2 ? 0 : 0.1 + some();
			assert_float_equal(hk_hull_least(hull, prices), brute_least(&instance, prices), 1e-9);
		}
		hk_hull_close(hull);
		instance_close(&instance);
	}
}

/* What has to be added to counts that miss the target, at these prices. */
static double brute_more(const struct instance *instance, const uint32_t *from, const double *prices)
{
	double least = INFINITY;

	for (uint32_t code = 0; code < COUNTS; code++) {
		uint32_t replicas[N];
		double sum = 0;

		counts_of(&instance->problem.blocks[0].workloads[0], code, replicas);
		for (uint32_t c = 0; c < N; c++)
			sum += replicas[c] < from[c] ? INFINITY : prices[c] * (replicas[c] - from[c]);
		if (sum < least && meets(instance, replicas))
			least = sum;
	}
	return least;
}

static void the_nearest_counts_meet_the_target(void **state)
{
	size_t reached = 0;

	(void)state;
	seed = 17;
	print_message("seed %u\n", (unsigned)seed);
	for (size_t i = 0; i < HK_COUNT(worlds); i++) {
		struct instance instance;
		struct hk_hull *hull;

		instance_open(&instance, worlds[i]);
		hull = hk_hull_open(&instance.problem, 0, 0);
		for (int turn = 0; turn < 20; turn++) {
			uint32_t replicas[N], least[N] = { 0 }, most[N];
			double prices[N], more;

			for (uint32_t c = 0; c < N; c++) {
				replicas[c] = (uint32_t)(some() * 3);
				if (replicas[c] > instance.problem.blocks[0].workloads[0].candidates[c].max_replicas)
					replicas[c] = 0;
				prices[c] = 0.1 + some();
			}
			more = hk_hull_nearest(hull, replicas, prices, NULL, least);
			assert_true(more >= brute_more(&instance, replicas, prices) - 1e-9);
			assert_true((more <= 0) == meets(&instance, replicas));
			for (uint32_t c = 0; c < N; c++)
				most[c] = least[c] > replicas[c] ? least[c] : replicas[c];
			reached += isfinite(more) ? 1 : 0;
			/* domains are filled whatever one place in them has room for */
			assert_true(isinf(more) || most[4] + most[5] > 4 || meets(&instance, most));
		}
		hk_hull_close(hull);
		instance_close(&instance);
	}
	assert_true(reached > 40);
}

/* As if the walk had ended before this sum. */
static struct hk_hull cut_short(const struct hk_hull *hull, uint32_t tail)
{
	struct hk_hull cut = *hull;

	cut.n_lists = 0;
	for (size_t i = 0; i < hull->n_lists; i++) {
		uint32_t sum = 0;

		for (uint32_t d = 0; d < hull->n; d++)
			sum += hull->parts.v[i * hull->n + d];
		cut.n_lists += sum < tail;
	}
	cut.tail = tail;
	cut.whole = false;
	return cut;
}

/* What a list leaves out is still below everything it could be, and above nothing but the number of replicas. */
static void a_short_list_is_a_bound(void **state)
{
	size_t tight = 0;

	(void)state;
	seed = 13;
	print_message("seed %u\n", (unsigned)seed);
	for (size_t i = 0; i < HK_COUNT(worlds); i++) {
		struct instance instance;
		struct hk_hull *hull;

		instance_open(&instance, worlds[i]);
		hull = hk_hull_open(&instance.problem, 0, 0);
		for (uint32_t tail = hull->need + 1; tail < 12; tail++) {
			struct hk_hull cut = cut_short(hull, tail);

			for (int turn = 0; turn < 60; turn++) {
				double prices[N], least;

				for (uint32_t c = 0; c < N; c++)
					prices[c] = some() < 0.2 ? 0 : 0.1 + some();
				least = hk_hull_least(&cut, prices);
				assert_true(least <= hk_hull_least(hull, prices) + 1e-12);
				tight += least > 0.8 * hk_hull_least(hull, prices) ? 1 : 0;
			}
		}
		hk_hull_close(hull);
		instance_close(&instance);
	}
	assert_true(tight > 600);
}

/* Where there is less room than the clusters have: rows keep every count that there is room for, and say more than without. */
static void little_room_is_a_bound_too(void **state)
{
	size_t rows = 0;

	(void)state;
	seed = 19;
	print_message("seed %u\n", (unsigned)seed);
	for (int turn = 0; turn < 60; turn++) {
		struct instance instance;
		struct hk_cuts cuts = { 0 };
		struct hk_hull *hull, *within;
		struct hk_place_workload *placed;
		uint32_t most[N];

		instance_open(&instance, worlds[(size_t)turn % HK_COUNT(worlds)]);
		placed = &instance.problem.blocks[0].workloads[0];
		hull = hk_hull_open(&instance.problem, 0, 0);
		for (uint32_t c = 0; c < N; c++)
			placed->candidates[c].max_replicas = most[c] = (uint32_t)fmin(placed->candidates[c].max_replicas, floor(some() * (MOST + 1)));
		within = hk_hull_open_within(hull, &instance.problem, most);
		for (int again = 0; within && again < 20; again++) {
			double counts[N], values[N], all[N], least, least_all;

			for (uint32_t c = 0; c < N; c++)
				counts[c] = most[c] * some();
			hk_hull_cut(within, counts, &cuts);
			/* a point that all counts may violate, those there is room for violate as well */
			assert_true(!hk_hull_row(hull, counts, all, &least_all) || hk_hull_row(within, counts, values, &least));
		}
		rows += look_at_rows(&instance, &cuts);
		hk_hull_close(hull);
		hk_hull_close(within);
		hk_cuts_release(&cuts);
		instance_close(&instance);
	}
	assert_true(rows > 60);
}

static void nothing_is_said_without_a_target(void **state)
{
	struct instance instance;

	(void)state;
	instance_open(&instance, WORLD NO_TARGET);
	assert_null(hk_hull_open(&instance.problem, 0, 0));
	instance_close(&instance);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_keep_every_count_that_meets_the_target),
		cmocka_unit_test(the_least_cost_is_that_of_the_cheapest_counts),
		cmocka_unit_test(the_nearest_counts_meet_the_target),
		cmocka_unit_test(a_short_list_is_a_bound),
		cmocka_unit_test(little_room_is_a_bound_too),
		cmocka_unit_test(nothing_is_said_without_a_target),
	};

	return cmocka_run_group_tests_name("hull", tests, NULL, NULL);
}
