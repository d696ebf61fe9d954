/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where a new plan wants the replicas of a workload, counted down as pods are given places. */
#include "check/evict_after.h"
#include <string.h>

static uint64_t planned_on(const struct hk_plan_placement *placement, const char *node)
{
	for (size_t i = 0; i < placement->n_nodes; i++)
		if (strcmp(placement->nodes[i].name, node) == 0)
			return placement->nodes[i].replicas;
	return 0;
}

/* Replicas of the workload that are there, those moved before at their new places. */
static uint64_t running_in(const struct hk_moves *moves, uint32_t pipeline, uint32_t workload, uint32_t cluster, uint32_t node)
{
	const struct hk_inventory *inventory = &moves->check->inventory;
	uint64_t n = 0;

	for (size_t i = 0; i < inventory->pods.n; i++)
		n += inventory->pods.v[i].pipeline == pipeline && inventory->pods.v[i].workload == workload && moves->places[i].cluster == cluster &&
		     (node == HK_NO_INDEX || moves->places[i].node == node);
	return n;
}

static bool has_room(const struct hk_moves *moves, const struct hk_check_pod *pod, const struct hk_plan_placement *placement, struct hk_place *place)
{
	const struct hk_inventory *inventory = &moves->check->inventory;
	uint32_t cluster = hk_model_cluster(inventory->model, placement->cluster);

	if (cluster == HK_NO_INDEX || running_in(moves, pod->pipeline, pod->workload, cluster, HK_NO_INDEX) >= placement->replicas)
		return false;
	*place = (struct hk_place){ cluster, HK_NO_INDEX };
	for (size_t i = 0; i < placement->n_nodes; i++) {
		uint32_t node = hk_inventory_node(inventory, cluster, placement->nodes[i].name);
		if (node == HK_NO_INDEX || running_in(moves, pod->pipeline, pod->workload, cluster, node) >= placement->nodes[i].replicas)
			continue;
		place->node = node;
		break;
	}
	return true;
}

bool hk_evict_after(const struct hk_moves *moves, const struct hk_plan *after, uint32_t pod, struct hk_place *place)
{
	const struct hk_inventory *inventory = &moves->check->inventory;
	const struct hk_check_pod *p = &inventory->pods.v[pod];
	const struct hk_pipeline *pipeline = &inventory->model->pipelines[p->pipeline];
	const struct hk_plan_workload *workload = hk_plan_workload(after, pipeline->name, pipeline->workloads[p->workload].name);
	const struct hk_place *now = &moves->places[pod];
	const struct hk_plan_placement *here = workload &&
	    now->cluster != HK_NO_INDEX ? hk_plan_placement(workload, inventory->model->clusters[now->cluster].name) : NULL;

	if (!workload)
		return false;
	if (here && running_in(moves, p->pipeline, p->workload, now->cluster, HK_NO_INDEX) <= here->replicas) {
		/* the cluster keeps all it has; another node of it, perhaps */
		if (!here->n_nodes || now->node == HK_NO_INDEX ||
		    running_in(moves, p->pipeline, p->workload, now->cluster, now->node) <= planned_on(here, inventory->nodes.v[now->node].name))
			return false;
		for (size_t i = 0; i < here->n_nodes; i++) {
			uint32_t node = hk_inventory_node(inventory, now->cluster, here->nodes[i].name);
			if (node == HK_NO_INDEX || running_in(moves, p->pipeline, p->workload, now->cluster, node) >= here->nodes[i].replicas)
				continue;
			*place = (struct hk_place){ now->cluster, node };
			return true;
		}
		return false;
	}
	for (size_t i = 0; i < workload->n_placements; i++)
		if (has_room(moves, p, &workload->placements[i], place))
			return true;
	return false;
}
