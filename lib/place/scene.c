/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "place/scene.h"

#include "place/availability.h"
#include "place/cuts_packing.h"
#include "place/domain.h"
#include "place/milp_form.h"
#include "place/pack_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Combinations of splits that are tried before a target counts as within reach. */
enum { CHOICES_MAX = 3000 };

static void own_nodes_tail(uint32_t x, double up, double *tail)
{
	double *chance = hk_calloc((size_t)x + 1, sizeof *chance), sum = 0;

	chance[0] = 1;
	for (uint32_t i = 0; i < x; i++)
		for (uint32_t k = i + 2; k-- > 0;)
			chance[k] = chance[k] * (1 - up) + (k > 0 ? chance[k - 1] * up : 0);
	for (uint32_t j = x + 1; j-- > 0;)
		tail[j] = sum += chance[j];
	hk_cleanup_free(&chance);
}

/* How the replicas may survive while their domain is up. */
static const struct hk_splits *splits_of(struct hk_scene *s, uint32_t candidate, uint32_t x)
{
	double up = s->problem->model->clusters[s->placed->candidates[candidate].cluster].node_availability;
	struct hk_splits *splits = &s->splits[candidate][x];

	if (splits->best)
		return splits;
	if (up < 1 && s->shares[candidate]) {
		if (s->company && hk_company_splits(s, candidate, x, splits))
			return splits;
		hk_splits_find(splits, &s->arena, s->caps[candidate], s->nodes[candidate], x, s->need, up);
		return splits;
	}
	splits->best = hk_arena_array(&s->arena, (size_t)x + 1, sizeof *splits->best);
	splits->tails = hk_arena_array(&s->arena, 1, sizeof *splits->tails);
	splits->tails[0] = splits->best;
	splits->n = 1;
	own_nodes_tail(x, up, splits->best);
	return splits;
}

/* into := distribution of the sum, everything from need on counted as need. Most have few outcomes: none or all. */
static void add_independent(struct hk_scene *s, double *into, const double *tail, uint32_t x)
{
	uint32_t most = x < s->need ? x : s->need, n = 0;

	for (uint32_t j = 0; j <= most; j++) {
		s->outcome[n] = (struct hk_outcome){ j, j < most ? tail[j] - tail[j + 1] : tail[j] };
		n += s->outcome[n].chance > 0;
	}
	memset(s->sum, 0, ((size_t)s->need + 1) * sizeof *s->sum);
	for (uint32_t a = 0; a <= s->need; a++)
		for (uint32_t i = 0; into[a] > 0 && i < n; i++) {
			uint32_t both = a + s->outcome[i].up < s->need ? a + s->outcome[i].up : s->need;

			s->sum[both] += into[a] * s->outcome[i].chance;
		}
	memcpy(into, s->sum, ((size_t)s->need + 1) * sizeof *into);
}

/* P(at least need up) with the splits chosen, or at most this when for every number of survivors the best one counts. */
static double chance_of(struct hk_scene *s, const uint32_t *replicas, bool chosen)
{
	memset(s->total, 0, ((size_t)s->need + 1) * sizeof *s->total);
	s->total[0] = 1;
	for (uint32_t d = 0; d < s->n_domains; d++) {
		double *tail = s->within;
		bool any = false;

		memset(s->within, 0, ((size_t)s->need + 1) * sizeof *s->within);
		s->within[0] = 1;
		for (uint32_t c = 0; c < s->n; c++) {
			if (s->domain[c] != d || replicas[c] == 0)
				continue;
			const struct hk_splits *splits = splits_of(s, c, replicas[c]);

			add_independent(s, s->within, chosen ? splits->tails[s->choice[c]] : splits->best, replicas[c]);
			any = true;
		}
		if (!any)
			continue;
		for (uint32_t j = 0; j <= s->need; j++)
			s->within[j] = s->domain_up[d] * s->within[j] + (j == 0 ? 1 - s->domain_up[d] : 0);
		for (uint32_t j = s->need; j-- > 0;)
			tail[j] += tail[j + 1];
		add_independent(s, s->total, tail, s->need);
	}
	return s->total[s->need];
}

/* The next combination of splits; false after the last. */
static bool next_choice(struct hk_scene *s, const uint32_t *replicas)
{
	for (uint32_t c = 0; c < s->n; c++) {
		if (replicas[c] == 0)
			continue;
		if (++s->choice[c] < splits_of(s, c, replicas[c])->n)
			return true;
		s->choice[c] = 0;
	}
	return false;
}

/* However the replicas share nodes, with nothing else on them. */
bool hk_scene_misses(struct hk_scene *s, const uint32_t *replicas)
{
	double target = s->placed->availability * (1 - 1e-12), choices = 1;

	for (uint32_t c = 0; c < s->n; c++)
		if (replicas[c] > 0 && splits_of(s, c, replicas[c])->n == 0)
			return true;
	if (chance_of(s, replicas, false) < target)
		return true;
	for (uint32_t c = 0; c < s->n; c++) {
		s->choice[c] = 0;
		choices *= replicas[c] > 0 ? splits_of(s, c, replicas[c])->n : 1;
	}
	if (choices <= 1 || choices > CHOICES_MAX)
		return false;
	do {
		if (chance_of(s, replicas, true) >= target)
			return false;
	} while (next_choice(s, replicas));
	return true;
}

void hk_scene_raise_one(struct hk_scene *s, uint32_t *replicas, uint32_t candidate, uint32_t most)
{
	uint32_t low = replicas[candidate], high = most;

	while (low < high) {
		replicas[candidate] = high - (high - low) / 2;
		if (hk_scene_misses(s, replicas))
			low = replicas[candidate];
		else
			high = replicas[candidate] - 1;
	}
	replicas[candidate] = low;
}

void hk_scene_raise(struct hk_scene *s, uint32_t *replicas, const uint32_t *most)
{
	const struct hk_candidate *candidates = s->placed->candidates;
	uint32_t *order = hk_arena_array(&s->arena, (size_t)s->n + 1, sizeof *order);

	for (uint32_t c = 0; c < s->n; c++) {
		uint32_t at = c;

		for (; at > 0 && candidates[order[at - 1]].replica_cost > candidates[c].replica_cost; at--)
			order[at] = order[at - 1];
		order[at] = c;
	}
	for (uint32_t k = 0; k < s->n; k++)
		hk_scene_raise_one(s, replicas, order[k], most[order[k]] < s->most[order[k]] ? most[order[k]] : s->most[order[k]]);
}

int hk_counts_falling(const void *left, const void *right)
{
	uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;

	return (a < b) - (a > b);
}

/* Nodes of the candidate by how many replicas they take; of equal ones no more than there are replicas. */
static void list_nodes(struct hk_scene *s, uint32_t candidate, uint32_t pipeline)
{
	uint32_t cluster = s->placed->candidates[candidate].cluster, n = 0, most = s->most[candidate];
	const struct hk_cluster *where = &s->problem->model->clusters[cluster];

	if (!s->shares[candidate])
		return;
	s->caps[candidate] = hk_arena_array(&s->arena, where->n_nodes * (size_t)most + 1, sizeof *s->caps[candidate]);
	for (uint32_t g = 0; g < where->n_nodes; g++) {
		uint32_t fits = hk_pack_on_node(s->problem, cluster, g, pipeline, s->placed->workload);

		for (uint32_t i = 0; fits > 0 && i < where->nodes[g].count && i < most; i++)
			s->caps[candidate][n++] = fits;
	}
	qsort(s->caps[candidate], n, sizeof *s->caps[candidate], hk_counts_falling);
	s->nodes[candidate] = n;
}

void hk_scene_open(struct hk_scene *s, const struct hk_problem *problem, uint32_t block, uint32_t workload)
{
	const struct hk_block *b = &problem->blocks[block];
	const struct hk_place_workload *placed = &b->workloads[workload];
	const struct hk_model *model = problem->model;
	uint32_t *of = hk_calloc(model->n_clusters + 1, sizeof *of);

	*s = (struct hk_scene){ .problem = problem, .placed = placed, .block = block, .workload = workload, .n = placed->n_candidates, .need = placed->need };
	s->domain = hk_arena_array(&s->arena, (size_t)s->n + 1, sizeof *s->domain);
	s->domain_up = hk_arena_array(&s->arena, (size_t)s->n + 1, sizeof *s->domain_up);
	s->shares = hk_arena_array(&s->arena, (size_t)s->n + 1, sizeof *s->shares);
	s->nodes = hk_arena_array(&s->arena, (size_t)s->n + 1, sizeof *s->nodes);
	s->caps = hk_arena_array(&s->arena, (size_t)s->n + 1, sizeof *s->caps);
	s->choice = hk_arena_array(&s->arena, (size_t)s->n + 1, sizeof *s->choice);
	s->most = hk_arena_array(&s->arena, (size_t)s->n + 1, sizeof *s->most);
	s->splits = hk_arena_array(&s->arena, (size_t)s->n + 1, sizeof *s->splits);
	s->total = hk_arena_array(&s->arena, (size_t)s->need + 1, sizeof *s->total);
	s->within = hk_arena_array(&s->arena, (size_t)s->need + 1, sizeof *s->within);
	s->sum = hk_arena_array(&s->arena, (size_t)s->need + 1, sizeof *s->sum);
	s->outcome = hk_arena_array(&s->arena, (size_t)s->need + 2, sizeof *s->outcome);
	hk_domain_table(model, HK_LEVEL_FAILURE_DOMAIN, of);
	for (uint32_t c = 0; c < s->n; c++) {
		uint32_t cluster = placed->candidates[c].cluster, same = 0;

		while (same < c && of[placed->candidates[same].cluster] != of[cluster])
			same++;
		s->domain[c] = same < c ? s->domain[same] : s->n_domains++;
		s->domain_up[s->domain[c]] = hk_domain_availability(model, cluster);
		s->shares[c] = !model->clusters[cluster].unlimited &&
		    !hk_pack_alone_on_node(&model->pipelines[b->pipeline].workloads[placed->workload], placed->workload);
		s->most[c] = hk_form_most(problem, b, workload, c);
		s->splits[c] = hk_arena_array(&s->arena, (size_t)s->most[c] + 1, sizeof *s->splits[c]);
		list_nodes(s, c, b->pipeline);
	}
	hk_cleanup_free(&of);
}

void hk_scene_close(struct hk_scene *s)
{
	hk_arena_release(&s->arena);
}
