/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "place/cuts_packing.h"

#include <math.h>

uint32_t hk_candidate_of(const struct hk_place_workload *placed, uint32_t cluster)
{
	uint32_t low = 0, high = placed->n_candidates;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (placed->candidates[middle].cluster < cluster)
			low = middle + 1;
		else
			high = middle;
	}
	return low < placed->n_candidates && placed->candidates[low].cluster == cluster ? low : HK_NO_INDEX;
}

/* A workload that may have replicas in the cluster. */
struct member { struct hk_count count; const double *request; bool *accepts; double replicas; };

struct roster {
	struct hk_arena arena;
	const struct hk_model *model;
	const struct hk_cluster *cluster;
	struct member *members; size_t n;
	double *free;                 /* [group][resource]: of one node */
	bool *chosen;                 /* per member: can use no node outside the set at hand */
};

static double use_of(const struct hk_use *uses, size_t n_uses, uint32_t block, uint32_t workload)
{
	for (size_t i = 0; i < n_uses; i++)
		if (uses[i].block == block && uses[i].workload == workload)
			return uses[i].replicas;
	return 0;
}

static void add_member(struct roster *r, const struct hk_problem *problem, struct hk_count count, double replicas)
{
	const struct hk_block *b = &problem->blocks[count.block];
	const struct hk_workload *workload = &r->model->pipelines[b->pipeline].workloads[b->workloads[count.workload].workload];
	struct member *member = &r->members[r->n++];

	*member = (struct member){ count, b->workloads[count.workload].request, NULL, replicas };
	member->accepts = hk_arena_array(&r->arena, r->cluster->n_nodes + 1, sizeof *member->accepts);
	for (size_t g = 0; g < r->cluster->n_nodes; g++)
		member->accepts[g] = hk_node_group_accepts(r->model, &r->cluster->nodes[g], workload);
}

static void open_roster(struct roster *r, const struct hk_problem *problem, uint32_t cluster, const struct hk_use *uses, size_t n_uses)
{
	size_t total = 0, resources = problem->model->n_resources;

	*r = (struct roster){ .model = problem->model, .cluster = &problem->model->clusters[cluster] };
	for (uint32_t b = 0; b < problem->n_blocks; b++)
		total += problem->blocks[b].n_workloads;
	r->members = hk_arena_array(&r->arena, total + 1, sizeof *r->members);
	r->chosen = hk_arena_array(&r->arena, total + 1, sizeof *r->chosen);
	for (uint32_t b = 0; b < problem->n_blocks; b++)
		for (uint32_t w = 0; w < problem->blocks[b].n_workloads; w++) {
			uint32_t candidate = hk_candidate_of(&problem->blocks[b].workloads[w], cluster);

			if (candidate != HK_NO_INDEX)
				add_member(r, problem, (struct hk_count){ b, w, candidate }, use_of(uses, n_uses, b, w));
		}
	r->free = hk_arena_array(&r->arena, r->cluster->n_nodes * resources + 1, sizeof *r->free);
	for (size_t g = 0; g < r->cluster->n_nodes; g++)
		for (size_t i = 0; i < resources; i++) {
			const struct hk_node_group *group = &r->cluster->nodes[g];

			r->free[g * resources + i] = fmax(0, fmax(0, group->allocatable[i]) * (1 - r->cluster->reserve[i]) - group->used[i]);
		}
}

static bool choose(struct roster *r, const bool *nodes)
{
	bool any = false;

	for (size_t m = 0; m < r->n; m++) {
		r->chosen[m] = true;
		for (size_t g = 0; g < r->cluster->n_nodes && r->chosen[m]; g++)
			r->chosen[m] = nodes[g] || !r->members[m].accepts[g];
		any = any || (r->chosen[m] && r->members[m].replicas > 0);
	}
	return any;
}

static double multiples(double amount, double size)
{
	return floor(amount / size * (1 + 1e-9) + 1e-12);
}

/* size 0: plain sums instead of multiples. */
static bool cut_class(struct roster *r, struct hk_cuts *cuts, const bool *nodes, size_t resource, double size)
{
	struct hk_count *counts;
	double *values, room = 0, wanted = 0;
	size_t n = 0;

	for (size_t g = 0; g < r->cluster->n_nodes; g++) {
		double free = r->free[g * r->model->n_resources + resource];

		if (nodes[g] && !r->cluster->nodes[g].unschedulable)
			room += r->cluster->nodes[g].count * (size > 0 ? multiples(free, size) : free);
	}
	for (size_t m = 0; m < r->n; m++)
		if (r->chosen[m])
			wanted += r->members[m].replicas * (size > 0 ? multiples(r->members[m].request[resource], size) : r->members[m].request[resource]);
	if (wanted <= room * (1 + 1e-7))
		return false;
	counts = hk_arena_array(&r->arena, r->n + 1, sizeof *counts);
	values = hk_arena_array(&r->arena, r->n + 1, sizeof *values);
	for (size_t m = 0; m < r->n; m++) {
		double amount = r->members[m].request[resource], value = size > 0 ? multiples(amount, size) : room > 0 ? amount / room : amount;

		if (!r->chosen[m] || value == 0)
			continue;
		counts[n] = r->members[m].count;
		values[n++] = -value;
	}
	return hk_cuts_linear(cuts, "nodes", counts, values, n, size > 0 ? -room : room > 0 ? -1 : 0);
}

static size_t cut_resource(struct roster *r, struct hk_cuts *cuts, const bool *nodes, size_t resource)
{
	size_t added = cut_class(r, cuts, nodes, resource, 0);

	for (size_t m = 0; m < r->n; m++) {
		double size = r->members[m].request[resource];
		bool seen = !r->chosen[m] || r->members[m].replicas == 0 || size <= 0;

		for (size_t k = 0; k < m && !seen; k++)
			seen = r->chosen[k] && r->members[k].replicas > 0 && r->members[k].request[resource] == size;
		if (!seen)
			added += cut_class(r, cuts, nodes, resource, size);
	}
	return added;
}

size_t hk_cut_sizes(struct hk_cuts *cuts, const struct hk_problem *problem, uint32_t cluster, const struct hk_use *uses, size_t n_uses)
{
	struct roster r;
	size_t added = 0;

	open_roster(&r, problem, cluster, uses, n_uses);
	for (size_t m = 0; m < r.n; m++) {
		bool seen = r.members[m].replicas == 0;

		/* each different set of nodes once */
		for (size_t k = 0; k < m && !seen; k++) {
			seen = r.members[k].replicas > 0;
			for (size_t g = 0; g < r.cluster->n_nodes && seen; g++)
				seen = r.members[k].accepts[g] == r.members[m].accepts[g];
		}
		if (seen || !choose(&r, r.members[m].accepts))
			continue;
		for (size_t resource = 0; resource < r.model->n_resources; resource++)
			added += cut_resource(&r, cuts, r.members[m].accepts, resource);
	}
	hk_arena_release(&r.arena);
	return added;
}

static uint32_t replicas_of(const struct hk_pack_item *items, size_t n_items, uint32_t block, uint32_t workload)
{
	for (size_t i = 0; i < n_items; i++)
		if (items[i].block == block && items[i].workload == workload)
			return items[i].replicas;
	return 0;
}

/* Does some workload need this one on every node it runs on? Then more of it may mend a combination that does not pack. */
static bool is_companion(const struct hk_problem *problem, uint32_t block, uint32_t workload)
{
	const struct hk_block *b = &problem->blocks[block];
	const struct hk_pipeline *pipeline = &problem->model->pipelines[b->pipeline];

	for (size_t v = 0; v < pipeline->n_workloads; v++)
		for (size_t i = 0; i < pipeline->workloads[v].n_together; i++) {
			const struct hk_pairing *pairing = &pipeline->workloads[v].together[i];

			if (pairing->required && pairing->level == HK_LEVEL_NODE && pairing->with == b->workloads[workload].workload)
				return true;
		}
	return false;
}

struct literals { struct hk_literal *v; size_t n, cap; };

/* Companions that are not in the cluster at all, of pipelines that are. */
static void add_absent(struct literals *literals, const struct hk_problem *problem, uint32_t cluster, const struct hk_pack_item *items, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint32_t block = items[i].block;

		for (uint32_t w = 0; (i == 0 || items[i - 1].block != block) && w < problem->blocks[block].n_workloads; w++) {
			uint32_t candidate = hk_candidate_of(&problem->blocks[block].workloads[w], cluster);

			if (candidate != HK_NO_INDEX && replicas_of(items, n, block, w) == 0 && is_companion(problem, block, w))
				hk_vec_push(literals, (struct hk_literal){ { block, w, candidate }, 1, false });
		}
	}
}

bool hk_cut_conflict(struct hk_cuts *cuts, const struct hk_problem *problem, uint32_t cluster, const struct hk_pack_item *items, size_t n, bool monotone)
{
	struct literals literals = { 0 };
	bool fresh;

	for (size_t i = 0; i < n; i++) {
		struct hk_count where = { items[i].block, items[i].workload,
					  hk_candidate_of(&problem->blocks[items[i].block].workloads[items[i].workload], cluster) };

		hk_vec_push(&literals, (struct hk_literal){ where, items[i].replicas, true });
		if (!monotone && is_companion(problem, items[i].block, items[i].workload))
			hk_vec_push(&literals, (struct hk_literal){ where, items[i].replicas + 1, false });
	}
	if (!monotone)
		add_absent(&literals, problem, cluster, items, n);
	fresh = hk_cuts_clause(cuts, monotone ? "packing" : "companions", literals.v, literals.n);
	hk_vec_release(&literals);
	return fresh;
}
