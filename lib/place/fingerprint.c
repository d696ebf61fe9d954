/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "place/warm.h"

#include "place/milp_form.h"
#include "place/route.h"

#include <string.h>

/*
 * Two lanes of multiplications with odd numbers, whose high bits come back to the low ones: what enters a lane can be told from what it becomes. A digest that
 * nobody can forge is not asked for: who can change fingerprints can change bounds as well, and both are under the plan's id.
 */
struct mixer { uint64_t left, right; };

static const struct mixer mixer_start = { 0x6a09e667f3bcc908, 0xbb67ae8584caa73b };

static void add_whole(struct mixer *mixer, uint64_t value)
{
	uint64_t left = (mixer->left ^ value) * 0x9e3779b97f4a7c15, right = (mixer->right + value) * 0xd6e8feb86659fd93;

	mixer->left = left ^ left >> 32;
	mixer->right = right ^ right >> 29;
}

static uint64_t mixed(const struct mixer *mixer)
{
	struct mixer last = *mixer;

	for (int i = 0; i < 3; i++)
		add_whole(&last, last.left ^ last.right);
	return last.left ^ last.right;
}

static void add_text(struct mixer *mixer, const char *text)
{
	size_t n = strlen(text);

	add_whole(mixer, n);
	for (size_t i = 0; i < n; i += 8) {
		uint64_t word = 0;

		for (size_t k = i; k < n && k < i + 8; k++)
			word = word << 8 | (unsigned char)text[k];
		add_whole(mixer, word);
	}
}

static void add_number(struct mixer *mixer, double value)
{
	uint64_t bits;

	/* -0 and 0 are the same number */
	value = value == 0 ? 0 : value;
	memcpy(&bits, &value, sizeof bits);
	add_whole(mixer, bits);
}

void hk_fingerprints_open(struct hk_fingerprints *fingerprints, const struct hk_problem *problem)
{
	const struct hk_model *model = problem->model;

	*fingerprints = (struct hk_fingerprints){ .problem = problem };
	fingerprints->clusters = hk_arena_array(&fingerprints->arena, model->n_clusters + 1, sizeof *fingerprints->clusters);
	fingerprints->links = hk_arena_array(&fingerprints->arena, model->n_links + 1, sizeof *fingerprints->links);
	for (size_t c = 0; c < model->n_clusters; c++) {
		struct mixer mixer = mixer_start;

		add_text(&mixer, model->clusters[c].name);
		fingerprints->clusters[c] = mixed(&mixer);
	}
	for (size_t l = 0; l < model->n_links; l++) {
		struct mixer mixer = mixer_start;

		add_text(&mixer, model->clusters[model->links[l].from].name);
		add_text(&mixer, model->clusters[model->links[l].to].name);
		/* parallel links of a pair differ in these */
		add_number(&mixer, model->links[l].latency);
		add_number(&mixer, model->links[l].bandwidth);
		fingerprints->links[l] = mixed(&mixer);
	}
}

void hk_fingerprints_close(struct hk_fingerprints *fingerprints)
{
	hk_arena_release(&fingerprints->arena);
}

/* What replicas and traffic take of the coupling rows, and where. */
static void add_uses(const struct hk_fingerprints *fingerprints, uint32_t index, struct mixer *mixer)
{
	struct hk_crossings crossings = { 0 };
	const struct hk_problem *problem = fingerprints->problem;
	const struct hk_model *model = problem->model;
	const struct hk_block *block = &problem->blocks[index];

	for (uint32_t w = 0; w < block->n_workloads; w++) {
		const struct hk_place_workload *placed = &block->workloads[w];

		for (size_t r = 0; r < model->n_resources; r++)
			if (placed->request[r] > 0) {
				add_text(mixer, model->resources[r]);
				add_number(mixer, placed->request[r]);
			}
		for (uint32_t c = 0; c < placed->n_candidates; c++)
			add_whole(mixer, fingerprints->clusters[placed->candidates[c].cluster]);
	}
	for (uint32_t e = 0; e < block->n_edges; e++) {
		const struct hk_edge *edge = &block->edges[e];

		add_number(mixer, edge->size * edge->rate);
		for (uint32_t a = 0; a < edge->n_arcs && edge->size * edge->rate > 0; a++) {
			uint32_t from = hk_edge_from_cluster(block, edge, &edge->arcs[a]), to = hk_edge_to_cluster(block, edge, &edge->arcs[a]);

			hk_route_crossings(problem->routes, from, to, &crossings);
			add_whole(mixer, from == to ? 0 : hk_route_between(problem->routes, from, to).n_links);
			for (size_t i = 0; i < crossings.n; i++) {
				add_whole(mixer, fingerprints->links[crossings.v[i].link]);
				add_number(mixer, crossings.v[i].part);
			}
		}
	}
	hk_vec_release(&crossings);
}

static void add_model(const struct hk_milp *milp, struct mixer *mixer)
{
	add_whole(mixer, milp->columns.n);
	for (size_t j = 0; j < milp->columns.n; j++) {
		add_number(mixer, milp->columns.v[j].lower);
		add_number(mixer, milp->columns.v[j].upper);
		add_number(mixer, milp->columns.v[j].cost);
		add_whole(mixer, milp->columns.v[j].integer);
	}
	add_whole(mixer, milp->rows.n);
	for (size_t i = 0; i < milp->rows.n; i++) {
		const struct hk_milp_row *row = &milp->rows.v[i];

		add_whole(mixer, row->sense);
		add_number(mixer, row->rhs);
		add_whole(mixer, row->count);
		for (size_t k = 0; k < row->count; k++) {
			add_whole(mixer, milp->terms.v[row->first + k].column);
			add_number(mixer, milp->terms.v[row->first + k].value);
		}
	}
}

void hk_fingerprints_block(const struct hk_fingerprints *fingerprints, uint32_t block, char text[HK_FINGERPRINT_DIGITS + 1])
{
	static const char digits[] = "0123456789abcdef";
	struct hk_form form;
	struct mixer mixer = mixer_start;
	uint64_t value;

	hk_form_build(&form, fingerprints->problem, &block, 1, NULL);
	add_model(&form.milp, &mixer);
	hk_form_release(&form);
	add_uses(fingerprints, block, &mixer);
	value = mixed(&mixer);
	for (int i = 0; i < HK_FINGERPRINT_DIGITS; i++)
		text[i] = digits[value >> (60 - 4 * i) & 15];
	text[HK_FINGERPRINT_DIGITS] = '\0';
}
