/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Replicas that cost nothing end up anywhere: the best plan has no opinion about them. The fewest win, so idle ones that no rule asks for go, in the order of
 * names. What is left out has no price, so the objective stays what it is.
 */
#include "place/availability.h"
#include "place/solve_internal.h"

#include <math.h>

struct spare {
	const struct hk_problem *problem;
	struct hk_kept *best;
	uint32_t block, workload;
	const struct hk_place_workload *placed;
	const struct hk_workload *model;
	uint32_t total;
	struct hk_node_share *shares; size_t n_shares;      /* of this workload */
};

/* Others ask for it beside them, or it asks for a price of its own: left alone. */
static bool entangled(const struct spare *s)
{
	const struct hk_pipeline *pipeline = &s->problem->model->pipelines[s->problem->blocks[s->block].pipeline];

	for (size_t v = 0; v < pipeline->n_workloads; v++) {
		for (size_t t = 0; t < pipeline->workloads[v].n_together; t++)
			if (pipeline->workloads[v].together[t].required && pipeline->workloads[v].together[t].with == s->placed->workload)
				return true;
		for (size_t a = 0; a < pipeline->workloads[v].n_apart; a++)
			if (!pipeline->workloads[v].apart[a].required &&
			    (v == s->placed->workload || pipeline->workloads[v].apart[a].with == s->placed->workload))
				return true;
	}
	return s->model->has_spread;
}

/* The share to take one from: the emptiest node, the last of them. NULL where nodes are not listed. */
static struct hk_node_share *emptiest(const struct spare *s, uint32_t cluster)
{
	struct hk_node_share *found = NULL;

	for (size_t i = 0; i < s->n_shares; i++) {
		struct hk_node_share *share = &s->shares[i];

		if (share->cluster == cluster && share->replicas > 0 && (!found || share->replicas <= found->replicas))
			found = share;
	}
	return found;
}

static double chance(const struct spare *s)
{
	struct hk_replica_group *groups = hk_calloc((size_t)s->placed->n_candidates + 1, sizeof *groups);
	uint32_t *per_node = hk_calloc(s->n_shares + 1, sizeof *per_node), n = 0;
	size_t n_groups = 0;
	double up;

	for (uint32_t c = 0; c < s->placed->n_candidates; c++) {
		uint32_t first = n, cluster = s->placed->candidates[c].cluster, replicas = s->best->blocks[s->block].replicas[s->workload][c];

		for (size_t i = 0; i < s->n_shares; i++)
			if (s->shares[i].cluster == cluster && s->shares[i].replicas > 0)
				per_node[n++] = s->shares[i].replicas;
		if (replicas > 0)
			groups[n_groups++] = (struct hk_replica_group){ cluster, replicas, n > first ? per_node + first : NULL, n - first };
	}
	up = hk_availability(s->problem->model, groups, n_groups, s->placed->need);
	hk_cleanup_free(&groups);
	hk_cleanup_free(&per_node);
	return up;
}

static bool costs_nothing(const struct spare *s, uint32_t c)
{
	bool moves = s->placed->previous && s->placed->previous[c] >= s->best->blocks[s->block].replicas[s->workload][c] && s->placed->move_cost > 0;

	return !moves && !(s->placed->candidates[c].replica_cost > 0) && !(s->placed->candidates[c].replica_cost < 0);
}

/* Messages end there, be it those of a connection without a rate, which bring no load. */
static bool receives(const struct spare *s, uint32_t c)
{
	const struct hk_block *block = &s->problem->blocks[s->block];

	for (uint32_t e = 0; e < block->n_edges; e++)
		for (uint32_t a = 0; block->edges[e].to_kind == HK_END_WORKLOAD && block->edges[e].to == s->workload && a < block->edges[e].n_arcs; a++)
			if (block->edges[e].arcs[a].to == c && s->best->blocks[s->block].flow[e][a] > 0)
				return true;
	return false;
}

/* One replica fewer in this candidate, when nothing asks for it. */
static bool drop_one(struct spare *s, uint32_t c)
{
	uint32_t *replicas = &s->best->blocks[s->block].replicas[s->workload][c];
	double load = s->best->blocks[s->block].load[s->workload][c];
	struct hk_node_share *share = emptiest(s, s->placed->candidates[c].cluster);
	bool listed = !s->problem->model->clusters[s->placed->candidates[c].cluster].unlimited;

	if (*replicas <= s->placed->candidates[c].least || s->total <= s->placed->need || s->total <= s->model->min_replicas || !costs_nothing(s, c) ||
	    (listed && !share))
		return false;
	if (*replicas == 1 && receives(s, c))
		return false;
	if (load > *replicas - 1.0 || load * s->placed->rate > s->placed->capacity * (*replicas - 1.0))
		return false;
	--*replicas;
	if (share)
		share->replicas--;
	if (s->placed->availability > 0 && chance(s) < s->placed->availability * (1 - 1e-12)) {
		++*replicas;
		if (share)
			share->replicas++;
		return false;
	}
	s->total--;
	return true;
}

void hk_search_drop_spare(struct hk_search *search)
{
	struct hk_kept *best = &search->best;
	size_t n = 0, at = 0;

	hk_shares_sort(best->shares, best->n_shares);
	for (uint32_t b = 0; b < search->problem->n_blocks; b++)
		for (uint32_t w = 0; w < search->problem->blocks[b].n_workloads; w++) {
			const struct hk_block *block = &search->problem->blocks[b];
			struct spare s = { .problem = search->problem, .best = best, .block = b, .workload = w, .placed = &block->workloads[w],
					   .model = &search->problem->model->pipelines[block->pipeline].workloads[block->workloads[w].workload] };

			s.shares = best->shares + at;
			while (at < best->n_shares && best->shares[at].block == b && best->shares[at].workload == w)
				at++;
			s.n_shares = (size_t)(best->shares + at - s.shares);
			for (uint32_t c = 0; c < s.placed->n_candidates; c++)
				s.total += best->blocks[b].replicas[w][c];
			/* idle clusters first, so that no cluster is kept for a replica another one has too */
			for (int idle = 1; idle >= 0 && !entangled(&s); idle--)
				for (uint32_t c = 0; c < s.placed->n_candidates; c++)
					while ((!idle || !(best->blocks[b].load[w][c] > 0)) && drop_one(&s, c))
						continue;
		}
	for (size_t i = 0; i < best->n_shares; i++)
		if (best->shares[i].replicas > 0)
			best->shares[n++] = best->shares[i];
	best->n_shares = n;
}
