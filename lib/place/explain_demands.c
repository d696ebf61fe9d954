/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "place/explain_internal.h"

#include <math.h>
#include <stdlib.h>

const struct hk_bound *hk_demand_bound(const struct hk_model *model, const struct hk_demand *demand)
{
	const struct hk_pipeline *pipeline = &model->pipelines[demand->pipeline];
	const struct hk_bounds *bounds = demand->kind == HK_DEMAND_PATH ? &pipeline->paths[demand->item].bounds : &pipeline->connections[demand->item].bounds;
	const struct hk_bound *all[] = { &bounds->latency, &bounds->jitter, &bounds->loss, &bounds->bandwidth };

	return all[demand->sub];
}

/* The line of a key below the place, or the place itself. */
static struct hk_where below(struct hk_where where, const char *outer, const char *key)
{
	const struct hk_node *node = outer ? hk_node_get(where.node, outer) : where.node;
	const struct hk_node *value = hk_node_get(node, key);

	return (struct hk_where){ where.doc, value ? value : where.node };
}

static struct hk_where either(struct hk_where first, struct hk_where second)
{
	return first.node ? first : second;
}

static struct hk_demand *add(struct hk_inquiry *q, enum hk_demand_kind kind, uint32_t pipeline, uint32_t item, uint32_t sub, struct hk_where where,
			     double value)
{
	struct hk_demand *demand = hk_vec_add(&q->demands);

	*demand = (struct hk_demand){ .kind = kind, .pipeline = pipeline, .item = item, .sub = sub, .where = where, .value = value };
	return demand;
}

static void collect_bounds(struct hk_inquiry *q, enum hk_demand_kind kind, uint32_t pipeline, uint32_t item, struct hk_where where)
{
	for (uint32_t metric = HK_DEMAND_LATENCY; metric <= (kind == HK_DEMAND_PATH ? HK_DEMAND_LOSS : HK_DEMAND_BANDWIDTH); metric++) {
		struct hk_demand demand = { .kind = kind, .pipeline = pipeline, .item = item, .sub = metric };
		const struct hk_bound *bound = hk_demand_bound(q->model, &demand);

		if (bound->has_limit)
			add(q, kind, pipeline, item, metric, either(bound->limit_at, where), bound->limit);
	}
}

static void collect_pairings(struct hk_inquiry *q, uint32_t p, uint32_t w, const struct hk_workload *workload)
{
	for (uint32_t i = 0; i < workload->n_apart; i++)
		if (workload->apart[i].required)
			add(q, HK_DEMAND_APART, p, w, i, either(workload->apart[i].where, below(workload->where, "placement", "apart")), 0);
	for (uint32_t i = 0; i < workload->n_together; i++)
		if (workload->together[i].required)
			add(q, HK_DEMAND_TOGETHER, p, w, i, either(workload->together[i].where, below(workload->where, "placement", "together")), 0);
}

static bool wants_node_size(const struct hk_model *model, const struct hk_workload *workload)
{
	for (size_t r = 0; workload->node_limit && r < model->n_resources; r++)
		if (workload->node_limit[r] > 0)
			return true;
	return false;
}

static void collect_workload(struct hk_inquiry *q, uint32_t p, uint32_t w)
{
	const struct hk_workload *workload = &q->model->pipelines[p].workloads[w];

	if (workload->max_replicas != UINT32_MAX)
		add(q, HK_DEMAND_MOST, p, w, 0, either(workload->replicas_at, workload->where), workload->max_replicas);
	if (workload->min_replicas > 1)
		add(q, HK_DEMAND_LEAST, p, w, 0, either(workload->replicas_at, workload->where), workload->min_replicas);
	if (workload->availability > 0)
		add(q, HK_DEMAND_AVAILABILITY, p, w, 0, either(workload->availability_at, workload->where), workload->availability);
	if (workload->has_spread)
		add(q, HK_DEMAND_SPREAD, p, w, 0, below(workload->where, "placement", "spread"), workload->spread_min);
	if (workload->require.n_terms > 0)
		add(q, HK_DEMAND_REQUIRE, p, w, 0, either(workload->require.where, below(workload->where, "placement", "require")), 0);
	if (workload->features.n > 0 || workload->n_node_terms > 0 || wants_node_size(q->model, workload))
		add(q, HK_DEMAND_FEATURES, p, w, 0, below(workload->where, NULL, "features"), 0);
	collect_pairings(q, p, w, workload);
}

static void collect_pipeline(struct hk_inquiry *q, uint32_t p)
{
	const struct hk_pipeline *pipeline = &q->model->pipelines[p];

	for (uint32_t i = 0; i < pipeline->n_inputs; i++)
		if (pipeline->inputs[i].rate > 0)
			add(q, HK_DEMAND_RATE, p, i, 0, either(pipeline->inputs[i].measured_at, below(pipeline->inputs[i].where, NULL, "rate")),
			    pipeline->inputs[i].rate);
	for (uint32_t i = 0; i < pipeline->n_connections; i++)
		collect_bounds(q, HK_DEMAND_LIMIT, p, i, pipeline->connections[i].where);
	for (uint32_t i = 0; i < pipeline->n_paths; i++)
		collect_bounds(q, HK_DEMAND_PATH, p, i, pipeline->paths[i].where);
	for (uint32_t w = 0; w < pipeline->n_workloads; w++)
		collect_workload(q, p, w);
}

static void collect_topology(struct hk_inquiry *q)
{
	const struct hk_model *model = q->model;

	for (uint32_t s = 0; s < model->n_sites; s++)
		if (model->sites[s].latency > 0 || model->sites[s].jitter > 0 || model->sites[s].loss > 0 || isfinite(model->sites[s].bandwidth))
			add(q, HK_DEMAND_SITE, HK_NO_INDEX, s, 0, model->sites[s].where, model->sites[s].latency);
	for (uint32_t l = 0; l < model->n_links; l++) {
		bool seen = !isfinite(model->links[l].bandwidth);

		/* `both: true` is one line and two links */
		for (uint32_t i = 0; i < l && !seen; i++)
			seen = model->links[i].where.node == model->links[l].where.node && model->links[l].where.node;
		if (!seen)
			add(q, HK_DEMAND_LINK, HK_NO_INDEX, l, 0, either(model->links[l].measured_at, below(model->links[l].where, NULL, "bandwidth")),
			    model->links[l].bandwidth);
	}
	for (uint32_t c = 0; c < model->n_clusters; c++)
		if (!model->clusters[c].unlimited)
			add(q, HK_DEMAND_CAPACITY, HK_NO_INDEX, c, 0, below(model->clusters[c].where, NULL, "nodes"), 0);
}

static int by_blame(const void *left, const void *right)
{
	const struct hk_demand *a = left, *b = right;
	const uint32_t keys[][2] = { { a->kind, b->kind }, { a->pipeline, b->pipeline }, { a->item, b->item }, { a->sub, b->sub } };

	for (size_t i = 0; i < HK_COUNT(keys); i++)
		if (keys[i][0] != keys[i][1])
			return keys[i][0] < keys[i][1] ? -1 : 1;
	return 0;
}

void hk_demands_collect(struct hk_inquiry *inquiry)
{
	for (uint32_t p = 0; p < inquiry->model->n_pipelines; p++)
		if (inquiry->pipelines[p])
			collect_pipeline(inquiry, p);
	collect_topology(inquiry);
	if (inquiry->demands.n > 1)
		qsort(inquiry->demands.v, inquiry->demands.n, sizeof *inquiry->demands.v, by_blame);
}
