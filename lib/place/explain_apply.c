/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A model in which some demands are dropped or changed. Shallow copies: only arrays that change are duplicated. */
#include "place/explain_internal.h"

#include <math.h>
#include <string.h>

/* A dropped capacity is this many times what one could ask for, and finite so that nodes stay nodes. */
static const double PLENTY = 1e15;
/*
 * A dropped rate is this part of what it was. Not 0: a connection that carries nothing beside others that do takes no workload to where only its messages can
 * come from, so that less would be possible with a rate of 0 than with any other.
 */
static const double NEXT_TO_NOTHING = 1e-6;

static void *copy(struct hk_arena *arena, const void *from, size_t count, size_t size)
{
	void *to = hk_arena_array(arena, count + 1, size);

	if (count > 0)
		memcpy(to, from, count * size);
	return to;
}

static void copy_pipeline(struct hk_pipeline *pipeline, struct hk_arena *arena)
{
	pipeline->inputs = copy(arena, pipeline->inputs, pipeline->n_inputs, sizeof *pipeline->inputs);
	pipeline->workloads = copy(arena, pipeline->workloads, pipeline->n_workloads, sizeof *pipeline->workloads);
	pipeline->connections = copy(arena, pipeline->connections, pipeline->n_connections, sizeof *pipeline->connections);
	pipeline->paths = copy(arena, pipeline->paths, pipeline->n_paths, sizeof *pipeline->paths);
	pipeline->rate = copy(arena, pipeline->rate, pipeline->n_workloads, sizeof *pipeline->rate);
	pipeline->connection_rate = copy(arena, pipeline->connection_rate, pipeline->n_connections, sizeof *pipeline->connection_rate);
	for (size_t w = 0; w < pipeline->n_workloads; w++) {
		struct hk_workload *workload = &pipeline->workloads[w];

		workload->apart = copy(arena, workload->apart, workload->n_apart, sizeof *workload->apart);
		workload->together = copy(arena, workload->together, workload->n_together, sizeof *workload->together);
	}
}

/* Rates follow from the inputs along the order of the graph. */
static void derive_rates(struct hk_pipeline *pipeline)
{
	for (size_t i = 0; i < pipeline->n_connections; i++)
		if (pipeline->connections[i].from_input != HK_NO_INDEX)
			pipeline->connection_rate[i] = pipeline->connections[i].fanout * pipeline->inputs[pipeline->connections[i].from_input].rate;
	for (size_t k = 0; k < pipeline->n_workloads; k++) {
		uint32_t w = pipeline->order[k];

		pipeline->rate[w] = 0;
		for (size_t i = 0; i < pipeline->n_connections; i++)
			if (pipeline->connections[i].to_workload == w)
				pipeline->rate[w] += pipeline->connection_rate[i];
		for (size_t i = 0; i < pipeline->n_connections; i++)
			if (pipeline->connections[i].from_workload == w)
				pipeline->connection_rate[i] = pipeline->connections[i].fanout * pipeline->rate[w];
	}
}

static void change_bound(struct hk_model *model, const struct hk_demand *demand)
{
	struct hk_pipeline *pipeline = &model->pipelines[demand->pipeline];
	struct hk_bounds *bounds = demand->kind == HK_DEMAND_PATH ? &pipeline->paths[demand->item].bounds : &pipeline->connections[demand->item].bounds;
	struct hk_bound *all[] = { &bounds->latency, &bounds->jitter, &bounds->loss, &bounds->bandwidth };

	if (demand->state == HK_DEMAND_DROP)
		all[demand->sub]->has_limit = false;
	else
		all[demand->sub]->limit = demand->replacement;
}

/* One term less, or one that takes one more value. */
static void widen(struct hk_selector *selector, struct hk_arena *arena, const struct hk_demand *demand)
{
	struct hk_selector_term *term;

	selector->terms = copy(arena, selector->terms, selector->n_terms, sizeof *selector->terms);
	term = &selector->terms[demand->term];
	if (!demand->also) {
		*term = selector->terms[--selector->n_terms];
		return;
	}
	term->values = copy(arena, term->values, term->n_values, sizeof *term->values);
	term->values[term->n_values++] = demand->also;
}

static void leave_out(struct hk_labels *labels, struct hk_arena *arena, uint32_t which)
{
	labels->v = copy(arena, labels->v, labels->n, sizeof *labels->v);
	memmove(labels->v + which, labels->v + which + 1, (labels->n - which - 1) * sizeof *labels->v);
	labels->n--;
}

static void change_workload(struct hk_model *model, struct hk_arena *arena, const struct hk_demand *demand)
{
	struct hk_workload *workload = &model->pipelines[demand->pipeline].workloads[demand->item];
	bool drop = demand->state == HK_DEMAND_DROP;

	switch (demand->kind) {
	case HK_DEMAND_MOST: workload->max_replicas = drop ? UINT32_MAX : (uint32_t)demand->replacement; break;
	case HK_DEMAND_LEAST: workload->min_replicas = drop ? 1 : (uint32_t)demand->replacement; break;
	case HK_DEMAND_AVAILABILITY: workload->availability = drop ? 0 : demand->replacement; break;
	case HK_DEMAND_SPREAD:
		workload->has_spread = !drop;
		workload->spread_min = drop ? 0 : (uint32_t)demand->replacement;
		break;
	case HK_DEMAND_APART: workload->apart[demand->sub].required = false; break;
	case HK_DEMAND_TOGETHER: workload->together[demand->sub].required = false; break;
	case HK_DEMAND_REQUIRE:
		if (drop)
			workload->require = (struct hk_selector){ .where = workload->require.where };
		else
			widen(&workload->require, arena, demand);
		break;
	case HK_DEMAND_FEATURES:
		if (!drop) {
			leave_out(&workload->features, arena, demand->term);
			break;
		}
		workload->features.n = 0;
		workload->n_node_terms = 0;
		if (workload->node_limit)
			workload->node_limit = hk_arena_array(arena, model->n_resources + 1, sizeof *workload->node_limit);
		break;
	default: break;
	}
}

static void change_nodes(struct hk_model *model, struct hk_arena *arena, uint32_t c)
{
	struct hk_cluster *cluster = &model->clusters[c];

	cluster->nodes = copy(arena, cluster->nodes, cluster->n_nodes, sizeof *cluster->nodes);
	for (size_t g = 0; g < cluster->n_nodes; g++)
		cluster->nodes[g].allocatable = copy(arena, cluster->nodes[g].allocatable, model->n_resources, sizeof(double));
}

static void drop_capacity(struct hk_model *model, struct hk_arena *arena, uint32_t c)
{
	change_nodes(model, arena, c);
	for (size_t g = 0; g < model->clusters[c].n_nodes; g++)
		for (size_t r = 0; r < model->n_resources; r++)
			model->clusters[c].nodes[g].allocatable[r] = PLENTY;
	model->clusters[c].reserve = hk_arena_array(arena, model->n_resources + 1, sizeof(double));
}

static void change_topology(struct hk_model *model, struct hk_arena *arena, const struct hk_demand *demand)
{
	bool drop = demand->state == HK_DEMAND_DROP;

	if (demand->kind == HK_DEMAND_SITE) {
		struct hk_site *site = &model->sites[demand->item];

		if (drop) {
			site->jitter = site->loss = 0;
			site->bandwidth = INFINITY;
		}
		site->latency = drop ? 0 : demand->replacement;
	} else if (demand->kind == HK_DEMAND_LINK) {
		for (size_t l = 0; l < model->n_links; l++)
			if (l == demand->item || (model->links[demand->item].where.node && model->links[l].where.node == model->links[demand->item].where.node))
				model->links[l].bandwidth = drop ? INFINITY : demand->replacement;
	} else if (demand->kind == HK_DEMAND_CAPACITY && drop) {
		drop_capacity(model, arena, demand->item);
	}
}

static void repair(const struct hk_inquiry *inquiry, struct hk_model *model, struct hk_arena *arena)
{
	struct hk_cluster *cluster;

	if (inquiry->repair_cluster == HK_NO_INDEX)
		return;
	cluster = &model->clusters[inquiry->repair_cluster];
	change_nodes(model, arena, inquiry->repair_cluster);
	for (size_t g = 0; g < cluster->n_nodes; g++) {
		if (inquiry->repair_resource != HK_NO_INDEX)
			cluster->nodes[g].allocatable[inquiry->repair_resource] = fmax(0, cluster->nodes[g].allocatable[inquiry->repair_resource]) +
			    inquiry->repair_amount;
		if (g == inquiry->repair_group)
			cluster->nodes[g].count += (uint32_t)inquiry->repair_amount;
	}
}

/* One replica of the workload, in this cluster and no other: a label that nothing else has says which. */
static void pin(const struct hk_inquiry *inquiry, struct hk_model *model, struct hk_arena *arena)
{
	struct hk_cluster *cluster = &model->clusters[inquiry->pin_cluster];
	struct hk_workload *workload = &model->pipelines[inquiry->pin_pipeline].workloads[inquiry->pin_workload];
	struct hk_label *labels = hk_arena_array(arena, cluster->labels.n + 1, sizeof *labels);
	struct hk_selector_term *term = hk_arena_array(arena, 1, sizeof *term);

	/* no key is empty, and it sorts first */
	labels[0] = (struct hk_label){ "", "" };
	for (size_t i = 0; i < cluster->labels.n; i++)
		labels[i + 1] = cluster->labels.v[i];
	cluster->labels = (struct hk_labels){ labels, cluster->labels.n + 1 };
	*term = (struct hk_selector_term){ .key = "", .op = HK_OP_EXISTS };
	workload->require = (struct hk_selector){ .terms = term, .n_terms = 1 };
	workload->capacity = INFINITY;
	workload->min_replicas = 1;
	workload->availability = 0;
	workload->has_spread = false;
}

void hk_demands_apply(const struct hk_inquiry *inquiry, struct hk_model *relaxed, struct hk_arena *arena)
{
	const struct hk_model *model = inquiry->model;
	size_t kept = 0;

	*relaxed = *model;
	relaxed->arena = (struct hk_arena)HK_ARENA_INIT;
	relaxed->clusters = copy(arena, model->clusters, model->n_clusters, sizeof *model->clusters);
	relaxed->sites = copy(arena, model->sites, model->n_sites, sizeof *model->sites);
	relaxed->links = copy(arena, model->links, model->n_links, sizeof *model->links);
	relaxed->pipelines = copy(arena, model->pipelines, model->n_pipelines, sizeof *model->pipelines);
	for (size_t p = 0; p < model->n_pipelines; p++)
		if (inquiry->pipelines[p])
			copy_pipeline(&relaxed->pipelines[p], arena);
	for (size_t i = 0; i < inquiry->demands.n; i++) {
		const struct hk_demand *demand = &inquiry->demands.v[i];

		if (demand->state == HK_DEMAND_KEEP || (demand->pipeline != HK_NO_INDEX && !inquiry->pipelines[demand->pipeline]))
			continue;
		if (demand->kind == HK_DEMAND_RATE)
			relaxed->pipelines[demand->pipeline].inputs[demand->item].rate = demand->state == HK_DEMAND_DROP ? demand->value * NEXT_TO_NOTHING
			    : demand->replacement;
		else if (demand->kind == HK_DEMAND_LIMIT || demand->kind == HK_DEMAND_PATH)
			change_bound(relaxed, demand);
		else if (demand->pipeline != HK_NO_INDEX)
			change_workload(relaxed, arena, demand);
		else
			change_topology(relaxed, arena, demand);
	}
	repair(inquiry, relaxed, arena);
	if (inquiry->pinned)
		pin(inquiry, relaxed, arena);
	for (size_t p = 0; p < model->n_pipelines; p++)
		if (inquiry->pipelines[p]) {
			derive_rates(&relaxed->pipelines[p]);
			relaxed->pipelines[kept++] = relaxed->pipelines[p];
		}
	relaxed->n_pipelines = kept;
}
