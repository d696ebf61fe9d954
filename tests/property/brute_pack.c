/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All ways to put replicas onto nodes, and availability by listing what may be up. */
#include "brute.h"

#include <math.h>
#include <string.h>

#define MOST_STEPS 300000

/* One replica set on the nodes of all clusters: n[cluster][node][workload]. */
struct packing { struct brute *brute; uint32_t n[BRUTE_CLUSTERS][BRUTE_NODES][BRUTE_WORKLOADS]; uint32_t n_nodes[BRUTE_CLUSTERS],
		 group[BRUTE_CLUSTERS][BRUTE_NODES]; };

static long double domain_availability(const struct brute *brute, uint32_t cluster)
{
	double least = 1;

	for (uint32_t c = 0; c < brute->model->n_clusters; c++)
		if (brute_same_domain(brute->model, HK_LEVEL_FAILURE_DOMAIN, c, cluster))
			least = fmin(least, brute->model->clusters[c].availability);
	return least;
}

struct listing { const struct brute *brute; const struct brute_group *groups; uint32_t n_groups, need; bool up[BRUTE_CLUSTERS]; };

/* Probability that the groups from `next` on bring the replicas that are missing, given which domains are up. */
static long double list_nodes(const struct listing *listing, uint32_t next, uint32_t have)
{
	if (have >= listing->need)
		return 1;
	if (next == listing->n_groups)
		return 0;
	const struct brute_group *group = &listing->groups[next];
	long double up = listing->brute->model->clusters[group->cluster].node_availability;

	if (!listing->up[group->cluster])
		return list_nodes(listing, next + 1, have);
	return up * list_nodes(listing, next + 1, have + group->replicas) + (1 - up) * list_nodes(listing, next + 1, have);
}

/* Each domain is decided at its first cluster. */
static long double list_domains(struct listing *listing, uint32_t cluster)
{
	const struct hk_model *model = listing->brute->model;
	long double availability, sum;

	if (cluster == model->n_clusters)
		return list_nodes(listing, 0, 0);
	for (uint32_t c = 0; c < cluster; c++)
		if (brute_same_domain(model, HK_LEVEL_FAILURE_DOMAIN, c, cluster)) {
			listing->up[cluster] = listing->up[c];
			return list_domains(listing, cluster + 1);
		}
	availability = domain_availability(listing->brute, cluster);
	listing->up[cluster] = true;
	sum = availability * list_domains(listing, cluster + 1);
	listing->up[cluster] = false;
	return sum + (1 - availability) * list_domains(listing, cluster + 1);
}

double brute_availability(const struct brute *brute, uint32_t need, const struct brute_group *groups, uint32_t n_groups)
{
	struct listing listing = { .brute = brute, .groups = groups, .n_groups = n_groups, .need = need };

	return (double)list_domains(&listing, 0);
}

static bool targets_hold(const struct packing *packing)
{
	const struct brute *brute = packing->brute;

	for (uint32_t w = 0; w < brute->n_workloads; w++) {
		struct brute_group groups[BRUTE_CLUSTERS * BRUTE_NODES];
		uint32_t n = 0;

		if (brute->workloads[w].model->availability <= 0)
			continue;
		for (uint32_t c = 0; c < brute->model->n_clusters; c++) {
			for (uint32_t i = 0; brute->model->clusters[c].unlimited && i < brute->x[w][c]; i++)
				groups[n++] = (struct brute_group){ c, 1 };
			for (uint32_t i = 0; i < packing->n_nodes[c]; i++)
				if (packing->n[c][i][w] > 0)
					groups[n++] = (struct brute_group){ c, packing->n[c][i][w] };
		}
		if (brute_availability(brute, brute->workloads[w].need, groups, n) < brute->workloads[w].model->availability - 1e-12)
			return false;
	}
	return true;
}

static bool node_holds(const struct packing *packing, uint32_t c, uint32_t node)
{
	const struct hk_cluster *cluster = &packing->brute->model->clusters[c];
	const struct hk_node_group *group = &cluster->nodes[packing->group[c][node]];
	const uint32_t *here = packing->n[c][node];

	for (size_t r = 0; r < packing->brute->model->n_resources; r++) {
		double asked = 0, free = fmax(0, fmax(0, group->allocatable[r]) * (1 - cluster->reserve[r]) - group->used[r]);

		for (uint32_t w = 0; w < packing->brute->n_workloads; w++)
			asked += here[w] * packing->brute->workloads[w].model->request[r];
		if (asked > free * (1 + 1e-9))
			return false;
	}
	for (uint32_t w = 0; w < packing->brute->n_workloads; w++) {
		const struct brute_workload *workload = &packing->brute->workloads[w];

		if (here[w] > 0 && !hk_node_group_accepts(packing->brute->model, group, workload->model))
			return false;
		for (size_t i = 0; here[w] > 0 && i < workload->model->n_apart; i++) {
			const struct hk_pairing *apart = &workload->model->apart[i];

			if (apart->required && apart->level == HK_LEVEL_NODE && here[workload->first + apart->with] > (workload->first + apart->with == w))
				return false;
		}
	}
	return true;
}

static bool company_holds(const struct packing *packing, uint32_t c)
{
	for (uint32_t node = 0; node < packing->n_nodes[c]; node++)
		for (uint32_t w = 0; w < packing->brute->n_workloads; w++) {
			const struct brute_workload *workload = &packing->brute->workloads[w];

			for (size_t i = 0; packing->n[c][node][w] > 0 && i < workload->model->n_together; i++)
				if (workload->model->together[i].required && workload->model->together[i].level == HK_LEVEL_NODE &&
				    packing->n[c][node][workload->first + workload->model->together[i].with] == 0)
					return false;
		}
	return true;
}

/* Place `left` replicas of w in cluster c on nodes from `node` on, then go on to the next workload, then the next cluster. */
static bool pack(struct packing *packing, uint32_t c, uint32_t w, uint32_t node, uint32_t left)
{
	struct brute *brute = packing->brute;

	if (brute->gave_up || ++brute->steps > MOST_STEPS) {
		brute->gave_up = true;
		return false;
	}
	if (c == brute->model->n_clusters)
		return targets_hold(packing);
	if (brute->model->clusters[c].unlimited)
		return pack(packing, c + 1, 0, 0, brute->x[0][c + 1 < brute->model->n_clusters ? c + 1 : c]);
	if (left == 0) {
		if (w + 1 < brute->n_workloads)
			return pack(packing, c, w + 1, 0, brute->x[w + 1][c]);
		return company_holds(packing, c) && pack(packing, c + 1, 0, 0, brute->x[0][c + 1 < brute->model->n_clusters ? c + 1 : c]);
	}
	if (node == packing->n_nodes[c])
		return false;
	for (uint32_t count = 0; count <= left; count++) {
		packing->n[c][node][w] = count;
		if (count > 0 && !node_holds(packing, c, node))
			break;
		if (pack(packing, c, w, node + 1, left - count)) {
			packing->n[c][node][w] = 0;
			return true;
		}
	}
	packing->n[c][node][w] = 0;
	return false;
}

bool brute_packs(struct brute *brute)
{
	struct packing packing = { .brute = brute };

	for (uint32_t c = 0; c < brute->model->n_clusters; c++)
		for (uint32_t g = 0; g < brute->model->clusters[c].n_nodes; g++)
			for (uint32_t i = 0; i < brute->model->clusters[c].nodes[g].count; i++) {
				if (packing.n_nodes[c] == BRUTE_NODES) {
					brute->gave_up = true;
					return false;
				}
				packing.group[c][packing.n_nodes[c]++] = g;
			}
	brute->steps = 0;
	return pack(&packing, 0, 0, 0, brute->x[0][0]);
}
