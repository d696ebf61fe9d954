/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cmd.h"
#include "base/file.h"
#include "import/import.h"
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

struct config {
	const char *output, *name, *name_space, *cluster, *cluster_label, *weights;
	struct hk_opt_list pods, without, topologies, metrics;
	double cost_unit;
	bool partial, force;
};

static const struct hk_opt options[] = {
	{ .name = "output", .letter = 'O', .type = HK_OPT_STRING, .offset = offsetof(struct config, output), .metavar = "FILE",
	  .help = "write here instead of standard output" },
	{ .name = "force", .type = HK_OPT_FLAG, .offset = offsetof(struct config, force), .help = "replace the output file when it exists" },
	{ .name = "name", .type = HK_OPT_STRING, .offset = offsetof(struct config, name), .metavar = "NAME", .help = "name of the document" },
	{ .name = "namespace", .type = HK_OPT_STRING, .offset = offsetof(struct config, name_space), .metavar = "NAME", .help = "namespace of the pipeline" },
	{ .name = "cluster", .type = HK_OPT_STRING, .offset = offsetof(struct config, cluster), .metavar = "NAME",
	  .help = "cluster all nodes belong to; one file of several is named as CLUSTER=FILE" },
	{ .name = "cluster-label", .type = HK_OPT_STRING, .offset = offsetof(struct config, cluster_label), .metavar = "KEY",
	  .help = "node label whose values are the clusters; 'zone' and 'region' mean the topology.kubernetes.io ones" },
	{ .name = "pods", .type = HK_OPT_LIST, .offset = offsetof(struct config, pods), .metavar = "[CLUSTER=]FILE",
	  .help = "saved pods whose requests are taken off the nodes (may be repeated)" },
	{ .name = "without-namespace", .type = HK_OPT_LIST, .offset = offsetof(struct config, without), .metavar = "NAME",
	  .help = "pods of this namespace do not count as used: they will be planned (may be repeated)" },
	{ .name = "topology", .letter = 't', .type = HK_OPT_LIST, .offset = offsetof(struct config, topologies), .metavar = "PATH",
	  .help = "documents with the clusters and sites there are, for inputs of a pipeline (may be repeated)" },
	{ .name = "weights", .type = HK_OPT_STRING, .offset = offsetof(struct config, weights), .metavar = "NAME",
	  .help = "which weights of a NetworkTopology; default UserDefined" },
	{ .name = "cost-unit", .type = HK_OPT_DURATION, .offset = offsetof(struct config, cost_unit), .metavar = "TIME", .min = 1e-9, .max = 60,
	  .help = "latency that a network cost of 1 stands for; default 1ms" },
	{ .name = "metric", .type = HK_OPT_LIST, .offset = offsetof(struct config, metrics), .metavar = "NAME=KIND",
	  .help = "what a Prometheus metric is: latency, rtt, jitter, loss, bandwidth, rate, capacity, service-time, availability, value or none (may be repeated)" },
	{ .name = "partial", .type = HK_OPT_FLAG, .offset = offsetof(struct config, partial), .help = "take what is complete of a file that was cut off" },
	{ 0 },
};

static const struct hk_opt_example examples[] = {
	{ "kubectl get nodes,pods -A -o json | hkctl import nodes --cluster edge-a -", "a cluster with what is still free on its nodes" },
	{ "hkctl import nodes edge-a=a.json cloud=c.json -O topology.yaml", "two clusters" },
	{ "hkctl import manifests app.yaml -t topology.yaml -O pipeline.yaml", "a pipeline to fill in" },
	{ 0 },
};

static const struct hk_opt_spec spec = {
	.command = "hkctl import",
	.summary = "Turn what exists into hkctl documents. FORMAT is nodes, pods, manifests, karmada, kubefed, diktyo, turnbuckle or prometheus. Guesses are marked with 'guess' and 'fill in'; "
		   "what is not carried over is said.",
	.positional = "FORMAT [CLUSTER=]FILE...", .min_args = 2, .max_args = HK_OPT_ANY, .options = options, .common = hk_common_options, .examples = examples,
};

/* Arguments as files; what they are made of lives until the end. */
struct arguments {
	struct hk_arena arena;
	HK_VEC(struct hk_import_file) files;
	HK_VEC(struct hk_import_metric) metrics;
	HK_VEC(const char *) clusters, sites;
	struct hk_inputs inputs;
};

static bool is_cluster_name(struct hk_str text)
{
	if (!text.n || text.n > 63 || text.s[0] == '-' || text.s[text.n - 1] == '-')
		return false;
	for (size_t i = 0; i < text.n; i++)
		if (!memchr("abcdefghijklmnopqrstuvwxyz0123456789-", text.s[i], 37))
			return false;
	return true;
}

/* "CLUSTER=FILE" unless a file has that very name. */
static int add_file(struct arguments *a, const char *word, const char *cluster, struct hk_err *err)
{
	struct hk_paths paths = { 0 };
	struct hk_str rest = hk_str_of(word), first = hk_str_cut(&rest, '=');
	if (first.n < strlen(word) && is_cluster_name(first) && !hk_file_exists(word)) {
		cluster = hk_arena_slicedup(&a->arena, first);
		word = rest.s;
	}
	int status = 0;
	if (strcmp(word, "-") == 0)
		hk_paths_add(&paths, "-");
	else
		status = hk_file_walk(word, 32, &paths, err);
	for (size_t i = 0; i < paths.n && !status; i++)
		hk_vec_push(&a->files, (struct hk_import_file){ .path = hk_arena_strdup(&a->arena, paths.v[i]), .cluster = cluster });
	hk_paths_release(&paths);
	return status;
}

static int add_metric(struct arguments *a, const char *word, struct hk_err *err)
{
	struct hk_str rest = hk_str_of(word), first = hk_str_cut(&rest, '=');
	if (first.n == strlen(word) || !first.n || !rest.n)
		return hk_err_set(err, HK_USAGE, "--metric '%s' is not NAME=KIND", word);
	hk_vec_push(&a->metrics, (struct hk_import_metric){ hk_arena_slicedup(&a->arena, first), hk_arena_slicedup(&a->arena, rest) });
	return 0;
}

static int read_arguments(struct arguments *a, const struct config *config, const struct hk_opt_args *args, struct hk_err *err)
{
	if (config->cluster && !is_cluster_name(hk_str_of(config->cluster)))
		return hk_err_set(err, HK_USAGE, "'%s' is no cluster name: lower-case letters, digits and '-'", config->cluster);
	for (size_t i = 1; i < args->n; i++)
		if (add_file(a, args->v[i], config->cluster, err))
			return -1;
	for (size_t i = 0; i < config->pods.n; i++)
		if (add_file(a, config->pods.v[i], config->cluster, err))
			return -1;
	for (size_t i = 0; i < config->metrics.n; i++)
		if (add_metric(a, config->metrics.v[i], err))
			return -1;
	return a->files.n ? 0 : hk_err_set(err, HK_INVALID, "there is no YAML or JSON file in what was named");
}

/* Names of clusters and sites of the topologies given. */
static int read_topologies(const struct hk_env *env, const struct config *config, struct arguments *a)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	struct hk_inputs *in = &a->inputs;
	if (!config->topologies.n)
		return HK_OK;
	in->loaded = true;
	if (hk_workspace_load(&in->workspace, config->topologies.v, config->topologies.n, false, &in->diags, &err) ||
	    (!in->diags.errors && hk_model_load(&in->model, &in->workspace, &in->diags, &err)))
		return hk_fail(env, &err);
	if (in->diags.errors) {
		hk_print_diags(env, &in->diags);
		return HK_INVALID;
	}
	for (size_t i = 0; i < in->model.n_clusters; i++)
		hk_vec_push(&a->clusters, in->model.clusters[i].name);
	for (size_t i = 0; i < in->model.n_sites; i++)
		hk_vec_push(&a->sites, in->model.sites[i].name);
	return HK_OK;
}

static int import(const struct hk_env *env, const struct config *config, enum hk_import_format format, struct arguments *a)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	struct hk_diags diags = HK_DIAGS_INIT;
	struct hk_import_options o = {
		.name = config->name, .name_space = config->name_space, .cluster_label = config->cluster_label, .output = config->output,
		.without = config->without.v,
		.n_without = config->without.n, .weights = config->weights, .cost_unit = config->cost_unit, .clusters = a->clusters.v,
		.n_clusters = a->clusters.n,
		.sites = a->sites.v, .n_sites = a->sites.n, .metrics = a->metrics.v, .n_metrics = a->metrics.n, .partial = config->partial,
	};
	int status = HK_OK;
	if (hk_import(format, a->files.v, a->files.n, &o, &text, &diags, &err))
		status = err.status ? (int)err.status : HK_INVALID;
	if (diags.errors || !env->common.quiet)
		hk_print_diags(env, &diags);
	hk_diags_release(&diags);
	if (err.status)
		return hk_fail(env, &err);
	if (status)
		return status;
	if (!config->output || strcmp(config->output, "-") == 0)
		return hk_print(&text, HK_OK);
	if (hk_file_write(config->output, text.s, text.len, &err))
		return hk_fail(env, &err);
	hk_remark(env, "wrote %s", config->output);
	return HK_OK;
}

static int find_format(const char *word, enum hk_import_format *format, struct hk_err *err)
{
	const char *names[HK_IMPORT_FORMATS];
	for (int i = 0; i < HK_IMPORT_FORMATS; i++) {
		names[i] = hk_import_format_name((enum hk_import_format)i);
		*format = (enum hk_import_format)i;
		if (strcmp(names[i], word) == 0)
			return 0;
	}
	const char *nearest = hk_str_nearest(hk_str_of(word), names, HK_IMPORT_FORMATS);
	if (nearest)
		return hk_err_set(err, HK_USAGE, "unknown format '%s'; did you mean '%s'?", word, nearest);
	return hk_err_set(err, HK_USAGE, "unknown format '%s'; formats are nodes, pods, manifests, karmada, kubefed, diktyo, turnbuckle and prometheus", word);
}

static int check_names(const struct config *config, struct hk_err *err)
{
	if (config->name && !is_cluster_name(hk_str_of(config->name)))
		return hk_err_set(err, HK_USAGE, "'%s' is no name of a document: lower-case letters, digits and '-'", config->name);
	if (config->name_space && !is_cluster_name(hk_str_of(config->name_space)))
		return hk_err_set(err, HK_USAGE, "'%s' is no namespace: lower-case letters, digits and '-'", config->name_space);
	if (config->output && strcmp(config->output, "-") != 0 && !config->force && hk_file_exists(config->output))
		return hk_err_set(err, HK_FAILED, "'%s' exists; nothing is merged into it: choose another file, or --force to replace it", config->output);
	return 0;
}

static int run(const struct hk_env *env, const void *config_, const struct hk_opt_args *args)
{
	const struct config *config = config_;
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	struct arguments a = { .inputs = { .diags = HK_DIAGS_INIT } };
	enum hk_import_format format;
	int status;
	if (find_format(args->v[0], &format, &err) || check_names(config, &err) || read_arguments(&a, config, args, &err))
		status = hk_fail(env, &err);
	else
		status = read_topologies(env, config, &a);
	if (!status)
		status = import(env, config, format, &a);
	hk_inputs_release(&a.inputs);
	hk_vec_release(&a.files);
	hk_vec_release(&a.metrics);
	hk_vec_release(&a.clusters);
	hk_vec_release(&a.sites);
	hk_arena_release(&a.arena);
	return status;
}

static void release(void *config_)
{
	struct config *config = config_;
	hk_vec_release(&config->pods);
	hk_vec_release(&config->without);
	hk_vec_release(&config->topologies);
	hk_vec_release(&config->metrics);
}

static const char *format_at(size_t index)
{
	return hk_import_format_name((enum hk_import_format)index);
}

static const struct config defaults = { 0 };
const struct hk_cmd hk_cmd_import = {
	.name = "import", .group = "Write and check", .summary = "saved nodes, manifests and policies of other tools as hkctl documents", .spec = &spec,
	.defaults = &defaults,
	.config_size = sizeof defaults, .release = release, .run = run, .word = format_at,
};
