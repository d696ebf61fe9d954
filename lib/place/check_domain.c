/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rules about sets of clusters: availability, spread, together, apart. */
#include "place/check_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *domain_name(const struct hk_cluster *cluster, enum hk_level level)
{
	switch (level) {
	case HK_LEVEL_ZONE: return cluster->zone;
	case HK_LEVEL_REGION: return cluster->region;
	case HK_LEVEL_FAILURE_DOMAIN: return cluster->failure_domain ? cluster->failure_domain : cluster->name;
	case HK_LEVEL_NODE:
	case HK_LEVEL_CLUSTER: break;
	}
	return NULL;
}

bool hk_check_same_domain(const struct hk_model *model, enum hk_level level, uint32_t a, uint32_t b)
{
	const char *name = domain_name(&model->clusters[a], level), *other = domain_name(&model->clusters[b], level);

	return a == b || (name && other && !strcmp(name, other));
}

/*
 * Availability by generating functions: p[k] is the probability that exactly k replicas are up. Nodes multiply by (1 - a) + a x^replicas, a domain mixes the
 * product of its nodes with "nothing is up". No cap at what is needed, unlike the solver's recursion.
 */
struct polynomial { long double *p; size_t degree; };

static void times_node(struct polynomial *poly, long double up, uint32_t replicas)
{
	for (size_t k = poly->degree + 1; k-- > 0;) {
		long double value = poly->p[k];

		poly->p[k] = value * (1 - up);
		poly->p[k + replicas] += value * up;
	}
	poly->degree += replicas;
}

/* In place, from the top: each coefficient needs those below it only. */
static void times(struct polynomial *total, const struct polynomial *factor)
{
	for (size_t k = total->degree + factor->degree + 1; k-- > 0;) {
		size_t low = k > factor->degree ? k - factor->degree : 0, high = k < total->degree ? k : total->degree;
		long double sum = 0;

		for (size_t i = low; i <= high; i++)
			sum += total->p[i] * factor->p[k - i];
		total->p[k] = sum;
	}
	total->degree += factor->degree;
}

static void times_place(const struct hk_check *check, struct polynomial *poly, const struct hk_check_place *place)
{
	long double up = check->model->clusters[place->cluster].node_availability;

	for (size_t i = 0; i < place->plan->n_nodes; i++)
		times_node(poly, up, place->plan->nodes[i].replicas);
	for (uint32_t i = 0; place->plan->n_nodes == 0 && i < place->replicas; i++)
		times_node(poly, up, 1);
}

struct named { const char *name; uint32_t cluster; };

static int by_name(const void *left, const void *right)
{
	const struct named *a = left, *b = right;

	return strcmp(a->name, b->name);
}

/* Least availability of all clusters that fail together with this one: those next to one another when sorted by the name of their domain. */
static double domain_availability(struct hk_check *check, uint32_t cluster)
{
	const struct hk_model *model = check->model;

	if (check->domain_availability)
		return check->domain_availability[cluster];
	struct named *sorted = hk_arena_array(&check->arena, model->n_clusters, sizeof *sorted);

	check->domain_availability = hk_arena_array(&check->arena, model->n_clusters, sizeof *check->domain_availability);
	for (uint32_t c = 0; c < model->n_clusters; c++)
		sorted[c] = (struct named){ domain_name(&model->clusters[c], HK_LEVEL_FAILURE_DOMAIN), c };
	qsort(sorted, model->n_clusters, sizeof *sorted, by_name);
	for (size_t start = 0, end; start < model->n_clusters; start = end) {
		double least = 1;

		for (end = start; end < model->n_clusters && !strcmp(sorted[start].name, sorted[end].name); end++)
			least = fmin(least, model->clusters[sorted[end].cluster].availability);
		for (size_t i = start; i < end; i++)
			check->domain_availability[sorted[i].cluster] = least;
	}
	return check->domain_availability[cluster];
}

static double availability(struct hk_check *check, const struct hk_check_workload *workload)
{
	struct hk_arena arena = HK_ARENA_INIT;
	struct polynomial total = { hk_arena_array(&arena, workload->total + 1, sizeof *total.p), 0 },
	    domain = { hk_arena_array(&arena, workload->total + 1, sizeof *total.p), 0 };
	long double enough = 0;

	total.p[0] = 1;
	for (size_t first = 0; first < workload->n_places; first++) {
		uint32_t cluster = workload->places[first].cluster;
		bool seen = false;

		for (size_t i = 0; i < first; i++)
			seen |= hk_check_same_domain(check->model, HK_LEVEL_FAILURE_DOMAIN, workload->places[i].cluster, cluster);
		if (seen)
			continue;
		memset(domain.p, 0, (domain.degree + 1) * sizeof *domain.p);
		domain.degree = 0;
		domain.p[0] = 1;
		for (size_t i = first; i < workload->n_places; i++)
			if (hk_check_same_domain(check->model, HK_LEVEL_FAILURE_DOMAIN, workload->places[i].cluster, cluster))
				times_place(check, &domain, &workload->places[i]);
		long double up = domain_availability(check, cluster);

		for (size_t k = 0; k <= domain.degree; k++)
			domain.p[k] *= up;
		domain.p[0] += 1 - up;
		times(&total, &domain);
	}
	for (size_t k = total.degree + 1; k-- > workload->need;)
		enough += total.p[k];
	hk_arena_release(&arena);
	return (double)enough;
}

/* The generating function takes time with the square of the replicas: without a target it is not worth that, with one there is an end too. */
#define QUICK_REPLICAS 3000
#define MOST_REPLICAS 20000

/* Do the nodes listed hold exactly the replicas? If not that was complained about, and the polynomial would be of another degree. */
static bool adds_up(const struct hk_check_place *place)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < place->plan->n_nodes; i++)
		sum += place->plan->nodes[i].replicas;
	return place->plan->n_nodes == 0 || sum == place->replicas;
}

static void check_availability(struct hk_check *check, const struct hk_check_pipeline *pipeline, const struct hk_check_workload *workload)
{
	double target = workload->model->availability, stated = workload->plan->availability, computed;

	for (size_t i = 0; i < workload->n_places; i++)
		if (!adds_up(&workload->places[i]))
			return;
	if (target <= 0 && (isnan(stated) || workload->total > QUICK_REPLICAS))
		return;
	if (workload->total > MOST_REPLICAS) {
		hk_check_violation(check, HK0830, "%s/%s: the availability of %llu replicas cannot be verified, at most %d can", pipeline->model->name,
				   workload->model->name, (unsigned long long)workload->total, MOST_REPLICAS);
		return;
	}
	computed = availability(check, workload);
	if (target > 0 && !(computed >= target - 1e-12))
		hk_check_violation(check, HK0830, "%s/%s: availability is %s, asked for %s", pipeline->model->name, workload->model->name,
				   hk_check_number(check, computed), hk_check_number(check, target));
	/* Compared as the probability of failure too: 0.9999 and 0.99999 differ by little and mean a lot. */
	if (!hk_check_agrees(stated, computed) || fabs((1 - stated) - (1 - computed)) > 1e-6 * (1 - computed) + 1e-13)
		hk_check_violation(check, HK0834, "%s/%s: availability is stated as %s but is %s", pipeline->model->name, workload->model->name,
				   hk_check_number(check, stated), hk_check_number(check, computed));
}

static const char *spread_value(const struct hk_cluster *cluster, const char *over)
{
	return strcmp(over, "cluster") ? hk_cluster_label(cluster, over) : cluster->name;
}

static void check_spread(struct hk_check *check, const struct hk_check_pipeline *pipeline, const struct hk_check_workload *workload)
{
	uint32_t values = 0;

	if (!workload->model->has_spread)
		return;
	for (size_t i = 0; i < workload->n_places; i++) {
		const char *value = spread_value(&check->model->clusters[workload->places[i].cluster], workload->model->spread_over);
		bool seen = value == NULL;

		for (size_t j = 0; j < i && !seen; j++) {
			const char *other = spread_value(&check->model->clusters[workload->places[j].cluster], workload->model->spread_over);

			seen = other && !strcmp(value, other);
		}
		values += !seen;
	}
	if (values < workload->model->spread_min)
		hk_check_violation(check, HK0831, "%s/%s is spread over %u values of %s, asked for %u", pipeline->model->name, workload->model->name, values,
				   workload->model->spread_over, workload->model->spread_min);
}

static uint64_t replicas_in_domain(const struct hk_check *check, const struct hk_check_workload *workload, enum hk_level level, uint32_t cluster)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < workload->n_places; i++)
		if (hk_check_same_domain(check->model, level, workload->places[i].cluster, cluster))
			sum += workload->places[i].replicas;
	return sum;
}

static void check_together(struct hk_check *check, const struct hk_check_pipeline *pipeline, uint32_t w, const struct hk_pairing *pairing)
{
	const struct hk_check_workload *workload = &pipeline->workloads[w], *with = &pipeline->workloads[pairing->with];

	for (size_t i = 0; i < workload->n_places; i++)
		if (!replicas_in_domain(check, with, pairing->level, workload->places[i].cluster))
			hk_check_violation(check, HK0832, "%s: %s runs in '%s' but %s does not run with it", pipeline->model->name, workload->model->name,
					   workload->places[i].plan->cluster, with->model->name);
	for (size_t i = 0; i < pipeline->n_flows; i++) {
		const struct hk_check_flow *flow = &pipeline->flows[i];
		const struct hk_connection *connection = &pipeline->model->connections[flow->connection];
		bool between = (connection->from_workload == w && connection->to_workload == pairing->with) ||
			       (connection->from_workload == pairing->with && connection->to_workload == w);

		if (between && !hk_check_same_domain(check->model, pairing->level, flow->from, flow->to))
			hk_check_violation(check, HK0832, "%s: traffic between %s and %s goes from '%s' to '%s', yet they must be together",
					   pipeline->model->name, workload->model->name, with->model->name, check->model->clusters[flow->from].name,
					   check->model->clusters[flow->to].name);
	}
}

static void check_apart(struct hk_check *check, const struct hk_check_pipeline *pipeline, uint32_t w, const struct hk_pairing *pairing)
{
	const struct hk_check_workload *workload = &pipeline->workloads[w], *with = &pipeline->workloads[pairing->with];

	for (size_t i = 0; i < workload->n_places; i++) {
		uint32_t cluster = workload->places[i].cluster;
		uint64_t others = replicas_in_domain(check, with, pairing->level, cluster);

		if (pairing->with == w ? others > 1 : others > 0)
			hk_check_violation(check, HK0833, "%s: %s and %s must be apart but both run at '%s'", pipeline->model->name, workload->model->name,
					   with->model->name, check->model->clusters[cluster].name);
	}
}

void hk_check_domains(struct hk_check *check, struct hk_check_pipeline *pipeline)
{
	for (uint32_t w = 0; w < pipeline->model->n_workloads; w++) {
		const struct hk_workload *model = pipeline->workloads[w].model;

		check_availability(check, pipeline, &pipeline->workloads[w]);
		check_spread(check, pipeline, &pipeline->workloads[w]);
		for (size_t i = 0; i < model->n_together; i++)
			if (model->together[i].required)
				check_together(check, pipeline, w, &model->together[i]);
		for (size_t i = 0; i < model->n_apart; i++)
			if (model->apart[i].required && model->apart[i].level != HK_LEVEL_NODE)
				check_apart(check, pipeline, w, &model->apart[i]);
	}
}
