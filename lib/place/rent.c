/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "place/rent.h"

#include "place/glpk.h"
#include "place/milp_form.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Columns of the joint model up to which it is solved for its duals, and the world again for one unit more. */
enum { COLUMNS_MAX = 60000, NODES_PER_QUESTION = 20000 };

static const double GIB = 1073741824.0, MEGABIT = 1e6;

/* Share of use from which something is full: what is left is too little for anybody. */
static const double FULL = 0.999;

struct market {
	struct hk_rents *rents;
	const struct hk_model *model;
	const struct hk_plan *plan;
	const struct hk_solve_options *options;
};

static double unit_of(const struct hk_model *model, uint32_t resource)
{
	return strcmp(model->resources[resource], "memory") == 0 ? GIB : 1;
}

static void collect(struct market *m)
{
	struct hk_rents *rents = m->rents;
	size_t most = m->plan->n_links + 1;

	for (size_t c = 0; c < m->plan->n_clusters; c++)
		most += m->plan->clusters[c].n_resources;
	rents->v = hk_arena_array(&rents->arena, most, sizeof *rents->v);
	for (size_t c = 0; c < m->plan->n_clusters; c++)
		for (size_t r = 0; r < m->plan->clusters[c].n_resources; r++) {
			const struct hk_plan_resource *resource = &m->plan->clusters[c].resources[r];
			uint32_t cluster = hk_model_cluster(m->model, m->plan->clusters[c].name), index = hk_model_resource(m->model, resource->name);

			if (cluster != HK_NO_INDEX && index != HK_NO_INDEX && isfinite(resource->capacity) && resource->used > 0)
				rents->v[rents->n++] = (struct hk_rent){ .cluster = cluster, .resource = index, .used = resource->used,
									 .capacity = resource->capacity,
									 .unit = unit_of(m->model, index), .price = NAN, .saving = NAN };
		}
	for (size_t l = 0; l < m->plan->n_links; l++)
		for (uint32_t i = 0; i < m->model->n_links && isfinite(m->plan->links[l].capacity); i++) {
			const struct hk_link *link = &m->model->links[i];

			if (strcmp(m->model->clusters[link->from].name, m->plan->links[l].from) != 0 ||
			    strcmp(m->model->clusters[link->to].name, m->plan->links[l].to) != 0 || link->bandwidth < m->plan->links[l].capacity ||
			    link->bandwidth > m->plan->links[l].capacity)
				continue;
			rents->v[rents->n++] = (struct hk_rent){ .is_link = true, .link = i, .used = m->plan->links[l].used,
								 .capacity = m->plan->links[l].capacity, .unit = MEGABIT,
								 .price = NAN, .saving = NAN };
			break;
		}
}

static bool is_of(const struct hk_model *model, const struct hk_rent *rent, const char *place, const char *target)
{
	if (rent->is_link)
		return strcmp(model->clusters[model->links[rent->link].from].name, place) == 0 &&
		    strcmp(model->clusters[model->links[rent->link].to].name, target) == 0;
	return strcmp(model->clusters[rent->cluster].name, place) == 0 && strcmp(model->resources[rent->resource], target) == 0;
}

static void take_plan_prices(struct market *m)
{
	for (size_t i = 0; i < m->rents->n; i++) {
		struct hk_rent *rent = &m->rents->v[i];

		rent->price = 0;
		for (size_t p = 0; p < m->plan->n_prices; p++) {
			const struct hk_plan_price *price = &m->plan->prices[p];

			if (rent->is_link ? price->from && is_of(m->model, rent, price->from, price->to) : price->cluster &&
			    is_of(m->model, rent, price->cluster, price->resource))
				rent->price = price->price * rent->unit;
		}
	}
}

/* Rows are shares of the capacity. */
static void take_duals(struct market *m, const struct hk_milp *milp, const double *duals)
{
	for (size_t i = 0; i < m->rents->n; i++)
		m->rents->v[i].price = 0;
	for (size_t r = 0; r < milp->rows.n; r++) {
		const struct hk_milp_name *name = &milp->rows.v[r].name;
		bool link = strcmp(name->kind, "link") == 0;

		if (duals[r] >= 0 || (!link && strcmp(name->kind, "capacity") != 0))
			continue;
		for (size_t i = 0; i < m->rents->n; i++) {
			struct hk_rent *rent = &m->rents->v[i];

			if (rent->is_link == link && rent->capacity > 0 && is_of(m->model, rent, name->place, name->target))
				rent->price = -duals[r] / rent->capacity * rent->unit;
		}
	}
}

static int price_by_relaxation(struct market *m, const struct hk_problem *problem, struct hk_err *err)
{
	uint32_t *all = hk_calloc((size_t)problem->n_blocks + 1, sizeof *all);
	struct hk_form form;
	struct hk_glpk_limits limits = { .relaxed = true, .deadline = INFINITY, .cutoff = INFINITY, .memory = m->options->memory_limit,
					 .interrupt = m->options->interrupt };
	struct hk_glpk_result result;
	int code = 0;

	for (uint32_t b = 0; b < problem->n_blocks; b++)
		all[b] = b;
	hk_form_build(&form, problem, all, problem->n_blocks, NULL);
	double *point = hk_calloc(form.milp.columns.n + 1, sizeof *point), *duals = hk_calloc(form.milp.rows.n + 1, sizeof *duals);

	limits.duals = duals;
	if (form.milp.columns.n <= COLUMNS_MAX) {
		code = hk_glpk_solve(&form.milp, &limits, &result, point, err);
		if (code == 0 && result.status == HK_GLPK_OPTIMAL)
			take_duals(m, &form.milp, duals);
	}
	hk_cleanup_free(&point);
	hk_cleanup_free(&duals);
	hk_cleanup_free(&all);
	hk_form_release(&form);
	return code;
}

static double worth(const struct hk_rent *rent)
{
	return isnan(rent->price) ? 0 : rent->price;
}

static int dearest_first(const void *left, const void *right)
{
	const struct hk_rent *a = left, *b = right;

	if (worth(a) < worth(b) || worth(a) > worth(b))
		return worth(a) > worth(b) ? -1 : 1;
	if (a->is_link != b->is_link)
		return a->is_link ? 1 : -1;
	if (a->is_link)
		return a->link < b->link ? -1 : 1;
	return a->cluster != b->cluster ? (a->cluster < b->cluster ? -1 : 1) : (a->resource > b->resource) - (a->resource < b->resource);
}

static void keep_full(struct hk_rents *rents)
{
	size_t kept = 0;

	for (size_t i = 0; i < rents->n; i++) {
		struct hk_rent *rent = &rents->v[i];

		/* the relaxation's noise is no price */
		if (rent->price < 1e-9)
			rent->price = 0;
		if (rent->price > 0 || rent->used >= FULL * rent->capacity)
			rents->v[kept++] = *rent;
	}
	rents->n = kept;
	if (kept > 1)
		qsort(rents->v, kept, sizeof *rents->v, dearest_first);
}

/* ---- one unit more ---- */

static int solve_whole(struct market *m, const struct hk_model *model, double *objective, bool *optimal, struct hk_err *err)
{
	struct hk_solve_options options = { .node_limit = NODES_PER_QUESTION, .memory_limit = m->options->memory_limit, .interrupt = m->options->interrupt };
	struct hk_problem problem;
	struct hk_solution solution;
	bool infeasible;
	int code;

	*objective = NAN;
	*optimal = false;
	if (hk_problem_build(&problem, model, NULL, &infeasible, err) != 0)
		return -1;
	code = infeasible ? 0 : hk_solve(&problem, &options, &solution, err);
	if (code == 0 && !infeasible) {
		if (solution.outcome == HK_SOLVED_OPTIMAL || solution.outcome == HK_SOLVED_FEASIBLE)
			*objective = solution.objective;
		*optimal = solution.outcome == HK_SOLVED_OPTIMAL;
		hk_solution_release(&solution);
	}
	hk_problem_release(&problem);
	return code;
}

/* A node of the group of its own, with one unit more. */
static void enlarge(const struct hk_rent *rent, uint32_t group, size_t resources, struct hk_cluster *cluster, struct hk_arena *arena)
{
	struct hk_node_group *nodes = hk_arena_array(arena, cluster->n_nodes + 1, sizeof *nodes);
	double *more = hk_arena_array(arena, resources + 1, sizeof *more);
	double reserved = cluster->reserve ? cluster->reserve[rent->resource] : 0;

	memcpy(nodes, cluster->nodes, cluster->n_nodes * sizeof *nodes);
	memcpy(more, nodes[group].allocatable, resources * sizeof *more);
	/* a unit that can be used: what the reserve takes comes on top */
	more[rent->resource] = fmax(0, more[rent->resource]) + rent->unit / fmax(1e-3, 1 - reserved);
	nodes[cluster->n_nodes] = nodes[group];
	nodes[cluster->n_nodes].count = 1;
	nodes[cluster->n_nodes].allocatable = more;
	nodes[group].count--;
	cluster->nodes = nodes;
	cluster->n_nodes++;
}

/* The most that a unit more saves, on whatever node it is added. */
static int save(struct market *m, struct hk_rent *rent, double before, bool proved, struct hk_err *err)
{
	uint32_t groups = rent->is_link ? 1 : (uint32_t)m->model->clusters[rent->cluster].n_nodes;

	rent->exact = proved;
	for (uint32_t g = 0; g < groups && g < 4; g++) {
		struct hk_arena arena = HK_ARENA_INIT;
		struct hk_model more = *m->model;
		double after;
		bool optimal;
		int code;

		if (!rent->is_link && (more.clusters[rent->cluster].nodes[g].unschedulable || more.clusters[rent->cluster].nodes[g].count == 0))
			continue;
		more.clusters = hk_arena_array(&arena, more.n_clusters + 1, sizeof *more.clusters);
		memcpy(more.clusters, m->model->clusters, more.n_clusters * sizeof *more.clusters);
		more.links = hk_arena_array(&arena, more.n_links + 1, sizeof *more.links);
		if (more.n_links > 0)
			memcpy(more.links, m->model->links, more.n_links * sizeof *more.links);
		if (rent->is_link)
			more.links[rent->link].bandwidth += rent->unit;
		else
			enlarge(rent, g, more.n_resources, &more.clusters[rent->cluster], &arena);
		code = solve_whole(m, &more, &after, &optimal, err);
		hk_arena_release(&arena);
		if (code != 0)
			return -1;
		rent->exact = rent->exact && optimal;
		if (isfinite(after) && !(before - after <= rent->saving))
			rent->saving = fmax(0, before - after);
	}
	return 0;
}

static int save_all(struct market *m, size_t resolve, struct hk_err *err)
{
	double before;
	bool proved;

	if (m->rents->n == 0 || resolve == 0)
		return 0;
	if (solve_whole(m, m->model, &before, &proved, err) != 0)
		return -1;
	for (size_t i = 0; i < m->rents->n && i < resolve && isfinite(before); i++)
		if (m->rents->v[i].price > 0 && save(m, &m->rents->v[i], before, proved, err) != 0)
			return -1;
	return 0;
}

int hk_rents_find(struct hk_rents *rents, const struct hk_model *model, const struct hk_plan *plan, size_t resolve, const struct hk_solve_options *options,
		  struct hk_err *err)
{
	struct market m = { rents, model, plan, options };
	struct hk_problem problem = { 0 };
	bool infeasible;
	int code = 0;

	*rents = (struct hk_rents){ .n = 0 };
	collect(&m);
	if (plan->n_prices > 0)
		take_plan_prices(&m);
	else if (hk_problem_build(&problem, model, NULL, &infeasible, err) != 0)
		return -1;
	else {
		code = infeasible ? 0 : price_by_relaxation(&m, &problem, err);
		hk_problem_release(&problem);
	}
	keep_full(rents);
	return code == 0 ? save_all(&m, resolve, err) : code;
}

void hk_rents_release(struct hk_rents *rents)
{
	hk_arena_release(&rents->arena);
	*rents = (struct hk_rents){ .n = 0 };
}
