/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What lies between a plan and its bound, block by block: at the best prices a block of a better plan costs more than its least by no more than that. So all
 * such answers of every block are listed, and the best choice among them that respects the coupling rows is the best plan there is (Handler and Zang, A dual
 * algorithm for the constrained shortest path problem, 1980). Answers that differ only where nothing is scarce are one: rows that carry a price set them apart,
 * others from when a choice breaks them. What rows do not say, the judge says: of an answer when it is listed, of a choice when it is made.
 */
#include "place/milp_decompose_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
	ANSWERS_MAX = 4000,           /* of a block */
	LEVELS_MAX = 12,
};

/* Nodes times terms of all lists together: about a second. */
static const double WORK_MAX = 1e7;
/* A joint model of so few terms is looked at itself once lists have taken this much, for as much as the other. */
static const double TERMS_SMALL = 3000, WORK_FIRST = 5e5, WORK_JOINT = 3e5;
/* A cutoff that nothing is below. */
static const double NOTHING_MORE = -1e30;
/* The first width of lists, as a share of the bound: plans are found there that make what is needed less. */
static const double WIDTH_FIRST = 5e-4;

static double part_cost(const struct hk_parts *parts, const struct hk_part *part, const double *point)
{
	double sum = 0;

	for (size_t j = 0; j < part->n; j++)
		sum += parts->joint->columns.v[part->columns[j]].cost * point[j];
	return sum;
}

static bool set_apart(struct hk_lists *lists, size_t column)
{
	struct hk_parts *parts = lists->parts;
	struct hk_milp_column *own = &parts->v[parts->owner[column]].milp.columns.v[parts->local[column]];

	if (lists->apart[column] || !own->integer || own->priority < HK_MILP_COUNTS)
		return false;
	lists->v[parts->owner[column]].any_apart = true;
	lists->apart[column] = lists->v[parts->owner[column]].apart[parts->local[column]] = lists->again = true;
	return true;
}

bool hk_lists_set_apart(struct hk_lists *lists, const struct hk_milp_row *row, const bool *named)
{
	const struct hk_milp *joint = lists->parts->joint;
	bool any = false;

	for (size_t k = 0; row && k < row->count; k++)
		any = set_apart(lists, joint->terms.v[row->first + k].column) || any;
	for (size_t j = 0; !row && j < joint->columns.n; j++)
		if (!named || named[j])
			any = set_apart(lists, j) || any;
	return any;
}

/* Coupling rows as "at most": rows of the other sense count negative, equations both ways. */
static void find_limits(struct hk_lists *lists)
{
	const struct hk_parts *parts = lists->parts;

	lists->limits = hk_arena_array(&lists->arena, 2 * parts->n_rows + 1, sizeof *lists->limits);
	for (size_t i = 0; i < parts->n_rows; i++) {
		const struct hk_milp_row *row = &parts->joint->rows.v[i];
		bool whole = true;

		if (!parts->coupling[i])
			continue;
		for (size_t k = 0; k < row->count; k++) {
			const struct hk_milp_column *column = &parts->joint->columns.v[parts->joint->terms.v[row->first + k].column];

			whole = whole && column->integer && column->priority >= HK_MILP_COUNTS;
		}
		lists->soft = lists->soft || !whole;
		lists->traded = lists->traded || (!whole && parts->best[i] != 0);
		if (whole && row->sense != HK_MILP_GE)
			lists->limits[lists->n_limits++] = (struct hk_list_limit){ i, 1, row->rhs, parts->best[i] != 0 };
		if (whole && row->sense != HK_MILP_LE)
			lists->limits[lists->n_limits++] = (struct hk_list_limit){ i, -1, -row->rhs, parts->best[i] != 0 };
		if (parts->best[i] != 0)
			hk_lists_set_apart(lists, row, NULL);
	}
	if (lists->traded)
		hk_lists_set_apart(lists, NULL, NULL);
	lists->again = false;
}

static void note_use(const struct hk_lists *lists, uint32_t p, const double *point, double *use)
{
	const struct hk_parts *parts = lists->parts;

	for (size_t l = 0; l < lists->n_limits; l++) {
		const struct hk_milp_row *row = &parts->joint->rows.v[lists->limits[l].row];

		use[l] = 0;
		for (size_t k = 0; k < row->count; k++) {
			const struct hk_milp_term *term = &parts->joint->terms.v[row->first + k];

			if (parts->owner[term->column] == p)
				use[l] += lists->limits[l].sign * term->value * point[parts->local[term->column]];
		}
	}
}

/* One that is alike is there: the cheaper of the two stays. */
static struct hk_list_answer *alike(const struct hk_list *list, const struct hk_part *part, const double *point)
{
	for (size_t k = 0; k < list->n; k++) {
		bool same = true;

		for (size_t j = 0; j < part->n && same; j++)
			same = !list->apart[j] || list->v[k].point[j] == point[j];
		if (same)
			return &list->v[k];
	}
	return NULL;
}

static double keep_answer(void *closure, const double *point, double value)
{
	struct hk_lists *lists = closure;
	struct hk_list *list = lists->at;
	const struct hk_part *part = &lists->parts->v[list->block];
	struct hk_list_answer *answer = alike(list, part, point);
	double over = fmax(0, value - part->best);

	if (answer && answer->over <= over)
		return part->best + fmin(list->width, list->any_apart ? INFINITY : answer->over);
	if (!answer && list->n >= ANSWERS_MAX)
		return NOTHING_MORE;
	if (!answer) {
		answer = hk_vec_add(list);
		*answer = (struct hk_list_answer){ .point = hk_arena_array(&lists->arena, part->n + 1, sizeof *answer->point),
						   .use = hk_arena_array(&lists->arena, lists->n_limits + 1, sizeof *answer->use) };
	}
	memcpy(answer->point, point, part->n * sizeof *point);
	answer->over = over;
	answer->cost = part_cost(lists->parts, part, point);
	note_use(lists, list->block, point, answer->use);
	return part->best + fmin(list->width, list->any_apart ? INFINITY : over);
}

static int by_over(const void *left, const void *right)
{
	const struct hk_list_answer *a = left, *b = right;

	return (a->over > b->over) - (a->over < b->over);
}

/* All answers of the block up to the width. False in *done when that is too much work. */
static int make_list(struct hk_lists *lists, struct hk_list *list, double width, bool *done, struct hk_err *err)
{
	struct hk_parts *parts = lists->parts;
	struct hk_part *part = &parts->v[list->block];
	struct hk_part_check closure = { parts, list->block };
	struct hk_glpk_check good = { &closure, hk_part_check };
	struct hk_glpk_listing listing = { .apart = list->apart, .counts = HK_MILP_COUNTS, .good = &good, .found = keep_answer, .closure = lists };
	struct hk_glpk_limits limits = *parts->limits;
	struct hk_glpk_result result;
	double terms = 1 + (double)part->milp.terms.n;

	list->n = 0;
	list->width = width;
	lists->at = list;
	limits.start = NULL;
	limits.gap = 0;
	limits.listing = &listing;
	limits.basis = part->basis;
	limits.cutoff = part->best + width;
	limits.nodes = (uint64_t)fmax(1, lists->work / terms);
	if (hk_glpk_solve(&part->milp, &limits, &result, parts->room, err) != 0)
		return -1;
	lists->work -= (double)result.nodes * terms;
	parts->result->work += (double)result.nodes * terms;
	parts->result->nodes += result.nodes;
	parts->result->iterations += result.iterations;
	parts->result->interrupted = parts->result->interrupted || result.interrupted;
	*done = result.status == HK_GLPK_INFEASIBLE && list->n < ANSWERS_MAX;
	if (list->n > 1)
		qsort(list->v, list->n, sizeof *list->v, by_over);
	if (*done)
		list->least = list->n > 0 ? list->v[0].over : width;
	else
		list->width = -1;
	return 0;
}

/* What the lists prove of the whole. */
static double proved(const struct hk_lists *lists)
{
	double sum = lists->base;

	for (uint32_t p = 0; p < lists->parts->n; p++)
		sum += lists->v[p].least;
	return sum;
}

/* How far the block's list has to reach; a hair more, so that rounding loses nothing. */
static double needed(const struct hk_lists *lists, const struct hk_list *list)
{
	return list->least + (lists->value - proved(lists)) + 1e-7 * fmax(1, fabs(lists->base));
}

/* Nothing better is outside of the lists. */
static bool complete(const struct hk_lists *lists)
{
	for (uint32_t p = 0; p < lists->parts->n; p++)
		if (!(lists->v[p].width >= needed(lists, &lists->v[p])))
			return false;
	return isfinite(lists->value);
}

/* Or not by as much as is asked for. */
static bool is_near(const struct hk_lists *lists)
{
	return isfinite(lists->value) && lists->value - proved(lists) <= lists->parts->limits->gap * fabs(lists->value);
}

/* The next width: no more than is needed. */
static double widen(const struct hk_lists *lists, const struct hk_list *list, double step)
{
	return fmin(needed(lists, list), fmax(list->width, list->least + step));
}

static int make_lists(struct hk_lists *lists, double step, bool *done, struct hk_err *err)
{
	*done = true;
	for (uint32_t p = 0; p < lists->parts->n && *done; p++) {
		double width = widen(lists, &lists->v[p], step);

		*done = !hk_parts_stopped(lists->parts);
		if (*done && width > lists->v[p].width && make_list(lists, &lists->v[p], width, done, err) != 0)
			return -1;
	}
	return 0;
}

/* The plan at hand counts only when it holds. */
static double value_of_start(struct hk_lists *lists, const double *start)
{
	const struct hk_parts *parts = lists->parts;
	bool holds = parts->result->has_start;

	if (holds && parts->judge)
		holds = parts->judge->holds(parts->judge->closure, start, lists->ignored);
	return holds ? hk_milp_value(parts->joint, start) : INFINITY;
}

static void open_lists(struct hk_lists *lists, const double *start)
{
	struct hk_parts *parts = lists->parts;

	lists->v = hk_arena_array(&lists->arena, (size_t)parts->n + 1, sizeof *lists->v);
	lists->apart = hk_arena_array(&lists->arena, parts->joint->columns.n + 1, sizeof *lists->apart);
	lists->ignored = hk_arena_array(&lists->arena, parts->joint->columns.n + 1, sizeof *lists->ignored);
	lists->work = (double)parts->joint->terms.n <= TERMS_SMALL ? WORK_FIRST : WORK_MAX;
	lists->later = WORK_MAX - lists->work;
	lists->value = value_of_start(lists, start);
	for (size_t i = 0; i < parts->n_rows; i++)
		lists->base += parts->coupling[i] ? parts->best[i] * parts->joint->rows.v[i].rhs : 0;
	for (uint32_t p = 0; p < parts->n; p++) {
		lists->v[p].apart = hk_arena_array(&lists->arena, parts->v[p].n + 1, sizeof *lists->v[p].apart);
		lists->v[p].block = p;
		lists->v[p].width = -1;
		lists->base += parts->v[p].best;
	}
	find_limits(lists);
}

static void close_lists(struct hk_lists *lists)
{
	for (uint32_t p = 0; p < lists->parts->n; p++)
		hk_vec_release(&lists->v[p]);
	hk_arena_release(&lists->arena);
}

static bool is_long(const struct hk_lists *lists, bool done)
{
	return !done && lists->later > 0 && lists->at->n < ANSWERS_MAX && !hk_parts_stopped(lists->parts);
}

/* Lists turn out long: the joint model may be easy, where one pipeline has many answers and the others have few. Then on with the lists. */
static int look_at_joint(struct hk_lists *lists, double *start, bool *settled, struct hk_err *err)
{
	int code = hk_parts_try(lists->parts, WORK_JOINT, start, settled, err);

	lists->work += lists->later;
	lists->later = 0;
	lists->value = fmin(lists->value, value_of_start(lists, start));
	return code;
}

/* Lists that grow, and the best choice from them, until nothing better can be outside of them. */
static int run(struct hk_lists *lists, double *start, struct hk_err *err)
{
	struct hk_decomposed *result = lists->parts->result;
	/* a plan may be near: without one widths grow slowly */
	double step = fmin(WIDTH_FIRST * fmax(1e-9, fabs(lists->base)), (lists->value - lists->base) / 4);
	bool done = true, settled = false;

	for (int level = 0; level < LEVELS_MAX && done && !settled;) {
		if (make_lists(lists, step, &done, err) != 0)
			return -1;
		if (is_long(lists, done)) {
			if (look_at_joint(lists, start, &settled, err) != 0)
				return -1;
			if (settled || hk_parts_stopped(lists->parts))
				return 0;
			done = true;
			continue;
		}
		if (done && hk_lists_choose(lists, start, &done, err) != 0)
			return -1;
		settled = done && !lists->again && (complete(lists) || is_near(lists));
		if (!lists->again) {
			level++;
			step *= isfinite(lists->value) ? 4 : 2;
		}
		for (uint32_t p = 0; lists->again && p < lists->parts->n; p++)
			lists->v[p].width = -1;
		lists->again = false;
	}
	if (settled && complete(lists))
		result->bound = fmax(result->bound, lists->value);
	else if (result->has_start)
		result->bound = fmax(result->bound, fmin(proved(lists), hk_milp_value(lists->parts->joint, start)));
	return 0;
}

int hk_parts_list(struct hk_parts *parts, double *start, struct hk_err *err)
{
	struct hk_lists lists = { .parts = parts };
	int code = 0;

	for (uint32_t p = 0; p < parts->n; p++)
		if (!isfinite(parts->v[p].best))
			return 0;
	open_lists(&lists, start);
	if (!isfinite(lists.value) || lists.value - lists.base > parts->limits->gap * fabs(lists.value))
		code = run(&lists, start, err);
	close_lists(&lists);
	return code;
}
