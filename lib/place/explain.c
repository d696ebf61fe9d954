/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The smallest set of demands that cannot hold: divide and conquer over named demands (Junker, QUICKXPLAIN, AAAI 2004), each question answered by the solver itself. */
#include "place/explain_internal.h"
#include "place/glpk.h"
#include "place/solve_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
	QUESTIONS_MAX = 3000,
	NODES_PER_QUESTION = 5000,
};

static bool out_of_time(const struct hk_inquiry *inquiry)
{
	return inquiry->questions >= QUESTIONS_MAX || hk_glpk_clock() > inquiry->deadline || (inquiry->options.interrupt && *inquiry->options.interrupt);
}

int hk_inquiry_ask(struct hk_inquiry *inquiry, struct hk_err *err)
{
	struct hk_arena arena = HK_ARENA_INIT;
	struct hk_model relaxed;
	struct hk_problem problem = { 0 };
	struct hk_solution solution = { .outcome = HK_SOLVED_NOTHING };
	bool infeasible = false;
	int answer;

	if (out_of_time(inquiry)) {
		inquiry->undecided = true;
		return 1;
	}
	inquiry->questions++;
	hk_demands_apply(inquiry, &relaxed, &arena);
	answer = hk_problem_build(&problem, &relaxed, NULL, &infeasible, err);
	if (answer == 0 && !infeasible)
		answer = hk_solve_any(&problem, &inquiry->options, &solution, err);
	if (answer == 0)
		answer = !infeasible && solution.outcome != HK_SOLVED_INFEASIBLE;
	if (answer == 1 && solution.outcome == HK_SOLVED_NOTHING)
		inquiry->undecided = true;
	hk_solution_release(&solution);
	hk_problem_release(&problem);
	hk_arena_release(&arena);
	return answer;
}

static void set_all(struct hk_inquiry *inquiry, int state)
{
	for (size_t i = 0; i < inquiry->demands.n; i++)
		inquiry->demands.v[i].state = state == HK_DEMAND_KEEP ? HK_DEMAND_KEEP : HK_DEMAND_DROP;
}

/*
 * Indices of demands; those of the background are in state KEEP, everything else is dropped. found[] gets true for members of a minimal conflict. changed: the background grew since it was
 * last asked about.
 */
static int divide(struct hk_inquiry *q, const uint32_t *indices, size_t n, bool changed, bool *found, size_t *n_found, struct hk_err *err)
{
	size_t half = n / 2, from_second = 0, from_first = 0;
	int answer;

	*n_found = 0;
	if (changed) {
		answer = hk_inquiry_ask(q, err);
		if (answer <= 0)
			return answer;
	}
	if (n == 1) {
		found[indices[0]] = true;
		*n_found = 1;
		return 0;
	}
	for (size_t i = 0; i < half; i++)
		q->demands.v[indices[i]].state = HK_DEMAND_KEEP;
	answer = divide(q, indices + half, n - half, half > 0, found, &from_second, err);
	for (size_t i = 0; i < half; i++)
		q->demands.v[indices[i]].state = HK_DEMAND_DROP;
	if (answer < 0)
		return -1;
	for (size_t i = half; i < n; i++)
		q->demands.v[indices[i]].state = found[indices[i]] ? HK_DEMAND_KEEP : HK_DEMAND_DROP;
	answer = divide(q, indices, half, from_second > 0, found, &from_first, err);
	for (size_t i = half; i < n; i++)
		q->demands.v[indices[i]].state = HK_DEMAND_DROP;
	*n_found = from_first + from_second;
	return answer < 0 ? -1 : 0;
}

/* A pipeline that has no plan alone; else as few as do not fit together, dropping them one after the other. */
static int narrow_pipelines(struct hk_inquiry *q, struct hk_err *err)
{
	size_t n = q->model->n_pipelines;
	int answer;

	if (n == 1)
		return 0;
	for (size_t p = 0; p < n; p++) {
		memset(q->pipelines, 0, n * sizeof *q->pipelines);
		q->pipelines[p] = true;
		answer = hk_inquiry_ask(q, err);
		if (answer <= 0)
			return answer;
	}
	for (size_t p = 0; p < n; p++)
		q->pipelines[p] = true;
	for (size_t p = 0; p < n; p++) {
		q->pipelines[p] = false;
		answer = hk_inquiry_ask(q, err);
		if (answer < 0)
			return -1;
		q->pipelines[p] = answer == 1;
	}
	return 0;
}

static int by_line(const void *left, const void *right)
{
	const struct hk_demand *a = left, *b = right;
	const char *file_a = a->where.doc ? a->where.doc->source->name : "", *file_b = b->where.doc ? b->where.doc->source->name : "";
	uint32_t at_a = a->where.node ? a->where.node->start : 0, at_b = b->where.node ? b->where.node->start : 0;
	int order = strcmp(file_a, file_b);

	if (order != 0)
		return order;
	if (at_a != at_b)
		return at_a < at_b ? -1 : 1;
	return a->kind != b->kind ? (a->kind < b->kind ? -1 : 1) : a->sub < b->sub ? -1 : a->sub > b->sub;
}

static struct hk_diag *finding(struct hk_diags *diags, struct hk_where where, const char *text)
{
	if (where.doc && where.node)
		return hk_node_diag(diags, where.doc, where.node, HK0450, "%s", text);
	return hk_diag_add(diags, HK0450, NULL, "%s", text);
}

/* The first n demands are the conflict, kept; the others are dropped, so that a repair is one of this conflict even when there are more. */
static int report(struct hk_inquiry *q, size_t n, struct hk_diags *diags, struct hk_err *err)
{
	qsort(q->demands.v, n, sizeof *q->demands.v, by_line);
	for (size_t i = 0; i < n; i++) {
		struct hk_buf text = HK_BUF_INIT, help = HK_BUF_INIT;
		struct hk_diag *diag;
		int code;

		if (i == 0 && n > 1)
			hk_buf_addf(&text, "no plan exists: these %zu lines cannot hold together; ", n);
		else if (i == 0)
			hk_buf_addstr(&text, "no plan exists: this cannot hold by itself; ");
		hk_demand_say(q, &q->demands.v[i], &text);
		code = hk_demand_repair(q, &q->demands.v[i], &help, err);
		diag = finding(diags, q->demands.v[i].where, text.s);
		if (help.len > 0)
			hk_diag_help(diags, diag, "%s", help.s);
		hk_buf_release(&text);
		hk_buf_release(&help);
		if (code != 0)
			return -1;
	}
	return 0;
}

/* Nothing the user asks is at fault: the ends of a pipeline are not joined by any route, or a pod is larger than any node could be. */
static int report_unreachable(struct hk_inquiry *q, struct hk_diags *diags)
{
	for (size_t p = 0; p < q->model->n_pipelines; p++) {
		struct hk_buf text = HK_BUF_INIT;
		struct hk_diag *diag;

		if (!q->pipelines[p])
			continue;
		hk_buf_addf(&text, "no plan exists: the inputs and outputs of pipeline '%s' cannot be joined through clusters its workloads may use", q->model->pipelines[p].name);
		diag = finding(diags, q->model->pipelines[p].where, text.s);
		hk_diag_help(diags, diag, "add the missing links between the clusters, or nodes the workloads tolerate");
		hk_buf_release(&text);
		break;
	}
	return 0;
}

/* The conflict to the front and kept, the rest behind it and dropped. */
static void put_first(struct hk_inquiry *q, const bool *found)
{
	size_t front = 0;

	set_all(q, HK_DEMAND_DROP);
	for (size_t i = 0; i < q->demands.n; i++) {
		struct hk_demand moved = q->demands.v[i];

		if (!found[i])
			continue;
		moved.state = HK_DEMAND_KEEP;
		q->demands.v[i] = q->demands.v[front];
		q->demands.v[front++] = moved;
	}
}

static int explain(struct hk_inquiry *q, struct hk_diags *diags, struct hk_err *err)
{
	uint32_t *indices = NULL;
	bool *found = NULL;
	size_t n_found = 0;
	int answer, code = -1;

	if (narrow_pipelines(q, err) != 0)
		return -1;
	hk_demands_collect(q);
	set_all(q, HK_DEMAND_DROP);
	answer = hk_inquiry_ask(q, err);
	if (answer < 0)
		return -1;
	if (answer == 0 || q->demands.n == 0)
		return report_unreachable(q, diags);
	indices = hk_calloc(q->demands.n, sizeof *indices);
	found = hk_calloc(q->demands.n, sizeof *found);
	for (size_t i = 0; i < q->demands.n; i++)
		indices[i] = (uint32_t)i;
	if (divide(q, indices, q->demands.n, false, found, &n_found, err) == 0) {
		put_first(q, found);
		code = report(q, n_found, diags, err);
	}
	hk_cleanup_free(&indices);
	hk_cleanup_free(&found);
	return code;
}

int hk_explain_infeasible(const struct hk_model *model, const struct hk_solve_options *options, struct hk_diags *diags, bool *minimal, struct hk_err *err)
{
	struct hk_inquiry inquiry = { .model = model, .options = *options, .deadline = INFINITY, .repair_cluster = HK_NO_INDEX };
	int code;

	*minimal = true;
	if (options->time_limit > 0)
		inquiry.deadline = hk_glpk_clock() + options->time_limit;
	inquiry.options.dump_model = NULL;
	inquiry.options.progress = NULL;
	inquiry.options.gap = 0;
	inquiry.options.node_limit = NODES_PER_QUESTION;
	inquiry.pipelines = hk_calloc(model->n_pipelines + 1, sizeof *inquiry.pipelines);
	for (size_t p = 0; p < model->n_pipelines; p++)
		inquiry.pipelines[p] = true;
	code = explain(&inquiry, diags, err);
	*minimal = !inquiry.undecided;
	hk_vec_release(&inquiry.demands);
	hk_cleanup_free(&inquiry.pipelines);
	return code;
}
