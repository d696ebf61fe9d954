/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The checker's own routes: towards each destination, distances in (nanoseconds, links) are lowered along entering links until nothing gets better; then each
 * cluster takes the step to the neighbour that keeps both sums and has the smallest name. Whole nanoseconds make equal sums equal. Kept is the step alone, 4
 * bytes. Where all links into a destination come from one cluster, who goes there goes to that cluster first, so it needs no steps of its own.
 */
#include "place/check_internal.h"

#include <math.h>
#include <string.h>

#define FAR INT64_MAX

static int64_t nanoseconds(const struct hk_link *link)
{
	double value = round(link->latency * 1e9);

	return value < 0 ? 0 : value > 1e17 ? (int64_t)1e17 : (int64_t)value;
}

/* Positions of links sorted by one of their ends, in the order of the model. first: n_clusters + 1 positions in the list. */
static uint32_t *links_by(struct hk_check *check, bool source, uint32_t **first)
{
	const struct hk_model *model = check->model;
	uint32_t *next = hk_arena_array(&check->arena, model->n_clusters + 1, sizeof *next),
	    *list = hk_arena_array(&check->arena, model->n_links + 1, sizeof *list);

	*first = hk_arena_array(&check->arena, model->n_clusters + 2, sizeof **first);
	for (size_t l = 0; l < model->n_links; l++)
		(*first)[(source ? model->links[l].from : model->links[l].to) + 1]++;
	for (size_t c = 0; c < model->n_clusters; c++)
		(*first)[c + 1] += (*first)[c];
	memcpy(next, *first, model->n_clusters * sizeof *next);
	for (uint32_t l = 0; l < model->n_links; l++)
		list[next[source ? model->links[l].from : model->links[l].to]++] = l;
	return list;
}

void hk_check_routes_open(struct hk_check *check)
{
	size_t n = check->model->n_clusters;

	check->steps = hk_arena_array(&check->arena, n + 1, sizeof *check->steps);
	check->links_of = links_by(check, true, &check->links_from);
	check->links_into = links_by(check, false, &check->links_to);
	check->nanoseconds = hk_arena_array(&check->arena, n + 1, sizeof *check->nanoseconds);
	check->hops = hk_arena_array(&check->arena, n + 1, sizeof *check->hops);
	check->queue = hk_arena_array(&check->arena, n + 1, sizeof *check->queue);
	check->queued = hk_arena_array(&check->arena, n + 1, sizeof *check->queued);
}

/* The cluster all links into this one come from; HK_NO_INDEX when there are several, or none. */
static uint32_t only_neighbour(const struct hk_check *check, uint32_t to)
{
	uint32_t only = HK_NO_INDEX;

	for (uint32_t i = check->links_to[to]; i < check->links_to[to + 1]; i++) {
		uint32_t from = check->model->links[check->links_into[i]].from;

		if (from == to || from == only)
			continue;
		if (only != HK_NO_INDEX)
			return HK_NO_INDEX;
		only = from;
	}
	return only;
}

/* Whose distance got better may make that of those before it better: first come, first served, each waiting once at most. */
static void lower_distances(struct hk_check *check, uint32_t to)
{
	size_t n = check->model->n_clusters, head = 0, waiting = 1;

	for (size_t c = 0; c < n; c++)
		check->nanoseconds[c] = FAR;
	check->nanoseconds[to] = 0;
	check->hops[to] = 0;
	check->queue[0] = to;
	while (waiting > 0) {
		uint32_t at = check->queue[head];

		head = head + 1 < n ? head + 1 : 0;
		waiting--;
		check->queued[at] = false;
		for (uint32_t i = check->links_to[at]; i < check->links_to[at + 1]; i++) {
			const struct hk_link *link = &check->model->links[check->links_into[i]];
			int64_t sum = check->nanoseconds[at] + nanoseconds(link), old = check->nanoseconds[link->from];
			uint32_t hops = check->hops[at] + 1;

			if (sum > old || (sum == old && hops >= check->hops[link->from]))
				continue;
			check->nanoseconds[link->from] = sum;
			check->hops[link->from] = hops;
			if (!check->queued[link->from]) {
				check->queued[link->from] = true;
				check->queue[(head + waiting++) % n] = link->from;
			}
		}
	}
}

/* Of two parallel links: the first one unless the second has less latency, or the same and more bandwidth. */
static bool is_better_parallel(const struct hk_link *link, const struct hk_link *chosen)
{
	if (link->latency != chosen->latency)
		return link->latency < chosen->latency;
	return link->bandwidth > chosen->bandwidth;
}

/* By the distances at hand. */
static uint32_t best_step(const struct hk_check *check, uint32_t at)
{
	const struct hk_model *model = check->model;
	uint32_t chosen = HK_NO_INDEX;

	if (check->nanoseconds[at] == FAR)
		return HK_NO_INDEX;
	for (uint32_t i = check->links_from[at]; i < check->links_from[at + 1]; i++) {
		uint32_t l = check->links_of[i];
		const struct hk_link *link = &model->links[l];

		if (check->nanoseconds[link->to] == FAR || check->nanoseconds[link->to] + nanoseconds(link) != check->nanoseconds[at] ||
		    check->hops[link->to] + 1 != check->hops[at])
			continue;
		int order = chosen == HK_NO_INDEX ? -1 : strcmp(model->clusters[link->to].name, model->clusters[model->links[chosen].to].name);

		if (order < 0 || (order == 0 && is_better_parallel(link, &model->links[chosen])))
			chosen = l;
	}
	return chosen;
}

static const uint32_t *steps_to(struct hk_check *check, uint32_t to)
{
	size_t n = check->model->n_clusters;

	if (check->steps[to])
		return check->steps[to];
	check->steps[to] = hk_arena_array(&check->arena, n, sizeof **check->steps);
	lower_distances(check, to);
	for (uint32_t c = 0; c < n; c++)
		check->steps[to][c] = c == to ? HK_NO_INDEX : best_step(check, c);
	return check->steps[to];
}

/* Out of the only neighbour there is nothing but the best of the parallel links. */
static uint32_t last_step(const struct hk_check *check, uint32_t from, uint32_t to)
{
	const struct hk_model *model = check->model;
	uint32_t chosen = HK_NO_INDEX;

	for (uint32_t i = check->links_to[to]; i < check->links_to[to + 1]; i++) {
		const struct hk_link *link = &model->links[check->links_into[i]];

		if (link->from == from && (chosen == HK_NO_INDEX || is_better_parallel(link, &model->links[chosen])))
			chosen = check->links_into[i];
	}
	return chosen;
}

uint32_t hk_check_next_link(struct hk_check *check, uint32_t at, uint32_t to)
{
	uint32_t before;

	if (at == to)
		return HK_NO_INDEX;
	before = only_neighbour(check, to);
	if (before != HK_NO_INDEX)
		return at == before ? last_step(check, before, to) : steps_to(check, before)[at];
	return steps_to(check, to)[at];
}

/* pair_metrics is sorted by (from, to); several of one pair overlay one another. */
static void put_measured(const struct hk_model *model, uint32_t from, uint32_t to, struct hk_check_quality *quality)
{
	size_t low = 0, high = model->n_pair_metrics;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct hk_pair_metric *metric = &model->pair_metrics[middle];

		if (metric->from < from || (metric->from == from && metric->to < to))
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < model->n_pair_metrics && model->pair_metrics[low].from == from && model->pair_metrics[low].to == to; low++) {
		const struct hk_pair_metric *metric = &model->pair_metrics[low];

		if (!isnan(metric->latency))
			quality->latency = metric->latency;
		if (!isnan(metric->jitter))
			quality->jitter = metric->jitter;
		if (!isnan(metric->loss))
			quality->loss = metric->loss;
		if (!isnan(metric->bandwidth))
			quality->bandwidth = quality->bandwidth_given = metric->bandwidth;
	}
}

static struct hk_check_quality between_equal(struct hk_check *check, uint32_t from, uint32_t to)
{
	struct hk_check_quality quality = { .reachable = false };
	double saved = 0;

	if (!hk_check_equal_quality(check, from, to, &quality, &saved))
		return quality;
	put_measured(check->model, from, to, &quality);
	quality.latency = fmax(0, quality.latency - saved);
	return quality;
}

struct hk_check_quality hk_check_between(struct hk_check *check, uint32_t from, uint32_t to)
{
	if (check->equal)
		return between_equal(check, from, to);
	struct hk_check_quality quality = { .reachable = true, .bandwidth = (double)INFINITY, .bandwidth_given = (double)INFINITY };
	int64_t latency = 0, saved = 0;
	double arrives = 1;

	for (uint32_t at = from; at != to;) {
		uint32_t l = hk_check_next_link(check, at, to);

		if (l == HK_NO_INDEX)
			return (struct hk_check_quality){ .reachable = false };
		const struct hk_link *link = &check->model->links[l];

		latency += nanoseconds(link);
		saved += hk_check_link_saved(check, l);
		quality.jitter += link->jitter;
		arrives *= 1 - link->loss;
		quality.bandwidth = fmin(quality.bandwidth, hk_check_link_bandwidth(check, l));
		quality.bandwidth_given = fmin(quality.bandwidth_given, link->bandwidth);
		quality.price += link->price;
		at = link->to;
	}
	/* Whole nanoseconds, so that "below 10ms" means the same for 1ms + 9ms and for 10ms. */
	quality.latency = (double)latency / 1e9;
	quality.loss = 1 - arrives;
	put_measured(check->model, from, to, &quality);
	quality.latency = fmax(0, quality.latency - (double)saved / 1e9);
	return quality;
}

static void add_site(const struct hk_model *model, uint32_t index, struct hk_check_quality *quality)
{
	if (index == HK_NO_INDEX)
		return;
	const struct hk_site *site = &model->sites[index];

	quality->latency += site->latency;
	quality->jitter += site->jitter;
	quality->loss = 1 - (1 - quality->loss) * (1 - site->loss);
	quality->bandwidth = fmin(quality->bandwidth, site->bandwidth);
	quality->bandwidth_given = fmin(quality->bandwidth_given, site->bandwidth);
}

struct hk_check_quality hk_check_connection_quality(struct hk_check *check, const struct hk_pipeline *pipeline, const struct hk_connection *connection,
						    uint32_t from, uint32_t to)
{
	struct hk_check_quality quality = hk_check_between(check, from, to);

	if (connection->from_input != HK_NO_INDEX)
		add_site(check->model, pipeline->inputs[connection->from_input].site, &quality);
	if (connection->to_output != HK_NO_INDEX)
		add_site(check->model, pipeline->outputs[connection->to_output].site, &quality);
	return quality;
}
