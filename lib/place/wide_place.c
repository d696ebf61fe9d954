/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One pipeline in what the others leave, by a restricted model whose costs are bent by the prices of what all share. */
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
	plan->bent = hk_arena_array(&plan->arena, (size_t)wide->n_blocks + 1, sizeof *plan->bent);
	plan->effort = hk_arena_array(&plan->arena, (size_t)wide->n_blocks + 1, sizeof *plan->effort);
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
			hk_route_crossings(problem->routes, hk_edge_from_cluster(b, edge, &edge->arcs[a]), hk_edge_to_cluster(b, edge, &edge->arcs[a]), &crossings);
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

/* Costs with the prices of capacities that all share. */
static void bend_form(const struct wide_plan *plan, struct wide_subset *subset)
{
	size_t resources = subset->model.n_resources;

	for (uint32_t w = 0; w < subset->block.n_workloads; w++)
		for (uint32_t c = 0; c < subset->block.workloads[w].n_candidates; c++) {
			const double *price = &plan->wide->row_price[subset->block.workloads[w].candidates[c].cluster * resources];

			for (size_t r = 0; r < resources; r++)
				subset->form.milp.columns.v[subset->form.blocks[0].x[w][c]].cost += price[r] * subset->block.workloads[w].request[r];
		}
}

static double list_cost(const struct hk_milp *milp, const double *list, const double *point)
{
	double sum = 0;

	for (size_t j = 0; j < milp->columns.n; j++)
		sum += list[j] * point[j];
	return sum;
}

/* Whole numbers as found, everything else once more without tolerance. False when that does not work out. */
static int polish(struct wide_plan *plan, struct wide_subset *subset, const double *list, double *point, struct hk_block_solution *solution, double *cost, double *bent, bool *good,
		  struct hk_err *err)
{
	const struct hk_wide_limits *limits = plan->wide->limits;
	struct hk_glpk_limits exact = { .deadline = INFINITY, .cutoff = INFINITY, .memory = limits->memory };
	struct hk_glpk_result result;

	hk_polish_fix(&subset->form, point);
	if (hk_glpk_solve(&subset->form.milp, &exact, &result, point, err) != 0)
		return -1;
	*good = result.status == HK_GLPK_OPTIMAL;
	if (*good) {
		hk_polish_extract(&subset->form, point, solution);
		*bent = result.objective;
		*cost = list_cost(&subset->form.milp, list, point);
	}
	return 0;
}

/* The answer of the subset becomes the member's place. */
static void settle(struct wide_plan *plan, uint32_t member, const struct wide_subset *subset, const struct hk_block_solution *answer, double cost)
{
	const struct hk_block *block = plan->wide->blocks[member].from;
	struct hk_arena scratch = HK_ARENA_INIT;
	struct hk_block_solution empty;

	hk_block_solution_init(&empty, block, &scratch);
	hk_block_solution_copy(&plan->blocks[member], &empty, block);
	hk_wide_subset_expand(subset, answer, &plan->blocks[member]);
	plan->placed[member] = true;
	plan->cost[member] = cost;
	hk_arena_release(&scratch);
}

static int search_subset(struct wide_plan *plan, uint32_t member, struct wide_subset *subset, const struct wide_effort *effort, bool *found, struct hk_err *err)
{
	const struct hk_wide_limits *limits = plan->wide->limits;
	struct hk_glpk_limits search = { .nodes = effort->nodes, .deadline = limits->deadline, .memory = limits->memory, .interrupt = limits->interrupt,
					 .gap = fmax(limits->gap / 4, 1e-4), .cutoff = INFINITY, .first = effort->any };
	struct hk_glpk_result result;
	struct hk_milp *milp = &subset->form.milp;
	double *point = hk_calloc(milp->columns.n + 1, sizeof *point), *list = hk_calloc(milp->columns.n + 1, sizeof *list), cost = 0, bent = 0;
	struct hk_block_solution answer;
	bool good = false;
	int code;

	hk_block_solution_init(&answer, &subset->block, &subset->arena);
	for (size_t j = 0; j < milp->columns.n; j++)
		list[j] = milp->columns.v[j].cost;
	bend_form(plan, subset);
	code = hk_glpk_solve(milp, &search, &result, point, err);
	plan->nodes += result.nodes;
	plan->iterations += result.iterations;
	plan->work += (double)(result.nodes + 1) * (double)milp->terms.n;
	plan->interrupted = plan->interrupted || result.interrupted;
	if (code == 0 && (result.status == HK_GLPK_OPTIMAL || result.status == HK_GLPK_FEASIBLE))
		code = polish(plan, subset, list, point, &answer, &cost, &bent, &good, err);
	*found = code == 0 && good && !(plan->placed[member] && cost >= plan->cost[member] * (1 - 1e-9));
	if (*found) {
		settle(plan, member, subset, &answer, cost);
		plan->bent[member] = bent;
	}
	hk_cleanup_free(&point);
	hk_cleanup_free(&list);
	return code;
}

static bool **new_keep(const struct hk_block *block, struct hk_arena *arena)
{
	bool **keep = hk_arena_array(arena, (size_t)block->n_workloads + 1, sizeof *keep);

	for (uint32_t w = 0; w < block->n_workloads; w++)
		keep[w] = hk_arena_array(arena, (size_t)block->workloads[w].n_candidates + 1, sizeof **keep);
	return keep;
}

int hk_wide_place(struct wide_plan *plan, uint32_t member, const struct wide_effort *effort, bool *found, struct hk_err *err)
{
	const struct hk_wide *wide = plan->wide;
	struct hk_arena scratch = HK_ARENA_INIT;
	struct wide_subset subset;
	bool **keep = new_keep(wide->blocks[member].from, &scratch);
	const struct hk_block_solution **others = hk_arena_array(&scratch, (size_t)wide->problem->n_blocks + 1, sizeof *others);
	struct wide_surroundings around = { plan->capacity, plan->bandwidth, plan->cuts, others };
	int code = 0;

	*found = false;
	plan->effort[member] += !effort->inside;
	for (uint32_t m = 0; m < wide->n_blocks; m++)
		others[wide->blocks[m].block] = plan->placed[m] ? &plan->blocks[m] : NULL;
	if (plan->placed[member])
		use_room(plan, member, 1);
	tidy_room(plan);
	hk_wide_choose(plan, member, effort->clusters, keep);
	if (effort->apart)
		hk_wide_choose_apart(plan, member, keep);
	if (effort->inside)
		hk_wide_choose_around(plan, member, effort->centre, keep);
	hk_wide_subset_open(&subset, wide->problem, wide->blocks[member].block, keep, &around);
	if (!subset.broken)
		code = search_subset(plan, member, &subset, effort, found, err);
	hk_wide_subset_close(&subset);
	if (plan->placed[member])
		use_room(plan, member, -1);
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
	*saved = (struct wide_saved){ .arena = HK_ARENA_INIT, .cost = plan->cost[member], .bent = plan->bent[member] };
	hk_block_solution_init(&saved->solution, plan->wide->blocks[member].from, &saved->arena);
	hk_block_solution_copy(&saved->solution, &plan->blocks[member], plan->wide->blocks[member].from);
}

void hk_wide_plan_put(struct wide_plan *plan, uint32_t member, const struct wide_saved *saved)
{
	hk_wide_plan_remove(plan, member);
	hk_block_solution_copy(&plan->blocks[member], &saved->solution, plan->wide->blocks[member].from);
	plan->cost[member] = saved->cost;
	plan->bent[member] = saved->bent;
	plan->placed[member] = true;
	use_room(plan, member, -1);
}
