/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Path requests: what a path's mean is beyond its request costs ("late paths" of the model). The mean of the slowest way is a longest path over means, written
 * with one potential for each workload on a way; all of it is linear.
 */
#include "place/milp_form.h"
#include "place/milp_ways.h"

#include <math.h>

struct mean {
	struct hk_form *form;
	uint32_t block;
	enum hk_path_metric metric;
	struct hk_ways ways;
	double request, unit;
	uint32_t *potential;      /* per workload: mean until its service is done, in units */
	uint32_t late;
};

static double start_rate(const struct hk_ways *ways)
{
	if (ways->first != HK_NO_INDEX)
		return ways->block->workloads[ways->first].rate;
	return ways->pipeline->inputs[ways->path->from_input].rate;
}

static struct hk_milp_name mean_name(const struct mean *m, const char *kind, uint32_t workload)
{
	static const char *const metrics[] = { "latency", "jitter", "loss" };
	const struct hk_pipeline *pipeline = m->ways.pipeline;
	const struct hk_path *path = m->ways.path;
	struct hk_milp_name name = { .kind = kind, .pipeline = pipeline->name, .target = metrics[m->metric] };

	name.subject = path->from_input != HK_NO_INDEX ? pipeline->inputs[path->from_input].name : pipeline->workloads[path->from_workload].name;
	name.object = path->to_output != HK_NO_INDEX ? pipeline->outputs[path->to_output].name : pipeline->workloads[path->to_workload].name;
	if (workload != HK_MILP_NONE)
		name.place = pipeline->workloads[m->ways.block->workloads[workload].workload].name;
	return name;
}

/* Can any split of traffic be late at all? Longest way with the slowest arc of every connection. */
static bool can_be_late(const struct mean *m)
{
	double *slowest = hk_calloc((size_t)m->ways.block->n_workloads + 1, sizeof *slowest), worst = 0;

	if (m->ways.first != HK_NO_INDEX)
		slowest[m->ways.first] = worst = hk_ways_base(&m->ways, m->metric);
	for (uint32_t i = 0; i < m->ways.n_edges; i++) {
		const struct hk_edge *edge = &m->ways.block->edges[m->ways.edges[i]];
		double hop = 0, so_far = edge->from_kind == HK_END_WORKLOAD ? slowest[edge->from] : 0;

		for (uint32_t a = 0; a < edge->n_arcs; a++)
			hop = fmax(hop, hk_ways_hop(&edge->arcs[a], m->metric));
		so_far += hop + hk_ways_service(&m->ways, edge, m->metric);
		worst = fmax(worst, so_far);
		if (edge->to_kind == HK_END_WORKLOAD)
			slowest[edge->to] = fmax(slowest[edge->to], so_far);
	}
	hk_cleanup_free(&slowest);
	return worst > m->request;
}

static uint32_t potential_of(struct mean *m, uint32_t workload)
{
	if (m->potential[workload] == HK_MILP_NONE)
		m->potential[workload] = hk_milp_column(&m->form->milp, mean_name(m, "mean", workload), 0, INFINITY, 0);
	return m->potential[workload];
}

/* potential at the end (or request + late) - potential at the start - sum of flow * hop >= service at the end */
static void way_row(struct mean *m, uint32_t e)
{
	const struct hk_edge *edge = &m->ways.block->edges[e];
	struct hk_milp *milp = &m->form->milp;
	struct hk_milp_name name = hk_form_edge_name(m->form, "way", m->block, e, HK_MILP_NONE);
	bool starts = hk_ways_starts(&m->ways, edge), ends = hk_ways_ends(&m->ways, edge);
	uint32_t from = starts ? HK_MILP_NONE : potential_of(m, edge->from), to = ends ? m->late : potential_of(m, edge->to);
	double constant = hk_ways_service(&m->ways, edge, m->metric) + (starts ? hk_ways_base(&m->ways, m->metric) : 0) - (ends ? m->request : 0);

	hk_milp_row(milp, name, HK_MILP_GE, constant / m->unit);
	hk_milp_term(milp, to, 1);
	if (from != HK_MILP_NONE)
		hk_milp_term(milp, from, -1);
	for (uint32_t a = 0; a < edge->n_arcs; a++)
		hk_milp_term(milp, m->form->blocks[m->block].f[e][a], -hk_ways_hop(&edge->arcs[a], m->metric) / m->unit);
}

static void request_rows(struct hk_form *form, uint32_t block, const struct hk_path *path, enum hk_path_metric metric)
{
	struct mean m = { .form = form, .block = block, .metric = metric, .request = hk_ways_request(path, metric) };
	uint32_t n_workloads = form->problem->blocks[block].n_workloads;
	double price;

	if (isinf(m.request))
		return;
	hk_ways_find(&m.ways, &form->problem->blocks[block], hk_form_pipeline(form, block), path, &form->arena);
	price = hk_form_pipeline(form, block)->objective.request * start_rate(&m.ways);
	if (!(price > 0) || !can_be_late(&m))
		return;
	m.unit = m.request > 1e-9 ? m.request : 1e-3;
	m.potential = hk_arena_array(&form->arena, (size_t)n_workloads + 1, sizeof *m.potential);
	for (uint32_t w = 0; w < n_workloads; w++)
		m.potential[w] = HK_MILP_NONE;
	m.late = hk_milp_column(&form->milp, mean_name(&m, "late", HK_MILP_NONE), 0, INFINITY, price * m.unit);
	if (m.ways.first != HK_NO_INDEX && m.ways.first == m.ways.last) {
		hk_milp_row(&form->milp, mean_name(&m, "way", HK_MILP_NONE), HK_MILP_GE, (hk_ways_base(&m.ways, metric) - m.request) / m.unit);
		hk_milp_term(&form->milp, m.late, 1);
	}
	for (uint32_t i = 0; i < m.ways.n_edges; i++)
		way_row(&m, m.ways.edges[i]);
}

void hk_form_path_requests(struct hk_form *form, uint32_t block)
{
	const struct hk_pipeline *pipeline = hk_form_pipeline(form, block);

	for (size_t p = 0; p < pipeline->n_paths; p++)
		for (int metric = 0; metric < HK_PATH_METRICS; metric++)
			request_rows(form, block, &pipeline->paths[p], (enum hk_path_metric)metric);
}
