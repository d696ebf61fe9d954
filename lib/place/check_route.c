/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The checker's own routes: Bellman-Ford backwards from each destination over (nanoseconds, links), then step by step from the source to the neighbour that keeps both sums and has
 * the smallest name. Whole nanoseconds make equal sums equal.
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

void hk_check_routes_open(struct hk_check *check)
{
	const struct hk_model *model = check->model;
	uint32_t *next;

	check->trees = hk_arena_array(&check->arena, model->n_clusters + 1, sizeof *check->trees);
	check->links_from = hk_arena_array(&check->arena, model->n_clusters + 2, sizeof *check->links_from);
	check->links_of = hk_arena_array(&check->arena, model->n_links + 1, sizeof *check->links_of);
	for (size_t l = 0; l < model->n_links; l++)
		check->links_from[model->links[l].from + 1]++;
	for (size_t c = 0; c < model->n_clusters; c++)
		check->links_from[c + 1] += check->links_from[c];
	next = hk_arena_array(&check->arena, model->n_clusters + 1, sizeof *next);
	memcpy(next, check->links_from, model->n_clusters * sizeof *next);
	for (uint32_t l = 0; l < model->n_links; l++)
		check->links_of[next[model->links[l].from]++] = l;
}

/* One round over all links; false when nothing got better. */
static bool relax(const struct hk_model *model, struct hk_check_tree *tree)
{
	bool better = false;

	for (size_t l = 0; l < model->n_links; l++) {
		const struct hk_link *link = &model->links[l];

		if (tree->nanoseconds[link->to] == FAR)
			continue;
		int64_t sum = tree->nanoseconds[link->to] + nanoseconds(link), old = tree->nanoseconds[link->from];
		uint32_t hops = tree->hops[link->to] + 1;

		if (sum < old || (sum == old && hops < tree->hops[link->from])) {
			tree->nanoseconds[link->from] = sum;
			tree->hops[link->from] = hops;
			better = true;
		}
	}
	return better;
}

static const struct hk_check_tree *tree_to(struct hk_check *check, uint32_t to)
{
	struct hk_check_tree *tree = &check->trees[to];
	size_t n = check->model->n_clusters;

	if (tree->hops)
		return tree;
	tree->nanoseconds = hk_arena_array(&check->arena, n, sizeof *tree->nanoseconds);
	tree->hops = hk_arena_array(&check->arena, n, sizeof *tree->hops);
	for (size_t c = 0; c < n; c++)
		tree->nanoseconds[c] = FAR;
	tree->nanoseconds[to] = 0;
	for (size_t round = 0; round < n && relax(check->model, tree); round++)
		;
	return tree;
}

/* Of two parallel links: the first one unless the second has less latency, or the same and more bandwidth. */
static bool is_better_parallel(const struct hk_link *link, const struct hk_link *chosen)
{
	if (link->latency != chosen->latency)
		return link->latency < chosen->latency;
	return link->bandwidth > chosen->bandwidth;
}

uint32_t hk_check_next_link(struct hk_check *check, uint32_t at, uint32_t to)
{
	const struct hk_check_tree *tree = tree_to(check, to);
	const struct hk_model *model = check->model;
	uint32_t chosen = HK_NO_INDEX;

	if (at == to || tree->nanoseconds[at] == FAR)
		return HK_NO_INDEX;
	for (uint32_t i = check->links_from[at]; i < check->links_from[at + 1]; i++) {
		uint32_t l = check->links_of[i];
		const struct hk_link *link = &model->links[l];

		if (tree->nanoseconds[link->to] == FAR || tree->nanoseconds[link->to] + nanoseconds(link) != tree->nanoseconds[at] ||
		    tree->hops[link->to] + 1 != tree->hops[at])
			continue;
		int order = chosen == HK_NO_INDEX ? -1 : strcmp(model->clusters[link->to].name, model->clusters[model->links[chosen].to].name);

		if (order < 0 || (order == 0 && is_better_parallel(link, &model->links[chosen])))
			chosen = l;
	}
	return chosen;
}

static void put_measured(const struct hk_model *model, uint32_t from, uint32_t to, struct hk_check_quality *quality)
{
	for (size_t i = 0; i < model->n_pair_metrics; i++) {
		const struct hk_pair_metric *metric = &model->pair_metrics[i];

		if (metric->from != from || metric->to != to)
			continue;
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

struct hk_check_quality hk_check_between(struct hk_check *check, uint32_t from, uint32_t to)
{
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

struct hk_check_quality hk_check_connection_quality(struct hk_check *check, const struct hk_pipeline *pipeline, const struct hk_connection *connection, uint32_t from, uint32_t to)
{
	struct hk_check_quality quality = hk_check_between(check, from, to);

	if (connection->from_input != HK_NO_INDEX)
		add_site(check->model, pipeline->inputs[connection->from_input].site, &quality);
	if (connection->to_output != HK_NO_INDEX)
		add_site(check->model, pipeline->outputs[connection->to_output].site, &quality);
	return quality;
}
