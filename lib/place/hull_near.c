/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From counts that miss a target to the listed ones that need the least added. */
#include "place/hull_internal.h"

#include <math.h>
#include <string.h>

/* What is there by domain, what one more costs where it is cheapest, and how many more there is room for. */
struct state { double price[HK_HULL_DOMAINS]; uint32_t has[HK_HULL_DOMAINS], room[HK_HULL_DOMAINS], order[HK_HULL_DOMAINS]; };

/* Of domains that are alike the fullest first, then the cheapest: falling parts go to them in this order. */
static bool before(const struct hk_hull *h, const struct state *s, uint32_t a, uint32_t b)
{
	if (h->domains[a].up != h->domains[b].up)
		return a < b;
	if (s->has[a] != s->has[b])
		return s->has[a] > s->has[b];
	return s->price[a] < s->price[b];
}

static uint32_t room_of(const uint32_t *counts, const uint32_t *most, uint32_t candidate)
{
	return !most ? UINT16_MAX : most[candidate] > counts[candidate] ? most[candidate] - counts[candidate] : 0;
}

static void look(const struct hk_hull *h, const uint32_t *counts, const double *prices, const uint32_t *most, struct state *s)
{
	for (uint32_t d = 0; d < h->n; d++) {
		s->price[d] = INFINITY;
		s->has[d] = s->room[d] = 0;
	}
	for (uint32_t k = 0; k < h->n_candidates; k++) {
		s->has[h->domain_of[k]] += counts[k];
		if (room_of(counts, most, k) == 0)
			continue;
		s->room[h->domain_of[k]] += room_of(counts, most, k);
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

		if (parts[k] > h->domains[d].most || parts[k] > s->has[d] + s->room[d])
			return INFINITY;
		sum += parts[k] > s->has[d] ? s->price[d] * (parts[k] - s->has[d]) : 0;
	}
	return sum;
}

/* Into the candidates that have replicas, the rest where there is room, cheapest first. */
static void hand_out(const struct hk_hull *h, uint32_t domain, uint32_t part, const uint32_t *counts, const double *prices, const uint32_t *most,
		     uint32_t *least)
{
	for (uint32_t k = 0; k < h->n_candidates; k++) {
		if (h->domain_of[k] != domain)
			continue;
		least[k] = counts[k] < part ? counts[k] : part;
		part -= least[k];
	}
	while (part > 0) {
		uint32_t best = h->n_candidates, more;

		for (uint32_t k = 0; k < h->n_candidates; k++)
			if (h->domain_of[k] == domain && room_of(least, most, k) > 0 && (best == h->n_candidates || prices[k] < prices[best]))
				best = k;
		if (best == h->n_candidates)
			return;
		more = room_of(least, most, best);
		more = more < part ? more : part;
		least[best] += more;
		part -= more;
	}
}

double hk_hull_nearest(const struct hk_hull *h, const uint32_t *counts, const double *prices, const uint32_t *most, uint32_t *least)
{
	struct state s;
	double cheapest = INFINITY;
	size_t best = h->n_lists;

	look(h, counts, prices, most, &s);
	for (size_t i = 0; i < h->n_lists; i++) {
		double cost = cost_of(h, &s, &h->parts.v[i * h->n], cheapest);

		if (cost < cheapest) {
			cheapest = cost;
			best = i;
		}
	}
	for (uint32_t k = 0; k < h->n && best < h->n_lists; k++)
		hand_out(h, s.order[k], h->parts.v[best * h->n + k], counts, prices, most, least);
	return cheapest;
}
