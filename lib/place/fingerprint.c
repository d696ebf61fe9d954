/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "place/warm.h"

#include "base/digest.h"
#include "place/milp_form.h"
#include "place/route.h"

#include <string.h>

static uint64_t shorten(struct hk_sha256 *sha)
{
	char text[HK_SHA256_TEXT];
	uint64_t value = 0;

	hk_sha256_final(sha, text);
	for (int i = 0; i < HK_FINGERPRINT_DIGITS; i++)
		value = value << 4 | (uint64_t)(text[i] <= '9' ? text[i] - '0' : text[i] - 'a' + 10);
	return value;
}

static void add_text(struct hk_sha256 *sha, const char *text)
{
	hk_sha256_update(sha, text, strlen(text) + 1);
}

static void add_number(struct hk_sha256 *sha, double value)
{
	/* -0 and 0 are the same number */
	value = value == 0 ? 0 : value;
	hk_sha256_update(sha, &value, sizeof value);
}

static void add_whole(struct hk_sha256 *sha, uint64_t value)
{
	hk_sha256_update(sha, &value, sizeof value);
}

void hk_fingerprints_open(struct hk_fingerprints *fingerprints, const struct hk_problem *problem)
{
	const struct hk_model *model = problem->model;

	*fingerprints = (struct hk_fingerprints){ .problem = problem };
	fingerprints->clusters = hk_arena_array(&fingerprints->arena, model->n_clusters + 1, sizeof *fingerprints->clusters);
	fingerprints->links = hk_arena_array(&fingerprints->arena, model->n_links + 1, sizeof *fingerprints->links);
	for (size_t c = 0; c < model->n_clusters; c++) {
		struct hk_sha256 sha;

		hk_sha256_init(&sha);
		add_text(&sha, model->clusters[c].name);
		fingerprints->clusters[c] = shorten(&sha);
	}
	for (size_t l = 0; l < model->n_links; l++) {
		struct hk_sha256 sha;

		hk_sha256_init(&sha);
		add_text(&sha, model->clusters[model->links[l].from].name);
		add_text(&sha, model->clusters[model->links[l].to].name);
		/* parallel links of a pair differ in these */
		add_number(&sha, model->links[l].latency);
		add_number(&sha, model->links[l].bandwidth);
		fingerprints->links[l] = shorten(&sha);
	}
}

void hk_fingerprints_close(struct hk_fingerprints *fingerprints)
{
	hk_arena_release(&fingerprints->arena);
}

/* What replicas and traffic take of the coupling rows, and where. */
static void add_uses(const struct hk_fingerprints *fingerprints, uint32_t index, struct hk_sha256 *sha)
{
	struct hk_crossings crossings = { 0 };
	const struct hk_problem *problem = fingerprints->problem;
	const struct hk_model *model = problem->model;
	const struct hk_block *block = &problem->blocks[index];

	for (uint32_t w = 0; w < block->n_workloads; w++) {
		const struct hk_place_workload *placed = &block->workloads[w];

		for (size_t r = 0; r < model->n_resources; r++)
			if (placed->request[r] > 0) {
				add_text(sha, model->resources[r]);
				add_number(sha, placed->request[r]);
			}
		for (uint32_t c = 0; c < placed->n_candidates; c++)
			add_whole(sha, fingerprints->clusters[placed->candidates[c].cluster]);
	}
	for (uint32_t e = 0; e < block->n_edges; e++) {
		const struct hk_edge *edge = &block->edges[e];

		add_number(sha, edge->size * edge->rate);
		for (uint32_t a = 0; a < edge->n_arcs && edge->size * edge->rate > 0; a++) {
			uint32_t from = hk_edge_from_cluster(block, edge, &edge->arcs[a]), to = hk_edge_to_cluster(block, edge, &edge->arcs[a]);

			hk_route_crossings(problem->routes, from, to, &crossings);
			add_whole(sha, from == to ? 0 : hk_route_between(problem->routes, from, to).n_links);
			for (size_t i = 0; i < crossings.n; i++)
				add_whole(sha, fingerprints->links[crossings.v[i].link]);
		}
	}
	hk_vec_release(&crossings);
}

static void add_model(const struct hk_milp *milp, struct hk_sha256 *sha)
{
	add_whole(sha, milp->columns.n);
	for (size_t j = 0; j < milp->columns.n; j++) {
		add_number(sha, milp->columns.v[j].lower);
		add_number(sha, milp->columns.v[j].upper);
		add_number(sha, milp->columns.v[j].cost);
		add_whole(sha, milp->columns.v[j].integer);
	}
	add_whole(sha, milp->rows.n);
	for (size_t i = 0; i < milp->rows.n; i++) {
		const struct hk_milp_row *row = &milp->rows.v[i];

		add_whole(sha, row->sense);
		add_number(sha, row->rhs);
		add_whole(sha, row->count);
		for (size_t k = 0; k < row->count; k++) {
			add_whole(sha, milp->terms.v[row->first + k].column);
			add_number(sha, milp->terms.v[row->first + k].value);
		}
	}
}

void hk_fingerprints_block(const struct hk_fingerprints *fingerprints, uint32_t block, char text[HK_FINGERPRINT_DIGITS + 1])
{
	struct hk_form form;
	struct hk_sha256 sha;
	char digits[HK_SHA256_TEXT];

	hk_sha256_init(&sha);
	hk_form_build(&form, fingerprints->problem, &block, 1, NULL);
	add_model(&form.milp, &sha);
	hk_form_release(&form);
	add_uses(fingerprints, block, &sha);
	hk_sha256_final(&sha, digits);
	memcpy(text, digits, HK_FINGERPRINT_DIGITS);
	text[HK_FINGERPRINT_DIGITS] = '\0';
}
