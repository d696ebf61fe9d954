/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One pipeline's least priced cost in whole numbers by the search of glpk_tree.h. */
#include "place/decomposition_reduce.h"

#include <string.h>

bool hk_block_model_is_hard(const struct hk_block_model *own)
{
	bool hard = false;

	for (uint32_t j = 0; j < own->model.n_columns && !hard; j++)
		hard = own->model.priority[j] == HK_PRIORITY_FORGIVEN;
	return hard;
}

int hk_block_model_search(const struct hk_decomposition *d, uint32_t block, const double *cost, struct hk_glpk_limits *limits, struct hk_glpk_result *result,
			  double *point, struct hk_err *err)
{
	const struct hk_block_model *own = hk_block_model(d, block);
	struct hk_reduced reduced = { .constant = 0 };
	struct hk_reduced_block part;
	struct hk_target_check targets;
	double *found;
	int code = 0;

	hk_reduced_block_open(&part, own);
	memcpy(part.cost, cost, own->model.n_columns * sizeof *cost);
	hk_reduced_add(&reduced, &part);
	/* a column rather than a constant, so that relative gaps are those of the whole */
	hk_milp_column(&reduced.milp, (struct hk_milp_name){ .kind = "constant" }, 1, 1, reduced.constant);
	found = hk_calloc(reduced.milp.columns.n + 1, sizeof *found);
	*result = (struct hk_glpk_result){ .status = HK_GLPK_INFEASIBLE };
	hk_target_check_open(&targets, d, &block, 1, &part, limits);
	limits->basis = hk_reduced_basis(&reduced, &part, 1);
	if (!reduced.infeasible)
		code = hk_glpk_solve(&reduced.milp, limits, result, found, err);
	hk_reduced_point(&part, found, point);
	hk_target_check_close(&targets);
	hk_cleanup_free(&limits->basis);
	hk_cleanup_free(&found);
	hk_reduced_block_close(&part);
	hk_milp_release(&reduced.milp);
	hk_vec_release(&reduced.origin);
	return code;
}
