/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Routes by listing every simple way between two clusters. */
#include "brute.h"

#include <math.h>
#include <string.h>

struct way { const struct brute *brute; uint32_t to, links[BRUTE_CLUSTERS], n; bool seen[BRUTE_CLUSTERS]; int64_t nanoseconds; struct { bool found; uint32_t links[BRUTE_CLUSTERS], n; int64_t nanoseconds; } best; };

static int64_t nanoseconds(const struct hk_link *link)
{
	return llround(link->latency * 1e9);
}

static bool is_better(const struct way *way)
{
	const struct hk_model *model = way->brute->model;

	if (!way->best.found || way->nanoseconds != way->best.nanoseconds)
		return !way->best.found || way->nanoseconds < way->best.nanoseconds;
	if (way->n != way->best.n)
		return way->n < way->best.n;
	for (uint32_t i = 0; i < way->n; i++) {
		const struct hk_link *mine = &model->links[way->links[i]], *theirs = &model->links[way->best.links[i]];
		int order = strcmp(model->clusters[mine->to].name, model->clusters[theirs->to].name);

		if (order)
			return order < 0;
		if (mine->latency != theirs->latency)
			return mine->latency < theirs->latency;
		if (mine->bandwidth != theirs->bandwidth)
			return mine->bandwidth > theirs->bandwidth;
	}
	return false;
}

static void walk(struct way *way, uint32_t at)
{
	const struct hk_model *model = way->brute->model;

	if (at == way->to) {
		if (is_better(way)) {
			way->best.found = true;
			way->best.n = way->n;
			way->best.nanoseconds = way->nanoseconds;
			memcpy(way->best.links, way->links, sizeof way->links);
		}
		return;
	}
	way->seen[at] = true;
	for (uint32_t l = 0; l < model->n_links; l++) {
		if (model->links[l].from != at || way->seen[model->links[l].to])
			continue;
		way->links[way->n++] = l;
		way->nanoseconds += nanoseconds(&model->links[l]);
		walk(way, model->links[l].to);
		way->nanoseconds -= nanoseconds(&model->links[l]);
		way->n--;
	}
	way->seen[at] = false;
}

static void measure(const struct hk_model *model, uint32_t from, uint32_t to, struct brute_quality *quality)
{
	for (size_t i = 0; i < model->n_pair_metrics; i++) {
		const struct hk_pair_metric *metric = &model->pair_metrics[i];

		if (metric->from != from || metric->to != to)
			continue;
		quality->latency = isnan(metric->latency) ? quality->latency : metric->latency;
		quality->jitter = isnan(metric->jitter) ? quality->jitter : metric->jitter;
		quality->loss = isnan(metric->loss) ? quality->loss : metric->loss;
		if (!isnan(metric->bandwidth))
			quality->bandwidth = quality->bandwidth_given = metric->bandwidth;
	}
}

double brute_offer(const struct hk_link *link)
{
	double most = link->adjustable_bandwidth ? link->bandwidth_max - link->bandwidth : 0, sum = 0;

	if (!(most > 0) || !isfinite(most) || !(link->bandwidth_step > 0))
		return fmax(0, isfinite(most) ? most : 0);
	while (sum + link->bandwidth_step <= most * (1 + 1e-9))
		sum += link->bandwidth_step;
	return sum;
}

/* Seconds off the route because of what is bought. */
static double saved_along(const struct brute *brute, const uint32_t *links, uint32_t n)
{
	int64_t saved = 0;

	for (uint32_t i = 0; i < n; i++) {
		const struct hk_link *link = &brute->model->links[links[i]];

		if (brute->faster[links[i]])
			saved += nanoseconds(link) - llround(link->latency_min * 1e9);
	}
	return (double)saved / 1e9;
}

void brute_routes(struct brute *brute)
{
	const struct hk_model *model = brute->model;

	for (uint32_t from = 0; from < model->n_clusters; from++)
		for (uint32_t to = 0; to < model->n_clusters; to++) {
			struct way way = { .brute = brute, .to = to };
			struct brute_quality *quality = &brute->between[from][to];

			walk(&way, from);
			*quality = (struct brute_quality){ .reachable = way.best.found, .bandwidth = (double)INFINITY, .bandwidth_given = (double)INFINITY, .n_links = way.best.n };
			quality->latency = (double)way.best.nanoseconds / 1e9;
			memcpy(quality->links, way.best.links, sizeof quality->links);
			for (uint32_t i = 0; i < way.best.n; i++) {
				const struct hk_link *link = &model->links[way.best.links[i]];

				quality->jitter += link->jitter;
				quality->loss = 1 - (1 - quality->loss) * (1 - link->loss);
				quality->bandwidth = fmin(quality->bandwidth, link->bandwidth + brute->more[way.best.links[i]]);
				quality->bandwidth_given = fmin(quality->bandwidth_given, link->bandwidth);
				quality->price += link->price;
			}
			if (quality->reachable)
				measure(model, from, to, quality);
			quality->latency = fmax(0, quality->latency - saved_along(brute, quality->links, quality->n_links));
		}
}

static void access_site(const struct hk_model *model, uint32_t site, struct brute_quality *quality)
{
	if (site == HK_NO_INDEX)
		return;
	quality->latency += model->sites[site].latency;
	quality->jitter += model->sites[site].jitter;
	quality->loss = 1 - (1 - quality->loss) * (1 - model->sites[site].loss);
	quality->bandwidth = fmin(quality->bandwidth, model->sites[site].bandwidth);
	quality->bandwidth_given = fmin(quality->bandwidth_given, model->sites[site].bandwidth);
}

struct brute_quality brute_along(const struct brute *brute, const struct brute_connection *connection, uint32_t from, uint32_t to)
{
	struct brute_quality quality = brute->between[from][to];

	if (connection->from == HK_NO_INDEX)
		access_site(brute->model, connection->pipeline->inputs[connection->model->from_input].site, &quality);
	if (connection->to == HK_NO_INDEX)
		access_site(brute->model, connection->pipeline->outputs[connection->model->to_output].site, &quality);
	return quality;
}
