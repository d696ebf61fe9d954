/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Between hull.c, which lists counts, and hull_cut.c, which makes rows of them. */
#ifndef HK_PLACE_HULL_INTERNAL_H
#define HK_PLACE_HULL_INTERNAL_H

#include "place/hull.h"

/* Workloads with more places of their own to choose from hardly depend on any of them. */
#define HK_HULL_DOMAINS 16
#define HK_HULL_CANDIDATES 64

struct hk_hull_domain { uint32_t number, most, alike /* the first one after it that is not like it */; double up;
			bool risky /* the target does not forgive its loss */; };

struct hk_hull {
	const struct hk_place_workload *placed;
	uint32_t block, workload, need, n_candidates;
	struct hk_hull_domain domains[HK_HULL_CANDIDATES]; uint32_t n;     /* most reliable first, then by room: those that are alike stand together */
	uint32_t domain_of[HK_HULL_CANDIDATES];         /* per candidate */
	struct { uint32_t *v; size_t n, cap; } parts;   /* n of each list, falling among domains that are alike */
	size_t n_lists;
	uint32_t tail;                                  /* the first sum that is not listed */
	uint32_t nodes;                                 /* the newest walk over them was allowed */
	uint32_t n_risky, roomiest[HK_HULL_CANDIDATES]; /* the most of the risky domains, falling */
	/* sums that are not listed: risky domains that may have more than half of what is spare; those that may be lost with one and then be missed */
	uint32_t big, beside;
	bool whole;                                     /* no counts have that sum or more */
};

/*
 * Least sum of price (per domain, >= 0) * count, and counts that have it; those of a sum that is not listed may miss the target. INFINITY when there are none.
 */
double hk_hull_cheapest(const struct hk_hull *h, const double *price, uint32_t *counts);

#endif
