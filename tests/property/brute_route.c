/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Routes by listing every simple way between two clusters. */
#include "brute.h"

#include <math.h>
#include <string.h>

struct way { const struct brute *brute; uint32_t to, links[BRUTE_CLUSTERS], n; bool seen[BRUTE_CLUSTERS]; int64_t nanoseconds;
	     struct { bool found; uint32_t links[BRUTE_CLUSTERS], n; int64_t nanoseconds; } best; };

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

/* Where a cluster sends what is for another one, before links share traffic. */
struct table { uint32_t first[BRUTE_CLUSTERS][BRUTE_CLUSTERS], links[BRUTE_CLUSTERS][BRUTE_CLUSTERS]; int64_t nanoseconds[BRUTE_CLUSTERS][BRUTE_CLUSTERS];
	       bool found[BRUTE_CLUSTERS][BRUTE_CLUSTERS]; };

static void fill_table(const struct brute *brute, struct table *table)
{
	const struct hk_model *model = brute->model;

	for (uint32_t from = 0; from < model->n_clusters; from++)
		for (uint32_t to = 0; to < model->n_clusters; to++) {
			struct way way = { .brute = brute, .to = to };

			walk(&way, from);
			table->found[from][to] = way.best.found;
			table->nanoseconds[from][to] = way.best.nanoseconds;
			table->links[from][to] = way.best.n;
			table->first[from][to] = way.best.n > 0 ? way.best.links[0] : HK_NO_INDEX;
		}
}

static bool takes(const struct brute *brute, const struct table *table, uint32_t at, uint32_t to, uint32_t l)
{
	const struct hk_link *link = &brute->model->links[l];

	if (link->from != at)
		return false;
	if (!brute->model->links[table->first[at][to]].equal_cost)
		return l == table->first[at][to];
	return link->equal_cost && table->found[link->to][to] && table->nanoseconds[link->to][to] + nanoseconds(link) == table->nanoseconds[at][to] &&
	       table->links[link->to][to] + 1 == table->links[at][to];
}

/* One of the routes so far. */
struct so_far { double part, jitter, arrives, price; int64_t nanoseconds; };

static void cross(struct brute_quality *quality, uint32_t link, double part)
{
	uint32_t i = 0;

	while (i < quality->n_links && quality->links[i] != link)
		i++;
	if (i == quality->n_links) {
		quality->links[quality->n_links++] = link;
		quality->parts[i] = 0;
	}
	quality->parts[i] += part;
}

/* Every route by itself: the worst of each quantity counts, the mean of prices. */
static void follow(const struct brute *brute, const struct table *table, uint32_t at, uint32_t to, struct so_far so_far, struct brute_quality *quality)
{
	double n = 0;

	if (at == to) {
		quality->latency = fmax(quality->latency, (double)so_far.nanoseconds / 1e9);
		quality->jitter = fmax(quality->jitter, so_far.jitter);
		quality->loss = fmax(quality->loss, 1 - so_far.arrives);
		quality->price += so_far.part * so_far.price;
		return;
	}
	for (uint32_t l = 0; l < brute->model->n_links; l++)
		n += takes(brute, table, at, to, l);
	for (uint32_t l = 0; l < brute->model->n_links; l++) {
		const struct hk_link *link = &brute->model->links[l];
		struct so_far next = so_far;

		if (!takes(brute, table, at, to, l))
			continue;
		next.part /= n;
		next.jitter += link->jitter;
		next.arrives *= 1 - link->loss;
		next.price += link->price;
		next.nanoseconds += brute->faster[l] ? llround(link->latency_min * 1e9) : nanoseconds(link);
		quality->bandwidth = fmin(quality->bandwidth, link->bandwidth + brute->more[l]);
		quality->bandwidth_given = fmin(quality->bandwidth_given, link->bandwidth);
		cross(quality, l, next.part);
		follow(brute, table, link->to, to, next, quality);
	}
}

void brute_routes(struct brute *brute)
{
	const struct hk_model *model = brute->model;
	struct table table;

	fill_table(brute, &table);
	for (uint32_t from = 0; from < model->n_clusters; from++)
		for (uint32_t to = 0; to < model->n_clusters; to++) {
			struct brute_quality *quality = &brute->between[from][to];
			double saved;

			*quality = (struct brute_quality){ .reachable = table.found[from][to], .bandwidth = (double)INFINITY,
							   .bandwidth_given = (double)INFINITY };
			if (!quality->reachable)
				continue;
			follow(brute, &table, from, to, (struct so_far){ .part = 1, .arrives = 1 }, quality);
			saved = (double)table.nanoseconds[from][to] / 1e9 - quality->latency;
			quality->latency = (double)table.nanoseconds[from][to] / 1e9;
			measure(model, from, to, quality);
			quality->latency = fmax(0, quality->latency - saved);
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
