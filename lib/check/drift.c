/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "check/drift.h"
#include "model/sort.h"
#include <string.h>

struct builder { struct hk_drift *drift; struct hk_map keys; HK_VEC(struct hk_drift_entry) all; };

static struct hk_drift_entry *entry(struct builder *b, const char *pipeline, const char *workload, const char *cluster, const char *node)
{
	const char *key = hk_arena_printf(&b->drift->arena, "%s\n%s\n%s\n%s", pipeline, workload, cluster, node ? node : "");
	size_t known = hk_map_put(&b->keys, hk_str_of(key), b->all.n);

	if (known != HK_MAP_NONE)
		return &b->all.v[known];
	hk_vec_push(&b->all, (struct hk_drift_entry){ pipeline, workload, cluster, node, 0, 0, 0 });
	return &b->all.v[b->all.n - 1];
}

static void add_planned(struct builder *b, const struct hk_plan_pipeline *pipeline, const struct hk_plan_workload *workload)
{
	for (size_t c = 0; c < workload->n_placements; c++) {
		const struct hk_plan_placement *placement = &workload->placements[c];
		entry(b, pipeline->name, workload->name, placement->cluster, NULL)->planned += placement->replicas;
		for (size_t n = 0; n < placement->n_nodes; n++)
			entry(b, pipeline->name, workload->name, placement->cluster, placement->nodes[n].name)->planned += placement->nodes[n].replicas;
	}
}

/* Nodes are compared only where the plan names them. */
static bool names_nodes(const struct hk_plan *plan, const char *pipeline, const char *workload, const char *cluster)
{
	const struct hk_plan_workload *planned = hk_plan_workload(plan, pipeline, workload);
	const struct hk_plan_placement *placement = planned ? hk_plan_placement(planned, cluster) : NULL;

	return placement && placement->n_nodes;
}

static void add_running(struct builder *b, const struct hk_inventory *inventory, const struct hk_plan *plan, const struct hk_check_pod *pod)
{
	const struct hk_pipeline *pipeline = &inventory->model->pipelines[pod->pipeline];
	const char *workload = pipeline->workloads[pod->workload].name,
	    *cluster = pod->cluster == HK_NO_INDEX ? "" : inventory->model->clusters[pod->cluster].name;

	if (!pod->node_name) {
		entry(b, pipeline->name, workload, cluster, NULL)->waiting++;
		return;
	}
	entry(b, pipeline->name, workload, cluster, NULL)->running++;
	if (names_nodes(plan, pipeline->name, workload, cluster))
		entry(b, pipeline->name, workload, cluster, pod->node_name)->running++;
}

static int compare(const void *a, const void *b)
{
	const struct hk_drift_entry *left = a, *right = b;
	int order = strcmp(left->pipeline, right->pipeline);

	order = order ? order : strcmp(left->workload, right->workload);
	order = order ? order : strcmp(left->cluster, right->cluster);
	return order ? order : strcmp(left->node ? left->node : "", right->node ? right->node : "");
}

void hk_drift_open(struct hk_drift *drift, const struct hk_inventory *inventory, const struct hk_plan *plan)
{
	struct builder b = { .drift = drift };
	bool differs = false;

	*drift = (struct hk_drift){ .arena = HK_ARENA_INIT };
	for (size_t p = 0; p < plan->n_pipelines; p++)
		for (size_t w = 0; w < plan->pipelines[p].n_workloads; w++)
			add_planned(&b, &plan->pipelines[p], &plan->pipelines[p].workloads[w]);
	for (size_t i = 0; i < inventory->pods.n; i++)
		if (inventory->pods.v[i].workload != HK_NO_INDEX && !(inventory->pods.v[i].flags & HK_POD_PLANNED))
			add_running(&b, inventory, plan, &inventory->pods.v[i]);
	if (b.all.n)
		hk_sort(b.all.v, b.all.n, sizeof *b.all.v, compare);
	for (size_t i = 0; i < b.all.n; i++) {
		const struct hk_drift_entry *e = &b.all.v[i];
		/* the cluster's own entry comes before its nodes' */
		bool wrong = e->planned != e->running || (!e->node && e->waiting);
		if (!e->node)
			differs = wrong;
		if (wrong && (!e->node || !differs))
			hk_vec_push(&drift->list, *e);
	}
	hk_map_release(&b.keys);
	hk_vec_release(&b.all);
}

void hk_drift_close(struct hk_drift *drift)
{
	hk_vec_release(&drift->list);
	hk_arena_release(&drift->arena);
}
