/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Some pipelines in what the others leave, by a restricted model whose costs are bent by the prices of what all share. */
#include "place/polish.h"
#include "place/route.h"
#include "place/solve_internal.h"
#include "place/wide_internal.h"
#include "place/wide_subset.h"

#include <math.h>
#include <string.h>

void hk_wide_plan_open(struct wide_plan *plan, struct hk_wide *wide)
{
	const struct hk_model *model = wide->problem->model;
	size_t n = model->n_clusters * model->n_resources;

	*plan = (struct wide_plan){ .wide = wide };
	plan->blocks = hk_arena_array(&plan->arena, (size_t)wide->n_blocks + 1, sizeof *plan->blocks);
	plan->placed = hk_arena_array(&plan->arena, (size_t)wide->n_blocks + 1, sizeof *plan->placed);
	plan->cost = hk_arena_array(&plan->arena, (size_t)wide->n_blocks + 1, sizeof *plan->cost);
	plan->member_of = hk_arena_array(&plan->arena, (size_t)wide->problem->n_blocks + 1, sizeof *plan->member_of);
	for (uint32_t b = 0; b < wide->problem->n_blocks; b++)
		plan->member_of[b] = HK_NO_INDEX;
	for (uint32_t m = 0; m < wide->n_blocks; m++) {
		hk_block_solution_init(&plan->blocks[m], wide->blocks[m].from, &plan->arena);
		plan->member_of[wide->blocks[m].block] = m;
	}
	plan->capacity = hk_arena_array(&plan->arena, n + 1, sizeof *plan->capacity);
	plan->bandwidth = hk_arena_array(&plan->arena, model->n_links + 1, sizeof *plan->bandwidth);
	for (size_t i = 0; i < n; i++)
		plan->capacity[i] = wide->limits->capacity ? wide->limits->capacity[i] : wide->problem->capacity[i];
	for (size_t l = 0; l < model->n_links; l++)
		plan->bandwidth[l] = wide->limits->bandwidth ? wide->limits->bandwidth[l] : model->links[l].bandwidth;
}

void hk_wide_plan_close(struct wide_plan *plan)
{
	hk_arena_release(&plan->arena);
}

double hk_wide_plan_cost(const struct wide_plan *plan)
{
	double sum = 0;

	for (uint32_t b = 0; b < plan->wide->n_blocks; b++)
		sum += plan->placed[b] ? plan->cost[b] : INFINITY;
	return sum;
}

/* Take what a member uses from what is left (sign -1), or give it back (1). */
static void use_room(struct wide_plan *plan, uint32_t member, double sign)
{
	const struct hk_problem *problem = plan->wide->problem;
	const struct hk_block *b = plan->wide->blocks[member].from;
	const struct hk_block_solution *solution = &plan->blocks[member];
	struct hk_crossings crossings = { 0 };

	for (uint32_t w = 0; w < b->n_workloads; w++)
		for (uint32_t c = 0; c < b->workloads[w].n_candidates; c++)
			for (size_t r = 0; solution->replicas[w][c] > 0 && r < problem->model->n_resources; r++)
				plan->capacity[b->workloads[w].candidates[c].cluster * problem->model->n_resources + r] +=
					sign * solution->replicas[w][c] * b->workloads[w].request[r];
	for (uint32_t e = 0; e < b->n_edges; e++)
		for (uint32_t a = 0; a < b->edges[e].n_arcs; a++) {
			const struct hk_edge *edge = &b->edges[e];

			if (!(solution->flow[e][a] > 0))
				continue;
			hk_route_crossings(problem->routes, hk_edge_from_cluster(b, edge, &edge->arcs[a]), hk_edge_to_cluster(b, edge, &edge->arcs[a]),
					   &crossings);
			for (size_t i = 0; i < crossings.n; i++)
				plan->bandwidth[crossings.v[i].link] += sign * 8 * edge->size * edge->rate * solution->flow[e][a] * crossings.v[i].part;
		}
	hk_vec_release(&crossings);
}

/* Rounding may leave a hair less than nothing. */
static void tidy_room(struct wide_plan *plan)
{
	const struct hk_model *model = plan->wide->problem->model;

	for (size_t i = 0; i < model->n_clusters * model->n_resources; i++)
		plan->capacity[i] = fmax(0, plan->capacity[i]);
	for (size_t l = 0; l < model->n_links; l++)
		plan->bandwidth[l] = fmax(0, plan->bandwidth[l]);
}

/* What capacities that all share cost by their prices in a member's place. */
double hk_wide_plan_bent(const struct wide_plan *plan, uint32_t member)
{
	const struct hk_block *block = plan->wide->blocks[member].from;
	size_t resources = plan->wide->problem->model->n_resources;
	double sum = plan->cost[member];

	for (uint32_t w = 0; w < block->n_workloads; w++)
		for (uint32_t c = 0; c < block->workloads[w].n_candidates; c++)
			for (size_t r = 0; plan->blocks[member].replicas[w][c] > 0 && r < resources; r++)
				sum += plan->blocks[member].replicas[w][c] * block->workloads[w].request[r] *
				       plan->wide->row_price[block->workloads[w].candidates[c].cluster * resources + r];
	return sum;
}

/* Costs with the prices of capacities that all share. */
static void bend_form(const struct wide_plan *plan, struct wide_subset *subset)
{
	size_t resources = subset->model.n_resources;

	for (uint32_t i = 0; i < subset->n; i++)
		for (uint32_t w = 0; w < subset->blocks[i].n_workloads; w++)
			for (uint32_t c = 0; c < subset->blocks[i].workloads[w].n_candidates; c++) {
				const double *price = &plan->wide->row_price[subset->blocks[i].workloads[w].candidates[c].cluster * resources];

				for (size_t r = 0; r < resources; r++)
					subset->form.milp.columns.v[subset->form.blocks[i].x[w][c]].cost +=
						price[r] * subset->blocks[i].workloads[w].request[r];
			}
}

/* Counts of workloads that are not free stay. */
static void fix_others(const struct wide_plan *plan, const uint32_t *members, struct wide_subset *subset, bool *const *free)
{
	for (uint32_t i = 0; i < subset->n; i++)
		for (uint32_t w = 0; w < subset->blocks[i].n_workloads; w++)
			for (uint32_t c = 0; !free[i][w] && c < subset->blocks[i].workloads[w].n_candidates; c++) {
				struct hk_milp_column *x = &subset->form.milp.columns.v[subset->form.blocks[i].x[w][c]];

				x->lower = x->upper = plan->blocks[members[i]].replicas[w][subset->candidate[i][w][c]];
			}
}

/* An answer of a restricted model. */
struct answer {
	struct hk_block_solution *blocks;      /* per block of the subset */
	double *cost;                          /* of each at list prices */
	bool good;
};

/* Whole numbers as found, everything else once more without tolerance. Not good when that does not work out. */
static int polish(struct wide_plan *plan, struct wide_subset *subset, const double *list, size_t n, double *point, struct answer *answer, struct hk_err *err)
{
	struct hk_glpk_limits exact = { .deadline = INFINITY, .cutoff = INFINITY, .memory = plan->wide->limits->memory };
	struct hk_glpk_result result;

	hk_polish_fix(&subset->form, point);
	if (hk_glpk_solve(&subset->form.milp, &exact, &result, point, err) != 0)
		return -1;
	answer->good = result.status == HK_GLPK_OPTIMAL;
	if (answer->good)
		hk_polish_extract(&subset->form, point, answer->blocks);
	for (size_t j = 0; answer->good && j < n; j++)
		answer->cost[subset->form.owner.v[j]] += list[j] * point[j];
	return 0;
}

/* The answer of the subset becomes the member's place. */
static void settle(struct wide_plan *plan, uint32_t member, const struct wide_subset *subset, uint32_t part, const struct answer *answer)
{
	const struct hk_block *block = plan->wide->blocks[member].from;
	struct hk_arena scratch = HK_ARENA_INIT;
	struct hk_block_solution empty;

	hk_block_solution_init(&empty, block, &scratch);
	hk_block_solution_copy(&plan->blocks[member], &empty, block);
	hk_wide_subset_expand(subset, part, &answer->blocks[part], &plan->blocks[member]);
	plan->placed[member] = true;
	plan->cost[member] = answer->cost[part];
	hk_arena_release(&scratch);
}

/* Asked whether a change is a gain: at the prices of what all share while others have no place yet, since it is them who would pay. */
static bool at_prices(const struct wide_plan *plan, const struct wide_effort *effort)
{
	return !effort->free || !isfinite(hk_wide_plan_cost(plan));
}

/* What an answer has to be cheaper than: the present places, when nothing is wrong with them. */
static double cost_now(const struct wide_plan *plan, const uint32_t *members, uint32_t n, const struct wide_effort *effort)
{
	double sum = 0;

	for (uint32_t i = 0; i < n; i++) {
		if (!plan->placed[members[i]] || effort->dearer)
			return INFINITY;
		sum += at_prices(plan, effort) ? hk_wide_plan_bent(plan, members[i]) : plan->cost[members[i]];
	}
	return effort->share ? sum + hk_wide_share_paid(plan, members[0]) : sum;
}

/* Costs and bounds for what is asked; list: the costs before. */
static void prepare(const struct wide_plan *plan, const uint32_t *members, struct wide_subset *subset, const struct wide_effort *effort, double *list)
{
	const struct hk_milp *milp = &subset->form.milp;

	for (size_t j = 0; j < milp->columns.n; j++)
		list[j] = milp->columns.v[j].cost;
	if (effort->free)
		fix_others(plan, members, subset, effort->free);
	if (at_prices(plan, effort))
		bend_form(plan, subset);
	if (effort->share)
		hk_wide_share(plan, members[0], subset);
}

static void open_answer(struct wide_subset *subset, struct answer *answer)
{
	answer->good = false;
	answer->blocks = hk_arena_array(&subset->arena, (size_t)subset->n + 1, sizeof *answer->blocks);
	answer->cost = hk_arena_array(&subset->arena, (size_t)subset->n + 1, sizeof *answer->cost);
	for (uint32_t i = 0; i < subset->n; i++)
		hk_block_solution_init(&answer->blocks[i], &subset->blocks[i], &subset->arena);
}

static int search_subset(struct wide_plan *plan, const uint32_t *members, struct wide_subset *subset, const struct wide_effort *effort, bool *found,
			 struct hk_err *err)
{
	const struct hk_wide_limits *limits = plan->wide->limits;
	struct hk_milp *milp = &subset->form.milp;
	struct wide_judge judge = { plan, members, subset, effort->free };
	const struct hk_glpk_check check = { &judge, hk_wide_judge_holds };
	size_t n = milp->columns.n;
	double before = cost_now(plan, members, subset->n, effort), *list = hk_arena_array(&subset->arena, n + 1, sizeof *list), *point;
	struct hk_glpk_limits search = { .nodes = effort->nodes, .deadline = limits->deadline, .memory = limits->memory, .interrupt = limits->interrupt,
					 .gap = fmax(limits->gap / (effort->free ? 40 : 4), 1e-4), .cutoff = effort->free ? before * (1 - 1e-5) : INFINITY,
					 .first = effort->any,
					 .check = limits->check.meets ? &check : NULL };
	struct hk_glpk_result result;
	struct answer answer;
	int code;

	open_answer(subset, &answer);
	prepare(plan, members, subset, effort, list);
	point = hk_arena_array(&subset->arena, milp->columns.n + 1, sizeof *point);
	code = hk_glpk_solve(milp, &search, &result, point, err);
	plan->nodes += result.nodes;
	plan->iterations += result.iterations;
	plan->work += (double)(result.nodes + 1) * (double)milp->terms.n;
	plan->interrupted = plan->interrupted || result.interrupted;
	if (code == 0 && (result.status == HK_GLPK_OPTIMAL || result.status == HK_GLPK_FEASIBLE))
		code = polish(plan, subset, list, n, point, &answer, err);
	*found = code == 0 && answer.good && !(hk_milp_value(milp, point) >= before * (1 - 1e-9)) &&
	    (!effort->free || !limits->check.meets || hk_wide_judge_holds(&judge, point, NULL, NULL, NULL));
	for (uint32_t i = 0; *found && i < subset->n; i++)
		settle(plan, members[i], subset, i, &answer);
	return code;
}

static bool **new_keep(const struct hk_block *block, struct hk_arena *arena)
{
	bool **keep = hk_arena_array(arena, (size_t)block->n_workloads + 1, sizeof *keep);

	for (uint32_t w = 0; w < block->n_workloads; w++)
		keep[w] = hk_arena_array(arena, (size_t)block->workloads[w].n_candidates + 1, sizeof **keep);
	return keep;
}

int hk_wide_place(struct wide_plan *plan, const uint32_t *members, uint32_t n, const struct wide_effort *effort, bool *found, struct hk_err *err)
{
	const struct hk_wide *wide = plan->wide;
	struct hk_arena scratch = HK_ARENA_INIT;
	struct wide_subset subset;
	bool ***keep = hk_arena_array(&scratch, (size_t)n + 1, sizeof *keep);
	uint32_t *blocks = hk_arena_array(&scratch, (size_t)n + 1, sizeof *blocks);
	const struct hk_block_solution **others = hk_arena_array(&scratch, (size_t)wide->problem->n_blocks + 1, sizeof *others);
	struct wide_surroundings around = { plan->capacity, plan->bandwidth, plan->cuts, others };
	int code = 0;

	*found = false;
	for (uint32_t m = 0; m < wide->n_blocks; m++)
		others[wide->blocks[m].block] = plan->placed[m] ? &plan->blocks[m] : NULL;
	for (uint32_t i = 0; i < n; i++) {
		blocks[i] = wide->blocks[members[i]].block;
		if (plan->placed[members[i]])
			use_room(plan, members[i], 1);
	}
	tidy_room(plan);
	for (uint32_t i = 0; i < n; i++) {
		keep[i] = new_keep(wide->blocks[members[i]].from, &scratch);
		hk_wide_choose(plan, members[i], effort->clusters, keep[i]);
		if (effort->apart)
			hk_wide_choose_apart(plan, members[i], keep[i]);
		if (effort->free)
			hk_wide_choose_free(plan, members[i], effort->free[i], keep[i]);
	}
	hk_wide_subset_open(&subset, wide->problem, blocks, n, keep, &around);
	if (!subset.broken)
		code = search_subset(plan, members, &subset, effort, found, err);
	hk_wide_subset_close(&subset);
	for (uint32_t i = 0; i < n; i++)
		if (plan->placed[members[i]])
			use_room(plan, members[i], -1);
	hk_arena_release(&scratch);
	return code;
}

void hk_wide_plan_remove(struct wide_plan *plan, uint32_t member)
{
	if (plan->placed[member])
		use_room(plan, member, 1);
	plan->placed[member] = false;
}

void hk_wide_plan_save(const struct wide_plan *plan, uint32_t member, struct wide_saved *saved)
{
	*saved = (struct wide_saved){ .arena = HK_ARENA_INIT, .cost = plan->cost[member] };
	hk_block_solution_init(&saved->solution, plan->wide->blocks[member].from, &saved->arena);
	hk_block_solution_copy(&saved->solution, &plan->blocks[member], plan->wide->blocks[member].from);
}

void hk_wide_plan_put(struct wide_plan *plan, uint32_t member, const struct wide_saved *saved)
{
	hk_wide_plan_remove(plan, member);
	hk_block_solution_copy(&plan->blocks[member], &saved->solution, plan->wide->blocks[member].from);
	plan->cost[member] = saved->cost;
	plan->placed[member] = true;
	use_room(plan, member, -1);
}
