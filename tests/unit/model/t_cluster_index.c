/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "model/cluster_index.h"

#define SEED 31u
enum { CLUSTERS = 60, KEYS = 3 };

static const char *const keys[] = { "region", "tier", "zone", "absent" };
static const char *const values[] = { "a", "b", "c", "d", "e" };

struct world { struct hk_cluster clusters[CLUSTERS]; struct hk_label labels[CLUSTERS][KEYS]; struct hk_model model; };

static void random_world(struct world *w, struct hk_rng *rng)
{
	memset(w, 0, sizeof *w);
	w->model = (struct hk_model){ .clusters = w->clusters, .n_clusters = CLUSTERS };
	for (size_t c = 0; c < CLUSTERS; c++) {
		w->clusters[c].labels.v = w->labels[c];
		for (size_t k = 0; k < KEYS; k++)
			if (hk_rng_below(rng, 4) > 0)
				w->labels[c][w->clusters[c].labels.n++] = (struct hk_label){ keys[k], values[hk_rng_below(rng, 5)] };
	}
}

/* Nothing that matches is missing, all are there once and in order, and something was left out. */
static size_t compare(const struct world *w, const struct hk_selector *selector, const struct hk_cluster_list *list)
{
	size_t at = 0;

	for (uint32_t c = 0; c < CLUSTERS; c++) {
		bool listed = at < list->n && list->v[at] == c;

		assert_true(listed || !hk_selector_matches(selector, &w->clusters[c].labels));
		at += listed;
	}
	assert_int_equal(at, list->n);
	return CLUSTERS - list->n;
}

static void holds_all_that_match(void **state)
{
	struct hk_cluster_list list = { 0 };
	struct hk_rng rng;
	size_t left_out = 0, any = 0;

	(void)state;
	print_message("seed %u\n", SEED);
	hk_rng_seed(&rng, SEED);
	for (int round = 0; round < 300; round++) {
		struct hk_selector_term terms[3];
		const char *wanted[3][2];
		struct hk_selector selector = { .terms = terms, .n_terms = hk_rng_below(&rng, 4) };
		struct hk_arena arena = HK_ARENA_INIT;
		struct hk_cluster_index index;
		struct world w;
		bool telling = false;

		random_world(&w, &rng);
		for (size_t t = 0; t < selector.n_terms; t++) {
			/* the same value twice is allowed */
			wanted[t][0] = values[hk_rng_below(&rng, 5)];
			wanted[t][1] = values[hk_rng_below(&rng, 5)];
			terms[t] = (struct hk_selector_term){ keys[hk_rng_below(&rng, 4)], (enum hk_selector_op)hk_rng_below(&rng, HK_OP_GREATER), wanted[t],
							      1 + hk_rng_below(&rng, 2) };
			telling = telling || terms[t].op == HK_OP_IN;
		}
		hk_cluster_index_open(&index, &w.model, &arena);
		assert_int_equal(hk_cluster_index_narrow(&index, &selector, &list), telling);
		if (telling)
			left_out += compare(&w, &selector, &list);
		else
			any++;
		assert_true(telling || list.n == 0);
		hk_arena_release(&arena);
	}
	assert_true(left_out > 1000 && any > 10);
	hk_vec_release(&list);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(holds_all_that_match) };

	return cmocka_run_group_tests_name("model/cluster index", tests, NULL, NULL);
}
