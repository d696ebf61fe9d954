/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where the relaxations of pipelines put their replicas at the best prices. */
#include "place/decomposition_internal.h"

#include <math.h>
#include <string.h>

struct looking { struct hk_decomposition *d; double **counts; };

static void look_at_block(const struct looking *looking, uint32_t block)
{
	const struct hk_decomposition *d = looking->d;
	struct hk_block_model *own = hk_block_model(d, block);
	struct hk_glpk_limits limits = { .deadline = hk_decomposition_own(d)->deadline, .memory = d->options->memory_limit, .interrupt = d->options->interrupt,
					 .cutoff = INFINITY };
	double *cost = hk_malloc(((size_t)own->model.n_columns + 1) * sizeof *cost), *point = hk_calloc((size_t)own->model.n_columns + 1, sizeof *point);
	struct hk_glpk_result answer;

	own->result = (struct hk_block_result){ .status = HK_GLPK_NOTHING };
	hk_block_model_price(own, d->prices, cost);
	if (hk_kept_solve(&own->kept, cost, &limits, &answer, point, &own->result.err) == 0) {
		own->result.status = answer.status;
		own->result.iterations = answer.iterations;
		own->result.interrupted = answer.interrupted;
	}
	for (uint32_t j = 0; j < own->f_first[0]; j += 2)
		looking->counts[block][j / 2] = point[j];
	if (!own->stays)
		hk_kept_drop(&own->kept);
	hk_cleanup_free(&cost);
	hk_cleanup_free(&point);
}

static void look(void *closure, unsigned worker)
{
	const struct looking *looking = closure;

	for (uint32_t p = worker; p < looking->d->problem->n_blocks; p += hk_decomposition_own(looking->d)->threads.n)
		if (looking->counts[p])
			look_at_block(looking, p);
}

int hk_decomposition_counts(struct hk_decomposition *d, double **counts, struct hk_err *err)
{
	struct looking looking = { .d = d, .counts = counts };
	int code = 0;

	hk_threads_run(&hk_decomposition_own(d)->threads, look, &looking);
	for (uint32_t p = 0; p < d->problem->n_blocks; p++) {
		struct hk_block_result *result = &hk_block_model(d, p)->result;

		if (!counts[p])
			continue;
		if (result->err.message && code == 0)
			code = hk_err_set(err, result->err.status, "%s", result->err.message);
		hk_err_release(&result->err);
		d->iterations += result->iterations;
		d->interrupted = d->interrupted || result->interrupted;
		if (result->status != HK_GLPK_OPTIMAL)
			counts[p] = NULL;
	}
	return code;
}
