/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The integer master: one configuration of each pipeline so that the coupling rows hold, as well as those at hand allow. Only pipelines that meet in rows which
 * could overflow are asked together, in parts that do not touch each other; the rest takes its cheapest.
 */
#include "place/construct_internal.h"

#include <math.h>
#include <stdlib.h>

enum {
	EACH_MAX = 10,                /* configurations of one pipeline in the master */
	BINARIES_MAX = 2500,          /* with which whole numbers are looked for */
	RELAXED_MAX = 20000,          /* with which the relaxation still says what to do */
	NODES_MASTER = 100,
};

struct option { uint32_t configuration; double bent; };

struct master {
	struct hk_construct *c;
	struct hk_arena arena;
	struct option **options; uint32_t *n_options;   /* per block, best first */
	bool *contested;                                /* per row */
	uint32_t *part;                                 /* per block: union-find; by first member */
	uint32_t *row_part;                             /* per row: a block that uses it */
	uint32_t *choice;
};

static int by_bent(const void *left, const void *right)
{
	const struct option *a = left, *b = right;

	if (a->bent != b->bent)
		return a->bent < b->bent ? -1 : 1;
	return (a->configuration > b->configuration) - (a->configuration < b->configuration);
}

static void list_options(struct master *m, uint32_t block)
{
	const struct hk_decomposition_block *b = &m->c->decomposition.blocks[block];
	struct option *options = hk_arena_array(&m->arena, (size_t)b->n_configurations + 1, sizeof *options);
	uint32_t n = 0;

	for (uint32_t i = 0; i < b->n_configurations; i++)
		if (b->configurations[i].whole)
			options[n++] = (struct option){ i, hk_construct_bent(&b->configurations[i], m->c->decomposition.prices) };
	if (n > 1)
		qsort(options, n, sizeof *options, by_bent);
	m->options[block] = options;
	/* the newest part of a plan is always one of them: all of these together hold */
	for (uint32_t i = n; i-- > EACH_MAX;)
		if (b->configurations[options[i].configuration].solution && !(b->configurations[options[EACH_MAX - 1].configuration].solution &&
									       options[EACH_MAX - 1].configuration > options[i].configuration))
			options[EACH_MAX - 1] = options[i];
	m->n_options[block] = n < EACH_MAX ? n : EACH_MAX;
}

static const struct hk_configuration *option(const struct master *m, uint32_t block, uint32_t i)
{
	return &m->c->decomposition.blocks[block].configurations[m->options[block][i].configuration];
}

/* Rows that overflow when every pipeline uses the most its configurations do. */
static void find_contested(struct master *m)
{
	const struct hk_decomposition *d = &m->c->decomposition;
	double *sum = hk_arena_array(&m->arena, (size_t)d->n_rows + 1, sizeof *sum), *most = hk_arena_array(&m->arena, (size_t)d->n_rows + 1, sizeof *most);

	for (uint32_t b = 0; b < m->c->problem->n_blocks; b++) {
		for (uint32_t i = 0; i < m->n_options[b]; i++)
			for (uint32_t k = 0; k < option(m, b, i)->n_uses; k++) {
				struct hk_row_use use = option(m, b, i)->uses[k];

				sum[use.row] += fmax(0, use.amount - most[use.row]);
				most[use.row] = fmax(most[use.row], use.amount);
			}
		for (uint32_t i = 0; i < m->n_options[b]; i++)
			for (uint32_t k = 0; k < option(m, b, i)->n_uses; k++)
				most[option(m, b, i)->uses[k].row] = 0;
	}
	for (uint32_t r = 0; r < d->n_rows; r++)
		m->contested[r] = sum[r] > d->rows[r].capacity;
}

static uint32_t find(uint32_t *parent, uint32_t i)
{
	while (parent[i] != i)
		i = parent[i] = parent[parent[i]];
	return i;
}

static void find_parts(struct master *m)
{
	for (uint32_t r = 0; r < m->c->decomposition.n_rows; r++)
		m->row_part[r] = HK_NO_INDEX;
	for (uint32_t b = 0; b < m->c->problem->n_blocks; b++)
		m->part[b] = b;
	for (uint32_t b = 0; b < m->c->problem->n_blocks; b++)
		for (uint32_t i = 0; i < m->n_options[b]; i++)
			for (uint32_t k = 0; k < option(m, b, i)->n_uses; k++) {
				uint32_t row = option(m, b, i)->uses[k].row, one, other;

				if (!m->contested[row])
					continue;
				if (m->row_part[row] == HK_NO_INDEX)
					m->row_part[row] = b;
				one = find(m->part, b);
				other = find(m->part, m->row_part[row]);
				m->part[one > other ? one : other] = one < other ? one : other;
			}
}

struct member { uint32_t part, block; };

static int by_part(const void *left, const void *right)
{
	const struct member *a = left, *b = right;

	if (a->part != b->part)
		return a->part < b->part ? -1 : 1;
	return (a->block > b->block) - (a->block < b->block);
}

/* Terms of the rows, gathered by row. */
struct term { uint32_t row, column; double amount; };
struct terms { struct term *v; size_t n, cap; };

static int by_term(const void *left, const void *right)
{
	const struct term *a = left, *b = right;

	if (a->row != b->row)
		return a->row < b->row ? -1 : 1;
	return (a->column > b->column) - (a->column < b->column);
}

/* Rows may overflow at a price no configuration is worth. */
static void build_rows(const struct master *m, struct hk_milp *milp, struct terms *terms, double dear)
{
	if (terms->n > 1)
		qsort(terms->v, terms->n, sizeof *terms->v, by_term);
	for (size_t i = 0; i < terms->n;) {
		uint32_t row = terms->v[i].row, over = hk_milp_column(milp, (struct hk_milp_name){ .kind = "over" }, 0, INFINITY, dear);
		double capacity = m->c->decomposition.rows[row].capacity;

		hk_milp_row(milp, (struct hk_milp_name){ .kind = "row" }, HK_MILP_LE, capacity > 0 ? 1 : 0);
		for (; i < terms->n && terms->v[i].row == row; i++)
			hk_milp_term(milp, terms->v[i].column, capacity > 0 ? terms->v[i].amount / capacity : 1);
		hk_milp_term(milp, over, -1);
	}
}

static void build(const struct master *m, const struct member *members, size_t n, struct hk_milp *milp)
{
	struct terms terms = { 0 };
	double dear = 0;

	for (size_t k = 0; k < n; k++) {
		uint32_t b = members[k].block;
		double dearest = 0;

		hk_milp_row(milp, (struct hk_milp_name){ .kind = "one" }, HK_MILP_EQ, 1);
		for (uint32_t i = 0; i < m->n_options[b]; i++) {
			const struct hk_configuration *configuration = option(m, b, i);
			uint32_t column = hk_milp_integer(milp, (struct hk_milp_name){ .kind = "take" }, 0, 1, configuration->cost, 1);

			hk_milp_term(milp, column, 1);
			dearest = fmax(dearest, fabs(configuration->cost));
			for (uint32_t u = 0; u < configuration->n_uses; u++)
				if (m->contested[configuration->uses[u].row])
					hk_vec_push(&terms, (struct term){ configuration->uses[u].row, column, configuration->uses[u].amount });
		}
		dear = fmax(dear, dearest);
	}
	build_rows(m, milp, &terms, 10 * dear);
	hk_vec_release(&terms);
}

/* The largest weight of each pipeline. */
static void read_choice(struct master *m, const struct member *members, size_t n, const double *point)
{
	for (size_t k = 0, column = 0; k < n; k++) {
		uint32_t b = members[k].block, best = 0;

		for (uint32_t i = 0; i < m->n_options[b]; i++)
			best = point[column + i] > point[column + best] + 1e-9 ? i : best;
		column += m->n_options[b];
		m->choice[b] = m->options[b][best].configuration;
	}
}

static bool solve(struct master *m, const struct hk_milp *milp, bool relaxed, double *point)
{
	const struct hk_search *search = m->c->search;
	struct hk_glpk_limits limits = { .relaxed = relaxed, .nodes = NODES_MASTER, .deadline = search->deadline, .memory = search->options->memory_limit,
					 .interrupt = search->options->interrupt, .gap = m->c->tolerance / 10, .cutoff = INFINITY };
	struct hk_glpk_result result;
	HK_AUTO_ERR struct hk_err ignored = HK_ERR_INIT;

	return hk_glpk_solve(milp, &limits, &result, point, &ignored) == 0 && (result.status == HK_GLPK_OPTIMAL || result.status == HK_GLPK_FEASIBLE);
}

/* One part: pipelines that meet. */
static void decide(struct master *m, const struct member *members, size_t n)
{
	size_t binaries = 0;
	struct hk_milp milp = { 0 };
	double *point;

	for (size_t k = 0; k < n; k++)
		binaries += m->n_options[members[k].block];
	if (n < 2 || binaries > RELAXED_MAX)
		return;
	build(m, members, n, &milp);
	point = hk_calloc(milp.columns.n + 1, sizeof *point);
	if ((binaries <= BINARIES_MAX && solve(m, &milp, false, point)) || solve(m, &milp, true, point))
		read_choice(m, members, n, point);
	hk_cleanup_free(&point);
	hk_milp_release(&milp);
}

/* Part of the priced cost that is rent: who asks for most of what is scarce goes first. */
static void find_order(const struct master *m, uint32_t *order)
{
	uint32_t n = m->c->problem->n_blocks;
	struct option *keys = hk_calloc((size_t)n + 1, sizeof *keys);

	for (uint32_t b = 0; b < n; b++) {
		const struct hk_configuration *configuration = m->choice[b] == HK_NO_INDEX ? NULL : &m->c->decomposition.blocks[b].configurations[m->choice[b]];

		keys[b] = (struct option){ b, configuration ? configuration->cost - hk_construct_bent(configuration, m->c->decomposition.prices) : 0 };
	}
	if (n > 1)
		qsort(keys, n, sizeof *keys, by_bent);
	for (uint32_t b = 0; b < n; b++)
		order[b] = keys[b].configuration;
	hk_cleanup_free(&keys);
}

void hk_construct_choose(struct hk_construct *c, uint32_t *choice, uint32_t *order)
{
	uint32_t n = c->problem->n_blocks, rows = c->decomposition.n_rows, n_members = 0;
	struct master m = { .c = c, .choice = choice };
	struct member *members = hk_arena_array(&m.arena, (size_t)n + 1, sizeof *members);

	m.options = hk_arena_array(&m.arena, (size_t)n + 1, sizeof *m.options);
	m.n_options = hk_arena_array(&m.arena, (size_t)n + 1, sizeof *m.n_options);
	m.contested = hk_arena_array(&m.arena, (size_t)rows + 1, sizeof *m.contested);
	m.part = hk_arena_array(&m.arena, (size_t)n + 1, sizeof *m.part);
	m.row_part = hk_arena_array(&m.arena, (size_t)rows + 1, sizeof *m.row_part);
	for (uint32_t b = 0; b < n; b++) {
		list_options(&m, b);
		choice[b] = m.n_options[b] > 0 ? m.options[b][0].configuration : HK_NO_INDEX;
	}
	find_contested(&m);
	find_parts(&m);
	for (uint32_t b = 0; b < n; b++)
		if (m.n_options[b] > 0)
			members[n_members++] = (struct member){ find(m.part, b), b };
	if (n_members > 1)
		qsort(members, n_members, sizeof *members, by_part);
	for (uint32_t first = 0, end; first < n_members; first = end) {
		for (end = first + 1; end < n_members && members[end].part == members[first].part; end++)
			continue;
		decide(&m, members + first, end - first);
	}
	find_order(&m, order);
	hk_arena_release(&m.arena);
}
