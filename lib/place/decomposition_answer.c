/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Answers of a few pipelines together, inside what others leave of the coupling rows. */
#include "place/decomposition_reduce.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { NODES_DEFAULT = 500 };

struct asking {
	struct hk_decomposition *d;
	const uint32_t *blocks; uint32_t n;
	const struct hk_answer_limits *limits;
	struct hk_reduced reduced;
	struct hk_reduced_block *parts;
	double *point;
};

static double left_of(const struct asking *asking, uint32_t row)
{
	double left = asking->limits->left ? asking->limits->left[row] : asking->d->rows[row].capacity;

	/* sums of doubles: a hair of the capacity is no use */
	return left + 1e-10 * asking->d->rows[row].capacity;
}

/* Places no answer ever used: whatever is gained there, a search of many pipelines at once cannot afford them. */
static void close_unknown(struct hk_reduced_block *part)
{
	const struct hk_block_model *own = part->own;

	for (uint32_t j = 0; own->known && j < own->f_first[0]; j++)
		if (own->model.priority[j] > 0 && !own->known[j] && part->lower[j] <= 0)
			part->upper[j] = 0;
}

/* Costs bent by the prices; no more replicas than fit into what is left. */
static void bend(const struct asking *asking, struct hk_reduced_block *part)
{
	const struct hk_block_model *own = part->own;

	for (uint32_t j = 0; j < own->model.n_columns; j++)
		for (uint32_t k = own->use_first[j]; k < own->use_first[j + 1]; k++) {
			const struct hk_row_use *use = &own->uses[k];
			double most = fmax(0, left_of(asking, use->row)) / use->amount;

			if (asking->limits->prices)
				part->cost[j] += asking->limits->prices[use->row] * use->amount;
			if (own->model.priority[j] > 0 && most < part->upper[j])
				part->upper[j] = fmin(part->upper[j], floor(most * (1 + 1e-9)));
		}
}

static void raise_least(const struct asking *asking, uint32_t i)
{
	const struct hk_block *b = &asking->d->problem->blocks[asking->blocks[i]];
	struct hk_reduced_block *part = &asking->parts[i];
	uint32_t *const *least = asking->limits->least ? asking->limits->least[i] : NULL;

	for (uint32_t w = 0; least && w < b->n_workloads; w++)
		for (uint32_t c = 0; least[w] && c < b->workloads[w].n_candidates; c++)
			part->lower[part->own->x_first[w] + 2 * c] = fmax(part->lower[part->own->x_first[w] + 2 * c], least[w][c]);
}

struct use { uint32_t row, column; double amount; };

static int by_row(const void *left, const void *right)
{
	const struct use *a = left, *b = right;

	if (a->row != b->row)
		return a->row < b->row ? -1 : 1;
	return (a->column > b->column) - (a->column < b->column);
}

static void add_coupling(struct asking *asking)
{
	struct hk_milp *milp = &asking->reduced.milp;
	HK_VEC(struct use) uses = { 0 };

	for (uint32_t i = 0; i < asking->n; i++) {
		const struct hk_block_model *own = asking->parts[i].own;

		for (uint32_t j = 0; j < own->model.n_columns; j++)
			for (uint32_t k = own->use_first[j]; asking->parts[i].column[j] != HK_MILP_NONE && k < own->use_first[j + 1]; k++)
				hk_vec_push(&uses, (struct use){ own->uses[k].row, asking->parts[i].column[j], own->uses[k].amount });
	}
	if (uses.n > 1)
		qsort(uses.v, uses.n, sizeof *uses.v, by_row);
	for (size_t i = 0; i < uses.n;) {
		size_t end = i;
		double most = 0, left = left_of(asking, uses.v[i].row), unit = asking->d->rows[uses.v[i].row].capacity;

		for (; end < uses.n && uses.v[end].row == uses.v[i].row; end++)
			most += uses.v[end].amount * milp->columns.v[uses.v[end].column].upper;
		if (most > left) {
			unit = unit > 0 ? unit : 1;
			hk_milp_row(milp, (struct hk_milp_name){ .kind = "left" }, HK_MILP_LE, fmax(0, left) / unit);
			for (size_t k = i; k < end; k++)
				hk_milp_term(milp, uses.v[k].column, uses.v[k].amount / unit);
		}
		i = end;
	}
	hk_vec_release(&uses);
}

static void build(struct asking *asking)
{
	for (uint32_t i = 0; i < asking->n; i++) {
		hk_reduced_block_open(&asking->parts[i], hk_block_model(asking->d, asking->blocks[i]));
		bend(asking, &asking->parts[i]);
		if (asking->limits->known)
			close_unknown(&asking->parts[i]);
		raise_least(asking, i);
		hk_reduced_block_close_places(&asking->parts[i], &asking->d->problem->blocks[asking->blocks[i]]);
		hk_reduced_add(&asking->reduced, &asking->parts[i]);
	}
	add_coupling(asking);
	/* a column rather than a constant, so that relative gaps are those of the whole */
	hk_milp_column(&asking->reduced.milp, (struct hk_milp_name){ .kind = "constant" }, 1, 1, asking->reduced.constant);
}

static void to_arena(struct hk_arena *arena, struct hk_configuration *configuration)
{
	struct hk_configuration copy = *configuration;

	copy.uses = hk_arena_array(arena, (size_t)copy.n_uses + 1, sizeof *copy.uses);
	copy.point = hk_arena_array(arena, (size_t)copy.n_point + 1, sizeof *copy.point);
	if (copy.n_uses > 0)
		memcpy(copy.uses, configuration->uses, copy.n_uses * sizeof *copy.uses);
	if (copy.n_point > 0)
		memcpy(copy.point, configuration->point, copy.n_point * sizeof *copy.point);
	hk_configuration_release(configuration);
	*configuration = copy;
}

static void hand_out(struct asking *asking, struct hk_configuration *configurations)
{
	for (uint32_t i = 0; i < asking->n; i++) {
		const struct hk_block_model *own = asking->parts[i].own;
		double *point = hk_calloc((size_t)own->model.n_columns + 1, sizeof *point);

		hk_reduced_point(&asking->parts[i], asking->point, point);
		hk_block_model_learn(hk_block_model(asking->d, asking->blocks[i]), point);
		hk_configuration_make(&configurations[i], own, point, true);
		to_arena(&asking->d->arena, &configurations[i]);
		hk_cleanup_free(&point);
	}
}

static int solve(struct asking *asking, struct hk_answer *answer, struct hk_configuration *configurations, struct hk_err *err)
{
	const struct hk_answer_limits *wanted = asking->limits;
	struct hk_glpk_limits limits = { .nodes = wanted->nodes ? wanted->nodes : NODES_DEFAULT, .deadline = hk_decomposition_own(asking->d)->deadline,
					 .memory = asking->d->options->memory_limit, .interrupt = asking->d->options->interrupt, .gap = wanted->gap,
					 .cutoff = wanted->cutoff,
					 .first = wanted->any };
	struct hk_target_check targets;
	struct hk_glpk_result result;
	int code;

	hk_target_check_open(&targets, asking->d, asking->blocks, asking->n, asking->parts, &limits);
	asking->point = hk_calloc(asking->reduced.milp.columns.n + 1, sizeof *asking->point);
	code = hk_glpk_solve(&asking->reduced.milp, &limits, &result, asking->point, err);
	hk_target_check_close(&targets);
	if (code != 0)
		return -1;
	asking->d->nodes += result.nodes;
	asking->d->iterations += result.iterations;
	asking->d->interrupted = asking->d->interrupted || result.interrupted;
	answer->status = result.status;
	answer->bound = result.bound;
	if (result.status != HK_GLPK_OPTIMAL && result.status != HK_GLPK_FEASIBLE) {
		if (result.bound >= wanted->cutoff)
			answer->status = HK_GLPK_INFEASIBLE;
		return 0;
	}
	answer->value = result.objective;
	if (result.objective >= wanted->cutoff) {
		answer->status = result.bound >= wanted->cutoff ? HK_GLPK_INFEASIBLE : HK_GLPK_NOTHING;
		return 0;
	}
	hand_out(asking, configurations);
	return 0;
}

/* At the best prices the least of each pipeline is known. */
static bool known_to_cost_more(const struct asking *asking)
{
	double sum = 0;

	if (asking->limits->prices != asking->d->prices)
		return false;
	for (uint32_t i = 0; i < asking->n; i++)
		sum += asking->d->blocks[asking->blocks[i]].bound;
	return sum >= asking->limits->cutoff;
}

int hk_decomposition_answer(struct hk_decomposition *d, const uint32_t *blocks, uint32_t n_blocks, const struct hk_answer_limits *limits,
			    struct hk_answer *answer, struct hk_configuration *configurations, struct hk_err *err)
{
	struct asking asking = { .d = d, .blocks = blocks, .n = n_blocks, .limits = limits };
	int code = 0;

	*answer = (struct hk_answer){ .status = HK_GLPK_INFEASIBLE, .value = INFINITY, .bound = INFINITY };
	if (known_to_cost_more(&asking)) {
		answer->bound = limits->cutoff;
		return 0;
	}
	asking.parts = hk_calloc((size_t)n_blocks + 1, sizeof *asking.parts);
	build(&asking);
	if (!asking.reduced.infeasible)
		code = solve(&asking, answer, configurations, err);
	for (uint32_t i = 0; i < n_blocks; i++)
		hk_reduced_block_close(&asking.parts[i]);
	hk_cleanup_free(&asking.parts);
	hk_cleanup_free(&asking.point);
	hk_milp_release(&asking.reduced.milp);
	hk_vec_release(&asking.reduced.origin);
	return code;
}

uint32_t hk_decomposition_known(struct hk_decomposition *d, uint32_t block, const struct hk_block_solution *solution)
{
	struct hk_block_model *own = hk_block_model(d, block);
	const struct hk_block *b = &d->problem->blocks[block];
	double *point = hk_calloc((size_t)own->f_first[0] + 1, sizeof *point);
	uint32_t n = 0;

	for (uint32_t w = 0; w < b->n_workloads; w++)
		for (uint32_t c = 0; c < b->workloads[w].n_candidates; c++)
			point[own->x_first[w] + 2 * c] = solution->replicas[w][c];
	hk_block_model_learn(own, point);
	for (uint32_t j = 0; j < own->f_first[0]; j++)
		n += own->known[j] && own->model.priority[j] > 0;
	hk_cleanup_free(&point);
	return n;
}
