/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One question: is there a plan with these demands? Three answers, cheapest first: what building the problem proves, a plan in a few near clusters, a whole
 * search.
 */
#include "place/explain_internal.h"
#include "place/glpk.h"
#include "place/narrow.h"
#include "place/route.h"
#include "place/solve_internal.h"

enum {
	QUESTIONS_MAX = 20000,
	NODES_PER_QUESTION = 500,
};

static bool out_of_time(const struct hk_inquiry *inquiry)
{
	return inquiry->questions >= QUESTIONS_MAX || hk_glpk_clock() > inquiry->deadline || (inquiry->options.interrupt && *inquiry->options.interrupt);
}

static int search(struct hk_inquiry *inquiry, const struct hk_problem *problem, struct hk_err *err)
{
	struct hk_solution solution;
	int answer;

	if (inquiry->searches == 0) {
		inquiry->undecided = true;
		return 1;
	}
	inquiry->searches--;
	inquiry->options.node_limit = NODES_PER_QUESTION;
	if (hk_solve_any(problem, &inquiry->options, &solution, err) != 0) {
		/* out of memory, or out of digits: the next question is as large */
		if (err)
			hk_err_release(err);
		inquiry->searches = 0;
		inquiry->gave_up = inquiry->undecided = true;
		return 1;
	}
	answer = solution.outcome != HK_SOLVED_INFEASIBLE;
	inquiry->undecided = inquiry->undecided || solution.outcome == HK_SOLVED_NOTHING;
	hk_solution_release(&solution);
	return answer;
}

static bool same_links(const struct hk_model *a, const struct hk_model *b)
{
	for (size_t l = 0; l < a->n_links; l++)
		if (a->links[l].bandwidth < b->links[l].bandwidth || a->links[l].bandwidth > b->links[l].bandwidth)
			return false;
	return true;
}

static void close_world(struct hk_inquiry *inquiry)
{
	hk_routes_close(inquiry->world.routes);
	hk_arena_release(&inquiry->world.arena);
	inquiry->world.routes = NULL;
}

/* Of what questions change, only the bandwidth of links matters for routes, and that rarely changes. */
static struct hk_routes *routes_of(struct hk_inquiry *inquiry, const struct hk_model *relaxed)
{
	if (inquiry->world.routes && same_links(relaxed, &inquiry->world.model))
		return inquiry->world.routes;
	close_world(inquiry);
	inquiry->world.model = *inquiry->model;
	inquiry->world.model.links = hk_arena_array(&inquiry->world.arena, relaxed->n_links + 1, sizeof *relaxed->links);
	for (size_t l = 0; l < relaxed->n_links; l++)
		inquiry->world.model.links[l] = relaxed->links[l];
	inquiry->world.routes = hk_routes_open(&inquiry->world.model);
	hk_routes_tabulate(inquiry->world.routes);
	return inquiry->world.routes;
}

static int ask(struct hk_inquiry *inquiry, bool whole, struct hk_err *err)
{
	struct hk_arena arena = HK_ARENA_INIT;
	struct hk_model relaxed;
	struct hk_problem problem = { 0 };
	bool infeasible = false;
	int answer = 1;

	if (out_of_time(inquiry)) {
		inquiry->undecided = true;
		return 1;
	}
	inquiry->questions++;
	hk_demands_apply(inquiry, &relaxed, &arena);
	if (hk_problem_build_over(&problem, &relaxed, NULL, routes_of(inquiry, &relaxed), &infeasible, err) != 0)
		answer = -1;
	else if (infeasible)
		answer = 0;
	else if (whole && !hk_problem_try(&problem, &inquiry->options))
		answer = search(inquiry, &problem, err);
	if (answer >= 0)
		hk_problem_release(&problem);
	hk_arena_release(&arena);
	return answer;
}

int hk_inquiry_refuted(struct hk_inquiry *inquiry, struct hk_err *err)
{
	bool undecided = inquiry->undecided;
	int answer = ask(inquiry, false, err);

	/* not refuted is no claim */
	inquiry->undecided = undecided;
	return answer < 0 ? -1 : !answer;
}

int hk_inquiry_ask(struct hk_inquiry *inquiry, struct hk_err *err)
{
	return ask(inquiry, true, err);
}

void hk_inquiry_close(struct hk_inquiry *inquiry)
{
	close_world(inquiry);
	hk_vec_release(&inquiry->demands);
	hk_cleanup_free(&inquiry->pipelines);
}
