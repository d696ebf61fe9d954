/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A configuration as counts, loads and flows, with nothing left of the tolerances it was found with. */
#include "place/decomposition_reduce.h"
#include "place/polish.h"
#include "place/solve_internal.h"

#include <math.h>

/* Whole numbers stay as they are, but for those that only count what the others cost: an answer short of the optimum may count too much. All else is open. */
static void fix_whole(struct hk_reduced_block *part, const struct hk_configuration *configuration)
{
	const struct hk_kept_model *model = &part->own->model;

	for (uint32_t j = 0; j < model->n_columns; j++)
		if (model->priority[j] > 0 && model->priority[j] != HK_PRIORITY_DOMAIN)
			part->lower[j] = part->upper[j] = 0;
	for (uint32_t i = 0; i < configuration->n_point; i++)
		if (model->priority[configuration->point[i].column] > 0 && model->priority[configuration->point[i].column] != HK_PRIORITY_DOMAIN)
			part->lower[configuration->point[i].column] = part->upper[configuration->point[i].column] = nearbyint(configuration->point[i].value);
}

static void extract(const struct hk_block_model *own, const struct hk_block *b, const double *point, struct hk_block_solution *solution)
{
	for (uint32_t w = 0; w < b->n_workloads; w++)
		for (uint32_t c = 0; c < b->workloads[w].n_candidates; c++) {
			solution->replicas[w][c] = (uint32_t)fmax(0, nearbyint(point[own->x_first[w] + 2 * c]));
			solution->load[w][c] = fmax(0, point[own->x_first[w] + 2 * c + 1]);
		}
	for (uint32_t e = 0; e < b->n_edges; e++)
		for (uint32_t a = 0; a < b->edges[e].n_arcs; a++)
			solution->flow[e][a] = fmax(0, point[own->f_first[e] + a]);
}

static bool make_exact(const struct hk_decomposition *d, uint32_t block, const struct hk_configuration *configuration, struct hk_block_solution *solution,
		       double *cost, struct hk_err *err)
{
	const struct hk_block_model *own = hk_block_model(d, block);
	const struct hk_block *b = &d->problem->blocks[block];
	struct hk_glpk_limits limits = { .deadline = INFINITY, .cutoff = INFINITY, .memory = d->options->memory_limit };
	struct hk_glpk_result result = { .status = HK_GLPK_INFEASIBLE };
	struct hk_reduced reduced = { 0 };
	struct hk_reduced_block part;
	double *found, *point = hk_calloc((size_t)own->model.n_columns + 1, sizeof *point);
	bool good = false;

	hk_reduced_block_open(&part, own);
	fix_whole(&part, configuration);
	hk_reduced_block_close_places(&part, b);
	hk_reduced_add(&reduced, &part);
	found = hk_calloc(reduced.milp.columns.n + 1, sizeof *found);
	if (!reduced.infeasible && hk_glpk_solve(&reduced.milp, &limits, &result, found, err) == 0 && result.status == HK_GLPK_OPTIMAL) {
		good = true;
		*cost = reduced.constant + (reduced.milp.columns.n > 0 ? result.objective : 0);
		hk_reduced_point(&part, found, point);
		extract(own, b, point, solution);
		hk_polish_clean(d->problem, b, solution);
	}
	hk_cleanup_free(&found);
	hk_cleanup_free(&point);
	hk_reduced_block_close(&part);
	hk_milp_release(&reduced.milp);
	hk_vec_release(&reduced.origin);
	return good;
}

bool hk_decomposition_solution(struct hk_decomposition *d, uint32_t block, const struct hk_configuration *configuration, struct hk_block_solution *solution,
			       double *cost, struct hk_err *err)
{
	if (!configuration->solution)
		return make_exact(d, block, configuration, solution, cost, err);
	hk_block_solution_copy(solution, configuration->solution, &d->problem->blocks[block]);
	*cost = configuration->cost;
	return true;
}
