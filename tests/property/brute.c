/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All replica counts, one workload after the other, and what they cost by themselves. */
#include "brute.h"

#include <math.h>
#include <string.h>

#define MOST_PROGRAMS 6000

bool brute_same_domain(const struct hk_model *model, enum hk_level level, uint32_t a, uint32_t b)
{
	const struct hk_cluster *left = &model->clusters[a], *right = &model->clusters[b];

	if (a == b)
		return true;
	switch (level) {
	case HK_LEVEL_ZONE: return left->zone && right->zone && !strcmp(left->zone, right->zone);
	case HK_LEVEL_REGION: return left->region && right->region && !strcmp(left->region, right->region);
	case HK_LEVEL_FAILURE_DOMAIN: return left->failure_domain && right->failure_domain && !strcmp(left->failure_domain, right->failure_domain);
	case HK_LEVEL_NODE:
	case HK_LEVEL_CLUSTER: break;
	}
	return false;
}

static void add_connection(struct brute *brute, const struct hk_pipeline *pipeline, const struct hk_connection *model, uint32_t first)
{
	struct brute_connection *out = &brute->connections[brute->n_connections++];

	*out = (struct brute_connection){ .pipeline = pipeline, .model = model, .first = first, .from = HK_NO_INDEX, .to = HK_NO_INDEX };
	if (model->from_input != HK_NO_INDEX)
		out->from_cluster = pipeline->inputs[model->from_input].cluster;
	else
		out->from = first + model->from_workload;
	if (model->to_output != HK_NO_INDEX)
		out->to_cluster = pipeline->outputs[model->to_output].cluster;
	else
		out->to = first + model->to_workload;
}

static bool flatten(struct brute *brute)
{
	for (size_t p = 0; p < brute->model->n_pipelines; p++) {
		const struct hk_pipeline *pipeline = &brute->model->pipelines[p];
		uint32_t first = brute->n_workloads;

		if (brute->n_workloads + pipeline->n_workloads > BRUTE_WORKLOADS || brute->n_connections + pipeline->n_connections > BRUTE_CONNECTIONS)
			return false;
		for (uint32_t w = 0; w < pipeline->n_workloads; w++)
			brute->workloads[brute->n_workloads++] = (struct brute_workload){ .pipeline = pipeline, .model = &pipeline->workloads[w], .index = w,
											  .first = first };
		for (size_t i = 0; i < pipeline->n_connections; i++)
			add_connection(brute, pipeline, &pipeline->connections[i], first);
	}
	return brute->model->n_clusters <= BRUTE_CLUSTERS;
}

static double source_rate(const struct brute *brute, const struct brute_connection *connection)
{
	return connection->from == HK_NO_INDEX ? connection->pipeline->inputs[connection->model->from_input].rate : brute->workloads[connection->from].rate;
}

/* Rates settle after as many rounds as a chain can have workloads. */
static void compute_rates(struct brute *brute)
{
	for (uint32_t round = 0; round <= BRUTE_WORKLOADS; round++) {
		double rates[BRUTE_WORKLOADS] = { 0 };

		for (uint32_t i = 0; i < brute->n_connections; i++) {
			struct brute_connection *connection = &brute->connections[i];

			connection->rate = connection->model->fanout * source_rate(brute, connection);
			if (connection->to != HK_NO_INDEX)
				rates[connection->to] += connection->rate;
		}
		for (uint32_t w = 0; w < brute->n_workloads; w++)
			brute->workloads[w].rate = rates[w];
	}
	for (uint32_t w = 0; w < brute->n_workloads; w++) {
		struct brute_workload *workload = &brute->workloads[w];
		uint32_t entering = 0;

		for (uint32_t i = 0; i < brute->n_connections; i++)
			entering += brute->connections[i].to == w;
		for (uint32_t i = 0; i < brute->n_connections; i++)
			if (brute->connections[i].to == w)
				brute->connections[i].part = workload->rate > 0 ? brute->connections[i].rate / workload->rate : 1.0 / entering;
		workload->entered = entering > 0;
		workload->need = 1;
		while (isfinite(workload->model->capacity) && workload->need * workload->model->capacity < workload->rate * (1 - 1e-9))
			workload->need++;
	}
}

static double free_in(const struct hk_cluster *cluster, size_t resource)
{
	double sum = 0;

	for (size_t g = 0; g < cluster->n_nodes; g++) {
		const struct hk_node_group *group = &cluster->nodes[g];
		double one = fmax(0, fmax(0, group->allocatable[resource]) * (1 - cluster->reserve[resource]) - group->used[resource]);

		sum += group->unschedulable ? 0 : group->count * one;
	}
	return cluster->unlimited ? (double)INFINITY : sum;
}

/* Everything about one cluster that does not depend on other workloads but their use of it. */
static bool fits_cluster(const struct brute *brute, uint32_t w, uint32_t c)
{
	const struct hk_cluster *cluster = &brute->model->clusters[c];
	bool accepted = brute->holds[w][c];

	for (size_t r = 0; accepted && r < brute->model->n_resources; r++) {
		double asked = 0;

		for (uint32_t v = 0; v <= w; v++)
			asked += brute->x[v][c] * brute->workloads[v].model->request[r];
		accepted = asked <= free_in(cluster, r) * (1 + 1e-9);
	}
	return accepted;
}

static const char *label_of(const struct hk_cluster *cluster, const char *key)
{
	return strcmp(key, "cluster") ? hk_cluster_label(cluster, key) : cluster->name;
}

static bool is_spread(const struct brute *brute, uint32_t w)
{
	const struct hk_workload *model = brute->workloads[w].model;
	uint32_t values = 0;

	for (uint32_t c = 0; model->has_spread && c < brute->model->n_clusters; c++) {
		const char *value = label_of(&brute->model->clusters[c], model->spread_over);
		bool fresh = brute->x[w][c] > 0 && value;

		for (uint32_t d = 0; fresh && d < c; d++) {
			const char *other = label_of(&brute->model->clusters[d], model->spread_over);

			fresh = !(brute->x[w][d] > 0 && other && !strcmp(other, value));
		}
		values += fresh;
	}
	return !model->has_spread || values >= model->spread_min;
}

static uint32_t replicas_around(const struct brute *brute, uint32_t w, enum hk_level level, uint32_t cluster)
{
	uint32_t sum = 0;

	for (uint32_t c = 0; c < brute->model->n_clusters; c++)
		sum += brute_same_domain(brute->model, level, c, cluster) ? brute->x[w][c] : 0;
	return sum;
}

static bool is_pairing_kept(const struct brute *brute, uint32_t w, const struct hk_pairing *pairing, bool together)
{
	uint32_t with = brute->workloads[w].first + pairing->with;

	for (uint32_t c = 0; pairing->required && c < brute->model->n_clusters; c++) {
		if (brute->x[w][c] == 0)
			continue;
		uint32_t there = replicas_around(brute, with, pairing->level, c);

		if (together && there == 0)
			return false;
		if (!together && pairing->level != HK_LEVEL_NODE && there > (with == w))
			return false;
	}
	return true;
}

static bool are_pairings_kept(const struct brute *brute)
{
	for (uint32_t w = 0; w < brute->n_workloads; w++) {
		const struct hk_workload *model = brute->workloads[w].model;

		for (size_t i = 0; i < model->n_together; i++)
			if (!is_pairing_kept(brute, w, &model->together[i], true))
				return false;
		for (size_t i = 0; i < model->n_apart; i++)
			if (!is_pairing_kept(brute, w, &model->apart[i], false))
				return false;
	}
	return true;
}

/* For one replica out of many a node for each is best; when several have to be up together, sharing a node can be better, and only brute_packs knows. */
static bool may_be_available(const struct brute *brute, uint32_t w)
{
	struct brute_group groups[64];
	uint32_t n = 0;

	for (uint32_t c = 0; c < brute->model->n_clusters; c++)
		for (uint32_t i = 0; i < brute->x[w][c] && n < 64; i++)
			groups[n++] = (struct brute_group){ c, 1 };
	return brute->workloads[w].model->availability <= 0 || brute->workloads[w].need > 1 ||
	    brute_availability(brute, brute->workloads[w].need, groups, n) >= brute->workloads[w].model->availability - 1e-12;
}

static double moves_out(const struct brute *brute, uint32_t w)
{
	const struct brute_workload *workload = &brute->workloads[w];
	const struct hk_plan_workload *before = brute->previous ? hk_plan_workload(brute->previous, workload->pipeline->name, workload->model->name) : NULL;
	double sum = 0;

	for (size_t i = 0; before && i < before->n_placements; i++) {
		uint32_t c = hk_model_cluster(brute->model, before->placements[i].cluster), now = c == HK_NO_INDEX ? 0 : brute->x[w][c];

		sum += before->placements[i].replicas > now ? before->placements[i].replicas - now : 0;
	}
	return workload->pipeline->objective.moves * sum;
}

/* What the counts of one workload cost whatever the traffic does. */
static double cost_alone(const struct brute *brute, uint32_t w)
{
	const struct brute_workload *workload = &brute->workloads[w];
	double cost = moves_out(brute, w);

	for (uint32_t c = 0; c < brute->model->n_clusters; c++)
		for (size_t r = 0; r < brute->model->n_resources; r++)
			cost += workload->pipeline->objective.cost * brute->x[w][c] * workload->model->request[r] * brute->model->clusters[c].price[r];
	return cost;
}

static double apart_wishes(const struct brute *brute)
{
	double sum = 0;

	for (uint32_t w = 0; w < brute->n_workloads; w++) {
		const struct brute_workload *workload = &brute->workloads[w];

		for (size_t i = 0; i < workload->model->n_apart; i++) {
			const struct hk_pairing *pairing = &workload->model->apart[i];
			uint32_t with = workload->first + pairing->with;
			double broken = 0;

			if (pairing->required || pairing->level == HK_LEVEL_NODE)
				continue;
			for (uint32_t c = 0; c < brute->model->n_clusters; c++) {
				bool first = true;

				for (uint32_t d = 0; d < c; d++)
					first &= !brute_same_domain(brute->model, pairing->level, c, d);
				uint32_t mine = replicas_around(brute, w, pairing->level, c), theirs = replicas_around(brute, with, pairing->level, c);

				if (first && with == w)
					broken += mine > 1 ? mine - 1 : 0;
				else if (first)
					broken += mine > 0 && theirs > 0;
			}
			sum += workload->pipeline->objective.affinity * pairing->weight * broken;
		}
	}
	return sum;
}

static void try_counts(struct brute *brute, double fixed)
{
	double objective;

	fixed += apart_wishes(brute);
	if (!are_pairings_kept(brute) || fixed >= brute->best)
		return;
	if (brute->programs > MOST_PROGRAMS) {
		brute->gave_up = true;
		return;
	}
	objective = brute_traffic(brute, fixed);
	if (objective < brute->best && brute_packs(brute)) {
		brute->best = objective;
		brute->found = true;
	}
}

static void enumerate(struct brute *brute, uint32_t w, uint32_t c, uint32_t placed, double fixed)
{
	if (brute->gave_up)
		return;
	if (w == brute->n_workloads) {
		try_counts(brute, fixed);
		return;
	}
	const struct brute_workload *workload = &brute->workloads[w];
	uint32_t least = workload->model->min_replicas > workload->need ? workload->model->min_replicas : workload->need;

	if (c == brute->model->n_clusters) {
		double cost = fixed + cost_alone(brute, w);

		if (placed >= least && is_spread(brute, w) && cost < brute->best && may_be_available(brute, w))
			enumerate(brute, w + 1, 0, 0, cost);
		return;
	}
	for (uint32_t count = 0; placed + count <= workload->model->max_replicas; count++) {
		brute->x[w][c] = count;
		if (count > 0 && !fits_cluster(brute, w, c))
			break;
		enumerate(brute, w, c + 1, placed + count, fixed);
	}
	brute->x[w][c] = 0;
}

bool brute_open(struct brute *brute, const struct hk_model *model)
{
	brute->model = model;
	if (!flatten(brute) || model->n_links > BRUTE_LINKS)
		return false;
	compute_rates(brute);
	/* A message may go wherever it could with everything bought. */
	for (uint32_t l = 0; l < model->n_links; l++) {
		brute->faster[l] = model->links[l].adjustable_latency;
		brute->more[l] = brute_offer(&model->links[l]);
	}
	brute_routes(brute);
	brute_hold(brute);
	memset(brute->faster, 0, sizeof brute->faster);
	memset(brute->more, 0, sizeof brute->more);
	brute_routes(brute);
	memcpy(brute->given, brute->between, sizeof brute->given);
	return true;
}

static void buy(struct brute *brute, uint32_t link, double fixed);

/* Without steps only amounts that reach a limit or a request of some connection set one answer apart from another; beyond them the linear program decides. */
static void buy_any_amount(struct brute *brute, uint32_t l, double fixed)
{
	const struct hk_link *link = &brute->model->links[l];

	buy(brute, l + 1, fixed);
	for (uint32_t i = 0; i < 2 * brute->n_connections; i++) {
		const struct hk_bound *bound = &brute->connections[i / 2].model->bounds.bandwidth;
		double more = (i % 2 ? bound->request : bound->limit) - link->bandwidth;

		if (!(i % 2 ? bound->has_request : bound->has_limit) || !(more > 0) || more > brute_offer(link) * (1 + 1e-9))
			continue;
		brute->more[l] = fmin(more, brute_offer(link));
		buy(brute, l + 1, fixed + link->bandwidth_price * brute->more[l]);
	}
	brute->more[l] = 0;
}

static void buy_bandwidth(struct brute *brute, uint32_t l, double fixed)
{
	const struct hk_link *link = &brute->model->links[l];

	if (!(brute_offer(link) > 0) || link->bandwidth_step > 0) {
		for (uint32_t step = 0; step * link->bandwidth_step <= brute_offer(link) * (1 + 1e-9); step++) {
			brute->more[l] = step * link->bandwidth_step;
			buy(brute, l + 1, fixed + link->bandwidth_price * brute->more[l]);
			if (!(brute_offer(link) > 0))
				break;
		}
		brute->more[l] = 0;
		return;
	}
	buy_any_amount(brute, l, fixed);
}

/* All ways to buy from this link on, and for each of them all counts. */
static void buy(struct brute *brute, uint32_t link, double fixed)
{
	if (brute->gave_up || fixed >= brute->best)
		return;
	if (link == brute->model->n_links) {
		brute_routes(brute);
		enumerate(brute, 0, 0, 0, fixed);
		return;
	}
	buy_bandwidth(brute, link, fixed);
	if (!brute->model->links[link].adjustable_latency)
		return;
	brute->faster[link] = true;
	buy_bandwidth(brute, link,
		      fixed + brute->model->links[link].latency_price * (brute->model->links[link].latency - brute->model->links[link].latency_min));
	brute->faster[link] = false;
}

enum brute_result brute_force(const struct hk_model *model, const struct hk_plan *previous, double cutoff, double *objective, uint64_t *programs)
{
	struct brute brute = { .previous = previous, .best = cutoff };

	if (!brute_open(&brute, model))
		return BRUTE_GAVE_UP;
	for (uint32_t w = 0; w < brute.n_workloads; w++)
		if (brute.workloads[w].model->max_replicas > 8)
			return BRUTE_GAVE_UP;
	buy(&brute, 0, 0);
	*objective = brute.best;
	*programs += brute.programs;
	return brute.gave_up ? BRUTE_GAVE_UP : brute.found ? BRUTE_FOUND : BRUTE_NONE;
}
