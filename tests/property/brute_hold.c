/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where replicas may be at all (rule 4): strike out clusters until nothing changes. */
#include "brute.h"

#include <math.h>
#include <string.h>

/* What has to stand on the node of w: at most BRUTE_WORKLOADS steps from one to the next. */
static void find_company(const struct brute *brute, uint32_t w, bool company[BRUTE_WORKLOADS])
{
	memset(company, 0, BRUTE_WORKLOADS * sizeof *company);
	company[w] = true;
	for (uint32_t round = 0; round < BRUTE_WORKLOADS; round++)
		for (uint32_t v = 0; v < brute->n_workloads; v++)
			for (size_t i = 0; company[v] && i < brute->workloads[v].model->n_together; i++) {
				const struct hk_pairing *pairing = &brute->workloads[v].model->together[i];

				if (pairing->required && pairing->level == HK_LEVEL_NODE)
					company[brute->workloads[v].first + pairing->with] = true;
			}
}

static bool has_room(const struct brute *brute, const bool *company, const struct hk_cluster *cluster, const struct hk_node_group *group)
{
	for (size_t r = 0; r < brute->model->n_resources; r++) {
		double left = fmax(0, fmax(0, group->allocatable[r]) * (1 - cluster->reserve[r]) - group->used[r]) * (1 + 1e-9);

		for (uint32_t v = 0; v < brute->n_workloads; v++)
			left -= company[v] ? brute->workloads[v].model->request[r] : 0;
		if (left < 0)
			return false;
	}
	for (uint32_t v = 0; v < brute->n_workloads; v++)
		if (company[v] && !hk_node_group_accepts(brute->model, group, brute->workloads[v].model))
			return false;
	return true;
}

static bool accepts(const struct brute *brute, uint32_t w, uint32_t c)
{
	const struct hk_cluster *cluster = &brute->model->clusters[c];
	bool accepted = cluster->unlimited, company[BRUTE_WORKLOADS];

	find_company(brute, w, company);
	for (size_t g = 0; g < cluster->n_nodes; g++)
		accepted |= has_room(brute, company, cluster, &cluster->nodes[g]);
	return accepted && hk_selector_matches(&brute->workloads[w].model->require, &cluster->labels);
}

/* Can the connection bring messages into cluster c (inwards), or take them away from there? */
static bool serves(const struct brute *brute, const struct brute_connection *connection, uint32_t c, bool inwards)
{
	uint32_t other = inwards ? connection->from : connection->to, fixed = inwards ? connection->from_cluster : connection->to_cluster;

	for (uint32_t d = 0; d < brute->model->n_clusters; d++) {
		bool is_end = other == HK_NO_INDEX ? d == fixed : brute->holds[other][d];

		if (is_end && (inwards ? brute_allowed(brute, connection, d, c) : brute_allowed(brute, connection, c, d)))
			return true;
	}
	return false;
}

static bool can_stay(const struct brute *brute, uint32_t w, uint32_t c)
{
	bool reached = !brute->workloads[w].entered;

	for (uint32_t i = 0; i < brute->n_connections; i++) {
		const struct brute_connection *connection = &brute->connections[i];

		if (connection->to == w && connection->part > 0)
			reached |= serves(brute, connection, c, true);
		if (connection->from == w && !serves(brute, connection, c, false))
			return false;
	}
	return reached;
}

void brute_hold(struct brute *brute)
{
	bool changed = true;

	for (uint32_t w = 0; w < brute->n_workloads; w++)
		for (uint32_t c = 0; c < brute->model->n_clusters; c++)
			brute->holds[w][c] = accepts(brute, w, c);
	while (changed) {
		changed = false;
		for (uint32_t w = 0; w < brute->n_workloads; w++)
			for (uint32_t c = 0; c < brute->model->n_clusters; c++)
				if (brute->holds[w][c] && !can_stay(brute, w, c)) {
					brute->holds[w][c] = false;
					changed = true;
				}
	}
}
