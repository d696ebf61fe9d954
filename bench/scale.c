/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * scale [-s] [-b] FILE...: CPU seconds and peak memory of everything around the solver: reading, model, problem, a greedy plan, its text, reading it back, the
 * check, its tables. -s: solve instead of being greedy. -b: stop when the problem is built. The greedy plan puts each workload into one cluster, and as much
 * again into others where it has an availability target; it is a plan to carry through the other phases and nothing more.
 */
#include "model/load.h"
#include "place/check.h"
#include "place/milp_form.h"
#include "place/pack.h"
#include "place/solve.h"
#include "place/solve_internal.h"
#include "plan/from_solution.h"
#include "report/show.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum { TRIES = 20000 };

struct job {
	bool solve, build_only;
	struct hk_workspace workspace;
	struct hk_diags diags;
	struct hk_model model;
	struct hk_problem problem;
	struct hk_solution solution;
	double last, total;
};

static void phase(struct job *job, const char *name)
{
	struct rusage usage;
	double now;

	getrusage(RUSAGE_SELF, &usage);
	now = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) + 1e-6 * (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
	printf("%-8s %8.3f s %6ld MB\n", name, now - job->last, usage.ru_maxrss / 1024);
	fflush(stdout);
	if (strcmp(name, "solve") != 0)
		job->total += now - job->last;
	job->last = now;
}

/* The greedy plan of one pipeline. */
struct greedy { struct job *job; uint32_t block; double *left; uint32_t *at; unsigned tries; };

static bool has_arc(const struct hk_edge *edge, uint32_t from, uint32_t to, uint32_t *arc)
{
	uint32_t low = 0, high = edge->n_arcs;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		const struct hk_arc *a = &edge->arcs[middle];

		if (a->from < from || (a->from == from && a->to < to))
			low = middle + 1;
		else
			high = middle;
	}
	*arc = low;
	return low < edge->n_arcs && edge->arcs[low].from == from && edge->arcs[low].to == to;
}

static bool fits(const struct greedy *g, uint32_t w, uint32_t c, uint32_t replicas)
{
	const struct hk_place_workload *placed = &g->job->problem.blocks[g->block].workloads[w];
	size_t n = g->job->model.n_resources;

	for (size_t r = 0; r < n; r++)
		if (placed->request[r] * replicas > g->left[placed->candidates[c].cluster * n + r])
			return false;
	return replicas <= placed->candidates[c].max_replicas;
}

static void take(const struct greedy *g, uint32_t w, uint32_t c, double replicas)
{
	const struct hk_place_workload *placed = &g->job->problem.blocks[g->block].workloads[w];
	size_t n = g->job->model.n_resources;

	for (size_t r = 0; r < n; r++)
		g->left[placed->candidates[c].cluster * n + r] -= placed->request[r] * replicas;
}

static bool joined(const struct greedy *g, uint32_t w, uint32_t c)
{
	const struct hk_block *block = &g->job->problem.blocks[g->block];
	uint32_t arc;

	for (uint32_t e = 0; e < block->n_edges; e++) {
		const struct hk_edge *edge = &block->edges[e];

		if (edge->to_kind == HK_END_WORKLOAD && edge->to == w && !has_arc(edge, edge->from_kind == HK_END_FIXED ? 0 : g->at[edge->from], c, &arc))
			return false;
		if (edge->from_kind == HK_END_WORKLOAD && edge->from == w && edge->to_kind == HK_END_FIXED && !has_arc(edge, c, 0, &arc))
			return false;
	}
	return true;
}

static uint32_t replicas_of(const struct hk_place_workload *placed)
{
	return placed->need > placed->least && placed->need > 0 ? placed->need : placed->least > 0 &&
	    !(placed->availability > 0) ? placed->least : placed->need;
}

static bool choose(struct greedy *g, uint32_t k)
{
	const struct hk_block *block = &g->job->problem.blocks[g->block];
	uint32_t w = k < block->n_workloads ? g->job->model.pipelines[block->pipeline].order[k] : 0;

	if (k == block->n_workloads)
		return true;
	for (uint32_t c = 0; c < block->workloads[w].n_candidates; c++) {
		uint32_t replicas = replicas_of(&block->workloads[w]);

		if (g->tries++ > TRIES)
			return false;
		if (!fits(g, w, c, replicas) || !joined(g, w, c))
			continue;
		take(g, w, c, replicas);
		g->at[w] = c;
		if (choose(g, k + 1))
			return true;
		take(g, w, c, -(double)replicas);
	}
	return false;
}

static void record(struct greedy *g)
{
	const struct hk_block *block = &g->job->problem.blocks[g->block];
	struct hk_block_solution *solution = &g->job->solution.blocks[g->block];
	uint32_t arc;

	for (uint32_t w = 0; w < block->n_workloads; w++) {
		const struct hk_place_workload *placed = &block->workloads[w];
		double down = 1 - g->job->model.clusters[placed->candidates[g->at[w]].cluster].availability;

		solution->replicas[w][g->at[w]] = replicas_of(placed);
		solution->load[w][g->at[w]] = 1;
		for (uint32_t c = 0; c < placed->n_candidates && placed->availability > 0 && 1 - down < placed->availability; c++)
			if (c != g->at[w] && fits(g, w, c, placed->need)) {
				take(g, w, c, placed->need);
				solution->replicas[w][c] = placed->need;
				down *= 1 - g->job->model.clusters[placed->candidates[c].cluster].availability;
			}
		for (uint32_t c = 0; c < placed->n_candidates; c++)
			g->job->solution.objective += solution->replicas[w][c] * placed->candidates[c].replica_cost +
			    solution->load[w][c] * placed->candidates[c].load_cost;
	}
	for (uint32_t e = 0; e < block->n_edges; e++) {
		const struct hk_edge *edge = &block->edges[e];

		if (!has_arc(edge, edge->from_kind == HK_END_FIXED ? 0 : g->at[edge->from], edge->to_kind == HK_END_FIXED ? 0 : g->at[edge->to], &arc))
			continue;
		solution->flow[e][arc] = 1;
		g->job->solution.objective += edge->arcs[arc].cost;
	}
}

static int by_place(const void *left, const void *right)
{
	const struct hk_node_share *a = left, *b = right;
	const uint32_t keys[][2] = { { a->block, b->block }, { a->workload, b->workload }, { a->cluster, b->cluster }, { a->group, b->group },
				     { a->node, b->node } };

	for (size_t i = 0; i < HK_COUNT(keys); i++)
		if (keys[i][0] != keys[i][1])
			return keys[i][0] < keys[i][1] ? -1 : 1;
	return 0;
}

struct items { struct hk_pack_item *v; size_t n, cap; };

static void pack(struct job *job)
{
	struct items *items = hk_calloc(job->model.n_clusters, sizeof *items);
	HK_VEC(struct hk_node_share) all = { 0 };
	size_t failed = 0;

	for (uint32_t b = 0; b < job->problem.n_blocks; b++)
		for (uint32_t w = 0; w < job->problem.blocks[b].n_workloads; w++)
			for (uint32_t c = 0; c < job->problem.blocks[b].workloads[w].n_candidates; c++)
				if (job->solution.blocks[b].replicas[w][c] > 0)
					hk_vec_push(&items[job->problem.blocks[b].workloads[w].candidates[c].cluster],
						    (struct hk_pack_item){ .block = b, .workload = w, .replicas = job->solution.blocks[b].replicas[w][c] });
	for (uint32_t c = 0; c < job->model.n_clusters; c++) {
		struct hk_arena scratch = HK_ARENA_INIT;
		struct hk_node_share *shares;
		struct hk_pack_item *conflict;
		size_t n = 0, n_conflict;
		bool monotone;

		if (items[c].n > 0 && !job->model.clusters[c].unlimited) {
			failed += hk_pack_cluster(&job->problem, c, items[c].v, items[c].n, 0, &scratch, &shares, &n, &conflict, &n_conflict,
						  &monotone) != HK_PACKED;
			for (size_t i = 0; i < n; i++)
				hk_vec_push(&all, shares[i]);
		}
		hk_arena_release(&scratch);
		hk_vec_release(&items[c]);
	}
	qsort(all.v, all.n, sizeof *all.v, by_place);
	job->solution.nodes = hk_arena_array(&job->solution.arena, all.n + 1, sizeof *all.v);
	memcpy(job->solution.nodes, all.v, all.n * sizeof *all.v);
	job->solution.n_nodes = all.n;
	printf("         %zu node shares, %zu clusters not packed\n", all.n, failed);
	hk_vec_release(&all);
	hk_cleanup_free(&items);
}

static void be_greedy(struct job *job)
{
	struct greedy g = { .job = job };
	size_t n = job->model.n_clusters * job->model.n_resources;
	uint32_t unplaced = 0;

	g.left = hk_calloc(n + 1, sizeof *g.left);
	memcpy(g.left, job->problem.capacity, n * sizeof *g.left);
	job->solution = (struct hk_solution){ .outcome = HK_SOLVED_FEASIBLE };
	job->solution.blocks = hk_arena_array(&job->solution.arena, job->problem.n_blocks + 1, sizeof *job->solution.blocks);
	for (g.block = 0; g.block < job->problem.n_blocks; g.block++) {
		const struct hk_block *block = &job->problem.blocks[g.block];

		hk_block_solution_init(&job->solution.blocks[g.block], block, &job->solution.arena);
		g.at = hk_calloc((size_t)block->n_workloads + 1, sizeof *g.at);
		g.tries = 0;
		if (choose(&g, 0))
			record(&g);
		else
			unplaced++;
		hk_cleanup_free(&g.at);
	}
	hk_cleanup_free(&g.left);
	printf("         %u of %u pipelines not placed\n", unplaced, job->problem.n_blocks);
	phase(job, "greedy");
	pack(job);
	phase(job, "pack");
}

static int carry_through(struct job *job, struct hk_err *err)
{
	struct hk_plan plan = { 0 }, written = { 0 };
	struct hk_check_report report = { 0 };
	struct hk_buf text = HK_BUF_INIT, tables = HK_BUF_INIT;
	struct hk_source source = { 0 };
	struct hk_doc doc = { 0 };
	struct hk_show_options show = { .all = true };
	int code = hk_plan_from_solution(&plan, &job->problem, &job->solution, NULL, err);

	phase(job, "plan");
	if (code == 0)
		hk_plan_seal(&plan);
	phase(job, "seal");
	if (code == 0)
		code = hk_plan_write(&plan, false, &text, err);
	printf("         %zu bytes\n", text.len);
	phase(job, "write");
	hk_source_from_text(&source, "plan", text.s, text.len);
	if (code == 0 && (hk_yaml_read_one(&source, false, &doc, &job->diags) != 0 || hk_plan_read(&written, &doc, &job->diags) != 0))
		code = hk_err_set(err, HK_FAILED, "the plan cannot be read back");
	phase(job, "read");
	if (code == 0)
		code = hk_check_plan(&job->model, &written, NULL, &report, &job->diags, err);
	printf("         %zu violations\n", report.violations);
	phase(job, "check");
	if (code == 0)
		hk_show_text(&plan, &show, &tables);
	phase(job, "show");
	for (size_t i = 0; i < job->diags.list.n && i < 5; i++)
		printf("         %s %s\n", job->diags.list.v[i].rule->code, job->diags.list.v[i].summary);
	hk_buf_release(&text);
	hk_buf_release(&tables);
	hk_plan_release(&plan);
	hk_plan_release(&written);
	hk_doc_release(&doc);
	hk_source_release(&source);
	return code;
}

static int run(struct job *job, const char *const *files, size_t n, struct hk_err *err)
{
	struct hk_solve_options options = { .gap = 0.01 };
	bool infeasible = false;

	if (hk_workspace_load(&job->workspace, files, n, true, &job->diags, err) != 0)
		return -1;
	phase(job, "load");
	if (hk_model_load(&job->model, &job->workspace, &job->diags, err) != 0)
		return -1;
	if (job->diags.errors > 0)
		return hk_err_set(err, HK_INVALID, "the documents are not valid: %s", job->diags.list.v[0].summary);
	phase(job, "model");
	if (hk_problem_build(&job->problem, &job->model, NULL, &infeasible, err) != 0)
		return -1;
	phase(job, "build");
	if (infeasible)
		return hk_err_set(err, HK_INFEASIBLE, "no plan is possible");
	if (job->build_only)
		return 0;
	if (!job->solve)
		be_greedy(job);
	else if (hk_solve(&job->problem, &options, &job->solution, err) != 0)
		return -1;
	else
		phase(job, "solve");
	if (job->solution.outcome == HK_SOLVED_NOTHING || job->solution.outcome == HK_SOLVED_INFEASIBLE)
		return hk_err_set(err, HK_FAILED, "no plan was found");
	return carry_through(job, err);
}

int main(int argc, char **argv)
{
	struct job job = { .diags = HK_DIAGS_INIT };
	struct hk_err err = HK_ERR_INIT;
	int first = 1, code;

	for (; first < argc && argv[first][0] == '-'; first++) {
		job.solve = job.solve || strcmp(argv[first], "-s") == 0;
		job.build_only = job.build_only || strcmp(argv[first], "-b") == 0;
	}
	if (first >= argc) {
		fputs("usage: scale [-s] [-b] FILE...\n", stderr);
		return 2;
	}
	code = run(&job, (const char *const *)argv + first, (size_t)(argc - first), &err);
	if (code != 0)
		fprintf(stderr, "scale: %s\n", err.message ? err.message : "failed");
	hk_solution_release(&job.solution);
	hk_problem_release(&job.problem);
	hk_model_release(&job.model);
	hk_workspace_release(&job.workspace);
	hk_diags_release(&job.diags);
	phase(&job, "release");
	printf("all      %8.3f s without the solver\n", job.total);
	hk_err_release(&err);
	return code != 0;
}
