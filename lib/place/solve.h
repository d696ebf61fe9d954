/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Problem -> solution behind one interface; which method ran does not show. */
#ifndef HK_PLACE_SOLVE_H
#define HK_PLACE_SOLVE_H

#include "base/diag.h"
#include "base/err.h"
#include "place/solution.h"
#include "place/warm.h"
#include "plan/plan.h"

struct hk_solve_options {
	double gap;                  /* relative; 0 = proved optimum (1e-9) */
	double time_limit;           /* seconds of wall clock, outer stop only; 0 = none. Work limits inside count iterations and nodes */
	double cutoff;               /* only plans cheaper than this are of interest; 0 = all */
	uint64_t node_limit;         /* branch-and-bound nodes over the whole run; 0 = built-in */
	size_t memory_limit;         /* bytes GLPK may use; 0 = 1 GiB */
	unsigned threads;            /* answers are the same for any number; 0 = 1 */
	const volatile int *interrupt;   /* set to non-zero by a signal handler: stop, keep the best plan; may be NULL */
	const struct hk_warm_start *warm;   /* of the plan before; may be NULL */
	/* where everything runs, prices and bounds or not: no plan costs more than leaving it there, if that keeps the rules; may be NULL */
	const struct hk_warm_start *before;
	const char *dump_model;      /* path for the strong model in free MPS; NULL = none */
	void (*progress)(void *closure, const char *line);   /* one line per phase; may be NULL */
	void *closure;
};

/*
 * Derive the problem. previous may be NULL. Findings when something cannot be carried at all (a workload without any candidate cluster, an edge whose limits no
 * pair satisfies): then 0 is returned, *infeasible is set and hk_explain_infeasible() says why.
 */
int hk_problem_build(struct hk_problem *problem, const struct hk_model *model, const struct hk_plan *previous, bool *infeasible, struct hk_err *err);
/* The same with routes that are there already: of a model with the same clusters, links and measured pairs. They have to live as long as the problem. */
int hk_problem_build_over(struct hk_problem *problem, const struct hk_model *model, const struct hk_plan *previous, struct hk_routes *routes, bool *infeasible,
			  struct hk_err *err);
void hk_problem_release(struct hk_problem *problem);
/* The strong model in free MPS, before anything was solved: the rows that availability and packing add while solving are not in it. */
int hk_problem_dump(const struct hk_problem *problem, const char *path, struct hk_err *err);

int hk_solve(const struct hk_problem *problem, const struct hk_solve_options *options, struct hk_solution *solution, struct hk_err *err);
void hk_solution_release(struct hk_solution *solution);

/*
 * A minimal set of the user's own lines that cannot hold together (deletion filter over named demands; design note section 7): one HK_ERROR finding per line,
 * in file order, rule HK0450, the first one carrying the summary; *minimal false when a limit stopped the filter.
 */
int hk_explain_infeasible(const struct hk_model *model, const struct hk_solve_options *options, struct hk_diags *diags, bool *minimal, struct hk_err *err);

/*
 * Why can no replica of the workload be in the cluster, whatever else it asks of numbers and availability? Findings as above, of its pipeline alone. *allowed,
 * and no finding, when one can.
 */
int hk_explain_place(const struct hk_model *model, uint32_t pipeline, uint32_t workload, uint32_t cluster, const struct hk_solve_options *options,
		     struct hk_diags *diags, bool *allowed, struct hk_err *err);

#endif
