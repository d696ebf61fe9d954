/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Spare replicas (rule 4): a cluster without load holds replicas only where load could go. Clusters are struck out, workload by workload, until nothing changes; what is left is
 * the largest set that supports itself.
 */
#include "place/check_internal.h"

struct holding {
	struct hk_check *check;
	const struct hk_check_pipeline *pipeline;
	bool *can;               /* [workload * n_clusters + cluster] */
};

static bool *can_of(const struct holding *h, uint32_t workload, uint32_t cluster)
{
	return &h->can[(size_t)workload * h->check->model->n_clusters + cluster];
}

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

static bool accepts(const struct holding *h, uint32_t w, const struct hk_cluster *cluster)
{
	const struct hk_workload *workload = &h->pipeline->model->workloads[w];
	bool *company;

	if (!hk_selector_matches(&workload->require, &cluster->labels))
		return false;
	if (cluster->unlimited)
		return !(workload->manifest.file && workload->manifest.kind == HK_DAEMONSET);
	company = hk_arena_array(&h->check->arena, h->pipeline->model->n_workloads, sizeof *company);
	mark_company(h->pipeline->model, w, company);
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

	if (!q.reachable || (bounds->latency.has_limit && q.latency > bounds->latency.limit * slack) || (bounds->jitter.has_limit && q.jitter > bounds->jitter.limit * slack) ||
	    (bounds->loss.has_limit && q.loss > bounds->loss.limit * slack) || (bounds->bandwidth.has_limit && q.bandwidth * slack < bounds->bandwidth.limit))
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
	for (uint32_t d = 0; d < h->check->model->n_clusters; d++)
		if (*can_of(h, other, d) && (entering ? pair_allowed(h, connection, d, c) : pair_allowed(h, connection, c, d)))
			return true;
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

void hk_check_holding(struct hk_check *check, struct hk_check_pipeline *pipeline)
{
	const struct hk_pipeline *model = pipeline->model;
	uint32_t n = (uint32_t)check->model->n_clusters;
	struct holding h = { check, pipeline, hk_arena_array(&check->arena, model->n_workloads * n + 1, sizeof *h.can) };
	bool spare = false, changed = true;

	/* what could be bought is enough for a message to be able to go there */
	check->network = HK_CHECK_EVERYTHING;
	for (size_t w = 0; w < model->n_workloads; w++)
		for (size_t i = 0; i < pipeline->workloads[w].n_places; i++)
			spare = spare || pipeline->workloads[w].places[i].load < HK_CHECK_ZERO;
	for (uint32_t w = 0; w < model->n_workloads && spare; w++)
		for (uint32_t c = 0; c < n; c++)
			*can_of(&h, w, c) = accepts(&h, w, &check->model->clusters[c]);
	while (spare && changed) {
		changed = false;
		for (uint32_t w = 0; w < model->n_workloads; w++)
			for (uint32_t c = 0; c < n; c++)
				if (*can_of(&h, w, c) && !could_take_load(&h, w, c))
					*can_of(&h, w, c) = false, changed = true;
	}
	check->network = HK_CHECK_BOUGHT;
	for (uint32_t w = 0; w < model->n_workloads && spare; w++)
		for (size_t i = 0; i < pipeline->workloads[w].n_places; i++) {
			uint32_t c = pipeline->workloads[w].places[i].cluster;

			if (!*can_of(&h, w, c))
				hk_check_violation(check, HK0825, "%s/%s: no message may go to '%s', yet %u replicas are there", model->name, model->workloads[w].name,
						   check->model->clusters[c].name, pipeline->workloads[w].places[i].replicas);
		}
}
