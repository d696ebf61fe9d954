/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Prices on coupling rows, what the blocks answer to them, and what that proves of the whole. */
#include "place/milp_decompose_internal.h"

#include <math.h>
#include <string.h>

enum {
	RELAX_MAX = 25,               /* rounds of the joint relaxation and its rows */
	IMPROVE_MAX = 30,             /* rounds of mixtures and their prices */
	NODES_SHORT = 300,            /* of a search after which the judge is asked for more */
};

void hk_parts_price(struct hk_parts *parts)
{
	for (uint32_t p = 0; p < parts->n; p++)
		for (size_t j = 0; j < parts->v[p].n; j++)
			parts->v[p].milp.columns.v[j].cost = parts->joint->columns.v[parts->v[p].columns[j]].cost;
	for (size_t i = 0; i < parts->n_rows; i++) {
		const struct hk_milp_row *row = &parts->joint->rows.v[i];

		if (!parts->coupling[i] || parts->prices[i] == 0)
			continue;
		for (size_t k = 0; k < row->count; k++) {
			const struct hk_milp_term *term = &parts->joint->terms.v[row->first + k];

			parts->v[parts->owner[term->column]].milp.columns.v[parts->local[term->column]].cost -= parts->prices[i] * term->value;
		}
	}
}

static void keep_answer(struct hk_parts *parts, struct hk_part *part, const double *point)
{
	struct hk_part_answer answer = { .point = hk_arena_array(&parts->arena, part->n + 1, sizeof(double)) };

	for (size_t j = 0; j < part->n; j++) {
		answer.point[j] = point[j];
		answer.cost += parts->joint->columns.v[part->columns[j]].cost * point[j];
	}
	for (size_t i = 0; i < part->answers.n; i++)
		if (memcmp(part->answers.v[i].point, answer.point, part->n * sizeof(double)) == 0)
			return;
	hk_vec_push(&part->answers, answer);
}

/* The block's priced optimum as a row of the joint model, when the relaxation does not see it. True when it was added. */
static bool add_bound(struct hk_parts *parts, const struct hk_part *part, double bound, bool always)
{
	double seen = 0, size = 0;
	static const struct hk_milp_name name = { .kind = "block" };

	for (size_t j = 0; j < part->n; j++) {
		seen += part->milp.columns.v[j].cost * parts->point[part->columns[j]];
		size = fmax(size, fabs(part->milp.columns.v[j].cost));
	}
	if (size == 0 || (!always && seen >= bound - 1e-7 * fmax(1, fabs(bound))))
		return false;
	/* a hair below, so that rounding never cuts off the optimum itself */
	hk_milp_row(parts->joint, name, HK_MILP_GE, (bound - 1e-9 * fmax(1, fabs(bound))) / size);
	for (size_t j = 0; j < part->n; j++)
		hk_milp_term(parts->joint, part->columns[j], part->milp.columns.v[j].cost / size);
	return true;
}

/* The known answer that is cheapest at the newest prices. */
static const double *cheapest(const struct hk_part *part)
{
	const double *best = NULL;
	double least = INFINITY;

	for (size_t i = 0; i < part->answers.n; i++) {
		double cost = hk_milp_value(&part->milp, part->answers.v[i].point);

		if (cost < least) {
			least = cost;
			best = part->answers.v[i].point;
		}
	}
	return best;
}

static void count(struct hk_parts *parts, const struct hk_part *part, const struct hk_glpk_result *result)
{
	parts->result->nodes += result->nodes;
	parts->result->work += (double)result->nodes * (double)part->milp.terms.n;
	parts->result->iterations += result->iterations;
}

/* A search that turns out long is begun again once the judge has said all there is to say of the block. */
static int search(struct hk_parts *parts, struct hk_part *part, struct hk_glpk_limits *limits, struct hk_glpk_result *result, struct hk_err *err)
{
	const struct hk_milp_judge *judge = parts->judge;
	uint64_t nodes = limits->nodes;

	if (judge && judge->says_more && !part->all_said && (nodes == 0 || nodes > NODES_SHORT)) {
		limits->nodes = NODES_SHORT;
		if (hk_glpk_solve(&part->milp, limits, result, parts->room, err) != 0)
			return -1;
		if (!result->hit_limit || result->interrupted)
			return 0;
		count(parts, part, result);
		limits->nodes = nodes;
		part->all_said = true;
		for (size_t j = 0; j < part->n; j++)
			parts->whole[part->columns[j]] = parts->room[j];
		parts->result->again = judge->says_more(judge->closure, (uint32_t)(part - parts->v), parts->whole);
		if (parts->result->again) {
			*result = (struct hk_glpk_result){ .status = HK_GLPK_NOTHING, .bound = -INFINITY };
			return 0;
		}
	}
	return hk_glpk_solve(&part->milp, limits, result, parts->room, err);
}

/* Solve one block at the prices, unless they ask what they asked before. */
static int ask(struct hk_parts *parts, struct hk_part *part, double gap, struct hk_err *err)
{
	struct hk_part_check closure = { parts, (uint32_t)(part - parts->v) };
	struct hk_glpk_check check = { &closure, hk_part_check };
	struct hk_glpk_limits limits = *parts->limits;
	struct hk_glpk_result result;
	bool same = part->known;

	for (size_t j = 0; j < part->n; j++) {
		same = same && part->asked[j] == part->milp.columns.v[j].cost;
		part->asked[j] = part->milp.columns.v[j].cost;
	}
	if (same)
		return 0;
	limits.gap = gap;
	limits.check = parts->judge ? &check : NULL;
	limits.start = cheapest(part);
	limits.basis = part->basis;
	if (search(parts, part, &limits, &result, err) != 0)
		return -1;
	count(parts, part, &result);
	parts->result->infeasible = parts->result->infeasible || result.status == HK_GLPK_INFEASIBLE;
	if ((result.status == HK_GLPK_OPTIMAL || result.status == HK_GLPK_FEASIBLE) && hk_part_check(&closure, parts->room, NULL, NULL, NULL))
		keep_answer(parts, part, parts->room);
	part->bound = result.status == HK_GLPK_INFEASIBLE ? -INFINITY : result.bound;
	part->known = isfinite(part->bound);
	return 0;
}

/* Solve every block at the prices of the joint relaxation. *fresh: rows added. */
static int price_round(struct hk_parts *parts, bool first, size_t *fresh, struct hk_err *err)
{
	*fresh = 0;
	hk_parts_price(parts);
	for (uint32_t p = 0; p < parts->n && !hk_parts_stopped(parts); p++) {
		if (ask(parts, &parts->v[p], first ? parts->limits->gap : parts->limits->gap / 4, err) != 0)
			return -1;
		if (parts->v[p].known)
			*fresh += add_bound(parts, &parts->v[p], parts->v[p].bound, first);
	}
	return 0;
}

/* A price of the wrong sign, by a rounding error, would prove too much. */
static double lawful(enum hk_milp_sense sense, double price)
{
	if (sense == HK_MILP_LE)
		return fmin(price, 0);
	return sense == HK_MILP_GE ? fmax(price, 0) : price;
}

/* Room for the rows there are now. */
static uint8_t *joint_basis(struct hk_parts *parts)
{
	size_t n = parts->joint->columns.n + parts->joint->rows.n;
	uint8_t *basis = hk_arena_array(&parts->arena, n + 1, sizeof *basis);

	if (parts->n_basis > 0)
		memcpy(basis, parts->basis, parts->n_basis);
	parts->basis = basis;
	parts->n_basis = n;
	return basis;
}

static int relax_joint(struct hk_parts *parts, struct hk_glpk_result *result, struct hk_err *err)
{
	struct hk_glpk_limits limits = *parts->limits;
	double *duals = hk_calloc(parts->joint->rows.n + 1, sizeof *duals);
	int code;

	limits.relaxed = true;
	limits.duals = duals;
	limits.start = NULL;
	limits.basis = joint_basis(parts);
	code = hk_glpk_solve(parts->joint, &limits, result, parts->point, err);
	for (size_t i = 0; i < parts->n_rows; i++)
		parts->prices[i] = parts->coupling[i] ? lawful(parts->joint->rows.v[i].sense, duals[i]) : 0;
	hk_cleanup_free(&duals);
	parts->result->iterations += result->iterations;
	return code;
}

int hk_parts_relax(struct hk_parts *parts, struct hk_err *err)
{
	struct hk_glpk_result relaxed;
	double before = -INFINITY;
	size_t fresh = 0;

	if (price_round(parts, true, &fresh, err) != 0)
		return -1;
	for (int round = 0; round < RELAX_MAX && !parts->result->infeasible && !hk_parts_stopped(parts); round++) {
		if (relax_joint(parts, &relaxed, err) != 0)
			return -1;
		parts->result->infeasible = relaxed.status == HK_GLPK_INFEASIBLE;
		if (relaxed.status != HK_GLPK_OPTIMAL)
			break;
		parts->result->bound = relaxed.bound;
		parts->result->rounds++;
		if (round > 2 && relaxed.bound - before <= 1e-6 * fabs(relaxed.bound))
			break;
		before = relaxed.bound;
		if (price_round(parts, false, &fresh, err) != 0)
			return -1;
		if (fresh == 0)
			break;
	}
	return 0;
}

static size_t count_answers(const struct hk_parts *parts)
{
	size_t n = 0;

	for (uint32_t p = 0; p < parts->n; p++)
		n += parts->v[p].answers.n;
	return n;
}

/* The prices at which the answers at hand, mixed freely, are as cheap as they can be. *value: that cost, *over: something was overstepped. */
static int master_prices(struct hk_parts *parts, double price, double *value, bool *over, struct hk_err *err)
{
	struct hk_milp master = { 0 };
	struct hk_glpk_limits limits = { .relaxed = true, .deadline = parts->limits->deadline, .memory = parts->limits->memory,
					 .interrupt = parts->limits->interrupt };
	struct hk_glpk_result result;
	uint32_t *first = hk_arena_array(&parts->arena, (size_t)parts->n + 1, sizeof *first);
	size_t row = parts->n;
	double *point;
	int code;

	hk_parts_master(parts, &master, first, price);
	limits.duals = hk_calloc(master.rows.n + 1, sizeof *limits.duals);
	point = hk_calloc(master.columns.n + 1, sizeof *point);
	code = hk_glpk_solve(&master, &limits, &result, point, err);
	*value = code == 0 && result.status == HK_GLPK_OPTIMAL ? result.objective : -INFINITY;
	*over = false;
	for (size_t j = count_answers(parts); j < master.columns.n; j++)
		*over = *over || point[j] > 1e-7;
	for (size_t i = 0; i < parts->n_rows; i++)
		parts->prices[i] = parts->coupling[i] ? lawful(parts->joint->rows.v[i].sense, limits.duals[row++]) : 0;
	hk_cleanup_free(&limits.duals);
	hk_cleanup_free(&point);
	hk_milp_release(&master);
	return code;
}

/* All blocks at the prices; what that proves of the whole, -INFINITY when a block has no bound. */
static int price_blocks(struct hk_parts *parts, double *bound, struct hk_err *err)
{
	*bound = 0;
	hk_parts_price(parts);
	for (size_t i = 0; i < parts->n_rows; i++)
		*bound += parts->coupling[i] ? parts->prices[i] * parts->joint->rows.v[i].rhs : 0;
	for (uint32_t p = 0; p < parts->n; p++) {
		if (hk_parts_stopped(parts))
			*bound = -INFINITY;
		else if (ask(parts, &parts->v[p], parts->limits->gap / 4, err) != 0)
			return -1;
		*bound += parts->v[p].known ? parts->v[p].bound : -INFINITY;
	}
	return 0;
}

static void keep_best(struct hk_parts *parts)
{
	memcpy(parts->best, parts->prices, parts->n_rows * sizeof *parts->best);
	for (uint32_t p = 0; p < parts->n; p++)
		parts->v[p].best = parts->v[p].bound;
}

/* Back to the rows the model came with: dense rows slow every step of a search, and those of the best prices say it all. */
static void forget_rows(struct hk_parts *parts)
{
	struct hk_milp *joint = parts->joint;

	if (joint->rows.n == parts->n_rows)
		return;
	joint->terms.n = joint->rows.v[parts->n_rows].first;
	joint->rows.n = parts->n_rows;
	for (size_t j = 0; j < joint->columns.n; j++)
		if (joint->seen.v[j] > joint->terms.n)
			joint->seen.v[j] = 0;
}

static double dearest_answer(const struct hk_parts *parts)
{
	double most = 0;

	for (uint32_t p = 0; p < parts->n; p++)
		for (size_t k = 0; k < parts->v[p].answers.n; k++)
			most = fmax(most, fabs(parts->v[p].answers.v[k].cost));
	return most;
}

/*
 * Dantzig and Wolfe: the cheapest mixture of answers prices the coupling rows, the blocks answer. The joint relaxation stops at prices that explain its own
 * optimum, which may be far from the best ones. As long as answers are new, prices are held near the best so far (Wentges, 1997), or they would swing between
 * extremes.
 */
static int mix(struct hk_parts *parts, double *best, struct hk_err *err)
{
	double price = dearest_answer(parts), value, bound;
	bool over, fresh = true;

	for (int round = 0; round < IMPROVE_MAX && !hk_parts_stopped(parts) && !parts->result->infeasible; round++) {
		size_t answers = count_answers(parts);

		if (master_prices(parts, price, &value, &over, err) != 0)
			return -1;
		if (!isfinite(value) || (!over && value - *best <= 1e-6 * fabs(value)))
			break;
		for (size_t i = 0; i < parts->n_rows && isfinite(*best) && fresh; i++)
			parts->prices[i] = 0.5 * parts->prices[i] + 0.5 * parts->best[i];
		if (price_blocks(parts, &bound, err) != 0)
			return -1;
		if (bound > *best) {
			*best = bound;
			keep_best(parts);
		}
		if (count_answers(parts) == answers && !fresh)
			break;
		fresh = count_answers(parts) > answers;
		price *= over ? 2 : 1;
	}
	return 0;
}

int hk_parts_improve(struct hk_parts *parts, struct hk_err *err)
{
	double best = -INFINITY;

	if (price_blocks(parts, &best, err) != 0)
		return -1;
	keep_best(parts);
	if (mix(parts, &best, err) != 0)
		return -1;
	if (!isfinite(best) || parts->result->infeasible)
		return 0;
	memcpy(parts->prices, parts->best, parts->n_rows * sizeof *parts->prices);
	hk_parts_price(parts);
	forget_rows(parts);
	for (uint32_t p = 0; p < parts->n; p++)
		add_bound(parts, &parts->v[p], parts->v[p].best, true);
	parts->result->bound = fmax(parts->result->bound, best);
	return 0;
}

/* A block that costs more than its least by more than what lies between the plan and the bound is in no better plan. */
int hk_parts_close(struct hk_parts *parts, double value, struct hk_err *err)
{
	double *lower = hk_calloc(parts->joint->columns.n + 1, sizeof *lower), *upper = hk_calloc(parts->joint->columns.n + 1, sizeof *upper);
	int code = 0;

	for (uint32_t p = 0; p < parts->n && code == 0 && !hk_parts_stopped(parts); p++) {
		struct hk_part *part = &parts->v[p];
		struct hk_glpk_limits limits = *parts->limits;
		struct hk_glpk_result result;

		limits.gap = 0;
		limits.start = NULL;
		limits.basis = part->basis;
		limits.cutoff = part->best + (value - parts->result->bound) + 1e-6 * fmax(1, fabs(part->best));
		limits.lower = lower;
		limits.upper = upper;
		code = hk_glpk_solve(&part->milp, &limits, &result, parts->room, err);
		parts->result->iterations += result.iterations;
		for (size_t j = 0; code == 0 && j < part->n; j++) {
			struct hk_milp_column *column = &parts->joint->columns.v[part->columns[j]];

			/* continuous columns stay as they are: the plan at hand may lie just outside */
			if (!column->integer)
				continue;
			column->lower = fmin(fmax(column->lower, lower[j]), column->upper);
			column->upper = fmax(fmin(column->upper, upper[j]), column->lower);
		}
	}
	hk_cleanup_free(&lower);
	hk_cleanup_free(&upper);
	return code;
}

int hk_parts_try(struct hk_parts *parts, double work, double *start, bool *settled, struct hk_err *err)
{
	struct hk_glpk_limits limits = *parts->limits;
	struct hk_glpk_result result;
	double *point = hk_calloc(parts->joint->columns.n + 1, sizeof *point);
	int code;

	limits.check = parts->check;
	limits.start = parts->result->has_start ? start : NULL;
	limits.basis = joint_basis(parts);
	limits.nodes = (uint64_t)fmax(1, work / (1 + (double)parts->joint->terms.n));
	code = hk_glpk_solve(parts->joint, &limits, &result, point, err);
	parts->result->nodes += result.nodes;
	parts->result->work += (double)result.nodes * (double)parts->joint->terms.n;
	parts->result->iterations += result.iterations;
	parts->result->interrupted = parts->result->interrupted || result.interrupted;
	if (code == 0 && (result.status == HK_GLPK_OPTIMAL || (result.status == HK_GLPK_FEASIBLE && hk_parts_hold(parts, point)))) {
		parts->result->has_start = true;
		memcpy(start, point, parts->joint->columns.n * sizeof *start);
	}
	*settled = code == 0 && (result.status == HK_GLPK_OPTIMAL || result.status == HK_GLPK_INFEASIBLE);
	parts->result->infeasible = parts->result->infeasible || (code == 0 && result.status == HK_GLPK_INFEASIBLE);
	if (code == 0 && result.status != HK_GLPK_INFEASIBLE)
		parts->result->bound = fmax(parts->result->bound, result.bound);
	hk_cleanup_free(&point);
	return code;
}
