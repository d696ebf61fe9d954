/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pack [CASE...]: packs replicas onto the nodes of clusters, straight through hk_pack_cluster(), and prints a table: nodes, replicas, fill, outcome, user CPU
 * seconds, peak memory. Each case runs in a process of its own. Replicas are drawn until the fill (of the scarcer resource) is reached.
 */
#include "base/rng.h"
#include "place/pack.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CPU, MEMORY, RESOURCES };

struct shape {
	const char *name;
	uint32_t clusters, nodes, groups;     /* nodes and groups of each cluster */
	uint32_t workloads, replicas;         /* of each cluster: kinds to draw from; most replicas */
	double fill;
	bool pods;                            /* something runs on every group already */
	uint32_t chain;                       /* workloads that want to share nodes, in chains this long; 0: none */
	bool required;                        /* the chains must */
	bool apart;                           /* each workload at most once on a node */
	bool odd;                             /* requests that leave rests */
};

static const struct shape shapes[] = {
	{ "30,000 replicas", 1, 10000, 1, 500, 30000, 0.80, false, 0, false, false, true },
	{ "one group", 1, 10000, 1, 500, 200000, 0.80, false, 0, false, false, true },
	{ "one group, 95 %", 1, 10000, 1, 500, 200000, 0.95, false, 0, false, false, true },
	{ "one group, 98 %", 1, 10000, 1, 500, 200000, 0.98, false, 0, false, false, true },
	{ "200 groups, pods", 1, 10000, 200, 500, 200000, 0.80, true, 0, false, false, true },
	{ "200 groups, pods, 95 %", 1, 10000, 200, 500, 200000, 0.95, true, 0, false, false, true },
	{ "10,000 groups, pods", 1, 10000, 10000, 500, 200000, 0.80, true, 0, false, false, true },
	{ "10,000 groups, pods, 95 %", 1, 10000, 10000, 500, 200000, 0.95, true, 0, false, false, true },
	{ "7,500 workloads", 1, 10000, 1, 7500, 200000, 0.80, false, 0, false, false, true },
	{ "7,500 workloads, 200 groups, pods", 1, 10000, 200, 7500, 200000, 0.80, true, 0, false, false, true },
	{ "chains of 3 wished", 1, 10000, 1, 510, 200000, 0.80, false, 3, false, false, false },
	{ "chains of 3 required", 1, 10000, 1, 510, 200000, 0.70, false, 3, true, false, false },
	{ "apart", 1, 10000, 1, 500, 200000, 0.80, false, 0, false, true, true },
	{ "1,000 clusters", 1000, 10, 1, 12, 400, 0.80, false, 0, false, false, true },
	{ "1,000 clusters, 95 %", 1000, 10, 1, 12, 400, 0.95, false, 0, false, false, true },
	{ "1,000 clusters, pods, 95 %", 1000, 10, 3, 12, 400, 0.95, true, 0, false, false, true },
	{ "1,000 clusters, powers of two, 100 %", 1000, 10, 1, 12, 400, 1.00, false, 0, false, false, false },
};

struct world {
	struct hk_arena arena;
	struct hk_model model;
	struct hk_problem problem;
	struct hk_pack_item **items; size_t *n_items;    /* by cluster */
	size_t replicas;
	double used[RESOURCES], free[RESOURCES];
};

static const char *const resource_names[] = { "cpu", "memory" };

static void add_cluster(struct world *w, const struct shape *shape, uint32_t c, struct hk_rng *rng)
{
	struct hk_cluster *cluster = &w->model.clusters[c];
	uint32_t left = shape->nodes;

	cluster->name = hk_arena_printf(&w->arena, "c%u", c);
	cluster->nodes = hk_arena_array(&w->arena, shape->groups, sizeof *cluster->nodes);
	cluster->n_nodes = shape->groups;
	for (uint32_t g = 0; g < shape->groups; g++) {
		struct hk_node_group *group = &cluster->nodes[g];
		double size = shape->groups > 1 ? (double)(1u << hk_rng_below(rng, 3)) : 1;

		group->name = hk_arena_printf(&w->arena, "g%u", g);
		group->count = g + 1 == shape->groups ? left : shape->nodes / shape->groups;
		left -= group->count;
		group->allocatable = hk_arena_array(&w->arena, RESOURCES, sizeof(double));
		group->used = hk_arena_array(&w->arena, RESOURCES, sizeof(double));
		group->allocatable[CPU] = 8 * size;
		group->allocatable[MEMORY] = 32 * size;
		for (size_t r = 0; r < RESOURCES; r++) {
			group->used[r] = shape->pods ? 0.125 * floor(8 * group->allocatable[r] * 0.4 * hk_rng_unit(rng)) : 0;
			w->free[r] += group->count * (group->allocatable[r] - group->used[r]);
		}
	}
}

static void add_workload(struct world *w, const struct shape *shape, struct hk_pipeline *pipeline, uint32_t i, struct hk_rng *rng)
{
	struct hk_workload *workload = &pipeline->workloads[i];

	workload->name = hk_arena_printf(&w->arena, "w%u", i);
	workload->request = hk_arena_array(&w->arena, RESOURCES, sizeof(double));
	if (shape->odd) {
		workload->request[CPU] = 0.1 * (double)(1 + hk_rng_below(rng, 30));
		workload->request[MEMORY] = 0.25 * (double)(1 + hk_rng_below(rng, 48));
	} else {
		workload->request[CPU] = 0.25 * (double)(1u << hk_rng_below(rng, 4));
		workload->request[MEMORY] = 2 * workload->request[CPU] * (double)(1u << hk_rng_below(rng, 2));
	}
	if (shape->chain && i % shape->chain > 0) {
		workload->together = hk_arena_array(&w->arena, 1, sizeof *workload->together);
		workload->together[0] = (struct hk_pairing){ .with = i - 1, .level = HK_LEVEL_NODE, .required = shape->required };
		workload->n_together = 1;
	}
	if (shape->apart) {
		workload->apart = hk_arena_array(&w->arena, 1, sizeof *workload->apart);
		workload->apart[0] = (struct hk_pairing){ .with = i, .level = HK_LEVEL_NODE, .required = true };
		workload->n_apart = 1;
	}
}

/* Replicas, chain by chain, until the scarcer resource is filled as asked. */
static void draw(struct world *w, const struct shape *shape, uint32_t c, struct hk_rng *rng)
{
	const struct hk_cluster *cluster = &w->model.clusters[c];
	struct hk_pack_item *items = hk_arena_array(&w->arena, shape->workloads, sizeof *items);
	uint32_t chain = shape->chain ? shape->chain : 1, drawn = 0;
	double free[RESOURCES] = { 0 }, used[RESOURCES] = { 0 };
	size_t n = 0;

	for (uint32_t g = 0; g < cluster->n_nodes; g++)
		for (size_t r = 0; r < RESOURCES; r++)
			free[r] += cluster->nodes[g].count * (cluster->nodes[g].allocatable[r] - cluster->nodes[g].used[r]);
	for (uint32_t failed = 0; drawn + chain <= shape->replicas && failed < 200;) {
		uint32_t first = (uint32_t)hk_rng_below(rng, shape->workloads / chain) * chain;
		double sum[RESOURCES] = { 0 };

		for (uint32_t i = first; i < first + chain; i++)
			for (size_t r = 0; r < RESOURCES; r++)
				sum[r] += w->model.pipelines[c].workloads[i].request[r];
		if (used[CPU] + sum[CPU] > free[CPU] * shape->fill || used[MEMORY] + sum[MEMORY] > free[MEMORY] * shape->fill) {
			failed++;
			continue;
		}
		for (uint32_t i = first; i < first + chain; i++)
			items[i].replicas++;
		for (size_t r = 0; r < RESOURCES; r++)
			used[r] += sum[r];
		drawn += chain;
	}
	for (uint32_t i = 0; i < shape->workloads; i++)
		if (items[i].replicas)
			items[n++] = (struct hk_pack_item){ .block = c, .workload = i, .replicas = items[i].replicas };
	w->items[c] = items;
	w->n_items[c] = n;
	w->replicas += drawn;
	for (size_t r = 0; r < RESOURCES; r++)
		w->used[r] += used[r];
}

static void open_world(struct world *w, const struct shape *shape)
{
	struct hk_rng rng;
	struct hk_block *blocks;

	*w = (struct world){ .arena = HK_ARENA_INIT };
	hk_rng_seed(&rng, 11);
	w->model = (struct hk_model){ .n_clusters = shape->clusters, .n_pipelines = shape->clusters, .n_resources = RESOURCES,
				      .resources = (const char **)(uintptr_t)resource_names };
	w->model.clusters = hk_arena_array(&w->arena, shape->clusters, sizeof *w->model.clusters);
	w->model.pipelines = hk_arena_array(&w->arena, shape->clusters, sizeof *w->model.pipelines);
	w->items = hk_arena_array(&w->arena, shape->clusters, sizeof(struct hk_pack_item *));
	w->n_items = hk_arena_array(&w->arena, shape->clusters, sizeof(size_t));
	blocks = hk_arena_array(&w->arena, shape->clusters, sizeof *blocks);
	w->problem = (struct hk_problem){ .model = &w->model, .blocks = blocks, .n_blocks = shape->clusters };
	for (uint32_t c = 0; c < shape->clusters; c++) {
		struct hk_pipeline *pipeline = &w->model.pipelines[c];

		add_cluster(w, shape, c, &rng);
		pipeline->name = "p";
		pipeline->n_workloads = shape->workloads;
		pipeline->workloads = hk_arena_array(&w->arena, shape->workloads, sizeof *pipeline->workloads);
		blocks[c] = (struct hk_block){ .pipeline = c, .n_workloads = shape->workloads };
		blocks[c].workloads = hk_arena_array(&w->arena, shape->workloads, sizeof *blocks[c].workloads);
		for (uint32_t i = 0; i < shape->workloads; i++) {
			add_workload(w, shape, pipeline, i, &rng);
			blocks[c].workloads[i].workload = i;
		}
		draw(w, shape, c, &rng);
	}
}

static double cpu_seconds(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (double)usage.ru_utime.tv_sec + 1e-6 * (double)usage.ru_utime.tv_usec;
}

static void measure(const struct shape *shape)
{
	struct world w;
	struct rusage usage;
	size_t outcomes[3] = { 0 };
	double start;

	open_world(&w, shape);
	start = cpu_seconds();
	for (uint32_t c = 0; c < shape->clusters; c++) {
		struct hk_arena arena = HK_ARENA_INIT;
		struct hk_node_share *given;
		struct hk_pack_item *conflict;
		size_t n_given, n_conflict;
		bool monotone;

		outcomes[hk_pack_cluster(&w.problem, c, w.items[c], w.n_items[c], 0, &arena, &given, &n_given, &conflict, &n_conflict, &monotone)]++;
		hk_arena_release(&arena);
	}
	start = cpu_seconds() - start;
	getrusage(RUSAGE_SELF, &usage);
	printf("| %s | %u | %zu | %.1f %% / %.1f %% | %zu / %zu / %zu | %.3f s | %ld MB |\n", shape->name, shape->clusters * shape->nodes, w.replicas,
	       100 * w.used[CPU] / w.free[CPU], 100 * w.used[MEMORY] / w.free[MEMORY], outcomes[HK_PACKED], outcomes[HK_UNPACKABLE],
	       outcomes[HK_PACK_UNDECIDED], start, usage.ru_maxrss / 1024);
	hk_arena_release(&w.arena);
}

int main(int argc, char **argv)
{
	printf("| case | nodes | replicas | cpu / memory filled | packed / proved not / undecided | user CPU | peak |\n|---|---|---|---|---|---|---|\n");
	for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
		bool wanted = argc < 2;
		pid_t child;

		for (int a = 1; a < argc; a++)
			wanted = wanted || strstr(shapes[i].name, argv[a]);
		if (!wanted)
			continue;
		fflush(stdout);
		child = fork();
		if (child == 0) {
			measure(&shapes[i]);
			fflush(stdout);
			_exit(0);
		}
		if (child > 0)
			waitpid(child, NULL, 0);
	}
	return 0;
}
