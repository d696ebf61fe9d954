/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Clusters whose residents changed onto their nodes, beside the packing that holds, so that a change can be taken back; availability with the nodes replicas
 * really share.
 */
#include "place/construct_internal.h"

#include "place/availability.h"

#include <string.h>

/* Steps of the exact search per cluster: some hundredths of a second. */
enum { PACK_STEPS = 100000 };

static bool pack_site(struct hk_construct *c, uint32_t cluster)
{
	struct hk_construct_site *site = &c->sites[cluster];
	struct hk_node_share *shares = NULL;
	struct hk_pack_item *conflict = NULL;
	size_t n_shares = 0, n_conflict = 0;
	bool monotone = true;

	hk_arena_reset(&c->scratch);
	site->next.n = 0;
	site->packed = hk_pack_cluster(c->problem, cluster, site->residents.v, site->residents.n, PACK_STEPS, &c->scratch, &shares, &n_shares, &conflict,
				       &n_conflict, &monotone) ==
		       HK_PACKED;
	for (size_t i = 0; site->packed && i < n_shares; i++)
		hk_vec_push(&site->next, shares[i]);
	return site->packed;
}

enum hk_pack_result hk_construct_conflict(struct hk_construct *c, uint32_t cluster, struct hk_pack_item **conflict, size_t *n_conflict, bool *monotone)
{
	const struct hk_construct_site *site = &c->sites[cluster];
	struct hk_node_share *shares;
	size_t n_shares;

	hk_arena_reset(&c->scratch);
	return hk_pack_cluster(c->problem, cluster, site->residents.v, site->residents.n, PACK_STEPS, &c->scratch, &shares, &n_shares, conflict, n_conflict,
			       monotone);
}

size_t hk_construct_pack(struct hk_construct *c, bool first_failure)
{
	size_t failed = 0;

	for (size_t i = 0; i < c->stale.n && !(first_failure && failed > 0); i++)
		if (!c->sites[c->stale.v[i]].packed)
			failed += !pack_site(c, c->stale.v[i]);
	return failed;
}

void hk_construct_keep_packing(struct hk_construct *c)
{
	size_t kept = 0;

	for (size_t i = 0; i < c->stale.n; i++) {
		struct hk_construct_site *site = &c->sites[c->stale.v[i]];
		struct hk_shares before = site->shares;

		if (!site->packed) {
			c->stale.v[kept++] = c->stale.v[i];
			continue;
		}
		site->shares = site->next;
		site->next = before;
		site->stale = site->packed = false;
	}
	c->stale.n = kept;
}

void hk_construct_drop_packing(struct hk_construct *c)
{
	for (size_t i = 0; i < c->stale.n; i++)
		c->sites[c->stale.v[i]].stale = c->sites[c->stale.v[i]].packed = false;
	c->stale.n = 0;
}

void hk_construct_leave(struct hk_construct *c, uint32_t block)
{
	size_t before = c->stale.n;

	hk_construct_take(c, block);
	for (size_t i = before; i < c->stale.n; i++) {
		struct hk_construct_site *site = &c->sites[c->stale.v[i]];
		size_t n = 0;

		for (size_t k = 0; k < site->shares.n; k++)
			if (site->shares.v[k].block != block)
				site->shares.v[n++] = site->shares.v[k];
		site->shares.n = n;
		site->stale = false;
	}
	c->stale.n = before;
}

/* First share of the workload or after it. */
static size_t first_share(const struct hk_shares *shares, uint32_t block, uint32_t workload)
{
	size_t low = 0, high = shares->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct hk_node_share *share = &shares->v[middle];

		if (share->block < block || (share->block == block && share->workload < workload))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct counts { uint32_t *v; size_t n, cap; };

static void count_nodes(const struct hk_shares *shares, uint32_t block, uint32_t workload, struct counts *per_node, uint32_t *crowd)
{
	for (size_t i = first_share(shares, block, workload); i < shares->n && shares->v[i].block == block && shares->v[i].workload == workload; i++) {
		hk_vec_push(per_node, shares->v[i].replicas);
		*crowd = shares->v[i].replicas > *crowd ? shares->v[i].replicas : *crowd;
	}
}

double hk_construct_availability(const struct hk_construct *c, uint32_t block, uint32_t workload, uint32_t *crowd)
{
	const struct hk_place_workload *placed = &c->problem->blocks[block].workloads[workload];
	const uint32_t *replicas = c->tenants[block].solution.replicas[workload];
	struct hk_replica_group *groups = hk_calloc((size_t)placed->n_candidates + 1, sizeof *groups);
	struct counts per_node = { 0 };
	size_t n_groups = 0, at = 0;
	double chance;

	*crowd = 0;
	for (uint32_t k = 0; k < placed->n_candidates; k++) {
		const struct hk_construct_site *site = &c->sites[placed->candidates[k].cluster];
		size_t before = per_node.n;

		if (replicas[k] == 0)
			continue;
		count_nodes(site->packed ? &site->next : &site->shares, block, workload, &per_node, crowd);
		groups[n_groups++] = (struct hk_replica_group){ placed->candidates[k].cluster, replicas[k], NULL, (uint32_t)(per_node.n - before) };
	}
	for (size_t g = 0; g < n_groups; at += groups[g++].n_nodes)
		groups[g].per_node = groups[g].n_nodes > 0 ? per_node.v + at : NULL;
	chance = hk_availability(c->problem->model, groups, n_groups, placed->need);
	hk_vec_release(&per_node);
	hk_cleanup_free(&groups);
	return chance;
}

/* At most `cap` replicas of it on one node, wherever it is; 0 for no limit. */
static void cap_resident(struct hk_construct *c, uint32_t block, uint32_t workload, uint32_t cap)
{
	const struct hk_place_workload *placed = &c->problem->blocks[block].workloads[workload];

	for (uint32_t k = 0; k < placed->n_candidates; k++) {
		struct hk_construct_site *site = &c->sites[placed->candidates[k].cluster];

		if (c->tenants[block].solution.replicas[workload][k] == 0)
			continue;
		for (size_t i = 0; i < site->residents.n; i++) {
			struct hk_pack_item *item = &site->residents.v[i];

			if (item->block != block || item->workload != workload)
				continue;
			item->max_per_node = cap;
			if (!site->stale)
				hk_vec_push(&c->stale, placed->candidates[k].cluster);
			site->stale = true;
			site->packed = false;
		}
	}
}

static bool meets(const struct hk_construct *c, uint32_t block, uint32_t workload, uint32_t *crowd)
{
	double target = c->problem->blocks[block].workloads[workload].availability;

	*crowd = 0;
	return target <= 0 || hk_construct_availability(c, block, workload, crowd) >= target * (1 - 1e-12);
}

/* Fewer on each node until the target is met. */
static bool spread_out(struct hk_construct *c, uint32_t block, uint32_t workload, uint32_t crowd)
{
	uint32_t now;

	for (uint32_t cap = 1; cap < crowd; cap++) {
		cap_resident(c, block, workload, cap);
		if (hk_construct_pack(c, true) == 0 && meets(c, block, workload, &now))
			return true;
	}
	cap_resident(c, block, workload, 0);
	hk_construct_pack(c, true);
	return false;
}

/* Those at sites dealt out anew, beside the blocks named. */
static bool neighbours_meet(struct hk_construct *c)
{
	uint32_t crowd;

	for (size_t i = 0; i < c->stale.n; i++) {
		const struct hk_construct_site *site = &c->sites[c->stale.v[i]];

		if (c->problem->model->clusters[c->stale.v[i]].node_availability >= 1)
			continue;
		for (size_t k = 0; k < site->residents.n; k++)
			if (!meets(c, site->residents.v[k].block, site->residents.v[k].workload, &crowd))
				return false;
	}
	return true;
}

bool hk_construct_meets_targets(struct hk_construct *c, const uint32_t *blocks, size_t n)
{
	uint32_t crowd;

	for (size_t i = 0; i < n; i++)
		for (uint32_t w = 0; w < c->problem->blocks[blocks[i]].n_workloads; w++)
			if (!meets(c, blocks[i], w, &crowd) && !spread_out(c, blocks[i], w, crowd))
				return false;
	return neighbours_meet(c);
}
