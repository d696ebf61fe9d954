/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Equal-cost routes (docs/optimisation-model.md, "Routes"): where links say so, a cluster hands its traffic on in equal parts over all links that begin a route
 * as short as the one there is by name. Each step gets nearer, so the parts follow from one walk, the farthest cluster first.
 */
#include "place/route.h"

#include <math.h>

struct stop { uint32_t cluster, hops; double latency, part; };
struct stops { struct stop *v; size_t n, cap; };

static void arrive(const struct hk_routes *routes, struct stops *stops, uint32_t cluster, uint32_t to, double part)
{
	struct hk_route rest;

	for (size_t i = 0; i < stops->n; i++)
		if (stops->v[i].cluster == cluster) {
			stops->v[i].part += part;
			return;
		}
	rest = hk_route_listed(routes, cluster, to);
	hk_vec_push(stops, (struct stop){ cluster, rest.n_links, rest.latency, part });
}

static struct stop take_farthest(struct stops *stops)
{
	size_t best = 0;
	struct stop stop;

	for (size_t i = 1; i < stops->n; i++) {
		const struct stop *a = &stops->v[i], *b = &stops->v[best];

		if (a->latency > b->latency || (!(a->latency < b->latency) && (a->hops > b->hops || (a->hops == b->hops && a->cluster < b->cluster))))
			best = i;
	}
	stop = stops->v[best];
	stops->v[best] = stops->v[--stops->n];
	return stop;
}

static uint32_t first_link(const struct hk_routes *routes, const struct hk_model *model, uint32_t from, uint32_t to)
{
	uint32_t first = HK_NO_INDEX;

	for (uint32_t l = hk_route_last_link(routes, from, to); l != HK_NO_INDEX; l = hk_route_last_link(routes, from, model->links[l].from))
		first = l;
	return first;
}

static int64_t nanoseconds(double seconds)
{
	return llround(seconds * 1e9);
}

/* Does the link begin a route from here as short as the stop's? */
static bool is_as_short(const struct hk_routes *routes, const struct hk_link *link, const struct stop *stop, uint32_t to)
{
	struct hk_route rest = hk_route_listed(routes, link->to, to);

	return rest.reachable && nanoseconds(rest.latency) + nanoseconds(link->latency) == nanoseconds(stop->latency) && rest.n_links + 1 == stop->hops;
}

/* Links that leave the cluster: a range, as they are sorted by it. */
static size_t first_leaving(const struct hk_model *model, uint32_t cluster)
{
	size_t low = 0, high = model->n_links;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (model->links[middle].from < cluster)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void hand_on(const struct hk_routes *routes, const struct hk_model *model, const struct stop *stop, uint32_t to, struct hk_crossings *crossings)
{
	uint32_t only = first_link(routes, model, stop->cluster, to);
	size_t before = crossings->n;

	for (size_t l = first_leaving(model, stop->cluster); model->links[only].equal_cost && l < model->n_links && model->links[l].from == stop->cluster; l++)
		if (model->links[l].equal_cost && is_as_short(routes, &model->links[l], stop, to))
			hk_vec_push(crossings, (struct hk_crossing){ (uint32_t)l, 0 });
	if (crossings->n == before)
		hk_vec_push(crossings, (struct hk_crossing){ only, 0 });
	for (size_t i = before; i < crossings->n; i++)
		crossings->v[i].part = stop->part / (double)(crossings->n - before);
}

void hk_route_spread(const struct hk_routes *routes, const struct hk_model *model, uint32_t from, uint32_t to, struct hk_crossings *crossings)
{
	struct stops stops = { 0 };

	crossings->n = 0;
	if (from == to || !hk_route_listed(routes, from, to).reachable)
		return;
	arrive(routes, &stops, from, to, 1);
	while (stops.n > 0) {
		struct stop stop = take_farthest(&stops);
		size_t before = crossings->n;

		if (stop.cluster == to)
			break;
		hand_on(routes, model, &stop, to, crossings);
		for (size_t i = before; i < crossings->n; i++)
			arrive(routes, &stops, model->links[crossings->v[i].link].to, to, crossings->v[i].part);
	}
	hk_vec_release(&stops);
}

double hk_crossings_longest(const struct hk_model *model, const struct hk_crossings *crossings, uint32_t from, const double *weights)
{
	struct stops stops = { 0 };
	double longest = 0;

	hk_vec_push(&stops, (struct stop){ .cluster = from });
	for (size_t i = 0; i < crossings->n; i++) {
		const struct hk_link *link = &model->links[crossings->v[i].link];
		size_t at = 0, to = 0;

		while (at < stops.n && stops.v[at].cluster != link->from)
			at++;
		while (to < stops.n && stops.v[to].cluster != link->to)
			to++;
		double sum = (at < stops.n ? stops.v[at].latency : 0) + weights[i];

		if (to == stops.n)
			hk_vec_push(&stops, (struct stop){ .cluster = link->to, .latency = sum });
		else
			stops.v[to].latency = fmax(stops.v[to].latency, sum);
		longest = fmax(longest, sum);
	}
	hk_vec_release(&stops);
	return longest;
}

void hk_route_worst(const struct hk_model *model, const struct hk_crossings *crossings, uint32_t from, struct hk_route *route)
{
	double *weights = hk_calloc(crossings->n + 1, sizeof *weights);

	route->bandwidth = INFINITY;
	route->price = 0;
	for (size_t i = 0; i < crossings->n; i++) {
		const struct hk_link *link = &model->links[crossings->v[i].link];

		weights[i] = link->jitter;
		route->bandwidth = fmin(route->bandwidth, link->bandwidth);
		route->price += crossings->v[i].part * link->price;
	}
	route->jitter = hk_crossings_longest(model, crossings, from, weights);
	for (size_t i = 0; i < crossings->n; i++)
		weights[i] = -log1p(-model->links[crossings->v[i].link].loss);
	route->loss = -expm1(-hk_crossings_longest(model, crossings, from, weights));
	hk_cleanup_free(&weights);
}
