/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bound [-g GAP] [-t THREADS] [-r ROUNDS] [-q] FILE: the bound side of the decomposition alone: phases, CPU seconds, memory. */
#include "model/load.h"
#include "place/cuts_availability.h"
#include "place/decomposition.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

static double cpu_seconds(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (double)usage.ru_utime.tv_sec + 1e-6 * (double)usage.ru_utime.tv_usec;
}

static void progress(void *closure, const char *line)
{
	(void)closure;
	printf("%8.3f %s\n", cpu_seconds(), line);
}

static size_t megabytes(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (size_t)usage.ru_maxrss >> 10;
}

static int measure(const struct hk_problem *problem, const struct hk_solve_options *options, unsigned rounds, struct hk_err *err)
{
	struct hk_decomposition d;
	struct hk_cuts cuts = { 0 };
	double at[4] = { cpu_seconds() };
	int code;

	for (uint32_t p = 0; p < problem->n_blocks; p++)
		hk_cut_domains(&cuts, problem, p);
	code = hk_decomposition_open(&d, problem, &cuts, options, err);
	at[1] = cpu_seconds();
	printf("open %.3f: %u blocks, %u rows, %zu cuts, %zu MB\n", at[1] - at[0], problem->n_blocks, d.n_rows, hk_cuts_count(&cuts), megabytes());
	if (code == 0)
		code = hk_decomposition_relax(&d, err);
	at[2] = cpu_seconds();
	printf("relax %.3f: bound %.9g, %u rounds, %llu iterations, %zu MB\n", at[2] - at[1], d.bound, d.relaxed_rounds, (unsigned long long)d.iterations,
	       megabytes());
	if (code == 0)
		code = hk_decomposition_price(&d, options->gap > 0 ? options->gap * 0.55 : 1e-6, rounds, true, err);
	at[3] = cpu_seconds();
	printf("price %.3f: bound %.9g, %u rounds, %llu nodes%s%s, %zu MB\n", at[3] - at[2], d.bound, d.whole_rounds, (unsigned long long)d.nodes,
	       d.infeasible ? ", infeasible" : "", d.hit_limit ? ", limit" : "", megabytes());
	hk_decomposition_close(&d);
	hk_cuts_release(&cuts);
	return code;
}

static int run(const char *file, const struct hk_solve_options *options, unsigned rounds, struct hk_err *err)
{
	struct hk_workspace workspace = { 0 };
	struct hk_diags diags = HK_DIAGS_INIT;
	struct hk_model model = { 0 };
	struct hk_problem problem = { 0 };
	bool infeasible = false;
	int code = hk_workspace_load(&workspace, &file, 1, true, &diags, err);

	if (code == 0)
		code = hk_model_load(&model, &workspace, &diags, err);
	if (code == 0 && diags.errors > 0)
		code = hk_err_set(err, HK_INVALID, "the documents are not valid");
	if (code == 0)
		code = hk_problem_build(&problem, &model, NULL, &infeasible, err);
	printf("read and built %.3f, %zu MB\n", cpu_seconds(), megabytes());
	if (code == 0 && infeasible)
		puts("infeasible");
	else if (code == 0)
		code = measure(&problem, options, rounds, err);
	hk_problem_release(&problem);
	hk_model_release(&model);
	hk_workspace_release(&workspace);
	hk_diags_release(&diags);
	return code;
}

int main(int argc, char **argv)
{
	struct hk_solve_options options = { .gap = 0.01, .progress = progress };
	struct hk_err err = HK_ERR_INIT;
	unsigned rounds = 12;
	const char *file = NULL;
	int code;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "-q") == 0)
			options.progress = NULL;
		else if (strcmp(argv[i], "-g") == 0 && i + 1 < argc)
			options.gap = strtod(argv[++i], NULL);
		else if (strcmp(argv[i], "-t") == 0 && i + 1 < argc)
			options.threads = (unsigned)strtoul(argv[++i], NULL, 10);
		else if (strcmp(argv[i], "-r") == 0 && i + 1 < argc)
			rounds = (unsigned)strtoul(argv[++i], NULL, 10);
		else
			file = argv[i];
	}
	if (!file) {
		fputs("usage: bound [-g GAP] [-t THREADS] [-r ROUNDS] [-q] FILE\n", stderr);
		return 2;
	}
	code = run(file, &options, rounds, &err);
	if (code != 0)
		fprintf(stderr, "bound: %s\n", err.message ? err.message : "failed");
	hk_err_release(&err);
	return code != 0;
}
