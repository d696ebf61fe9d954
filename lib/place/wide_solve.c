/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "place/solve_internal.h"
#include "place/wide_internal.h"

#include <math.h>

enum {
	ROUNDS_FIRST = 1000,          /* of prices, before there is a plan: as long as they bring anything, since a plan is only as good as they are */
	ROUNDS_MORE = 250,
	EXTENSIONS_MAX = 8,           /* after a plan that keeps all rules but is not close enough */
	ROUNDS_ANY = 60,              /* when any plan will do */
	ARCS_WIDE = 3000,             /* of one pipeline: up to here the search tree over the whole model proves more in less time */
};

/* Nodes times terms of restricted models after the first plan: some seconds. */
static const double WORK_MORE = 2.5e6;
/* With all that cuts asked for: no more after it. */
static const double WORK_MOST = 8e6;

struct hk_wide_engine {
	struct hk_wide_limits limits;
	struct hk_wide wide;
	struct wide_plan plan;
	bool priced, more;
	unsigned extensions;
};

bool hk_wide_needed(const struct hk_problem *problem, const uint32_t *members, uint32_t n_members)
{
	/* what the network sells is for all pipelines and not in this engine */
	for (uint32_t i = 0; i < n_members && problem->n_options == 0; i++) {
		const struct hk_block *block = &problem->blocks[members[i]];
		size_t arcs = 0;

		for (uint32_t e = 0; e < block->n_edges; e++)
			arcs += block->edges[e].n_arcs;
		if (arcs > ARCS_WIDE)
			return true;
	}
	return false;
}

struct hk_wide_engine *hk_wide_open(const struct hk_problem *problem, const uint32_t *members, uint32_t n_members, const struct hk_wide_limits *limits)
{
	struct hk_wide_engine *engine = hk_calloc(1, sizeof *engine);

	engine->limits = *limits;
	hk_wide_blocks_open(&engine->wide, problem, members, n_members, &engine->limits);
	hk_wide_plan_open(&engine->plan, &engine->wide);
	return engine;
}

void hk_wide_close(struct hk_wide_engine *engine)
{
	if (!engine)
		return;
	hk_wide_plan_close(&engine->plan);
	hk_wide_blocks_close(&engine->wide);
	hk_cleanup_free(&engine);
}

uint32_t hk_wide_members(const struct hk_wide_engine *engine)
{
	return engine->wide.n_blocks;
}

bool hk_wide_more(struct hk_wide_engine *engine)
{
	engine->more = engine->plan.work < WORK_MOST && engine->extensions++ < EXTENSIONS_MAX;
	return engine->more;
}

static void say(const struct hk_wide_engine *engine, const char *what)
{
	struct hk_buf line = HK_BUF_INIT;

	if (!engine->limits.progress)
		return;
	hk_buf_addf(&line, "%s: %u wide pipelines, %llu rounds of prices, %llu nodes, bound ", what, engine->wide.n_blocks,
		    (unsigned long long)engine->wide.iterations, (unsigned long long)engine->plan.nodes);
	hk_buf_addround(&line, engine->wide.bound, 8);
	if (isfinite(hk_wide_plan_cost(&engine->plan))) {
		hk_buf_addstr(&line, ", plan ");
		hk_buf_addround(&line, hk_wide_plan_cost(&engine->plan), 8);
	}
	engine->limits.progress(engine->limits.closure, line.s);
	hk_buf_release(&line);
}

static int make_plan(struct hk_wide_engine *engine, const struct hk_cuts *cuts, bool *complete, struct hk_err *err)
{
	struct hk_wide *wide = &engine->wide;
	struct wide_plan *plan = &engine->plan;

	plan->cuts = cuts;
	if (!engine->priced) {
		hk_wide_first_prices(wide);
		hk_wide_ascend(wide, INFINITY, engine->limits.any ? ROUNDS_ANY : ROUNDS_FIRST);
		say(engine, "prices");
	}
	if (!isfinite(wide->bound) && wide->bound > 0)
		return 0;
	if (hk_wide_plan_mend(plan, err) != 0)
		return -1;
	if (hk_wide_plan_construct(plan, complete, err) != 0)
		return -1;
	if (!*complete || engine->limits.any)
		return 0;
	say(engine, "first plan");
	/* after new cuts only what they ask for: every other move may break what holds */
	if (engine->priced && !engine->more)
		return 0;
	engine->priced = true;
	engine->more = false;
	if (!hk_wide_plan_good(plan))
		hk_wide_ascend(wide, hk_wide_plan_cost(plan), ROUNDS_MORE);
	if (hk_wide_plan_around(plan, HK_NO_INDEX, WORK_MORE, err) != 0)
		return -1;
	say(engine, "better places");
	return 0;
}

int hk_wide_answer(struct hk_wide_engine *engine, const struct hk_cuts *cuts, struct hk_wide_result *result, struct hk_block_solution *blocks,
		   struct hk_err *err)
{
	struct wide_plan *plan = &engine->plan;
	uint64_t nodes = plan->nodes, iterations = plan->iterations + engine->wide.iterations;
	bool complete = false;

	*result = (struct hk_wide_result){ .status = HK_GLPK_NOTHING };
	if (make_plan(engine, cuts, &complete, err) != 0)
		return -1;
	result->bound = engine->wide.bound;
	result->nodes = plan->nodes - nodes;
	result->iterations = plan->iterations + engine->wide.iterations - iterations;
	result->interrupted = plan->interrupted || (engine->limits.interrupt && *engine->limits.interrupt);
	if (!isfinite(result->bound) && result->bound > 0) {
		result->status = HK_GLPK_INFEASIBLE;
		return 0;
	}
	result->objective = hk_wide_plan_cost(plan);
	result->hit_limit = !complete || !hk_wide_plan_good(plan);
	if (complete)
		result->status = result->hit_limit ? HK_GLPK_FEASIBLE : HK_GLPK_OPTIMAL;
	for (uint32_t m = 0; complete && m < engine->wide.n_blocks; m++)
		hk_block_solution_copy(&blocks[engine->wide.blocks[m].block], &plan->blocks[m], engine->wide.blocks[m].from);
	return 0;
}
