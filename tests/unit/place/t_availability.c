/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "place/availability.h"

#include <math.h>

#define SEED 20240611u
#define MAX_CLUSTERS 4
#define MAX_NODES 3

static void assert_near(double a, double b, double tolerance)
{
	if (!(fabs(a - b) <= tolerance))
		fail_msg("%.17g is not %.17g", a, b);
}

struct world {
	struct hk_cluster clusters[MAX_CLUSTERS];
	struct hk_model model;
	struct hk_replica_group groups[MAX_CLUSTERS];
	uint32_t per_node[MAX_CLUSTERS][MAX_NODES];
	size_t n_groups;
};

static const char *const names[] = { "a", "b", "c", "d" };
static const char *const domains[] = { "x", "y", "z" };

static void make_world(struct world *w, struct hk_rng *rng)
{
	uint32_t n = 1 + (uint32_t)hk_rng_below(rng, MAX_CLUSTERS);

	memset(w, 0, sizeof *w);
	w->model.clusters = w->clusters;
	w->model.n_clusters = n;
	for (uint32_t c = 0; c < n; c++) {
		struct hk_replica_group *group = &w->groups[w->n_groups];

		w->clusters[c] = (struct hk_cluster){ .name = names[c], .failure_domain = domains[hk_rng_below(rng, 3)],
						      .availability = 0.5 + hk_rng_unit(rng) / 2,
						      .node_availability = 0.5 + hk_rng_unit(rng) / 2 };
		if (!hk_rng_below(rng, 4))
			continue;
		group->cluster = c;
		group->n_nodes = 1 + (uint32_t)hk_rng_below(rng, MAX_NODES);
		group->per_node = w->per_node[w->n_groups];
		for (uint32_t i = 0; i < group->n_nodes; i++) {
			w->per_node[w->n_groups][i] = 1 + (uint32_t)hk_rng_below(rng, 3);
			group->replicas += w->per_node[w->n_groups][i];
		}
		w->n_groups++;
	}
}

/* Every state of every domain and every node. */
static double by_enumeration(const struct world *w, uint32_t need)
{
	double total = 0;
	uint32_t n_nodes = 0;

	for (size_t g = 0; g < w->n_groups; g++)
		n_nodes += w->groups[g].n_nodes;
	for (uint32_t d = 0; d < 8; d++) {
		for (uint32_t state = 0; state < 1u << n_nodes; state++) {
			double p = 1, least[3] = { 1, 1, 1 };
			uint32_t up = 0, bit = 0;

			for (size_t c = 0; c < w->model.n_clusters; c++) {
				size_t at = (size_t)(w->clusters[c].failure_domain[0] - 'x');
				least[at] = fmin(least[at], w->clusters[c].availability);
			}
			for (uint32_t i = 0; i < 3; i++)
				p *= d >> i & 1 ? least[i] : 1 - least[i];
			for (size_t g = 0; g < w->n_groups; g++) {
				const struct hk_cluster *cluster = &w->clusters[w->groups[g].cluster];

				for (uint32_t i = 0; i < w->groups[g].n_nodes; i++, bit++) {
					bool on = state >> bit & 1;

					p *= on ? cluster->node_availability : 1 - cluster->node_availability;
					if (on && d >> (cluster->failure_domain[0] - 'x') & 1)
						up += w->groups[g].per_node[i];
				}
			}
			total += up >= need ? p : 0;
		}
	}
	return total;
}

static void equals_enumeration(void **state)
{
	struct hk_rng rng;
	struct world w;

	(void)state;
	print_message("seed %u\n", SEED);
	hk_rng_seed(&rng, SEED);
	for (int round = 0; round < 300; round++) {
		uint32_t need = 1 + (uint32_t)hk_rng_below(&rng, 9);

		make_world(&w, &rng);
		assert_near(hk_availability(&w.model, w.groups, w.n_groups, need), by_enumeration(&w, need), 1e-12);
	}
}

static void one_node_each_equals_listed_nodes(void **state)
{
	struct hk_rng rng;
	uint32_t ones[40];

	(void)state;
	print_message("seed %u\n", SEED + 1);
	hk_rng_seed(&rng, SEED + 1);
	for (size_t i = 0; i < 40; i++)
		ones[i] = 1;
	for (int round = 0; round < 300; round++) {
		struct hk_cluster clusters[2] = { { .name = "a", .availability = hk_rng_unit(&rng), .node_availability = hk_rng_unit(&rng) },
						  { .name = "b", .availability = hk_rng_unit(&rng), .node_availability = hk_rng_unit(&rng) } };
		struct hk_model model = { .clusters = clusters, .n_clusters = 2 };
		uint32_t n = 1 + (uint32_t)hk_rng_below(&rng, 40), m = 1 + (uint32_t)hk_rng_below(&rng, 40), need = 1 + (uint32_t)hk_rng_below(&rng, n + m);
		struct hk_replica_group alone[2] = { { 0, n, NULL, 0 }, { 1, m, NULL, 0 } }, listed[2] = { { 0, n, ones, n }, { 1, m, ones, m } };

		assert_near(hk_availability(&model, alone, 2, need), hk_availability(&model, listed, 2, need), 1e-12);
	}
}

static void follows_closed_formulas(void **state)
{
	struct hk_cluster clusters[3] = { { .name = "a", .availability = 0.99, .node_availability = 1 },
					  { .name = "b", .availability = 0.98, .node_availability = 1 },
					  { .name = "c", .availability = 0.9, .node_availability = 0.95, .failure_domain = "a" } };
	struct hk_model model = { .clusters = clusters, .n_clusters = 2 };
	struct hk_replica_group groups[2] = { { 0, 1, NULL, 0 }, { 1, 1, NULL, 0 } };
	uint32_t both[1] = { 2 };
	struct hk_replica_group shared = { 2, 2, both, 1 }, apart = { 2, 2, NULL, 0 };

	(void)state;
	assert_near(hk_availability(&model, groups, 2, 1), 1 - 0.01 * 0.02, 1e-15);
	assert_near(hk_availability(&model, groups, 2, 2), 0.99 * 0.98, 1e-15);
	assert_near(hk_availability(&model, groups, 1, 2), 0, 0);
	/* Cluster c names a's domain, which is then only as good as c. */
	clusters[0].failure_domain = "a";
	model.n_clusters = 3;
	assert_near(hk_availability(&model, groups, 1, 1), 0.9, 1e-15);
	assert_near(hk_availability(&model, &shared, 1, 2), 0.9 * 0.95, 1e-15);
	assert_near(hk_availability(&model, &apart, 1, 2), 0.9 * 0.95 * 0.95, 1e-15);
	assert_near(hk_availability(&model, &apart, 1, 1), 0.9 * (1 - 0.05 * 0.05), 1e-15);
}

/* All, and all but one, of a million up: the last terms of the binomial sum. */
static void keeps_digits_with_a_million_replicas(void **state)
{
	struct hk_cluster cluster = { .name = "a", .availability = 1, .node_availability = 1 - 1e-6 };
	struct hk_model model = { .clusters = &cluster, .n_clusters = 1 };
	struct hk_replica_group group = { 0, 1000000, NULL, 0 };
	double up = cluster.node_availability, none = exp(1e6 * log(up)), one = 1e6 * (1 - up) * exp(999999 * log(up));

	(void)state;
	assert_near(hk_availability(&model, &group, 1, 1000000), none, 1e-12);
	assert_near(hk_availability(&model, &group, 1, 999999), none + one, 1e-12);
}

/* The best P over every way to spread `total` over the clusters, each replica on a node of its own or several on one. */
static double best_spread(const struct hk_model *model, uint32_t total, uint32_t need)
{
	double best = 0;

	for (uint32_t x = 0; x <= total; x++) {
		for (uint32_t y = 0; x + y <= total; y++) {
			uint32_t left = total - x - y, counts[3] = { x, y, left };
			struct hk_replica_group groups[3];
			size_t n = 0;

			for (uint32_t c = 0; c < 3; c++)
				if (counts[c])
					groups[n++] = (struct hk_replica_group){ c, counts[c], NULL, 0 };
			best = fmax(best, hk_availability(model, groups, n, need));
		}
	}
	return best;
}

static void least_is_a_bound_and_exact_when_rooms_are_alike(void **state)
{
	struct hk_rng rng;

	(void)state;
	print_message("seed %u\n", SEED + 2);
	hk_rng_seed(&rng, SEED + 2);
	for (int round = 0; round < 100; round++) {
		bool alike = hk_rng_below(&rng, 2);
		double a = 0.7 + 0.3 * hk_rng_unit(&rng), b = 0.8 + 0.2 * hk_rng_unit(&rng), target = 0.7 + 0.2999 * hk_rng_unit(&rng);
		uint32_t need = 1 + (uint32_t)hk_rng_below(&rng, 4), least, exact;
		struct hk_cluster clusters[3];
		struct hk_replica_room rooms[3];
		struct hk_model model = { .clusters = clusters, .n_clusters = 3 };

		for (uint32_t c = 0; c < 3; c++) {
			clusters[c] = (struct hk_cluster){ .name = names[c], .availability = alike ? a : 0.7 + 0.3 * hk_rng_unit(&rng),
							   .node_availability = alike ? b : 0.8 + 0.2 * hk_rng_unit(&rng) };
			rooms[c] = (struct hk_replica_room){ clusters[c].availability, clusters[c].node_availability, 100, true };
		}
		least = hk_availability_least(rooms, 3, need, target);
		for (exact = need; exact <= 16 && best_spread(&model, exact, need) < target; exact++)
			;
		assert_true(least <= exact || exact > 16);
		if (alike && exact <= 16)
			assert_int_equal(least, exact);
	}
}

static void sharing_nodes_is_never_cut_off(void **state)
{
	struct hk_replica_room room = { 1, 0.99, 10, false };

	(void)state;
	/* Two replicas on one node: both up with 0.99, more than 0.98; on two nodes only 0.9801. */
	assert_int_equal(hk_availability_least(&room, 1, 2, 0.985), 2);
	room.own_nodes = true;
	assert_int_equal(hk_availability_least(&room, 1, 2, 0.985), 3);
	room.own_nodes = false;
	assert_int_equal(hk_availability_least(&room, 1, 2, 0.999), 3);
}

static void targets_out_of_reach_are_told(void **state)
{
	struct hk_replica_room rooms[2] = { { 0.9, 1, 5, true }, { 0.9, 1, 5, true } };

	(void)state;
	assert_int_equal(hk_availability_least(rooms, 2, 1, 0.995), UINT32_MAX);
	assert_int_equal(hk_availability_least(rooms, 2, 1, 0.99), 2);
	assert_int_equal(hk_availability_least(rooms, 2, 1, 0.9), 1);
	assert_int_equal(hk_availability_least(rooms, 2, 40, 0.95), 80);
	assert_int_equal(hk_availability_least(rooms, 0, 1, 0.5), UINT32_MAX);
}

static void useful_counts_end(void **state)
{
	(void)state;
	assert_int_equal(hk_availability_useful(1, 7, 7), 7);
	/* 0.01^6 = 1e-12. */
	assert_int_equal(hk_availability_useful(0.99, 1, 8), 6);
	assert_int_equal(hk_availability_useful(0.99, 2, 1), 8);
	assert_int_equal(hk_availability_useful(0.99, 2, 2), 12);
	assert_true(hk_availability_useful(1e-9, 50000, 50000) <= (uint32_t)1 << 30);
	assert_true(hk_availability_useful(0.999, 1000, 1000) >= 3000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equals_enumeration),
		cmocka_unit_test(one_node_each_equals_listed_nodes),
		cmocka_unit_test(follows_closed_formulas),
		cmocka_unit_test(keeps_digits_with_a_million_replicas),
		cmocka_unit_test(least_is_a_bound_and_exact_when_rooms_are_alike),
		cmocka_unit_test(sharing_nodes_is_never_cut_off),
		cmocka_unit_test(targets_out_of_reach_are_told),
		cmocka_unit_test(useful_counts_end),
	};

	return cmocka_run_group_tests_name("place/availability", tests, NULL, NULL);
}
