/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Before a search: rows about whole nodes and about availability targets that the relaxation of a group violates. Fractions of replicas hide in the last free
 * corner of every node, and between the counts that meet a target; these rows show them.
 */
#include "place/cuts_packing.h"
#include "place/milp_form.h"
#include "place/solve_internal.h"

#include <math.h>
#include <string.h>

enum { ROOT_ROUNDS = 12 };

struct uses { struct hk_use *v; size_t n, cap; };

static size_t cut_cluster(struct hk_search *search, const struct hk_form *form, uint32_t cluster, const double *point, struct uses *uses)
{
	uses->n = 0;
	for (uint32_t i = 0; i < form->n_members; i++) {
		uint32_t block = form->members[i];

		for (uint32_t w = 0; w < search->problem->blocks[block].n_workloads; w++) {
			uint32_t candidate = hk_candidate_of(&search->problem->blocks[block].workloads[w], cluster);
			double replicas = candidate == HK_NO_INDEX ? 0 : point[form->blocks[block].x[w][candidate]];

			if (replicas > 1e-6)
				hk_vec_push(uses, (struct hk_use){ block, w, replicas });
		}
	}
	return uses->n > 0 ? hk_cut_sizes(&search->cuts, search->problem, cluster, uses->v, uses->n) : 0;
}

/* Targets of one pipeline. */
static size_t cut_targets(struct hk_search *search, const struct hk_form *form, uint32_t block, const double *point)
{
	const struct hk_block *b = &search->problem->blocks[block];
	size_t added = 0;

	for (uint32_t w = 0; w < b->n_workloads; w++) {
		uint32_t n = b->workloads[w].n_candidates;
		double *counts;

		if (b->workloads[w].availability <= 0)
			continue;
		counts = hk_malloc(((size_t)n + 1) * sizeof *counts);
		for (uint32_t c = 0; c < n; c++)
			counts[c] = fmax(0, point[form->blocks[block].x[w][c]]);
		added += hk_search_cut_hull(search, block, w, counts);
		hk_cleanup_free(&counts);
	}
	return added;
}

uint8_t *hk_group_basis_fit(struct hk_group_basis *basis, const struct hk_milp *milp)
{
	uint8_t *v = hk_calloc(milp->columns.n + milp->rows.n + 1, sizeof *v);

	if (basis->v && basis->columns <= milp->columns.n && basis->rows <= milp->rows.n) {
		memcpy(v, basis->v, basis->columns);
		memcpy(v + milp->columns.n, basis->v + basis->columns, basis->rows);
	}
	hk_cleanup_free(&basis->v);
	*basis = (struct hk_group_basis){ v, milp->columns.n, milp->rows.n };
	return v;
}

static int root_round(struct hk_search *search, const struct hk_group *group, struct hk_group_basis *basis, size_t *added, struct hk_err *err)
{
	struct hk_glpk_limits limits = { .relaxed = true, .deadline = search->deadline, .memory = search->options->memory_limit,
					 .interrupt = search->options->interrupt };
	struct hk_glpk_result result;
	struct hk_form form;
	struct uses uses = { 0 };
	double *point;
	int code;

	*added = 0;
	hk_form_build_shared(&form, search->problem, group->members, group->n_members, &search->cuts, group->shares);
	point = hk_calloc(form.milp.columns.n + 1, sizeof *point);
	limits.basis = hk_group_basis_fit(basis, &form.milp);
	code = hk_glpk_solve(&form.milp, &limits, &result, point, err);
	search->iterations += result.iterations;
	for (uint32_t c = 0; code == 0 && result.status == HK_GLPK_OPTIMAL && c < search->problem->model->n_clusters; c++)
		if (!search->problem->model->clusters[c].unlimited)
			*added += cut_cluster(search, &form, c, point, &uses);
	for (uint32_t i = 0; code == 0 && result.status == HK_GLPK_OPTIMAL && i < form.n_members; i++)
		*added += cut_targets(search, &form, form.members[i], point);
	hk_vec_release(&uses);
	hk_cleanup_free(&point);
	hk_form_release(&form);
	return code;
}

int hk_search_root(struct hk_search *search, const struct hk_group *group, struct hk_group_basis *basis, struct hk_err *err)
{
	size_t added = 1;

	for (int round = 0; round < ROOT_ROUNDS && added > 0; round++)
		if (root_round(search, group, basis, &added, err) != 0)
			return -1;
	return 0;
}
