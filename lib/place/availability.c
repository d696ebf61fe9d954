/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "place/availability.h"

#include "base/mem.h"
#include "place/domain.h"

#include <math.h>
#include <string.h>

/* A probability too small to move a result by the last digit of a double, even a million times over. */
#define NEGLIGIBLE 1e-30

/* Distribution of the number of replicas up, counted up to `cap`; zero outside [low, high]. */
struct counts { double *p; uint32_t low, high, cap; };

static uint32_t capped(uint32_t a, uint32_t b, uint32_t cap)
{
	return b >= cap || a >= cap - b ? cap : a + b;
}

static void trim(struct counts *d)
{
	while (d->low < d->high && d->p[d->low] < NEGLIGIBLE)
		d->low++;
}

static void raise_high(struct counts *d, uint32_t by)
{
	uint32_t high = capped(d->high, by, d->cap);

	for (uint32_t i = d->high + 1; i <= high; i++)
		d->p[i] = 0;
	d->high = high;
}

/* One more node with `replicas` on it. In place, from the top: counts only move upwards. */
static void add_node(struct counts *d, uint32_t replicas, double up)
{
	uint32_t top = d->high;

	raise_high(d, replicas);
	for (uint32_t i = top + 1; i-- > d->low;) {
		double mass = d->p[i];

		d->p[i] = mass * (1 - up);
		d->p[capped(i, replicas, d->cap)] += mass * up;
	}
	trim(d);
}

/*
 * Weights of a binomial distribution relative to its mode, from the mode outwards by their ratios until they are negligible: exact to rounding where factorials
 * would overflow, and no slower for a million trials than their spread. Weights of cap and more are summed in p[cap].
 */
static double binomial_weights(struct counts *d, uint32_t n, double up)
{
	double odds = up / (1 - up), weight = 1, total = 0;
	uint32_t mode = (uint32_t)fmin(floor((n + 1.0) * up), n);

	for (uint32_t k = mode; weight >= NEGLIGIBLE; k--) {
		d->p[k < d->cap ? k : d->cap] += weight;
		total += weight;
		d->low = k < d->cap ? k : d->cap;
		if (!k)
			break;
		weight *= k / ((n - k + 1.0) * odds);
	}
	weight = 1;
	for (uint32_t k = mode; k < n; k++) {
		weight *= (double)(n - k) / (k + 1.0) * odds;
		if (weight < NEGLIGIBLE)
			break;
		d->p[k + 1 < d->cap ? k + 1 : d->cap] += weight;
		total += weight;
	}
	return total;
}

/* `replicas` more, each on a node of its own. */
static void set_binomial(struct counts *d, uint32_t replicas, double up)
{
	d->high = capped(0, replicas, d->cap);
	memset(d->p, 0, ((size_t)d->high + 1) * sizeof *d->p);
	if (up >= 1 || up <= 0) {
		d->low = d->high = up >= 1 ? d->high : 0;
		d->p[d->high] = 1;
		return;
	}
	double total = binomial_weights(d, replicas, up);

	for (uint32_t k = d->low; k <= d->high; k++)
		d->p[k] /= total;
}

/* d becomes the distribution of the sum of d and, with probability `up`, other. */
static void add_counts(struct counts *d, const struct counts *other, double up)
{
	uint32_t top = d->high;

	raise_high(d, other->high);
	for (uint32_t i = top + 1; i-- > d->low;) {
		double mass = d->p[i];

		d->p[i] = mass * (1 - up);
		for (uint32_t k = other->low; mass > 0 && k <= other->high; k++)
			d->p[capped(i, k, d->cap)] += mass * up * other->p[k];
	}
	trim(d);
}

static void start(struct counts *d)
{
	d->low = d->high = 0;
	d->p[0] = 1;
}

double hk_domain_availability(const struct hk_model *model, uint32_t cluster)
{
	if (model->domain_availability)
		return model->domain_availability[cluster];
	uint32_t domain = hk_domain_of(model, HK_LEVEL_FAILURE_DOMAIN, cluster);
	double least = model->clusters[domain].availability;
	const char *name = model->clusters[domain].failure_domain;

	for (uint32_t c = domain + 1; name && c < model->n_clusters; c++) {
		const struct hk_cluster *other = &model->clusters[c];
		const char *of = other->failure_domain ? other->failure_domain : other->name;

		if (!strcmp(of, name) && other->availability < least)
			least = other->availability;
	}
	return least;
}

/* The replicas of one cluster that is up. own is scratch. */
static void add_group(struct counts *d, struct counts *own, const struct hk_replica_group *group, double up)
{
	if (group->per_node) {
		for (uint32_t n = 0; n < group->n_nodes; n++)
			add_node(d, group->per_node[n], up);
		return;
	}
	set_binomial(own, group->replicas, up);
	add_counts(d, own, 1);
}

static double reached(const struct counts *d)
{
	double below = 0;

	if (d->high < d->cap)
		return 0;
	for (uint32_t k = d->low; k < d->cap; k++)
		below += d->p[k];
	/* The smaller of the two is known with the smaller error. */
	return below < 0.5 ? 1 - below : d->p[d->cap];
}

double hk_availability(const struct hk_model *model, const struct hk_replica_group *groups, size_t n_groups, uint32_t need)
{
	uint64_t all = 0;

	for (size_t g = 0; g < n_groups; g++)
		all += groups[g].replicas;
	if (all < need)
		return 0;
	HK_AUTO_FREE double *memory = hk_calloc(3 * ((size_t)need + 1), sizeof *memory);
	HK_AUTO_FREE uint32_t *domain = hk_calloc(n_groups + 1, sizeof *domain);
	struct counts total = { memory, 0, 0, need }, one = { memory + need + 1, 0, 0, need }, own = { memory + 2 * ((size_t)need + 1), 0, 0, need };

	for (size_t g = 0; g < n_groups; g++)
		domain[g] = hk_domain_of(model, HK_LEVEL_FAILURE_DOMAIN, groups[g].cluster);
	start(&total);
	for (size_t g = 0; g < n_groups; g++) {
		if (domain[g] == HK_NO_INDEX)
			continue;
		start(&one);
		for (size_t other = n_groups; other-- > g;) {
			if (domain[other] != domain[g])
				continue;
			add_group(&one, &own, &groups[other], model->clusters[groups[other].cluster].node_availability);
			if (other != g)
				domain[other] = HK_NO_INDEX;      /* done */
		}
		add_counts(&total, &one, hk_domain_availability(model, groups[g].cluster));
	}
	return reached(&total);
}
