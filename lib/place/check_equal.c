/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Equal-cost routes: from the destination back. What the worst way on from a cluster has follows from its next links and what the worst ways on from their ends
 * have; parts of the traffic follow forwards, farthest cluster first.
 */
#include "place/check_internal.h"

#include "base/vec.h"

#include <math.h>

struct way { uint32_t cluster; int64_t nanoseconds, bought; uint32_t hops; double jitter, arrives, bandwidth, bandwidth_given, price, part; bool passed; };
struct ways { struct hk_check *check; uint32_t to; HK_VEC(struct way) v; };

static int64_t nanoseconds(const struct hk_link *link)
{
	return (int64_t)fmin(1e17, fmax(0, round(link->latency * 1e9)));
}

/* Along the one route that names decide. False without a route. */
static bool distance(struct hk_check *check, uint32_t from, uint32_t to, int64_t *sum, uint32_t *hops)
{
	*sum = 0;
	*hops = 0;
	for (uint32_t at = from; at != to; at = check->model->links[hk_check_next_link(check, at, to)].to) {
		uint32_t l = hk_check_next_link(check, at, to);

		if (l == HK_NO_INDEX)
			return false;
		*sum += nanoseconds(&check->model->links[l]);
		++*hops;
	}
	return true;
}

/* Does the traffic at a cluster (so far from the destination) go over this link? */
static bool is_next(struct hk_check *check, uint32_t at, uint32_t to, uint32_t link, int64_t left, uint32_t hops)
{
	const struct hk_link *l = &check->model->links[link];
	uint32_t only = hk_check_next_link(check, at, to), after;
	int64_t rest;

	if (l->from != at)
		return false;
	if (!check->model->links[only].equal_cost)
		return link == only;
	return l->equal_cost && distance(check, l->to, to, &rest, &after) && rest + nanoseconds(l) == left && after + 1 == hops;
}

static size_t way_from(struct ways *ways, uint32_t at);

static void add_way(struct ways *ways, struct way *way, uint32_t link, double *n)
{
	const struct hk_link *l = &ways->check->model->links[link];
	size_t end = way_from(ways, l->to);
	const struct way next = ways->v.v[end];

	++*n;
	way->bought = way->bought > next.bought + nanoseconds(l) - hk_check_link_saved(ways->check, link) ? way->bought : next.bought + nanoseconds(l) -
	    hk_check_link_saved(ways->check, link);
	way->jitter = fmax(way->jitter, l->jitter + next.jitter);
	way->arrives = fmin(way->arrives, (1 - l->loss) * next.arrives);
	way->bandwidth = fmin(way->bandwidth, fmin(hk_check_link_bandwidth(ways->check, link), next.bandwidth));
	way->bandwidth_given = fmin(way->bandwidth_given, fmin(l->bandwidth, next.bandwidth_given));
	way->price += l->price + next.price;
}

/* Position of what there is to know from this cluster on; worked out when nobody did before. */
static size_t way_from(struct ways *ways, uint32_t at)
{
	struct way way = { .cluster = at, .arrives = 1, .bandwidth = (double)INFINITY, .bandwidth_given = (double)INFINITY };
	double n = 0;

	for (size_t i = 0; i < ways->v.n; i++)
		if (ways->v.v[i].cluster == at)
			return i;
	distance(ways->check, at, ways->to, &way.nanoseconds, &way.hops);
	for (uint32_t l = 0; at != ways->to && l < ways->check->model->n_links; l++)
		if (is_next(ways->check, at, ways->to, l, way.nanoseconds, way.hops))
			add_way(ways, &way, l, &n);
	way.price /= fmax(1, n);
	hk_vec_push(&ways->v, way);
	return ways->v.n - 1;
}

bool hk_check_equal_quality(struct hk_check *check, uint32_t from, uint32_t to, struct hk_check_quality *quality, double *saved)
{
	struct ways ways = { .check = check, .to = to };
	int64_t sum;
	uint32_t hops;
	size_t start;

	if (!distance(check, from, to, &sum, &hops))
		return false;
	start = way_from(&ways, from);
	const struct way way = ways.v.v[start];

	*quality = (struct hk_check_quality){ .reachable = true, .latency = (double)way.nanoseconds / 1e9, .jitter = way.jitter, .loss = 1 - way.arrives,
					      .bandwidth = way.bandwidth,
					      .bandwidth_given = way.bandwidth_given, .price = way.price };
	*saved = (double)(way.nanoseconds - way.bought) / 1e9;
	hk_vec_release(&ways.v);
	return true;
}

/* The farthest cluster with traffic that was not handed on yet; NULL when all is there. */
static struct way *farthest(struct ways *ways)
{
	struct way *found = NULL;

	for (size_t i = 0; i < ways->v.n; i++) {
		struct way *way = &ways->v.v[i];

		if (way->passed || !(way->part > 0) || way->cluster == ways->to)
			continue;
		if (!found || way->nanoseconds > found->nanoseconds || (way->nanoseconds == found->nanoseconds && way->hops > found->hops))
			found = way;
	}
	return found;
}

void hk_check_equal_traffic(struct hk_check *check, uint32_t from, uint32_t to, double amount, double *used)
{
	struct ways ways = { .check = check, .to = to };
	struct way *found;
	int64_t sum;
	uint32_t hops;
	size_t at;

	if (!distance(check, from, to, &sum, &hops))
		return;
	at = way_from(&ways, from);
	ways.v.v[at].part = amount;
	while ((found = farthest(&ways)) != NULL) {
		const struct way way = *found;
		double n = 0;

		found->passed = true;
		for (uint32_t l = 0; l < check->model->n_links; l++)
			n += is_next(check, way.cluster, to, l, way.nanoseconds, way.hops);
		for (uint32_t l = 0; l < check->model->n_links; l++)
			if (is_next(check, way.cluster, to, l, way.nanoseconds, way.hops)) {
				used[l] += way.part / n;
				at = way_from(&ways, check->model->links[l].to);
				ways.v.v[at].part += way.part / n;
			}
	}
	hk_vec_release(&ways.v);
}
