/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * render_bench COUNT: CPU seconds to parse COUNT Deployments once with libfyaml's own tree, and to render them in memory with one placement each.
 * render_bench write FILE COUNT: the Deployments alone.
 * render_bench against FILE COMMAND...: CPU seconds of a whole command against parsing FILE once with libfyaml's own tree; the least of five runs of each, in
 * turns.
 */
#include "render/render.h"

#include <libfyaml.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static double cpu_seconds(void)
{
	struct rusage use;
	getrusage(RUSAGE_SELF, &use);
	return (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) + 1e-6 * (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec);
}

static long peak_kib(void)
{
	struct rusage use;
	getrusage(RUSAGE_SELF, &use);
	return use.ru_maxrss;
}

static void add_manifest(struct hk_buf *out, size_t i)
{
	hk_buf_addf(out, "---\n# workload %zu\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: w%06zu\n  namespace: shop\n  labels: {app: w%06zu, tier: back}\nspec:\n  replicas: 2  # set by hand\n"
		    "  selector:\n    matchLabels:\n      app: w%06zu\n  template:\n    metadata:\n      labels:\n        app: w%06zu\n        tier: back\n    spec:\n      serviceAccountName: runner\n"
		    "      containers:\n      - name: main\n        image: \"registry.example/w%06zu:1.2.3\"\n        args: [\"--port=8080\", '--level=info']\n        command:\n        - sh\n        - -c\n"
		    "        - |\n          set -e\n          # wait for the others\n          exec /bin/server \"$@\"\n        ports:\n        - {name: http, containerPort: 8080}\n        env:\n"
		    "        - name: MODE\n          value: \"on\"\n        - name: LIMIT\n          value: '0755'\n        resources:\n          requests: {cpu: 250m, memory: 256Mi}\n"
		    "          limits: {memory: 512Mi}\n        readinessProbe:\n          httpGet: {path: /ready, port: http}\n          periodSeconds: 5\n      volumes:\n      - name: config\n"
		    "        configMap:\n          name: settings\n", i, i, i, i, i, i);
}

static double parse_once(const struct hk_buf *text, bool tell)
{
	double start = cpu_seconds();
	struct fy_parse_cfg config = { .flags = FYPCF_QUIET };
	struct fy_parser *parser = fy_parser_create(&config);
	struct fy_document *document;
	size_t count = 0;
	fy_parser_set_string(parser, text->s, text->len);
	while ((document = fy_parse_load_document(parser)) != NULL) {
		fy_parse_document_destroy(parser, document);
		count++;
	}
	fy_parser_destroy(parser);
	double seconds = cpu_seconds() - start;
	if (tell)
		printf("libfyaml trees        %6.3f s  (%zu documents, %.1f MB)\n", seconds, count, (double)text->len / 1e6);
	return seconds;
}

static double read_once(const char *path)
{
	double start = cpu_seconds();
	struct hk_source source = { 0 };
	struct hk_diags diags = HK_DIAGS_INIT;
	struct hk_doc doc = { 0 };
	if (hk_source_load(&source, path, HK_FILE_MAX, NULL) != 0)
		exit(1);
	struct hk_yaml_reader *reader = hk_yaml_open(&source, false);
	while (hk_yaml_next(reader, &doc, &diags) == 1)
		hk_doc_release(&doc);
	hk_yaml_close(reader);
	hk_diags_release(&diags);
	hk_source_release(&source);
	return cpu_seconds() - start;
}

static int count_file(void *closure, const struct hk_render_file *file, struct hk_err *err)
{
	size_t *count = closure;
	(void)file;
	(void)err;
	++*count;
	return 0;
}

static void fill(struct hk_arena *arena, size_t n, const char *path, struct hk_model *model, struct hk_plan *plan)
{
	struct hk_pipeline *pipeline = hk_arena_alloc(arena, sizeof *pipeline);
	struct hk_plan_pipeline *planned = hk_arena_alloc(arena, sizeof *planned);
	struct hk_label *labels = hk_arena_array(arena, 1, sizeof *labels);
	labels[0] = (struct hk_label){ "topology.kubernetes.io/zone", "us-west-a" };
	model->clusters = hk_arena_array(arena, 1, sizeof *model->clusters);
	model->n_clusters = 1;
	model->clusters[0].name = "edge-a";
	model->clusters[0].output = "clusters/edge-a";
	model->clusters[0].node_selector = (struct hk_labels){ labels, 1 };
	model->pipelines = pipeline;
	plan->pipelines = planned;
	model->n_pipelines = plan->n_pipelines = 1;
	pipeline->name = planned->name = "shop";
	pipeline->n_workloads = planned->n_workloads = n;
	pipeline->workloads = hk_arena_array(arena, n, sizeof *pipeline->workloads);
	planned->workloads = hk_arena_array(arena, n, sizeof *planned->workloads);
	for (size_t i = 0; i < n; i++) {
		struct hk_plan_placement *placement = hk_arena_alloc(arena, sizeof *placement);
		placement->cluster = "edge-a";
		placement->replicas = (uint32_t)(3 + i % 7);
		pipeline->workloads[i].name = planned->workloads[i].name = hk_arena_printf(arena, "w%06zu", i);
		pipeline->workloads[i].manifest = (struct hk_manifest_ref){ .file = path, .kind = HK_DEPLOYMENT, .name = pipeline->workloads[i].name,
									    .name_space = "shop" };
		planned->workloads[i].placements = placement;
		planned->workloads[i].n_placements = 1;
	}
}

static int write_manifests(const char *path, size_t n)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	for (size_t i = 0; i < n; i++)
		add_manifest(&text, i);
	return hk_file_write(path, text.s, text.len, NULL) != 0;
}

/* The least of user and system seconds so far; peak memory in KiB. -1 when the command failed. */
static int run_once(char **command, double *user, double *kernel, long *peak)
{
	struct rusage use;
	int status;
	pid_t child = fork();
	if (child == 0) {
		execvp(command[0], command);
		_exit(127);
	}
	if (child < 0 || wait4(child, &status, 0, &use) != child || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return -1;
	double u = (double)use.ru_utime.tv_sec + 1e-6 * (double)use.ru_utime.tv_usec, k = (double)use.ru_stime.tv_sec + 1e-6 * (double)use.ru_stime.tv_usec;
	*user = u < *user ? u : *user;
	*kernel = k < *kernel ? k : *kernel;
	*peak = use.ru_maxrss;
	return 0;
}

static int compare_command(const char *path, char **command)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	double parse = 1e9, user = 1e9, kernel = 1e9;
	long peak = 0;
	if (hk_file_read(path, HK_FILE_MAX, &text, NULL) != 0)
		return 1;
	for (int i = 0; i < 5; i++) {
		double seconds = parse_once(&text, i == 0);
		parse = seconds < parse ? seconds : parse;
		fflush(stdout);
		if (run_once(command, &user, &kernel, &peak) != 0)
			return 1;
	}
	printf("whole command         %6.3f s user, %.3f s system, %ld MiB\n", user, kernel, peak / 1024);
	printf("command / libfyaml    %6.2f    (%.3f s; at most 3 wanted)\n", user / parse, parse);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 4 && strcmp(argv[1], "write") == 0)
		return write_manifests(argv[2], strtoul(argv[3], NULL, 10));
	if (argc > 3 && strcmp(argv[1], "against") == 0)
		return compare_command(argv[2], argv + 3);
	size_t n = argc > 1 ? strtoul(argv[1], NULL, 10) : 10000, files = 0;
	char path[] = "/tmp/hkctl-bench-XXXXXX";
	struct hk_buf text = HK_BUF_INIT;
	struct hk_err err = HK_ERR_INIT;
	struct hk_diags diags = HK_DIAGS_INIT;
	struct hk_arena arena = HK_ARENA_INIT;
	struct hk_model model = { 0 };
	struct hk_plan plan = { 0 };
	struct hk_render_options options = { .mesh = HK_MESH_NONE, .pin_nodes = true };
	int fd = mkstemp(path);
	if (fd < 0)
		return 1;
	close(fd);
	for (size_t i = 0; i < n; i++)
		add_manifest(&text, i);
	if (hk_file_write(path, text.s, text.len, &err) != 0)
		return 1;
	double parse = parse_once(&text, true);
	hk_buf_release(&text);
	printf("hkctl reader          %6.3f s\n", read_once(path));
	long before = peak_kib();
	fill(&arena, n, path, &model, &plan);
	double start = cpu_seconds();
	int status = hk_render(&model, &plan, &options, count_file, &files, &diags, &err);
	double render = cpu_seconds() - start;
	printf("render                %6.3f s  (%zu files%s%s)\n", render, files, status ? ", failed: " : "", status ? err.message : "");
	printf("render / libfyaml     %6.2f    (at most 3 wanted)\n", render / parse);
	printf("peak memory %ld MiB before, %ld MiB after\n", before / 1024, peak_kib() / 1024);
	unlink(path);
	hk_arena_release(&arena);
	hk_diags_release(&diags);
	hk_err_release(&err);
	return status ? 1 : 0;
}
