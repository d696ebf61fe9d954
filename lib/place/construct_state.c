/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What each pipeline uses, what every row has left, who lives where. */
#include "place/construct_internal.h"

#include "place/cuts_packing.h"
#include "place/milp_form.h"
#include "place/route.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Rounding of sums, as a share of the capacity. */
static const double ROUNDING = 1e-10;
/* Shares on links are known to their last digits only, counts exactly. */
static const double LINK_MARGIN = 1e-8;

static void number_rows(struct hk_construct *c)
{
	const struct hk_model *model = c->problem->model;
	const struct hk_decomposition *d = &c->decomposition;

	c->row_of = hk_arena_array(&c->arena, model->n_clusters * model->n_resources + 1, sizeof *c->row_of);
	c->row_of_link = hk_arena_array(&c->arena, model->n_links + 1, sizeof *c->row_of_link);
	memset(c->row_of, 0xff, (model->n_clusters * model->n_resources + 1) * sizeof *c->row_of);
	memset(c->row_of_link, 0xff, (model->n_links + 1) * sizeof *c->row_of_link);
	c->left = hk_arena_array(&c->arena, (size_t)d->n_rows + 1, sizeof *c->left);
	c->capacity = hk_arena_array(&c->arena, (size_t)d->n_rows + 1, sizeof *c->capacity);
	for (uint32_t i = 0; i < d->n_rows; i++) {
		const struct hk_coupling_row *row = &d->rows[i];

		c->left[i] = c->capacity[i] = row->is_link ? row->capacity * (1 - LINK_MARGIN) : row->capacity;
		if (isinf(row->capacity))
			continue;
		if (row->is_link)
			c->row_of_link[row->link] = i;
		else
			c->row_of[row->cluster * model->n_resources + row->resource] = i;
	}
}

static uint32_t count_columns(const struct hk_block *b)
{
	uint32_t n = 1;

	for (uint32_t w = 0; w < b->n_workloads; w++)
		n += 2 * b->workloads[w].n_candidates;
	for (uint32_t e = 0; e < b->n_edges; e++)
		n += b->edges[e].n_arcs;
	return n;
}

int hk_construct_open(struct hk_construct *c, struct hk_search *search, struct hk_err *err)
{
	const struct hk_problem *problem = search->problem;
	const struct hk_decomposition *d = &c->decomposition;

	*c = (struct hk_construct){ .search = search, .problem = problem, .err = err };
	if (hk_decomposition_open(&c->decomposition, problem, &search->cuts, search->options, err) != 0)
		return -1;
	c->targets = (struct hk_decomposition_targets){ c, hk_construct_miss, hk_construct_hull };
	c->decomposition.targets = &c->targets;
	number_rows(c);
	c->users = hk_arena_array(&c->arena, (size_t)d->n_rows + 1, sizeof *c->users);
	c->pressure = hk_arena_array(&c->arena, (size_t)d->n_rows + 1, sizeof *c->pressure);
	c->prices = hk_arena_array(&c->arena, (size_t)d->n_rows + 1, sizeof *c->prices);
	c->limits = hk_arena_array(&c->arena, (size_t)d->n_rows + 1, sizeof *c->limits);
	c->touched = hk_arena_array(&c->arena, (size_t)d->n_rows + 1, sizeof *c->touched);
	c->kept_cost = hk_arena_array(&c->arena, (size_t)problem->n_blocks + 1, sizeof *c->kept_cost);
	c->tenants = hk_arena_array(&c->arena, (size_t)problem->n_blocks + 1, sizeof *c->tenants);
	c->columns = hk_arena_array(&c->arena, (size_t)problem->n_blocks + 1, sizeof *c->columns);
	c->sites = hk_arena_array(&c->arena, problem->model->n_clusters + 1, sizeof *c->sites);
	for (uint32_t b = 0; b < problem->n_blocks; b++) {
		hk_block_solution_init(&c->tenants[b].solution, &problem->blocks[b], &c->arena);
		c->columns[b] = count_columns(&problem->blocks[b]);
	}
	return 0;
}

void hk_construct_close(struct hk_construct *c)
{
	for (uint32_t b = 0; c->tenants && b < c->problem->n_blocks; b++)
		hk_vec_release(&c->tenants[b].uses);
	for (size_t s = 0; c->sites && s < c->problem->model->n_clusters; s++) {
		hk_vec_release(&c->sites[s].residents);
		hk_vec_release(&c->sites[s].shares);
		hk_vec_release(&c->sites[s].next);
	}
	for (uint32_t i = 0; c->users && i < c->decomposition.n_rows; i++)
		hk_vec_release(&c->users[i]);
	hk_vec_release(&c->freed);
	hk_vec_release(&c->stale);
	hk_vec_release(&c->homeless);
	hk_vec_release(&c->strict);
	hk_decomposition_close(&c->decomposition);
	hk_arena_release(&c->drafts);
	hk_arena_release(&c->scratch);
	hk_arena_release(&c->arena);
}

static int by_row(const void *left, const void *right)
{
	const struct hk_row_use *a = left, *b = right;

	return (a->row > b->row) - (a->row < b->row);
}

static void merge_uses(struct hk_uses *uses)
{
	size_t n = 0;

	if (uses->n > 1)
		qsort(uses->v, uses->n, sizeof *uses->v, by_row);
	for (size_t i = 0; i < uses->n; i++) {
		if (n > 0 && uses->v[n - 1].row == uses->v[i].row)
			uses->v[n - 1].amount += uses->v[i].amount;
		else
			uses->v[n++] = uses->v[i];
	}
	uses->n = n;
}

static void cluster_uses(const struct hk_construct *c, const struct hk_place_workload *placed, const uint32_t *replicas, struct hk_uses *uses)
{
	size_t resources = c->problem->model->n_resources;

	for (uint32_t k = 0; k < placed->n_candidates; k++)
		for (size_t r = 0; replicas[k] > 0 && r < resources; r++) {
			uint32_t row = c->row_of[placed->candidates[k].cluster * resources + r];

			if (row != HK_NO_INDEX && placed->request[r] > 0)
				hk_vec_push(uses, (struct hk_row_use){ row, replicas[k] * placed->request[r] });
		}
}

void hk_construct_uses(struct hk_construct *c, uint32_t block, const struct hk_block_solution *solution, struct hk_uses *uses)
{
	const struct hk_problem *problem = c->problem;
	const struct hk_block *b = &problem->blocks[block];
	struct hk_crossings crossings = { 0 };

	uses->n = 0;
	for (uint32_t w = 0; w < b->n_workloads; w++)
		cluster_uses(c, &b->workloads[w], solution->replicas[w], uses);
	for (uint32_t e = 0; e < b->n_edges; e++) {
		const struct hk_edge *edge = &b->edges[e];
		double bits = 8 * edge->size * edge->rate;

		for (uint32_t a = 0; bits > 0 && a < edge->n_arcs; a++) {
			if (!(solution->flow[e][a] > 0))
				continue;
			hk_route_crossings(problem->routes, hk_edge_from_cluster(b, edge, &edge->arcs[a]), hk_edge_to_cluster(b, edge, &edge->arcs[a]),
					   &crossings);
			for (size_t i = 0; i < crossings.n; i++)
				if (c->row_of_link[crossings.v[i].link] != HK_NO_INDEX)
					hk_vec_push(uses, (struct hk_row_use){ c->row_of_link[crossings.v[i].link],
									       bits * solution->flow[e][a] * crossings.v[i].part });
		}
	}
	hk_vec_release(&crossings);
	merge_uses(uses);
}

bool hk_construct_fits(const struct hk_construct *c, const struct hk_row_use *uses, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (uses[i].amount > c->left[uses[i].row] + ROUNDING * c->decomposition.rows[uses[i].row].capacity)
			return false;
	return true;
}

static size_t position(const struct hk_row_users *users, uint32_t block)
{
	size_t low = 0, high = users->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (users->v[middle] < block)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void add_user(struct hk_row_users *users, uint32_t block)
{
	size_t at = position(users, block);

	hk_vec_push(users, block);
	memmove(users->v + at + 1, users->v + at, (users->n - 1 - at) * sizeof *users->v);
	users->v[at] = block;
}

static void remove_user(struct hk_row_users *users, uint32_t block)
{
	size_t at = position(users, block);

	memmove(users->v + at, users->v + at + 1, (users->n - 1 - at) * sizeof *users->v);
	users->n--;
}

static size_t resident(const struct hk_construct_site *site, uint32_t block, uint32_t workload)
{
	size_t low = 0, high = site->residents.n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct hk_pack_item *item = &site->residents.v[middle];

		if (item->block < block || (item->block == block && item->workload < workload))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* In or out of the clusters where it has replicas. */
static void change_residence(struct hk_construct *c, uint32_t block, bool in)
{
	const struct hk_block *b = &c->problem->blocks[block];
	const struct hk_block_solution *solution = &c->tenants[block].solution;

	for (uint32_t w = 0; w < b->n_workloads; w++)
		for (uint32_t k = 0; k < b->workloads[w].n_candidates; k++) {
			uint32_t cluster = b->workloads[w].candidates[k].cluster;
			struct hk_construct_site *site = &c->sites[cluster];
			size_t at;

			if (solution->replicas[w][k] == 0 || c->problem->model->clusters[cluster].unlimited)
				continue;
			at = resident(site, block, w);
			if (in) {
				hk_vec_push(&site->residents, (struct hk_pack_item){ 0 });
				memmove(site->residents.v + at + 1, site->residents.v + at, (site->residents.n - 1 - at) * sizeof *site->residents.v);
				site->residents.v[at] = (struct hk_pack_item){ .block = block, .workload = w, .replicas = solution->replicas[w][k] };
			} else {
				memmove(site->residents.v + at, site->residents.v + at + 1, (site->residents.n - 1 - at) * sizeof *site->residents.v);
				site->residents.n--;
			}
			if (!site->stale)
				hk_vec_push(&c->stale, cluster);
			site->stale = true;
			site->packed = false;
		}
}

void hk_construct_put(struct hk_construct *c, uint32_t block, const struct hk_block_solution *solution, double cost)
{
	struct hk_tenant *tenant = &c->tenants[block];

	if (solution != &tenant->solution)
		hk_block_solution_copy(&tenant->solution, solution, &c->problem->blocks[block]);
	hk_construct_uses(c, block, &tenant->solution, &tenant->uses);
	for (size_t i = 0; i < tenant->uses.n; i++) {
		c->left[tenant->uses.v[i].row] -= tenant->uses.v[i].amount;
		add_user(&c->users[tenant->uses.v[i].row], block);
	}
	tenant->cost = cost;
	tenant->placed = true;
	change_residence(c, block, true);
}

void hk_construct_take(struct hk_construct *c, uint32_t block)
{
	struct hk_tenant *tenant = &c->tenants[block];

	change_residence(c, block, false);
	for (size_t i = 0; i < tenant->uses.n; i++) {
		c->left[tenant->uses.v[i].row] += tenant->uses.v[i].amount;
		remove_user(&c->users[tenant->uses.v[i].row], block);
	}
	tenant->placed = false;
}

double hk_construct_objective(const struct hk_construct *c)
{
	double sum = 0;

	for (uint32_t b = 0; b < c->problem->n_blocks; b++)
		sum += c->tenants[b].cost;
	return sum;
}

double hk_construct_use(const struct hk_tenant *tenant, uint32_t row)
{
	size_t low = 0, high = tenant->uses.n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (tenant->uses.v[middle].row < row)
			low = middle + 1;
		else
			high = middle;
	}
	return low < tenant->uses.n && tenant->uses.v[low].row == row ? tenant->uses.v[low].amount : 0;
}
