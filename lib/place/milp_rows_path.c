/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Path limits, exactly (rule 8 of the model): no chain of arcs in use may be longer than the limit. Arcs that no valid plan can use are closed; arcs on which
 * even the worst chain stays within the limit need nothing; for the others a binary says whether the arc is used, and potentials (longest used chain so far)
 * grow along used arcs.
 */
#include "place/milp_form.h"
#include "place/milp_ways.h"

#include <math.h>
#include <string.h>

struct limit {
	struct hk_form *form;
	uint32_t block;
	enum hk_path_metric metric;
	struct hk_ways ways;
	double limit, allowed;            /* allowed forgives rounding of sums */
	double unit;                      /* potentials are counted in these */
	uint32_t *offset;                 /* of each workload's candidates in the arrays below */
	double *early, *late;             /* shortest and longest chain from the path's start to here, service included; -INFINITY: no chain */
	double *rest, *most;              /* what at least and at most follows */
	uint32_t *potential;              /* column, HK_MILP_NONE until needed */
};

static const struct hk_block *block_of(const struct limit *l)
{
	return l->ways.block;
}

static bool open_arc(const struct limit *l, uint32_t e, uint32_t a)
{
	return l->form->milp.columns.v[l->form->blocks[l->block].f[e][a]].upper > 0;
}

static double hop(const struct limit *l, uint32_t e, uint32_t a)
{
	const struct hk_edge *edge = &block_of(l)->edges[e];

	return hk_ways_hop(&edge->arcs[a], l->metric) + hk_ways_service(&l->ways, edge, l->metric);
}

/* Position of an arc's end in the arrays. Only for workload ends. */
static uint32_t tail(const struct limit *l, uint32_t e, uint32_t a)
{
	return l->offset[block_of(l)->edges[e].from] + block_of(l)->edges[e].arcs[a].from;
}

static uint32_t head(const struct limit *l, uint32_t e, uint32_t a)
{
	return l->offset[block_of(l)->edges[e].to] + block_of(l)->edges[e].arcs[a].to;
}

static double early_before(const struct limit *l, uint32_t e, uint32_t a)
{
	return hk_ways_starts(&l->ways, &block_of(l)->edges[e]) ? hk_ways_base(&l->ways, l->metric) : l->early[tail(l, e, a)];
}

static double late_before(const struct limit *l, uint32_t e, uint32_t a)
{
	return hk_ways_starts(&l->ways, &block_of(l)->edges[e]) ? hk_ways_base(&l->ways, l->metric) : l->late[tail(l, e, a)];
}

static double rest_after(const struct limit *l, uint32_t e, uint32_t a)
{
	return hk_ways_ends(&l->ways, &block_of(l)->edges[e]) ? 0 : l->rest[head(l, e, a)];
}

static double most_after(const struct limit *l, uint32_t e, uint32_t a)
{
	return hk_ways_ends(&l->ways, &block_of(l)->edges[e]) ? 0 : l->most[head(l, e, a)];
}

/* Does traffic on this edge surely come from the path's start? */
static bool sure_tail(const struct limit *l, uint32_t e)
{
	const struct hk_edge *edge = &block_of(l)->edges[e];

	return hk_ways_starts(&l->ways, edge) || l->ways.sure[edge->from];
}

static void forward(struct limit *l, uint32_t nodes)
{
	for (uint32_t i = 0; i < nodes; i++) {
		l->early[i] = INFINITY;
		l->late[i] = -INFINITY;
	}
	for (uint32_t i = 0; i < l->ways.n_edges; i++) {
		uint32_t e = l->ways.edges[i];

		if (hk_ways_ends(&l->ways, &block_of(l)->edges[e]))
			continue;
		for (uint32_t a = 0; a < block_of(l)->edges[e].n_arcs; a++) {
			if (!open_arc(l, e, a))
				continue;
			l->early[head(l, e, a)] = fmin(l->early[head(l, e, a)], early_before(l, e, a) + hop(l, e, a));
			l->late[head(l, e, a)] = fmax(l->late[head(l, e, a)], late_before(l, e, a) + hop(l, e, a));
		}
	}
}

/*
 * Whatever leaves a cluster leaves on every connection, and on each by at least its shortest arc: the least rest is the largest over connections of the
 * shortest arc.
 */
static void backward(struct limit *l, uint32_t nodes)
{
	double *shortest = hk_calloc((size_t)nodes + 1, sizeof *shortest);

	for (uint32_t i = 0; i < nodes; i++)
		l->rest[i] = l->most[i] = 0;
	for (uint32_t i = l->ways.n_edges; i-- > 0;) {
		uint32_t e = l->ways.edges[i];
		const struct hk_edge *edge = &block_of(l)->edges[e];

		if (edge->from_kind == HK_END_FIXED || hk_ways_starts(&l->ways, edge))
			continue;
		for (uint32_t c = 0; c < block_of(l)->workloads[edge->from].n_candidates; c++)
			shortest[l->offset[edge->from] + c] = INFINITY;
		for (uint32_t a = 0; a < edge->n_arcs; a++) {
			if (!open_arc(l, e, a))
				continue;
			shortest[tail(l, e, a)] = fmin(shortest[tail(l, e, a)], hop(l, e, a) + rest_after(l, e, a));
			l->most[tail(l, e, a)] = fmax(l->most[tail(l, e, a)], hop(l, e, a) + most_after(l, e, a));
		}
		for (uint32_t c = 0; c < block_of(l)->workloads[edge->from].n_candidates; c++)
			l->rest[l->offset[edge->from] + c] = fmax(l->rest[l->offset[edge->from] + c], shortest[l->offset[edge->from] + c]);
	}
	hk_cleanup_free(&shortest);
}

/* Close arcs whose shortest chain is too long already. True when one was closed. */
static bool close_arcs(struct limit *l)
{
	bool closed = false;

	for (uint32_t i = 0; i < l->ways.n_edges; i++) {
		uint32_t e = l->ways.edges[i];

		for (uint32_t a = 0; a < block_of(l)->edges[e].n_arcs; a++) {
			if (!open_arc(l, e, a))
				continue;
			/* an infinite rest is a dead end: what flows in could not leave, wherever it came from */
			if (!isinf(rest_after(l, e, a)) &&
			    !(sure_tail(l, e) && early_before(l, e, a) + hop(l, e, a) + rest_after(l, e, a) > l->allowed))
				continue;
			l->form->milp.columns.v[l->form->blocks[l->block].f[e][a]].upper = 0;
			closed = true;
		}
	}
	return closed;
}

static bool ambiguous(const struct limit *l, uint32_t e, uint32_t a)
{
	return open_arc(l, e, a) && late_before(l, e, a) + hop(l, e, a) + most_after(l, e, a) > l->allowed;
}

static uint32_t used_column(struct limit *l, uint32_t e, uint32_t a)
{
	struct hk_form_block *own = &l->form->blocks[l->block];
	struct hk_milp *milp = &l->form->milp;

	if (own->used[e][a] == HK_MILP_NONE) {
		own->used[e][a] = hk_milp_integer(milp, hk_form_edge_name(l->form, "u", l->block, e, a), 0, 1, 0, HK_PRIORITY_ARC);
		hk_milp_row(milp, hk_form_edge_name(l->form, "used", l->block, e, a), HK_MILP_LE, 0);
		hk_milp_term(milp, own->f[e][a], 1);
		hk_milp_term(milp, own->used[e][a], -1);
	}
	return own->used[e][a];
}

static struct hk_milp_name path_name(const struct limit *l, const char *kind)
{
	const struct hk_pipeline *pipeline = l->ways.pipeline;
	const struct hk_path *path = l->ways.path;
	struct hk_milp_name name = { .kind = kind, .pipeline = pipeline->name };

	name.subject = path->from_input != HK_NO_INDEX ? pipeline->inputs[path->from_input].name : pipeline->workloads[path->from_workload].name;
	name.object = path->to_output != HK_NO_INDEX ? pipeline->outputs[path->to_output].name : pipeline->workloads[path->to_workload].name;
	return name;
}

/*
 * Longest used chain from the start to candidate c of workload w. A candidate that traffic may reach without the path's start can be used and still have no
 * chain: its potential may then be so small that nothing binds.
 */
static uint32_t potential_column(struct limit *l, uint32_t w, uint32_t c)
{
	uint32_t node = l->offset[w] + c;
	double high = l->allowed - l->rest[node], low = l->early[node];
	struct hk_milp_name name = path_name(l, "t");
	struct hk_milp_name place = hk_form_name(l->form, "", l->block, w, c);

	if (l->potential[node] != HK_MILP_NONE)
		return l->potential[node];
	if (!l->ways.sure[w])
		low = fmin(low, l->allowed - l->most[node]);
	name.place = place.subject;
	name.target = place.place;
	l->potential[node] = hk_milp_column(&l->form->milp, name, fmin(low, high) / l->unit, high / l->unit, 0);
	return l->potential[node];
}

/* If the arc is used: potential at its end >= potential at its start + hop, or the limit when the path ends there. */
static void chain_row(struct limit *l, uint32_t e, uint32_t a)
{
	const struct hk_edge *edge = &block_of(l)->edges[e];
	struct hk_milp *milp = &l->form->milp;
	struct hk_milp_name name = hk_form_edge_name(l->form, "chain", l->block, e, a);
	uint32_t used = used_column(l, e, a), from = HK_MILP_NONE, to = HK_MILP_NONE;
	double length = hop(l, e, a) / l->unit, high, low;

	if (hk_ways_starts(&l->ways, edge))
		high = hk_ways_base(&l->ways, l->metric) / l->unit;
	else {
		from = potential_column(l, edge->from, edge->arcs[a].from);
		high = milp->columns.v[from].upper;
	}
	if (hk_ways_ends(&l->ways, edge))
		low = l->allowed / l->unit;
	else {
		to = potential_column(l, edge->to, edge->arcs[a].to);
		low = milp->columns.v[to].lower;
	}
	double slack = high + length - low;

	if (slack <= 0)
		return;
	/* to - from - slack * used >= length - slack, constants for ends without a potential */
	hk_milp_row(milp, name, HK_MILP_GE, length - slack - (to == HK_MILP_NONE ? low : 0) + (from == HK_MILP_NONE ? high : 0));
	if (to != HK_MILP_NONE)
		hk_milp_term(milp, to, 1);
	if (from != HK_MILP_NONE)
		hk_milp_term(milp, from, -1);
	hk_milp_term(milp, used, -slack);
}

/* Arcs that cannot follow this one carry nothing when it is used. Valid only where the chain surely exists. */
static void conflict_rows(struct limit *l, uint32_t e, uint32_t a)
{
	const struct hk_edge *edge = &block_of(l)->edges[e];
	struct hk_milp *milp = &l->form->milp;
	double here = early_before(l, e, a) + hop(l, e, a);

	if (hk_ways_ends(&l->ways, edge) || !sure_tail(l, e))
		return;
	for (uint32_t i = 0; i < l->ways.n_edges; i++) {
		uint32_t next = l->ways.edges[i];
		const struct hk_edge *after = &block_of(l)->edges[next];
		bool any = false;

		if (after->from_kind != HK_END_WORKLOAD || after->from != edge->to)
			continue;
		for (uint32_t b = 0; b < after->n_arcs; b++) {
			if (after->arcs[b].from != edge->arcs[a].to || !open_arc(l, next, b) || !(here + hop(l, next, b) + rest_after(l, next, b) > l->allowed))
				continue;
			if (!any) {
				hk_milp_row(milp, hk_form_edge_name(l->form, "clash", l->block, e, a), HK_MILP_LE, 1);
				hk_milp_term(milp, used_column(l, e, a), 1);
			}
			any = true;
			hk_milp_term(milp, l->form->blocks[l->block].f[next][b], 1);
		}
	}
}

static void write_rows(struct limit *l)
{
	for (uint32_t i = 0; i < l->ways.n_edges; i++) {
		uint32_t e = l->ways.edges[i];

		for (uint32_t a = 0; a < block_of(l)->edges[e].n_arcs; a++) {
			if (!ambiguous(l, e, a))
				continue;
			chain_row(l, e, a);
			conflict_rows(l, e, a);
		}
	}
}

static void prepare(struct limit *l, uint32_t *nodes)
{
	struct hk_arena *arena = &l->form->arena;

	*nodes = 0;
	l->offset = hk_arena_array(arena, (size_t)block_of(l)->n_workloads + 1, sizeof *l->offset);
	for (uint32_t w = 0; w < block_of(l)->n_workloads; w++) {
		l->offset[w] = *nodes;
		*nodes += block_of(l)->workloads[w].n_candidates;
	}
	l->early = hk_arena_array(arena, (size_t)*nodes + 1, sizeof *l->early);
	l->late = hk_arena_array(arena, (size_t)*nodes + 1, sizeof *l->late);
	l->rest = hk_arena_array(arena, (size_t)*nodes + 1, sizeof *l->rest);
	l->most = hk_arena_array(arena, (size_t)*nodes + 1, sizeof *l->most);
	l->potential = hk_arena_array(arena, (size_t)*nodes + 1, sizeof *l->potential);
	for (uint32_t i = 0; i < *nodes; i++)
		l->potential[i] = HK_MILP_NONE;
}

/* A workload that is both ends: only its own service time. */
static void single_workload(struct limit *l)
{
	if (l->ways.first == HK_NO_INDEX || l->ways.first != l->ways.last || hk_ways_base(&l->ways, l->metric) <= l->allowed)
		return;
	hk_milp_row(&l->form->milp, path_name(l, "path"), HK_MILP_GE, 1);
}

static void limit_rows(struct hk_form *form, uint32_t block, const struct hk_path *path, enum hk_path_metric metric)
{
	struct limit l = { .form = form, .block = block, .metric = metric, .limit = hk_ways_limit(path, metric) };
	uint32_t nodes;

	if (isinf(l.limit))
		return;
	l.allowed = l.limit * (1 + 1e-9) + 1e-12;
	l.unit = l.limit > 1e-12 ? l.limit : 1;
	hk_ways_find(&l.ways, &form->problem->blocks[block], hk_form_pipeline(form, block), path, &form->arena);
	prepare(&l, &nodes);
	single_workload(&l);
	do {
		forward(&l, nodes);
		backward(&l, nodes);
	} while (close_arcs(&l));
	write_rows(&l);
}

void hk_form_path_limits(struct hk_form *form, uint32_t block)
{
	const struct hk_pipeline *pipeline = hk_form_pipeline(form, block);

	for (size_t p = 0; p < pipeline->n_paths; p++)
		for (int metric = 0; metric < HK_PATH_METRICS; metric++)
			limit_rows(form, block, &pipeline->paths[p], (enum hk_path_metric)metric);
}
