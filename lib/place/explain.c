/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The smallest set of demands that cannot hold. First the pipelines at fault, then their demands: dropped in growing runs, least blameable first, as long as
 * what is left is still impossible (Marques-Silva, Janota and Belov, Minimal sets over monotone predicates, 2013). What building the problem proves comes first
 * and settles most; the solver has the last word about every name that is left.
 */
#include "place/explain_internal.h"
#include "place/glpk.h"
#include "place/overfull.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Whole searches for the set of demands. */
enum { SEARCHES_MAX = 400 };

typedef int question(struct hk_inquiry *q, struct hk_err *err);

/* 1: impossible, 0: not, -1: error. */
static int impossible(struct hk_inquiry *q, struct hk_err *err)
{
	int answer = hk_inquiry_ask(q, err);

	return answer < 0 ? -1 : !answer;
}

static void set_all(struct hk_inquiry *inquiry, int state)
{
	for (size_t i = 0; i < inquiry->demands.n; i++)
		inquiry->demands.v[i].state = state == HK_DEMAND_KEEP ? HK_DEMAND_KEEP : HK_DEMAND_DROP;
}

/* Demands in state KEEP are impossible together by what the question says; drop what is not needed for that. */
static int shrink(struct hk_inquiry *q, question *is_impossible, struct hk_err *err)
{
	HK_VEC(uint32_t) kept = { 0 };
	size_t run = 0, end;

	for (uint32_t i = 0; i < q->demands.n; i++)
		if (q->demands.v[i].state == HK_DEMAND_KEEP)
			hk_vec_push(&kept, i);
	/* first all of the least blameable kind at once */
	while (run < kept.n && q->demands.v[kept.v[kept.n - 1 - run]].kind == q->demands.v[kept.v[kept.n - 1]].kind)
		run++;
	for (end = kept.n; end > 0;) {
		int answer;

		run = run < end ? run : end;
		for (size_t i = end - run; i < end; i++)
			q->demands.v[kept.v[i]].state = HK_DEMAND_DROP;
		answer = is_impossible(q, err);
		if (answer == 0)
			for (size_t i = end - run; i < end; i++)
				q->demands.v[kept.v[i]].state = HK_DEMAND_KEEP;
		if (answer < 0)
			break;
		if (answer == 1)
			end -= run;
		else if (run == 1)
			end--;
		run = answer == 1 ? 2 * run : run > 1 ? run / 2 : 1;
	}
	hk_vec_release(&kept);
	return end > 0 ? -1 : 0;
}

/* ---- the pipelines at fault ---- */

static void only(struct hk_inquiry *q, size_t p)
{
	memset(q->pipelines, 0, q->model->n_pipelines * sizeof *q->pipelines);
	q->pipelines[p] = true;
}

struct part { uint32_t pipeline; double amount; };

static int by_amount(const void *left, const void *right)
{
	const struct part *a = left, *b = right;

	if (a->amount < b->amount || a->amount > b->amount)
		return a->amount > b->amount ? -1 : 1;
	return a->pipeline < b->pipeline ? -1 : 1;
}

/* As few pipelines as want too much together: the largest first, so that the last one is the smallest that matters. */
static void keep_largest(struct hk_inquiry *q, const struct hk_problem *problem, const struct hk_overfull *overfull)
{
	struct part *parts = hk_calloc(problem->n_blocks, sizeof *parts);
	double sum = 0;

	for (uint32_t b = 0; b < problem->n_blocks; b++)
		parts[b] = (struct part){ b, hk_overfull_of(problem, overfull, b) };
	qsort(parts, problem->n_blocks, sizeof *parts, by_amount);
	memset(q->pipelines, 0, problem->n_blocks * sizeof *q->pipelines);
	for (uint32_t i = 0; i < problem->n_blocks && sum <= overfull->capacity * (1 + 1e-9) + 1e-12; i++) {
		q->pipelines[parts[i].pipeline] = true;
		sum += parts[i].amount;
	}
	hk_cleanup_free(&parts);
}

/* 1: narrowed to what building the problem proves; the problem is that of the whole model. */
static int narrow_by_counting(struct hk_inquiry *q, const struct hk_problem *problem)
{
	struct hk_overfull overfull;

	for (uint32_t b = 0; b < problem->n_blocks; b++)
		if (problem->blocks[b].impossible) {
			only(q, b);
			return 1;
		}
	if (!hk_problem_overfull(problem, NULL, &overfull))
		return 0;
	keep_largest(q, problem, &overfull);
	return 1;
}

/* A pipeline that has no plan alone; else as few as do not fit together, dropping them one after the other. */
static int narrow_by_asking(struct hk_inquiry *q, struct hk_err *err)
{
	size_t n = q->model->n_pipelines;
	int answer;

	for (size_t p = 0; p < n; p++) {
		only(q, p);
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

static int narrow_pipelines(struct hk_inquiry *q, struct hk_err *err)
{
	struct hk_problem problem = { 0 };
	bool infeasible;
	int code;

	if (q->model->n_pipelines == 1)
		return 0;
	if (hk_problem_build(&problem, q->model, NULL, &infeasible, err) != 0)
		return -1;
	code = infeasible ? narrow_by_counting(q, &problem) : 0;
	hk_problem_release(&problem);
	return code ? 0 : narrow_by_asking(q, err);
}

/* ---- what is said ---- */

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

static void say_outcome(const struct hk_inquiry *q, size_t n, struct hk_buf *text)
{
	if (q->pinned)
		hk_buf_addf(text, "no replica of '%s' can be in cluster '%s': ", q->model->pipelines[q->pin_pipeline].workloads[q->pin_workload].name,
			    q->model->clusters[q->pin_cluster].name);
	else
		hk_buf_addstr(text, "no plan exists: ");
	if (n > 1)
		hk_buf_addf(text, "these %zu lines cannot hold together; ", n);
	else
		hk_buf_addstr(text, q->pinned ? "" : "this cannot hold by itself; ");
}

/* The first n demands are the conflict. */
static int report(struct hk_inquiry *q, size_t n, struct hk_diags *diags, struct hk_err *err)
{
	int code = 0;

	qsort(q->demands.v, n, sizeof *q->demands.v, by_line);
	for (size_t i = 0; i < n && code == 0; i++) {
		struct hk_demand *demand = &q->demands.v[i];
		struct hk_buf text = HK_BUF_INIT, repair = HK_BUF_INIT;
		struct hk_diag *diag;

		if (i == 0)
			say_outcome(q, n, &text);
		hk_demand_say(q, demand, &text);
		code = hk_demand_repair(q, i, n, &repair, err);
		diag = finding(diags, demand->where, text.s);
		if (code == 0 && repair.len > 0)
			hk_diag_help(diags, diag, "%s", repair.s);
		hk_buf_release(&text);
		hk_buf_release(&repair);
	}
	return code;
}

/* Nothing the user asks is at fault: the ends of a pipeline are not joined by any route, or a pod is larger than any node could be. */
static int report_unreachable(struct hk_inquiry *q, struct hk_diags *diags)
{
	for (size_t p = 0; p < q->model->n_pipelines; p++) {
		struct hk_buf text = HK_BUF_INIT;
		struct hk_diag *diag;

		if (!q->pipelines[p])
			continue;
		hk_buf_addf(&text, "no plan exists: the inputs and outputs of pipeline '%s' cannot be joined through clusters its workloads may use",
			    q->model->pipelines[p].name);
		diag = finding(diags, q->model->pipelines[p].where, text.s);
		hk_diag_help(diags, diag, "add the missing links between the clusters, or nodes the workloads tolerate");
		hk_buf_release(&text);
		break;
	}
	return 0;
}

/* The pipelines do not fit together, and that is all that is known. */
static int report_too_large(struct hk_inquiry *q, struct hk_diags *diags)
{
	struct hk_buf text = HK_BUF_INIT;
	struct hk_diag *diag;
	size_t first = 0, n = 0;

	for (size_t p = q->model->n_pipelines; p-- > 0;) {
		first = q->pipelines[p] ? p : first;
		n += q->pipelines[p];
	}
	hk_buf_addf(&text, "no plan exists: these %zu pipelines do not fit together, or not with their limits; their model is too large to say which lines cannot hold together",
		    n);
	diag = finding(diags, q->model->pipelines[first].where, text.s);
	hk_diag_help(diags, diag, "ask about fewer pipelines at once; 'hkctl plan --partial' plans those that fit and says what is in the way of the others");
	hk_buf_release(&text);
	return 0;
}

/* The conflict to the front and kept, the rest behind it and dropped. Returns how many it is. */
static size_t put_first(struct hk_inquiry *q)
{
	size_t front = 0;

	for (size_t i = 0; i < q->demands.n; i++) {
		struct hk_demand moved = q->demands.v[i];

		if (moved.state != HK_DEMAND_KEEP)
			continue;
		q->demands.v[i] = q->demands.v[front];
		q->demands.v[front++] = moved;
	}
	return front;
}

static int explain(struct hk_inquiry *q, struct hk_diags *diags, struct hk_err *err)
{
	int answer;

	if (!q->pinned && narrow_pipelines(q, err) != 0)
		return -1;
	if (q->gave_up)
		return report_too_large(q, diags);
	hk_demands_collect(q);
	set_all(q, HK_DEMAND_DROP);
	answer = hk_inquiry_ask(q, err);
	if (answer < 0)
		return -1;
	if (answer == 0 || q->demands.n == 0)
		return report_unreachable(q, diags);
	set_all(q, HK_DEMAND_KEEP);
	answer = hk_inquiry_refuted(q, err);
	if (answer < 0 || (answer == 1 && shrink(q, hk_inquiry_refuted, err) != 0))
		return -1;
	if (shrink(q, impossible, err) != 0)
		return -1;
	return report(q, put_first(q), diags, err);
}

static void open_inquiry(struct hk_inquiry *inquiry, const struct hk_model *model, const struct hk_solve_options *options)
{
	*inquiry = (struct hk_inquiry){ .model = model, .options = *options, .deadline = INFINITY, .repair_cluster = HK_NO_INDEX, .searches = SEARCHES_MAX };
	if (options->time_limit > 0)
		inquiry->deadline = hk_glpk_clock() + options->time_limit;
	inquiry->options.dump_model = NULL;
	inquiry->options.progress = NULL;
	inquiry->options.gap = 0;
	inquiry->pipelines = hk_calloc(model->n_pipelines + 1, sizeof *inquiry->pipelines);
	for (size_t p = 0; p < model->n_pipelines; p++)
		inquiry->pipelines[p] = true;
}

int hk_explain_infeasible(const struct hk_model *model, const struct hk_solve_options *options, struct hk_diags *diags, bool *minimal, struct hk_err *err)
{
	struct hk_inquiry inquiry;
	int code;

	open_inquiry(&inquiry, model, options);
	code = explain(&inquiry, diags, err);
	*minimal = !inquiry.undecided;
	hk_inquiry_close(&inquiry);
	return code;
}

/* The selector alone keeps the workload out. */
static int report_require(struct hk_inquiry *q, struct hk_diags *diags)
{
	const struct hk_workload *workload = &q->model->pipelines[q->pin_pipeline].workloads[q->pin_workload];
	struct hk_buf text = HK_BUF_INIT;
	struct hk_where where = workload->require.where;

	say_outcome(q, 1, &text);
	hk_buf_addstr(&text, "it does not match the workload's 'require'");
	if (!where.node)
		where = workload->where;
	hk_diag_help(diags, finding(diags, where, text.s), "let 'require' match it, or move it to 'prefer'");
	hk_buf_release(&text);
	return 0;
}

int hk_explain_place(const struct hk_model *model, uint32_t pipeline, uint32_t workload, uint32_t cluster, const struct hk_solve_options *options,
		     struct hk_diags *diags, bool *allowed, struct hk_err *err)
{
	struct hk_inquiry inquiry;
	int answer = 0, code = 0;

	open_inquiry(&inquiry, model, options);
	inquiry.pinned = true;
	inquiry.pin_pipeline = pipeline;
	inquiry.pin_workload = workload;
	inquiry.pin_cluster = cluster;
	only(&inquiry, pipeline);
	if (!hk_selector_matches(&model->pipelines[pipeline].workloads[workload].require, &model->clusters[cluster].labels))
		code = report_require(&inquiry, diags);
	else if ((answer = hk_inquiry_ask(&inquiry, err)) != 1)
		code = answer < 0 ? -1 : explain(&inquiry, diags, err);
	*allowed = answer == 1;
	hk_inquiry_close(&inquiry);
	return code;
}
