/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One group of pipelines: model, search, exact clean-up of the answer. */
#include "place/milp_decompose.h"
#include "place/milp_form.h"
#include "place/polish.h"
#include "place/solve_internal.h"

#include <math.h>
#include <string.h>

enum { NODES_SHORT = 300 /* of the first search of one pipeline */ };

void hk_block_solution_init(struct hk_block_solution *solution, const struct hk_block *block, struct hk_arena *arena)
{
	solution->replicas = hk_arena_array(arena, (size_t)block->n_workloads + 1, sizeof *solution->replicas);
	solution->load = hk_arena_array(arena, (size_t)block->n_workloads + 1, sizeof *solution->load);
	solution->flow = hk_arena_array(arena, (size_t)block->n_edges + 1, sizeof *solution->flow);
	for (uint32_t w = 0; w < block->n_workloads; w++) {
		solution->replicas[w] = hk_arena_array(arena, (size_t)block->workloads[w].n_candidates + 1, sizeof **solution->replicas);
		solution->load[w] = hk_arena_array(arena, (size_t)block->workloads[w].n_candidates + 1, sizeof **solution->load);
	}
	for (uint32_t e = 0; e < block->n_edges; e++)
		solution->flow[e] = hk_arena_array(arena, (size_t)block->edges[e].n_arcs + 1, sizeof **solution->flow);
}

/*
 * The search lets whole numbers be off by a millionth. When what it found does not survive exact numbers, exclude exactly these counts and search again: true.
 */
static bool exclude_point(struct hk_search *search, const struct hk_form *form, const double *point)
{
	HK_VEC(struct hk_literal) literals = { 0 };
	bool fresh;

	for (uint32_t i = 0; i < form->n_members; i++) {
		const struct hk_block *b = &form->problem->blocks[form->members[i]];

		for (uint32_t w = 0; w < b->n_workloads; w++)
			for (uint32_t c = 0; c < b->workloads[w].n_candidates; c++) {
				struct hk_count count = { form->members[i], w, c };
				uint32_t value = (uint32_t)fmax(0, nearbyint(point[form->blocks[form->members[i]].x[w][c]]));

				if (value > 0)
					hk_vec_push(&literals, (struct hk_literal){ count, value, true });
				hk_vec_push(&literals, (struct hk_literal){ count, value + 1, false });
			}
	}
	fresh = hk_cuts_clause(&search->cuts, "exact", literals.v, literals.n);
	hk_vec_release(&literals);
	return fresh;
}

/* Shares near the tolerance of linear programs can be sent where no replica is: an answer to the program, none to the problem. */
static bool ends_without_replicas(const struct hk_search *search, const struct hk_form *form)
{
	for (uint32_t i = 0; i < form->n_members; i++) {
		const struct hk_block *b = &form->problem->blocks[form->members[i]];
		const struct hk_block_solution *solution = &search->blocks[form->members[i]];

		for (uint32_t e = 0; e < b->n_edges; e++)
			for (uint32_t a = 0; b->edges[e].to_kind == HK_END_WORKLOAD && a < b->edges[e].n_arcs; a++)
				if (solution->flow[e][a] > 0 && solution->replicas[b->edges[e].to][b->edges[e].arcs[a].to] == 0)
					return true;
	}
	return false;
}

static int polish(struct hk_search *search, struct hk_group *group, struct hk_form *form, double *point, bool *again, struct hk_err *err)
{
	struct hk_glpk_limits limits = { .deadline = INFINITY, .cutoff = INFINITY, .memory = search->options->memory_limit };
	struct hk_glpk_result result;
	double *exact = hk_calloc(form->milp.columns.n + 1, sizeof *exact);
	int code;

	hk_polish_fix(form, point);
	code = hk_glpk_solve(&form->milp, &limits, &result, exact, err);
	*again = code == 0 && result.status != HK_GLPK_OPTIMAL;
	if (code == 0 && !*again) {
		group->objective = result.objective;
		group->bound = fmin(group->bound, group->objective);
		group->paid = hk_form_options_paid(form, exact);
		hk_polish_extract(form, exact, search->blocks);
		*again = ends_without_replicas(search, form);
	}
	if (code == 0 && *again) {
		hk_search_doubt(search);
		*again = exclude_point(search, form, point);
	}
	hk_cleanup_free(&exact);
	return code;
}

static void say_size(const struct hk_search *search, const struct hk_group *group, const struct hk_milp *milp, const struct hk_glpk_result *result)
{
	struct hk_buf line = HK_BUF_INIT;
	size_t integers = 0;

	if (!search->options->progress)
		return;
	for (size_t j = 0; j < milp->columns.n; j++)
		integers += milp->columns.v[j].integer;
	hk_buf_addf(&line, "group of %u: %zu rows, %zu columns, %zu integers; %llu nodes, bound ", group->n_members, milp->rows.n, milp->columns.n, integers,
		    (unsigned long long)result->nodes);
	hk_buf_addround(&line, result->bound, 8);
	search->options->progress(search->options->closure, line.s);
	hk_buf_release(&line);
}

/* Nodes worth searching when the user names no number: by count, not by clock, so that the same input gives the same plan. */
static uint64_t node_budget(const struct hk_search *search, const struct hk_milp *milp)
{
	double size = 1 + (double)milp->terms.n;

	if (search->options->node_limit)
		return search->nodes_left > 0 ? search->nodes_left : 1;
	return (uint64_t)fmin((double)search->nodes_left + 1, fmax(100, fmin(search->work_left, 3e7) / size));
}

static void count_work(struct hk_search *search, uint64_t nodes, uint64_t iterations, bool interrupted)
{
	search->nodes += nodes;
	search->nodes_left -= nodes < search->nodes_left ? nodes : search->nodes_left;
	search->iterations += iterations;
	search->interrupted = search->interrupted || interrupted;
}

static void say_prices(const struct hk_search *search, const struct hk_form *form, const struct hk_decomposed *decomposed, const double *start)
{
	struct hk_buf line = HK_BUF_INIT;

	if (!search->options->progress)
		return;
	hk_buf_addf(&line, "prices: %u pipelines, %u rounds, bound ", form->n_members, decomposed->rounds);
	hk_buf_addround(&line, decomposed->bound, 8);
	if (decomposed->has_start) {
		hk_buf_addstr(&line, ", plan ");
		hk_buf_addround(&line, hk_milp_value(&form->milp, start), 8);
	}
	search->options->progress(search->options->closure, line.s);
	hk_buf_release(&line);
}

/* Prices first when several pipelines share the model. */
static int prepare(struct hk_search *search, struct hk_form *form, struct hk_glpk_limits *limits, struct hk_decomposed *decomposed, double *start,
		   struct hk_err *err)
{
	struct hk_search_judge closure = { search, form };
	struct hk_milp_judge judge = hk_search_judge(&closure);

	*decomposed = (struct hk_decomposed){ .bound = -INFINITY };
	if (form->n_members < 2 || search->any)
		return 0;
	if (hk_milp_decompose(&form->milp, form->owner.v, form->n_owners, limits, &judge, decomposed, start, err) != 0)
		return -1;
	count_work(search, decomposed->nodes, decomposed->iterations, decomposed->interrupted);
	search->work_left -= decomposed->work;
	search->hit_limit = search->hit_limit || decomposed->hit_limit;
	say_prices(search, form, decomposed, start);
	limits->start = decomposed->has_start ? start : NULL;
	return 0;
}

/* The start is good enough, or nothing at all is: no search needed. */
static bool settled(const struct hk_form *form, const struct hk_glpk_limits *limits, const struct hk_decomposed *decomposed, struct hk_glpk_result *result,
		    double *point)
{
	double value;

	*result = (struct hk_glpk_result){ .status = HK_GLPK_INFEASIBLE };
	if (decomposed->infeasible)
		return true;
	if (!limits->start)
		return false;
	value = hk_milp_value(&form->milp, limits->start);
	if (value - decomposed->bound > fmax(limits->gap, 1e-9) * fabs(value))
		return false;
	*result = (struct hk_glpk_result){ .status = HK_GLPK_OPTIMAL, .objective = value, .bound = decomposed->bound };
	memcpy(point, limits->start, form->milp.columns.n * sizeof *point);
	return true;
}

/*
 * One pipeline whose targets a short search did not get over: how pairs of failure domains fail says more then, which costs too much where it is not needed.
 * True when it is to be searched again.
 */
static bool ask_for_pairs(struct hk_search *search, struct hk_group *group, const struct hk_form *form, const struct hk_glpk_result *result,
			  const double *point)
{
	struct hk_search_judge judge = { search, form };

	if (search->any || group->n_members > 1 || group->paired || !result->hit_limit || result->interrupted)
		return false;
	group->paired = true;
	hk_search_says_more(&judge, group->members[0], point);
	return true;
}

static int search_form(struct hk_search *search, struct hk_group *group, struct hk_form *form, struct hk_group_basis *basis, bool *again, struct hk_err *err)
{
	struct hk_search_judge closure = { search, form };
	struct hk_glpk_check check = { &closure, hk_search_check };
	struct hk_glpk_limits limits = { .nodes = node_budget(search, &form->milp), .deadline = search->deadline, .memory = search->options->memory_limit,
					 .interrupt = search->options->interrupt, .gap = search->options->gap > 1e-9 ? search->options->gap : 0,
					 .cutoff = INFINITY,
					 .first = search->any, .check = search->any ? NULL : &check, .basis = hk_group_basis_fit(basis, &form->milp) };
	struct hk_glpk_result result;
	struct hk_decomposed decomposed;
	double *point = hk_calloc(form->milp.columns.n + 1, sizeof *point), *start = hk_calloc(form->milp.columns.n + 1, sizeof *start);
	int code = prepare(search, form, &limits, &decomposed, start, err);

	limits.basis = hk_group_basis_fit(basis, &form->milp);
	/* no other engine helps a pipeline alone: then row by row, which says more of sharing nodes */
	if (group->paired && search->problem->n_blocks == 1)
		limits.check = NULL;
	if (!search->any && group->n_members == 1 && !group->paired && limits.nodes > NODES_SHORT)
		limits.nodes = NODES_SHORT;
	if (code == 0 && !decomposed.again && !settled(form, &limits, &decomposed, &result, point))
		code = hk_glpk_solve(&form->milp, &limits, &result, point, err);
	*again = code == 0 && (decomposed.again || ask_for_pairs(search, group, form, &result, point));
	if (code == 0 && !decomposed.again) {
		say_size(search, group, &form->milp, &result);
		group->status = result.status;
		group->bound = search->any && result.status != HK_GLPK_INFEASIBLE ? -INFINITY : fmax(result.bound, decomposed.bound);
		count_work(search, result.nodes, result.iterations, result.interrupted);
		search->work_left -= (double)result.nodes * (double)form->milp.terms.n;
		search->hit_limit = search->hit_limit || (result.hit_limit && !*again);
		if (*again)
			group->status = HK_GLPK_NOTHING;
		else if (result.status == HK_GLPK_OPTIMAL || result.status == HK_GLPK_FEASIBLE)
			code = polish(search, group, form, point, again, err);
	}
	hk_cleanup_free(&point);
	hk_cleanup_free(&start);
	return code;
}

/* As a row, because a search for any answer at all knows no costs. */
static void cut_costs(struct hk_milp *milp, double cutoff)
{
	hk_milp_row(milp, (struct hk_milp_name){ .kind = "cutoff" }, HK_MILP_LE, 1);
	for (uint32_t j = 0; j < milp->columns.n; j++)
		if (milp->columns.v[j].cost != 0)
			hk_milp_term(milp, j, milp->columns.v[j].cost / cutoff);
}

static int search_once(struct hk_search *search, struct hk_group *group, struct hk_group_basis *basis, bool *again, struct hk_err *err)
{
	struct hk_form form;
	int code;

	*again = false;
	hk_form_build_shared(&form, search->problem, group->members, group->n_members, &search->cuts, group->shares);
	if (search->options->cutoff > 0)
		cut_costs(&form.milp, search->options->cutoff);
	code = search_form(search, group, &form, basis, again, err);
	hk_form_release(&form);
	return code;
}

int hk_search_group(struct hk_search *search, struct hk_group *group, struct hk_err *err)
{
	struct hk_group_basis basis = { 0 };
	bool again = true;
	int code;

	if (hk_wide_needed(search->problem, group->members, group->n_members))
		return hk_search_wide(search, group, err);
	hk_search_option_shares(search, group);
	code = hk_search_root(search, group, &basis, err);
	for (int tries = 0; code == 0 && again && tries < 20; tries++)
		code = search_once(search, group, &basis, &again, err);
	hk_cleanup_free(&basis.v);
	if (code != 0)
		return -1;
	if (again)
		group->status = HK_GLPK_NOTHING;
	group->solved = true;
	return 0;
}
