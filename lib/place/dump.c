/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "place/cuts_availability.h"
#include "place/milp_form.h"
#include "place/mps.h"
#include "place/solve.h"

int hk_problem_dump(const struct hk_problem *problem, const char *path, struct hk_err *err)
{
	struct hk_cuts cuts = { 0 };
	struct hk_form form;
	uint32_t *all = hk_calloc((size_t)problem->n_blocks + 1, sizeof *all);
	int code;

	for (uint32_t b = 0; b < problem->n_blocks; b++) {
		all[b] = b;
		hk_cut_domains(&cuts, problem, b);
	}
	hk_form_build(&form, problem, all, problem->n_blocks, &cuts);
	code = hk_mps_write(&form.milp, path, err);
	hk_form_release(&form);
	hk_cuts_release(&cuts);
	hk_cleanup_free(&all);
	return code;
}
