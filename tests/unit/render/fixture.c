/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fixture.h"
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void fx_open(struct fx *fx, const char *manifests)
{
	memset(fx, 0, sizeof *fx);
	fx->diags = (struct hk_diags)HK_DIAGS_INIT;
	fx->err = (struct hk_err)HK_ERR_INIT;
	fx->model.clusters = fx->clusters;
	fx->model.pipelines = &fx->pipeline;
	fx->model.n_pipelines = 1;
	fx->pipeline.name = fx->planned.name = "shop";
	fx->pipeline.workloads = fx->workloads;
	fx->pipeline.inputs = fx->inputs;
	fx->plan.pipelines = &fx->planned;
	fx->plan.n_pipelines = 1;
	fx->planned.workloads = fx->planned_workloads;
	fx->planned.connections = fx->connections;
	fx->options.pin_nodes = true;
	strcpy(fx->directory, "/tmp/hkctl-render-XXXXXX");
	assert_non_null(mkdtemp(fx->directory));
	snprintf(fx->file, sizeof fx->file, "%s/app.yaml", fx->directory);
	FILE *file = fopen(fx->file, "w");      /* hk_file_write would wait for the disk a thousand times */
	assert_non_null(file);
	assert_int_equal(fwrite(manifests, 1, strlen(manifests), file), strlen(manifests));
	assert_int_equal(fclose(file), 0);
}

void fx_close(struct fx *fx)
{
	unlink(fx->file);
	rmdir(fx->directory);
	hk_tree_release(&fx->tree);
	hk_diags_release(&fx->diags);
	hk_err_release(&fx->err);
	hk_arena_release(&fx->arena);
}

struct hk_cluster *fx_cluster(struct fx *fx, const char *name, const char *region, const char *zone)
{
	assert_true(fx->model.n_clusters < FX_MAX);
	struct hk_cluster *cluster = &fx->clusters[fx->model.n_clusters];
	cluster->name = name;
	cluster->region = region;
	cluster->zone = region ? hk_arena_printf(&fx->arena, "%s-%s", region, zone) : NULL;
	cluster->output = hk_arena_printf(&fx->arena, "clusters/%s", name);
	cluster->nodes = fx->groups[fx->model.n_clusters++];
	return cluster;
}

struct hk_node_group *fx_nodes(struct fx *fx, struct hk_cluster *cluster, const char *name, uint32_t count)
{
	(void)fx;
	assert_true(cluster->n_nodes < FX_MAX);
	struct hk_node_group *group = &cluster->nodes[cluster->n_nodes++];
	group->name = name;
	group->count = count;
	return group;
}

void fx_label(struct fx *fx, struct hk_labels *labels, const char *key, const char *value)
{
	struct hk_label *grown = hk_arena_array(&fx->arena, labels->n + 1, sizeof *grown);
	for (size_t i = 0; i < labels->n; i++)
		grown[i] = labels->v[i];
	grown[labels->n] = (struct hk_label){ key, value };
	labels->v = grown;
	labels->n++;
}

struct hk_workload *fx_workload(struct fx *fx, const char *name, enum hk_manifest_kind kind)
{
	assert_true(fx->pipeline.n_workloads < FX_MAX);
	size_t at = fx->pipeline.n_workloads++;
	struct hk_workload *workload = &fx->workloads[at];
	workload->name = workload->manifest.name = name;
	workload->manifest.file = fx->file;
	workload->manifest.kind = kind;
	fx_label(fx, &workload->manifest.pod_labels, "app", name);
	fx->planned_workloads[at].name = name;
	fx->planned_workloads[at].placements = fx->placements[at];
	fx->planned.n_workloads++;
	return workload;
}

struct hk_plan_placement *fx_place(struct fx *fx, const char *workload, const char *cluster, uint32_t replicas, double load)
{
	for (size_t i = 0; i < fx->planned.n_workloads; i++) {
		struct hk_plan_workload *planned = &fx->planned_workloads[i];
		if (strcmp(planned->name, workload) != 0)
			continue;
		struct hk_plan_placement *placement = &planned->placements[planned->n_placements++];
		placement->cluster = cluster;
		placement->replicas = replicas;
		placement->load = load;
		placement->nodes = hk_arena_array(&fx->arena, FX_MAX, sizeof *placement->nodes);
		return placement;
	}
	fail_msg("no workload %s", workload);
	return NULL;
}

void fx_on_node(struct fx *fx, struct hk_plan_placement *placement, const char *group, const char *node, uint32_t replicas)
{
	(void)fx;
	assert_true(placement->n_nodes < FX_MAX);
	placement->nodes[placement->n_nodes++] = (struct hk_plan_node){ node, group, replicas };
}

static struct hk_plan_connection *connection(struct fx *fx, const char *from, const char *to, double rate)
{
	for (size_t i = 0; i < fx->planned.n_connections; i++)
		if (strcmp(fx->connections[i].from, from) == 0 && strcmp(fx->connections[i].to, to) == 0)
			return &fx->connections[i];
	struct hk_plan_connection *fresh = &fx->connections[fx->planned.n_connections++];
	fresh->from = from;
	fresh->to = to;
	fresh->rate = rate;
	fresh->routes = hk_arena_array(&fx->arena, FX_MAX, sizeof *fresh->routes);
	return fresh;
}

void fx_route(struct fx *fx, const char *from, const char *to, double rate, const char *source, const char *weights)
{
	struct hk_plan_connection *all = connection(fx, from, to, rate);
	struct hk_plan_route *route = &all->routes[all->n_routes++];
	struct hk_str rest = hk_str_of(weights);
	route->cluster = source;
	route->share = 1;
	route->targets = hk_arena_array(&fx->arena, FX_MAX, sizeof *route->targets);
	while (rest.n > 0) {
		struct hk_str word = hk_str_cut(&rest, ' '), value = word;
		struct hk_plan_target *target = &route->targets[route->n_targets++];
		target->cluster = hk_arena_slicedup(&fx->arena, hk_str_cut(&value, '='));
		target->weight = (uint32_t)strtoul(value.s, NULL, 10);
		target->probability = target->weight / 100.0;
	}
}

static void complain(const struct fx *fx)
{
	for (size_t i = 0; i < fx->diags.list.n; i++)
		print_message("%s: %s\n", fx->diags.list.v[i].rule->code, fx->diags.list.v[i].summary);
	if (fx->err.message)
		print_message("%s\n", fx->err.message);
}

static int render(struct fx *fx)
{
	hk_tree_release(&fx->tree);
	fx->tree = (struct hk_tree)HK_TREE_INIT;
	hk_err_release(&fx->err);
	return hk_tree_render(&fx->tree, &fx->model, &fx->plan, &fx->options, &fx->diags, &fx->err);
}

void fx_render(struct fx *fx)
{
	int status = render(fx);
	if (status != 0)
		complain(fx);
	assert_int_equal(status, 0);
}

void fx_render_fails(struct fx *fx, enum hk_status status)
{
	assert_int_equal(render(fx), -1);
	if (fx->err.status != status)
		complain(fx);
	assert_int_equal(fx->err.status, status);
}

const char *fx_file(const struct fx *fx, const char *path)
{
	for (size_t i = 0; i < fx->tree.files.n; i++)
		if (strcmp(fx->tree.files.v[i].path, path) == 0)
			return fx->tree.files.v[i].bytes.s;
	return NULL;
}

static const char *must_have(const struct fx *fx, const char *path)
{
	const char *bytes = fx_file(fx, path);
	for (size_t i = 0; !bytes && i < fx->tree.files.n; i++)
		print_message("there is %s\n", fx->tree.files.v[i].path);
	if (!bytes)
		fail_msg("%s is not there", path);
	return bytes;
}

void fx_has(const struct fx *fx, const char *path, const char *part)
{
	const char *bytes = must_have(fx, path);
	if (!strstr(bytes, part)) {
		print_message("%s is\n%s\nbut should contain\n%s\n", path, bytes, part);
		fail();
	}
}

void fx_has_not(const struct fx *fx, const char *path, const char *part)
{
	const char *bytes = must_have(fx, path);
	if (strstr(bytes, part)) {
		print_message("%s is\n%s\nbut should not contain\n%s\n", path, bytes, part);
		fail();
	}
}

size_t fx_count(const struct fx *fx, enum hk_rule_id rule)
{
	size_t count = 0;
	for (size_t i = 0; i < fx->diags.list.n; i++)
		count += fx->diags.list.v[i].rule->id == rule;
	return count;
}

void fx_golden(const struct fx *fx, const char *name)
{
	HK_AUTO_BUF struct hk_buf all = HK_BUF_INIT, golden = HK_BUF_INIT;
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	HK_AUTO_FREE char *path = hk_path_join("tests/golden/render", name);
	for (size_t i = 0; i < fx->tree.files.n; i++) {
		hk_buf_addf(&all, "=== %s\n", fx->tree.files.v[i].path);
		hk_buf_addslice(&all, fx->tree.files.v[i].bytes);
	}
	if (getenv("HK_GOLDEN"))
		assert_int_equal(hk_file_write(path, all.s, all.len, &err), 0);
	assert_int_equal(hk_file_read(path, HK_FILE_MAX, &golden, &err), 0);
	assert_string_equal(all.s, golden.s);
}
