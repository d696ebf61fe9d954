/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * solve [-c] [-d MODEL.mps] FILE...: solve documents and print one line: outcome, objective, bound, user CPU seconds, nodes, cuts. -c puts the plan before the
 * checker.
 */
#include "model/load.h"
#include "place/check.h"
#include "place/solve.h"
#include "plan/from_solution.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

struct job { const char *dump; uint64_t nodes; bool check, explain, verbose; struct hk_workspace workspace; struct hk_diags diags; struct hk_model model;
	     struct hk_problem problem; struct hk_solution solution; };

static double cpu_seconds(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (double)usage.ru_utime.tv_sec + 1e-6 * (double)usage.ru_utime.tv_usec;
}

static void print_findings(const struct hk_diags *diags)
{
	for (size_t i = 0; i < diags->list.n; i++)
		printf("%s:%u: %s %s%s%s\n", diags->list.v[i].range.file ? diags->list.v[i].range.file : "-", diags->list.v[i].range.line,
		       diags->list.v[i].rule->code, diags->list.v[i].summary, diags->list.v[i].help ? "; help: " : "",
		       diags->list.v[i].help ? diags->list.v[i].help : "");
}

static int check(struct job *job, struct hk_err *err)
{
	struct hk_plan plan = { 0 };
	struct hk_check_report report = { 0 };
	struct hk_diags findings = HK_DIAGS_INIT;
	int code = hk_plan_from_solution(&plan, &job->problem, &job->solution, NULL, err);

	if (code == 0)
		code = hk_check_plan(&job->model, &plan, NULL, &report, &findings, err);
	printf("check: %zu violations, objective %.9g\n", report.violations, report.objective);
	print_findings(&findings);
	hk_plan_release(&plan);
	hk_diags_release(&findings);
	return code;
}

static void progress(void *closure, const char *line)
{
	(void)closure;
	printf("%.3f %s\n", cpu_seconds(), line);
}

static int run(struct job *job, const char *const *files, size_t n, struct hk_err *err)
{
	static const char *const outcomes[] = { "optimal", "feasible", "infeasible", "nothing" };
	struct hk_solve_options options = { .dump_model = job->dump, .node_limit = job->nodes, .progress = job->verbose ? progress : NULL };
	bool infeasible = false, minimal = true;
	double start, built;

	if (hk_workspace_load(&job->workspace, files, n, true, &job->diags, err) != 0 || hk_model_load(&job->model, &job->workspace, &job->diags, err) != 0)
		return -1;
	if (job->diags.errors > 0) {
		print_findings(&job->diags);
		return hk_err_set(err, HK_INVALID, "the documents are not valid");
	}
	start = cpu_seconds();
	if (hk_problem_build(&job->problem, &job->model, NULL, &infeasible, err) != 0)
		return -1;
	built = cpu_seconds();
	if (infeasible)
		job->solution.outcome = HK_SOLVED_INFEASIBLE;
	else if (hk_solve(&job->problem, &options, &job->solution, err) != 0)
		return -1;
	printf("%s objective %.9g bound %.9g read %.3f build %.3f solve %.3f nodes %llu cuts %llu\n", outcomes[job->solution.outcome], job->solution.objective,
	       job->solution.bound, start, built - start, cpu_seconds() - built, (unsigned long long)job->solution.tree_nodes,
	       (unsigned long long)job->solution.cuts);
	if (job->check && job->solution.outcome <= HK_SOLVED_FEASIBLE)
		return check(job, err);
	if (job->explain && job->solution.outcome == HK_SOLVED_INFEASIBLE) {
		struct hk_diags findings = HK_DIAGS_INIT;

		start = cpu_seconds();
		if (hk_explain_infeasible(&job->model, &options, &findings, &minimal, err) != 0)
			return -1;
		printf("explain %.3f %s\n", cpu_seconds() - start, minimal ? "minimal" : "not shown minimal");
		print_findings(&findings);
		hk_diags_release(&findings);
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct job job = { .diags = HK_DIAGS_INIT };
	struct hk_err err = HK_ERR_INIT;
	int first = 1, code;

	for (; first < argc && argv[first][0] == '-'; first++) {
		if (strcmp(argv[first], "-c") == 0)
			job.check = true;
		else if (strcmp(argv[first], "-x") == 0)
			job.explain = true;
		else if (strcmp(argv[first], "-v") == 0)
			job.verbose = true;
		else if (strcmp(argv[first], "-n") == 0 && first + 1 < argc)
			job.nodes = strtoull(argv[++first], NULL, 10);
		else if (strcmp(argv[first], "-d") == 0 && first + 1 < argc)
			job.dump = argv[++first];
	}
	if (first >= argc) {
		fputs("usage: solve [-c] [-x] [-v] [-n NODES] [-d MODEL.mps] FILE...\n", stderr);
		return 2;
	}
	code = run(&job, (const char *const *)argv + first, (size_t)(argc - first), &err);
	if (code != 0)
		fprintf(stderr, "solve: %s\n", err.message ? err.message : "failed");
	hk_solution_release(&job.solution);
	hk_problem_release(&job.problem);
	hk_model_release(&job.model);
	hk_workspace_release(&job.workspace);
	hk_diags_release(&job.diags);
	hk_err_release(&err);
	return code != 0;
}
