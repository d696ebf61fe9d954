/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Spare replicas (rule 4): a cluster without load holds replicas only where load could go. Clusters are struck out, workload by workload, until nothing
 * changes; what is left is the largest set that supports itself. When the places of the plan support one another already, they are part of it, and no other
 * cluster need be looked at.
 */
#include "place/check_internal.h"

struct holding {
	struct hk_check *check;
	const struct hk_check_pipeline *pipeline;
	struct hk_arena arena;
	struct able { uint32_t *clusters; size_t n; } *able;     /* per workload: clusters not struck out, ascending */
};

/* Marks the workload and, again and again, what has to stand on the same nodes. */
static void mark_company(const struct hk_pipeline *model, uint32_t w, bool *company)
{
	if (company[w])
		return;
	company[w] = true;
	for (size_t t = 0; t < model->workloads[w].n_together; t++)
		if (model->workloads[w].together[t].required && model->workloads[w].together[t].level == HK_LEVEL_NODE)
			mark_company(model, model->workloads[w].together[t].with, company);
}

/* One replica of each of the company on an otherwise free node. */
static bool has_room(const struct holding *h, const bool *company, const struct hk_cluster *cluster, const struct hk_node_group *group)
{
	const struct hk_pipeline *model = h->pipeline->model;

	for (size_t v = 0; v < model->n_workloads; v++)
		if (company[v] && !hk_node_group_accepts(h->check->model, group, &model->workloads[v]))
			return false;
	for (size_t r = 0; r < h->check->model->n_resources; r++) {
		double asked = 0;

		for (size_t v = 0; v < model->n_workloads; v++)
			asked += company[v] ? model->workloads[v].request[r] : 0;
		if (asked > hk_check_node_free(cluster, group, r) * (1 + HK_CHECK_RELATIVE) + 1e-12)
			return false;
	}
	return true;
}

/* company: those that have to stand on its nodes, itself among them. */
static bool accepts(const struct holding *h, uint32_t w, const bool *company, const struct hk_cluster *cluster)
{
	const struct hk_workload *workload = &h->pipeline->model->workloads[w];

	if (!hk_selector_matches(&workload->require, &cluster->labels))
		return false;
	if (cluster->unlimited)
		return !(workload->manifest.file && workload->manifest.kind == HK_DAEMONSET);
	for (size_t g = 0; g < cluster->n_nodes; g++)
		if (has_room(h, company, cluster, &cluster->nodes[g]))
			return true;
	return false;
}

/* Do two connected workloads have to stay in one domain, and are these clusters in different ones? */
static bool is_torn(const struct holding *h, uint32_t u, uint32_t v, uint32_t c, uint32_t d)
{
	const struct hk_pipeline *model = h->pipeline->model;
	const uint32_t ends[2] = { u, v };

	for (int i = 0; i < 2; i++) {
		const struct hk_workload *workload = &model->workloads[ends[i]];

		for (size_t t = 0; t < workload->n_together; t++) {
			const struct hk_pairing *pairing = &workload->together[t];
			enum hk_level level = pairing->level == HK_LEVEL_NODE ? HK_LEVEL_CLUSTER : pairing->level;

			if (pairing->required && pairing->with == ends[1 - i] && !hk_check_same_domain(h->check->model, level, c, d))
				return true;
		}
	}
	return false;
}

static bool pair_allowed(const struct holding *h, const struct hk_connection *connection, uint32_t c, uint32_t d)
{
	const struct hk_check_quality q = hk_check_connection_quality(h->check, h->pipeline->model, connection, c, d);
	const struct hk_bounds *bounds = &connection->bounds;
	const double slack = 1 + HK_CHECK_RELATIVE;

	if (!q.reachable || (bounds->latency.has_limit && q.latency > bounds->latency.limit * slack) ||
	    (bounds->jitter.has_limit && q.jitter > bounds->jitter.limit * slack) || (bounds->loss.has_limit && q.loss > bounds->loss.limit * slack) ||
	    (bounds->bandwidth.has_limit && q.bandwidth * slack < bounds->bandwidth.limit))
		return false;
	return connection->from_workload == HK_NO_INDEX || connection->to_workload == HK_NO_INDEX ||
	       !is_torn(h, connection->from_workload, connection->to_workload, c, d);
}

/* Some pair over this connection into cluster c of its destination (or from c of its source), whose other end can hold. */
static bool has_partner(const struct holding *h, const struct hk_connection *connection, uint32_t c, bool entering)
{
	const struct hk_pipeline *model = h->pipeline->model;
	uint32_t other = entering ? connection->from_workload : connection->to_workload;

	if (other == HK_NO_INDEX) {
		uint32_t fixed = entering ? model->inputs[connection->from_input].cluster : model->outputs[connection->to_output].cluster;

		return entering ? pair_allowed(h, connection, fixed, c) : pair_allowed(h, connection, c, fixed);
	}
	for (size_t i = 0; i < h->able[other].n; i++) {
		uint32_t d = h->able[other].clusters[i];

		if (entering ? pair_allowed(h, connection, d, c) : pair_allowed(h, connection, c, d))
			return true;
	}
	return false;
}

static bool could_take_load(const struct holding *h, uint32_t w, uint32_t c)
{
	const struct hk_pipeline *model = h->pipeline->model;
	bool entered = false, reached = false;

	for (size_t e = 0; e < model->n_connections; e++) {
		const struct hk_connection *connection = &model->connections[e];

		if (connection->to_workload == w && !reached) {
			bool counts = h->pipeline->workloads[w].rate <= 0 || h->pipeline->connection_rate[e] > 0;

			entered = true;
			reached = counts && has_partner(h, connection, c, true);
		}
		if (connection->from_workload == w && !has_partner(h, connection, c, false))
			return false;
	}
	return reached || !entered;
}

/* Strikes out what nothing supports until nothing changes; true when anything was struck out. */
static bool strike_out(struct holding *h)
{
	bool changed = true, any = false;

	while (changed) {
		changed = false;
		for (uint32_t w = 0; w < h->pipeline->model->n_workloads; w++) {
			struct able *able = &h->able[w];
			size_t kept = 0;

			for (size_t i = 0; i < able->n; i++)
				if (could_take_load(h, w, able->clusters[i]))
					able->clusters[kept++] = able->clusters[i];
			changed = changed || kept < able->n;
			able->n = kept;
		}
		any = any || changed;
	}
	return any;
}

/* Clusters that accept the workload: of those that have replicas, or of all. False when one was left out. */
static bool list_able(struct holding *h, uint32_t w, bool all)
{
	const struct hk_check_workload *workload = &h->pipeline->workloads[w];
	size_t n = all ? h->check->model->n_clusters : workload->n_places;
	bool *company = hk_arena_array(&h->arena, h->pipeline->model->n_workloads, sizeof *company);
	struct able *able = &h->able[w];

	able->clusters = hk_arena_array(&h->arena, n + 1, sizeof *able->clusters);
	able->n = 0;
	mark_company(h->pipeline->model, w, company);
	for (size_t i = 0; i < n; i++) {
		uint32_t cluster = all ? (uint32_t)i : workload->places[i].cluster;

		if (accepts(h, w, company, &h->check->model->clusters[cluster]))
			able->clusters[able->n++] = cluster;
	}
	return able->n == n;
}

/* True when nothing had to be struck out. */
static bool fill(struct holding *h, bool all)
{
	bool whole = true;

	for (uint32_t w = 0; w < h->pipeline->model->n_workloads; w++)
		whole = list_able(h, w, all) && whole;
	return (all || whole) && !strike_out(h);
}

static bool is_able(const struct able *able, uint32_t cluster)
{
	size_t low = 0, high = able->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (able->clusters[middle] < cluster)
			low = middle + 1;
		else
			high = middle;
	}
	return low < able->n && able->clusters[low] == cluster;
}

static void report(struct hk_check *check, const struct holding *h)
{
	const struct hk_check_pipeline *pipeline = h->pipeline;

	for (uint32_t w = 0; w < pipeline->model->n_workloads; w++)
		for (size_t i = 0; i < pipeline->workloads[w].n_places; i++) {
			const struct hk_check_place *place = &pipeline->workloads[w].places[i];

			if (!is_able(&h->able[w], place->cluster))
				hk_check_violation(check, HK0825, "%s/%s: no message may go to '%s', yet %u replicas are there", pipeline->model->name,
						   pipeline->model->workloads[w].name, check->model->clusters[place->cluster].name, place->replicas);
		}
}

void hk_check_holding(struct hk_check *check, struct hk_check_pipeline *pipeline)
{
	const struct hk_pipeline *model = pipeline->model;
	struct holding h = { .check = check, .pipeline = pipeline };
	bool spare = false;

	for (size_t w = 0; w < model->n_workloads; w++)
		for (size_t i = 0; i < pipeline->workloads[w].n_places; i++)
			spare = spare || pipeline->workloads[w].places[i].load < HK_CHECK_ZERO;
	if (!spare)
		return;
	/* what could be bought is enough for a message to be able to go there */
	check->network = HK_CHECK_EVERYTHING;
	h.able = hk_arena_array(&h.arena, model->n_workloads, sizeof *h.able);
	if (!fill(&h, false))
		fill(&h, true);
	check->network = HK_CHECK_BOUGHT;
	report(check, &h);
	hk_arena_release(&h.arena);
}
