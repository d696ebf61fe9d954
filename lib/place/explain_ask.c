/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One question: is there a plan with these demands? Three answers, cheapest first: what building the problem proves, a plan in a few near clusters, a whole search.
 */
#include "place/explain_internal.h"
#include "place/glpk.h"
#include "place/narrow.h"
#include "place/solve_internal.h"

enum {
	QUESTIONS_MAX = 20000,
	SEARCHES_MAX = 400,           /* whole searches */
	NODES_PER_QUESTION = 2000,
};

static bool out_of_time(const struct hk_inquiry *inquiry)
{
	return inquiry->questions >= QUESTIONS_MAX || hk_glpk_clock() > inquiry->deadline || (inquiry->options.interrupt && *inquiry->options.interrupt);
}

static int search(struct hk_inquiry *inquiry, const struct hk_problem *problem, struct hk_err *err)
{
	struct hk_solution solution;
	int answer;

	if (inquiry->searches >= SEARCHES_MAX) {
		inquiry->undecided = true;
		return 1;
	}
	inquiry->searches++;
	inquiry->options.node_limit = NODES_PER_QUESTION;
	if (hk_solve_any(problem, &inquiry->options, &solution, err) != 0)
		return -1;
	answer = solution.outcome != HK_SOLVED_INFEASIBLE;
	inquiry->undecided = inquiry->undecided || solution.outcome == HK_SOLVED_NOTHING;
	hk_solution_release(&solution);
	return answer;
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
	if (hk_problem_build(&problem, &relaxed, NULL, &infeasible, err) != 0)
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
