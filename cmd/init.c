/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "init.h"
#include "base/file.h"
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

struct config { bool ci, hook, pre_commit, dry_run; };

static const struct hk_opt options[] = {
	{ .name = "ci", .type = HK_OPT_FLAG, .offset = offsetof(struct config, ci),
	  .help = "also a CI workflow (.github/workflows/hkctl.yaml) that validates, plans and checks the rendering" },
	{ .name = "hook", .type = HK_OPT_FLAG, .offset = offsetof(struct config, hook),
	  .help = "also git's own pre-commit hook: documents and rendered tree are checked as they are staged" },
	{ .name = "pre-commit", .type = HK_OPT_FLAG, .offset = offsetof(struct config, pre_commit),
	  .help = "also a configuration of the pre-commit tool that validates before each commit" },
	{ .name = "dry-run", .type = HK_OPT_FLAG, .offset = offsetof(struct config, dry_run), .help = "only say what would be written" },
	{ 0 },
};

static const struct hk_opt_example examples[] = {
	{ "hkctl init shop", "a directory 'shop' with a topology, a pipeline and its manifests" },
	{ "hkctl init --hook --ci .", "here, with a commit hook and a CI workflow" },
	{ 0 },
};

static const struct hk_opt_spec spec = {
	.command = "hkctl init", .summary = "Start a directory: a small topology, pipeline and manifests that validate, plan and render as they are. Existing files are never touched, and a directory that has documents gets no samples with --ci, --hook or --pre-commit.",
	.positional = "[DIR]", .max_args = 1, .options = options, .common = hk_common_options, .examples = examples,
};

static const char topology[] =
	"# Where things can run, and how the places are linked. 'hkctl explain Topology.spec' describes every field.\n"
	"apiVersion: hkctl.dev/v1alpha1\n"
	"kind: Topology\n"
	"metadata:\n"
	"  name: sites\n"
	"spec:\n"
	"  clusters:\n"
	"  - name: edge\n"
	"    tier: edge\n"
	"    availability: 99.5%\n"
	"    prices: {cpu: 0.060/h, memory: 0.008/GiB/h}\n"
	"    nodeSelector: {example.org/cluster: edge}          # labels that tell this cluster's nodes apart\n"
	"    nodes:\n"
	"    - {name: edge-node, count: 2, allocatable: {cpu: \"4\", memory: 16Gi}, labels: {example.org/cluster: edge}}\n"
	"  - name: cloud\n"
	"    tier: cloud\n"
	"    availability: 99.95%\n"
	"    prices: {cpu: 0.040/h, memory: 0.005/GiB/h}        # no nodes listed: grows as needed\n"
	"  sites:\n"
	"  - {name: store, cluster: edge, latency: 1ms}\n"
	"  links:\n"
	"  - {from: edge, to: cloud, latency: 18ms, jitter: 1ms, bandwidth: 1Gbps, price: 0.02/GB}\n";

static const char pipeline[] =
	"# What runs, who talks to whom, how much, and how good it must be. 'hkctl explain Pipeline.spec' describes every field.\n"
	"apiVersion: hkctl.dev/v1alpha1\n"
	"kind: Pipeline\n"
	"metadata:\n"
	"  name: hello\n"
	"  namespace: default\n"
	"spec:\n"
	"  inputs:\n"
	"  - {name: visitors, site: store, rate: 120/s, size: 2kB}\n"
	"  workloads:\n"
	"  - name: web\n"
	"    manifest: {file: app.yaml, kind: Deployment, name: web}\n"
	"    capacity: 50/s                                     # messages one replica sustains\n"
	"    availability: 99.9%                                # probability that enough replicas are up\n"
	"  - name: orders\n"
	"    manifest: {file: app.yaml, kind: Deployment, name: orders}\n"
	"    capacity: 30/s\n"
	"  connections:\n"
	"  - {from: visitors, to: web, latency: {request: 5ms, limit: 30ms}}\n"
	"  - {from: web, to: orders, fanout: 0.2, size: 4kB, latency: {limit: 50ms}}\n";

static const char app_head[] =
	"# The application's own manifests. hkctl render copies them for each cluster with replicas and node affinity set.\n";

static const char *const workloads[] = { "web", "orders" };

static void add_app(struct hk_buf *out)
{
	hk_buf_addstr(out, app_head);
	for (size_t i = 0; i < HK_COUNT(workloads); i++)
		hk_buf_addf(out,
			    "%sapiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: %s\nspec:\n  replicas: 1\n  selector:\n    matchLabels: {app: %s}\n  template:\n    metadata:\n"
			    "      labels: {app: %s}\n    spec:\n      containers:\n      - name: %s\n        image: registry.example.org/%s:1.0\n        resources:\n"
			    "          requests: {cpu: 500m, memory: 256Mi}\n---\napiVersion: v1\nkind: Service\nmetadata:\n  name: %s\nspec:\n  selector: {app: %s}\n  ports:\n"
			    "  - {name: http, port: 80, targetPort: 8080}\n",
			    i ? "---\n" : "", workloads[i], workloads[i], workloads[i], workloads[i], workloads[i], workloads[i], workloads[i]);
}

/* Below a hidden directory, so that 'hkctl validate .' does not take it for a document. */
static const char ci_snippet[] =
	"# Findings become annotations of the pull request; plan and rendered tree are checked against what is committed.\n"
	"# The runner needs hkctl in its PATH.\n"
	"name: hkctl\n"
	"on: [push, pull_request]\n"
	"jobs:\n"
	"  hkctl:\n"
	"    runs-on: ubuntu-latest\n"
	"    steps:\n"
	"    - uses: actions/checkout@v4\n"
	"    - run: hkctl validate -o github .\n"
	"    - run: hkctl plan -f topology.yaml -f pipeline.yaml --previous plan.yaml -o plan.yaml\n"
	"    - run: hkctl render plan.yaml -d deploy --check\n";

/* Documents refer to one another, so all of them are read whichever are staged. */
static const char hook_config[] =
	"repos:\n"
	"- repo: local\n"
	"  hooks:\n"
	"  - id: hkctl-validate\n"
	"    name: hkctl validate\n"
	"    entry: hkctl validate -q .\n"
	"    language: system\n"
	"    types: [yaml]\n"
	"    pass_filenames: false\n";

/* Write unless it exists; *wrote counts. */
static int put(const struct hk_env *env, const struct config *config, const char *directory, const char *name, const char *text, size_t *wrote)
{
	HK_AUTO_FREE char *path = hk_path_join(directory, name);
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	if (hk_file_exists(path)) {
		hk_remark(env, "%s exists, left as it is", path);
		return HK_OK;
	}
	HK_AUTO_FREE char *parent = hk_path_dirname(path);
	if (!config->dry_run && (hk_file_mkdirs(parent, &err) || hk_file_write(path, text, strlen(text), &err)))
		return hk_fail(env, &err);
	hk_remark(env, config->dry_run ? "would write %s" : "wrote %s", path);
	++*wrote;
	return HK_OK;
}

/* A directory that is in use gets what was asked for, and no samples. */
static bool has_documents(const char *directory)
{
	struct hk_paths paths = { NULL, 0, 0 };
	bool found = hk_file_is_dir(directory) && hk_file_walk(directory, 1, &paths, NULL) == 0 && paths.n > 0;
	hk_paths_release(&paths);
	return found;
}

/* A hook that cannot be installed is said before anything is written; a directory that is yet to be made is where the one above it is. */
static int look_for_git(const struct hk_env *env, const char *directory)
{
	HK_AUTO_FREE char *there = hk_strdup(directory);
	size_t wrote = 0;
	while (!hk_file_is_dir(there) && strcmp(there, ".") != 0 && strcmp(there, "/") != 0) {
		char *above = hk_path_dirname(there);
		free(there);
		there = above;
	}
	return hk_init_hook(env, there, HK_INIT_LOOK, &wrote);
}

static int run(const struct hk_env *env, const void *config_, const struct hk_opt_args *args)
{
	const struct config *config = config_;
	const char *directory = args->n ? args->v[0] : ".";
	HK_AUTO_BUF struct hk_buf app = HK_BUF_INIT;
	bool samples = !(config->ci || config->hook || config->pre_commit) || !has_documents(directory);
	size_t wrote = 0;
	bool in_place = strcmp(directory, ".") == 0;
	add_app(&app);
	const struct { const char *name, *text; bool wanted; } files[] = {
		{ "topology.yaml", topology, samples }, { "pipeline.yaml", pipeline, samples }, { "app.yaml", app.s, samples },
		{ ".github/workflows/hkctl.yaml", ci_snippet, config->ci },
		{ ".pre-commit-config.yaml", hook_config, config->pre_commit },
	};
	int status = config->hook ? look_for_git(env, directory) : HK_OK;
	if (status)
		return status;
	for (size_t i = 0; i < HK_COUNT(files); i++) {
		status = files[i].wanted ? put(env, config, directory, files[i].name, files[i].text, &wrote) : HK_OK;
		if (status)
			return status;
	}
	if (config->hook) {
		status = hk_init_hook(env, hk_file_is_dir(directory) ? directory : ".", config->dry_run ? HK_INIT_DRY_RUN : HK_INIT_WRITE, &wrote);
		if (status)
			return status;
	}
	if (samples && wrote && !config->dry_run)
		hk_remark(env, "next: %s%s%shkctl validate topology.yaml pipeline.yaml && hkctl plan -f topology.yaml -f pipeline.yaml -o plan.yaml",
			  in_place ? "" : "cd ", in_place ? "" : directory, in_place ? "" : " && ");
	return HK_OK;
}

static const struct config defaults = { 0 };
const struct hk_cmd hk_cmd_init = {
	.name = "init", .group = "Write and check", .summary = "start a directory that validates, plans and renders", .spec = &spec, .defaults = &defaults,
	.config_size = sizeof defaults, .run = run,
};
