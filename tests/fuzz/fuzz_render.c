/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Hostile manifests: rendering a workload of every kind from them either ends in findings or gives files that stay in the directory and read back; the edits
 * are proved by the code itself, so a failed proof (HK_FAILED) is what this looks for, beside memory errors.
 */
#include "render/render.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { KINDS = 8 };
static char path[] = "/tmp/hkctl-fuzz-XXXXXX";

static void remove_file(void)
{
	unlink(path);
}

static void write_input(const uint8_t *data, size_t size)
{
	static int ready;
	if (!ready) {
		int fd = mkstemp(path);
		if (fd < 0 || atexit(remove_file) != 0)
			abort();
		close(fd);
		ready = 1;
	}
	FILE *file = fopen(path, "w");
	if (!file || fwrite(data, 1, size, file) != size || fclose(file) != 0)
		abort();
}

static int check_file(void *closure, const struct hk_render_file *file, struct hk_err *err)
{
	(void)closure;
	(void)err;
	bool known = strncmp(file->path, "clusters/", 9) == 0 || strncmp(file->path, "decisions/", 10) == 0 || strncmp(file->path, "base/", 5) == 0;
	if (!hk_path_is_inside(file->path) || !known || strstr(file->path, ".."))
		abort();
	return 0;
}

struct world {
	struct hk_label pool, app;
	struct hk_node_group groups[3];
	struct hk_cluster clusters[2];
	struct hk_workload workloads[KINDS];
	struct hk_pipeline pipeline;
	struct hk_plan_node nodes[2];
	struct hk_plan_placement placements[2];
	struct hk_plan_workload planned_workloads[KINDS];
	struct hk_plan_target targets[2];
	struct hk_plan_route route;
	struct hk_plan_connection connection;
	struct hk_plan_pipeline planned;
	struct hk_model model;
	struct hk_plan plan;
};

static void fill_clusters(struct world *w)
{
	w->pool = (struct hk_label){ "pool", "yes" };
	w->app = (struct hk_label){ "app", "w" };
	for (size_t i = 0; i < 3; i++)
		w->groups[i] = (struct hk_node_group){ .name = i == 0 ? "n0" : i == 1 ? "n1" : "n2", .count = 1 };
	w->clusters[0] = (struct hk_cluster){ .name = "a", .region = "r", .zone = "1", .output = "clusters/a", .nodes = w->groups, .n_nodes = 3,
					      .node_selector = { &w->pool, 1 } };
	w->clusters[1] = (struct hk_cluster){ .name = "b", .region = "r", .zone = "2", .output = "clusters/b" };
}

static void fill(struct world *w)
{
	static const char *const names[KINDS] = { "w0", "w1", "w2", "w3", "w4", "w5", "w6", "w7" };
	memset(w, 0, sizeof *w);
	fill_clusters(w);
	w->nodes[0] = (struct hk_plan_node){ "n0", "n0", 3 };
	w->nodes[1] = (struct hk_plan_node){ "n1", "n1", 1 };
	w->placements[0] = (struct hk_plan_placement){ .cluster = "a", .replicas = 4, .load = 0.6, .nodes = w->nodes, .n_nodes = 2 };
	w->placements[1] = (struct hk_plan_placement){ .cluster = "b", .replicas = 2, .load = 0.4 };
	for (size_t i = 0; i < KINDS; i++) {
		w->workloads[i].name = w->planned_workloads[i].name = names[i];
		w->workloads[i].manifest = (struct hk_manifest_ref){ .file = path, .kind = (enum hk_manifest_kind)i, .name = "w",
								     .pod_labels = { &w->app, 1 } };
		w->planned_workloads[i].placements = w->placements;
		w->planned_workloads[i].n_placements = 2;
	}
	w->targets[0] = (struct hk_plan_target){ .cluster = "a", .probability = 0.6, .weight = 60 };
	w->targets[1] = (struct hk_plan_target){ .cluster = "b", .probability = 0.4, .weight = 40 };
	w->route = (struct hk_plan_route){ "a", 1, w->targets, 2 };
	w->connection = (struct hk_plan_connection){ .from = "in", .rate = 1, .routes = &w->route, .n_routes = 1 };
	w->pipeline = (struct hk_pipeline){ .name = "p", .workloads = w->workloads, .n_workloads = 1 };
	w->planned = (struct hk_plan_pipeline){ .name = "p", .workloads = w->planned_workloads, .n_workloads = 1, .connections = &w->connection,
						.n_connections = 1 };
	w->model = (struct hk_model){ .clusters = w->clusters, .n_clusters = 2, .pipelines = &w->pipeline, .n_pipelines = 1 };
	w->plan = (struct hk_plan){ .pipelines = &w->planned, .n_pipelines = 1 };
}

/* The kind is chosen by what the text mentions, so that one run renders one workload; "Job" is in "CronJob" and "Pod" in much else. */
static enum hk_manifest_kind kind_in(const uint8_t *data, size_t size)
{
	static const struct { const char *name; enum hk_manifest_kind kind; } kinds[KINDS] = {
		{ "CronJob", HK_CRONJOB }, { "VirtualMachine", HK_VIRTUAL_MACHINE }, { "ReplicaSet", HK_REPLICASET }, { "StatefulSet", HK_STATEFULSET },
		{ "DaemonSet", HK_DAEMONSET }, { "Deployment", HK_DEPLOYMENT }, { "Job", HK_JOB }, { "Pod", HK_POD },
	};
	char *text = hk_strndup((const char *)data, size);
	size_t i = 0;
	while (i + 1 < KINDS && !strstr(text, kinds[i].name))
		i++;
	free(text);
	return kinds[i].kind;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct world world;
	struct hk_render_options options = { .mesh = HK_MESH_ISTIO | HK_MESH_GATEWAY | HK_MESH_MCS | HK_MESH_SMI, .decisions = 63, .pin_nodes = true };
	write_input(data, size);
	fill(&world);
	enum hk_manifest_kind kind = kind_in(data, size);
	world.pipeline.workloads += kind;
	world.planned.workloads += kind;
	world.connection.to = world.pipeline.workloads[0].name;
	for (int overlays = 0; overlays < 2; overlays++) {
		HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
		struct hk_diags diags = HK_DIAGS_INIT;
		options.kustomize = overlays == 1;
		if (hk_render(&world.model, &world.plan, &options, check_file, NULL, &diags, &err) != 0 && err.status == HK_FAILED) {
			fprintf(stderr, "%s\n", err.message);
			abort();
		}
		hk_diags_release(&diags);
	}
	return 0;
}
