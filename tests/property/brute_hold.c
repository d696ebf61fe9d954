/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where replicas may be at all (rule 4): strike out clusters until nothing changes. */
#include "brute.h"

static bool accepts(const struct brute *brute, uint32_t w, uint32_t c)
{
	const struct hk_cluster *cluster = &brute->model->clusters[c];
	bool accepted = cluster->unlimited;

	for (size_t g = 0; g < cluster->n_nodes; g++)
		accepted |= hk_node_group_accepts(brute->model, &cluster->nodes[g], brute->workloads[w].model);
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
