/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One answer of each list, so that the coupling rows hold and nothing is cheaper: depth first, least surplus first. */
#include "place/milp_decompose_internal.h"

#include <math.h>
#include <string.h>

enum {
	STEPS_MAX = 2000000,
	JUDGED_MAX = 5000,            /* choices that are looked at in full */
	SETTLED_MAX = 300,            /* choices that need a program, */
	NODES_MAX = 200,              /* of which each takes so many nodes */
};

struct choice {
	struct hk_lists *lists;
	double *start;
	uint32_t *order, *at;         /* lists, shortest first; the answer at hand of each */
	double *room;                 /* [depth][limit]: what is left once the first lists have chosen, less the least that the others take */
	double *point;                /* of the joint model */
	bool *blamed;                 /* its columns */
	double surplus, cheapest;     /* what the bound leaves; least cost of all that have not chosen */
	uint64_t steps, judged, settled;
	bool unknown;                 /* a choice could not be settled */
	int code;
	struct hk_err *err;
};

static void find_order(struct choice *choice)
{
	const struct hk_lists *lists = choice->lists;

	for (uint32_t p = 0; p < lists->parts->n; p++) {
		uint32_t at = p;

		for (; at > 0 && lists->v[choice->order[at - 1]].n > lists->v[p].n; at--)
			choice->order[at] = choice->order[at - 1];
		choice->order[at] = p;
	}
}

static double least_use(const struct hk_list *list, size_t limit)
{
	double least = INFINITY;

	for (size_t k = 0; k < list->n; k++)
		least = fmin(least, list->v[k].use[limit]);
	return least;
}

/* With the decisions of the point fixed, what else there is costs the least. False when nothing is. */
static bool settle_rest(struct choice *choice, double *value)
{
	const struct hk_parts *parts = choice->lists->parts;
	struct hk_milp *joint = parts->joint;
	struct hk_glpk_limits limits = { .nodes = NODES_MAX, .cutoff = INFINITY, .deadline = parts->limits->deadline, .memory = parts->limits->memory,
					 .interrupt = parts->limits->interrupt };
	struct hk_glpk_result result = { 0 };
	double *lower = hk_malloc((joint->columns.n + 1) * sizeof *lower), *upper = hk_malloc((joint->columns.n + 1) * sizeof *upper);

	for (size_t j = 0; j < joint->columns.n; j++) {
		struct hk_milp_column *column = &joint->columns.v[j];

		lower[j] = column->lower;
		upper[j] = column->upper;
		if (choice->lists->apart[j])
			column->lower = column->upper = choice->point[j];
	}
	choice->code = hk_glpk_solve(joint, &limits, &result, choice->point, choice->err);
	for (size_t j = 0; j < joint->columns.n; j++) {
		joint->columns.v[j].lower = lower[j];
		joint->columns.v[j].upper = upper[j];
	}
	hk_cleanup_free(&lower);
	hk_cleanup_free(&upper);
	parts->result->iterations += result.iterations;
	parts->result->nodes += result.nodes;
	choice->unknown = choice->unknown || (result.status != HK_GLPK_OPTIMAL && result.status != HK_GLPK_INFEASIBLE);
	*value = result.objective;
	return choice->code == 0 && result.status == HK_GLPK_OPTIMAL;
}

/* Rows that set no answers apart are broken by this choice: from now on they do. */
static bool breaks_others(struct choice *choice)
{
	struct hk_lists *lists = choice->lists;
	bool broken = false;

	for (size_t l = 0; l < lists->n_limits; l++) {
		struct hk_list_limit *limit = &lists->limits[l];
		double use = 0;

		for (uint32_t p = 0; p < lists->parts->n && !limit->apart; p++)
			use += lists->v[p].v[choice->at[p]].use[l];
		if (limit->apart || use <= limit->rhs + 1e-9 * fmax(1, fabs(limit->rhs)))
			continue;
		broken = limit->apart = lists->again = true;
		hk_lists_set_apart(lists, &lists->parts->joint->rows.v[limit->row], NULL);
	}
	return broken;
}

/* What the judge says counts when all that he blames sets answers apart. */
static bool is_judged_good(struct choice *choice)
{
	struct hk_lists *lists = choice->lists;
	const struct hk_parts *parts = lists->parts;

	if (!parts->judge)
		return true;
	memset(choice->blamed, 0, parts->joint->columns.n * sizeof *choice->blamed);
	if (parts->judge->holds(parts->judge->closure, choice->point, choice->blamed))
		return true;
	hk_lists_set_apart(lists, NULL, choice->blamed);
	return false;
}

/*
 * What follows and is coupled: what each answer has will do where they cost the others nothing; what they have together says something only when all decisions
 * set answers apart.
 */
static bool settles(struct choice *choice, double *value)
{
	struct hk_lists *lists = choice->lists;

	if (!lists->traded && (!lists->soft || hk_milp_violation(lists->parts->joint, choice->point) <= 1e-9))
		return true;
	choice->settled++;
	return !hk_lists_set_apart(lists, NULL, NULL) && settle_rest(choice, value);
}

/* All have chosen. */
static void judge(struct choice *choice, double value)
{
	struct hk_lists *lists = choice->lists;
	const struct hk_parts *parts = lists->parts;

	choice->judged++;
	if (breaks_others(choice))
		return;
	for (uint32_t p = 0; p < parts->n; p++)
		for (size_t j = 0; j < parts->v[p].n; j++)
			choice->point[parts->v[p].columns[j]] = lists->v[p].v[choice->at[p]].point[j];
	if (!settles(choice, &value) || !(value < lists->value) || !is_judged_good(choice))
		return;
	lists->value = value;
	choice->surplus = value - lists->base;
	parts->result->has_start = true;
	memcpy(choice->start, choice->point, parts->joint->columns.n * sizeof *choice->start);
}

static bool fits(const struct choice *choice, uint32_t depth, const struct hk_list *list, const struct hk_list_answer *answer)
{
	size_t n = choice->lists->n_limits;
	const double *before = choice->room + depth * n;
	double *after = choice->room + (depth + 1) * n;

	for (size_t l = 0; l < n; l++) {
		after[l] = before[l] - (answer->use[l] - list->least_use[l]);
		if (choice->lists->limits[l].apart && after[l] < -1e-9 * fmax(1, fabs(choice->lists->limits[l].rhs)))
			return false;
	}
	return true;
}

static bool spent(const struct choice *choice)
{
	return choice->code != 0 || choice->unknown || choice->steps >= STEPS_MAX || choice->judged >= JUDGED_MAX || choice->settled >= SETTLED_MAX;
}

/* over: of the answers chosen and the least of the others; cost likewise. */
static void choose(struct choice *choice, uint32_t depth, double over, double cost)
{
	struct hk_lists *lists = choice->lists;
	const struct hk_list *list;

	if (depth == lists->parts->n) {
		judge(choice, cost);
		return;
	}
	list = &lists->v[choice->order[depth]];
	for (size_t k = 0; k < list->n && !spent(choice) && !lists->again; k++) {
		const struct hk_list_answer *answer = &list->v[k];

		choice->steps++;
		if (over + answer->over - list->least >= choice->surplus)
			break;
		if ((!lists->traded && cost + answer->cost - list->cheapest >= lists->value) || !fits(choice, depth, list, answer))
			continue;
		choice->at[choice->order[depth]] = (uint32_t)k;
		choose(choice, depth + 1, over + answer->over - list->least, cost + answer->cost - list->cheapest);
	}
}

/* What each list takes at least. False when one is empty. */
static bool find_least(struct choice *choice, double *over, double *cost)
{
	struct hk_lists *lists = choice->lists;

	for (size_t l = 0; l < lists->n_limits; l++)
		choice->room[l] = lists->limits[l].rhs;
	for (uint32_t p = 0; p < lists->parts->n; p++) {
		struct hk_list *list = &lists->v[p];

		if (list->n == 0)
			return false;
		list->cheapest = INFINITY;
		for (size_t k = 0; k < list->n; k++)
			list->cheapest = fmin(list->cheapest, list->v[k].cost);
		list->least_use = hk_arena_array(&lists->arena, lists->n_limits + 1, sizeof *list->least_use);
		for (size_t l = 0; l < lists->n_limits; l++) {
			list->least_use[l] = least_use(list, l);
			choice->room[l] -= list->least_use[l];
		}
		*over += list->least;
		*cost += list->cheapest;
	}
	return true;
}

int hk_lists_choose(struct hk_lists *lists, double *start, bool *done, struct hk_err *err)
{
	struct choice choice = { .lists = lists, .start = start, .err = err, .surplus = lists->value - lists->base };
	uint32_t n = lists->parts->n;
	double over = 0, cost = 0;

	choice.order = hk_arena_array(&lists->arena, (size_t)n + 1, sizeof *choice.order);
	choice.at = hk_arena_array(&lists->arena, (size_t)n + 1, sizeof *choice.at);
	choice.room = hk_arena_array(&lists->arena, (size_t)(n + 1) * lists->n_limits + 1, sizeof *choice.room);
	choice.blamed = hk_arena_array(&lists->arena, lists->parts->joint->columns.n + 1, sizeof *choice.blamed);
	choice.point = hk_arena_array(&lists->arena, lists->parts->joint->columns.n + 1, sizeof *choice.point);
	if (find_least(&choice, &over, &cost)) {
		find_order(&choice);
		choose(&choice, 0, over, cost);
	}
	*done = !spent(&choice);
	return choice.code;
}
