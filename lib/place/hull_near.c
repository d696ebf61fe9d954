/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From counts that miss a target to the listed ones that need the least added. */
#include "place/hull_internal.h"

#include <math.h>
#include <string.h>

/* What is there by domain, and what one more costs where it is cheapest. */
struct state { double price[HK_HULL_DOMAINS]; uint32_t has[HK_HULL_DOMAINS], order[HK_HULL_DOMAINS]; };

/* Of domains that are alike the fullest first, then the cheapest: falling parts go to them in this order. */
static bool before(const struct hk_hull *h, const struct state *s, uint32_t a, uint32_t b)
{
	if (h->domains[a].up != h->domains[b].up)
		return a < b;
	if (s->has[a] != s->has[b])
		return s->has[a] > s->has[b];
	return s->price[a] < s->price[b];
}

static void look(const struct hk_hull *h, const uint32_t *counts, const double *prices, struct state *s)
{
	for (uint32_t d = 0; d < h->n; d++) {
		s->price[d] = INFINITY;
		s->has[d] = 0;
	}
	for (uint32_t k = 0; k < h->n_candidates; k++) {
		s->has[h->domain_of[k]] += counts[k];
		s->price[h->domain_of[k]] = fmin(s->price[h->domain_of[k]], prices[k]);
	}
	for (uint32_t d = 0; d < h->n; d++) {
		uint32_t at = d;

		for (; at > 0 && before(h, s, d, s->order[at - 1]); at--)
			s->order[at] = s->order[at - 1];
		s->order[at] = d;
	}
}

static double cost_of(const struct hk_hull *h, const struct state *s, const uint32_t *parts, double limit)
{
	double sum = 0;

	for (uint32_t k = 0; k < h->n && sum < limit; k++) {
		uint32_t d = s->order[k];

		if (parts[k] > h->domains[d].most)
			return INFINITY;
		sum += parts[k] > s->has[d] ? s->price[d] * (parts[k] - s->has[d]) : 0;
	}
	return sum;
}

/* Into the candidates that have replicas, the rest where it is cheapest. */
static void hand_out(const struct hk_hull *h, uint32_t domain, uint32_t part, const uint32_t *counts, const double *prices, uint32_t *least)
{
	uint32_t cheapest = h->n_candidates;

	for (uint32_t k = 0; k < h->n_candidates; k++) {
		if (h->domain_of[k] != domain)
			continue;
		least[k] = counts[k] < part ? counts[k] : part;
		part -= least[k];
		if (cheapest == h->n_candidates || prices[k] < prices[cheapest])
			cheapest = k;
	}
	least[cheapest] += part;
}

double hk_hull_nearest(const struct hk_hull *h, const uint32_t *counts, const double *prices, uint32_t *least)
{
	struct state s;
	double cheapest = INFINITY;
	size_t best = h->n_lists;

	look(h, counts, prices, &s);
	for (size_t i = 0; i < h->n_lists; i++) {
		double cost = cost_of(h, &s, &h->parts.v[i * h->n], cheapest);

		if (cost < cheapest) {
			cheapest = cost;
			best = i;
		}
	}
	for (uint32_t k = 0; k < h->n && best < h->n_lists; k++)
		hand_out(h, s.order[k], h->parts.v[best * h->n + k], counts, prices, least);
	return cheapest;
}
