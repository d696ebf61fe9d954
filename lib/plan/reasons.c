/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Why a workload has as many replicas as it has, why they are where they are and why not elsewhere: only sentences that follow from the numbers at hand, never
 * a guess about what the solver had in mind. A few of the most telling ones, as nobody reads fifty.
 */
#include "model/units.h"
#include "place/availability.h"
#include "place/route.h"
#include "plan/decided.h"

#include <math.h>
#include <string.h>

#define MOST_REASONS 8
#define MOST_ELSEWHERE 3       /* sentences about clusters that were not taken */

struct reasons {
	struct hk_decided *decided;
	const struct hk_decided_pipeline *pipeline;
	uint32_t w;
	const struct hk_place_workload *place;
	const struct hk_workload *workload;
	struct hk_plan_workload *out;
	uint64_t total;                /* replicas */
	size_t elsewhere;
};

static void say(struct reasons *reasons, const struct hk_buf *text)
{
	if (reasons->out->n_reasons < MOST_REASONS)
		reasons->out->reasons[reasons->out->n_reasons++] = hk_arena_strdup(&reasons->decided->plan->arena, text->s);
}

static const char *cluster_name(const struct reasons *reasons, uint32_t cluster)
{
	return reasons->decided->model->clusters[cluster].name;
}

/* Candidates are sorted by cluster. */
static uint32_t candidate_of(const struct reasons *reasons, uint32_t cluster)
{
	uint32_t low = 0, high = reasons->place->n_candidates;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (reasons->place->candidates[middle].cluster < cluster)
			low = middle + 1;
		else
			high = middle;
	}
	return low < reasons->place->n_candidates && reasons->place->candidates[low].cluster == cluster ? low : HK_NO_INDEX;
}

static uint32_t replicas_in(const struct reasons *reasons, uint32_t cluster)
{
	uint32_t candidate = candidate_of(reasons, cluster);

	return candidate == HK_NO_INDEX ? 0 : reasons->pipeline->replicas[reasons->w][candidate];
}

static const char *plural(uint64_t count)
{
	return count == 1 ? "" : "s";
}

static void say_load(struct reasons *reasons)
{
	struct hk_buf text HK_AUTO_BUF = HK_BUF_INIT;
	const struct hk_place_workload *place = reasons->place;

	if (!isfinite(place->capacity) || place->capacity <= 0) {
		hk_buf_addf(&text, "%u replica%s, as no capacity is given", place->need, plural(place->need));
	} else {
		hk_buf_addf(&text, "%u replica%s %s ", place->need, plural(place->need), place->need == 1 ? "carries" : "carry");
		hk_buf_addround(&text, place->rate, 4);
		hk_buf_addstr(&text, " messages/s at ");
		hk_buf_addround(&text, place->capacity, 4);
		hk_buf_addstr(&text, place->need == 1 ? "/s" : "/s each");
	}
	say(reasons, &text);
}

static double availability_of(const struct reasons *reasons, uint32_t fewer_in)
{
	const struct hk_place_workload *place = reasons->place;
	struct hk_replica_group *groups = hk_arena_array(&reasons->decided->arena, place->n_candidates, sizeof *groups);
	size_t count = 0;

	for (uint32_t c = 0; c < place->n_candidates; c++) {
		uint32_t replicas = reasons->pipeline->replicas[reasons->w][c] - (c == fewer_in);

		if (replicas > 0)
			groups[count++] = (struct hk_replica_group){ .cluster = place->candidates[c].cluster, .replicas = replicas };
	}
	return count ? hk_availability(reasons->decided->model, groups, count, place->need) : 0;
}

/*
 * The best that is left with one replica fewer. A node for each replica is best when one of them has to be up; when several have to, sharing a node that may
 * fail can be better, and the answer is 1: nothing is known.
 */
static double best_with_fewer(const struct reasons *reasons)
{
	double best = 0;

	for (uint32_t c = 0; reasons->place->need > 1 && c < reasons->place->n_candidates; c++)
		if (reasons->pipeline->replicas[reasons->w][c] > 0 &&
		    reasons->decided->model->clusters[reasons->place->candidates[c].cluster].node_availability < 1)
			return 1;

	for (uint32_t c = 0; c < reasons->place->n_candidates; c++)
		if (reasons->pipeline->replicas[reasons->w][c] > 0)
			best = fmax(best, availability_of(reasons, c));
	return best;
}

/*
 * The most that can be had without a spare replica: then all have to be up, so at least one node and its domain.
 */
static double best_without_spare(const struct reasons *reasons)
{
	double best = 0;

	for (uint32_t c = 0; c < reasons->place->n_candidates; c++) {
		struct hk_replica_group one = { .cluster = reasons->place->candidates[c].cluster, .replicas = 1 };

		best = fmax(best, hk_availability(reasons->decided->model, &one, 1, 1));
	}
	return best;
}

static void add_percent(struct hk_buf *text, double share)
{
	hk_buf_addround(text, 100 * share, 6);
	hk_buf_addch(text, '%');
}

/* Replicas each cluster needs for its own share of the load. */
static uint64_t need_by_cluster(const struct reasons *reasons)
{
	uint64_t sum = 0;

	for (uint32_t c = 0; c < reasons->place->n_candidates; c++) {
		double load = reasons->pipeline->load[reasons->w][c];

		if (load > 0)
			sum += (uint64_t)fmax(1, ceil(load * reasons->place->rate / reasons->place->capacity * (1 - 1e-9)));
	}
	return sum;
}

/* A workload that is required to have this one beside it; NULL when there is none. */
static const char *companion(const struct reasons *reasons)
{
	const struct hk_pipeline *pipeline = reasons->pipeline->pipeline;

	for (size_t v = 0; v < pipeline->n_workloads; v++)
		for (size_t t = 0; t < pipeline->workloads[v].n_together; t++)
			if (pipeline->workloads[v].together[t].required && pipeline->workloads[v].together[t].with == reasons->place->workload)
				return pipeline->workloads[v].name;
	return NULL;
}

/* Fewer would be moves with a price. */
static bool stays(const struct reasons *reasons)
{
	bool moves = false;

	for (uint32_t c = 0; reasons->place->previous && c < reasons->place->n_candidates; c++)
		moves = moves || (reasons->place->previous[c] > 0 && reasons->place->previous[c] >= reasons->pipeline->replicas[reasons->w][c]);
	return moves && reasons->place->move_cost > 0;
}

/* Rules that ask for replicas without load; in the end that fewer did not come out cheaper is all that is known. */
static void add_other_reason(const struct reasons *reasons, struct hk_buf *text)
{
	if (reasons->workload->has_spread && reasons->workload->spread_min > 1) {
		hk_buf_addf(text, "at least %u different values of %s are asked for", reasons->workload->spread_min, reasons->workload->spread_over);
	} else if (companion(reasons)) {
		hk_buf_addf(text, "%s must have it beside it", companion(reasons));
	} else if (stays(reasons)) {
		hk_buf_addstr(text, "moving what runs now has a price");
	} else if (reasons->place->availability > 0) {
		hk_buf_addstr(text, "the search found no cheaper plan with fewer that reaches availability ");
		add_percent(text, reasons->place->availability);
	} else {
		hk_buf_addstr(text, "the search found no cheaper plan with fewer");
	}
}

static void say_why_more(struct reasons *reasons)
{
	struct hk_buf text HK_AUTO_BUF = HK_BUF_INIT;
	uint64_t more = reasons->total - reasons->place->need;

	hk_buf_addf(&text, "%llu more than the load needs: ", (unsigned long long)more);
	if (reasons->total == reasons->workload->min_replicas) {
		hk_buf_addf(&text, "at least %u are asked for", reasons->workload->min_replicas);
	} else if (reasons->place->availability > 0 && best_with_fewer(reasons) < reasons->place->availability) {
		hk_buf_addstr(&text, "with one fewer the availability ");
		add_percent(&text, reasons->place->availability);
		hk_buf_addstr(&text, " would be missed");
	} else if (reasons->place->availability > 0 && best_without_spare(reasons) < reasons->place->availability) {
		hk_buf_addstr(&text, "without spare replicas the availability would be ");
		add_percent(&text, best_without_spare(reasons));
		hk_buf_addstr(&text, " at most");
	} else if (need_by_cluster(reasons) == reasons->total) {
		hk_buf_addf(&text, "the load is split over %zu clusters, each with whole replicas", reasons->out->n_placements);
	} else {
		add_other_reason(reasons, &text);
	}
	say(reasons, &text);
}

static void say_count(struct reasons *reasons)
{
	say_load(reasons);
	if (reasons->total > reasons->place->need)
		say_why_more(reasons);
	if (reasons->place->availability <= 0)
		return;
	struct hk_buf text HK_AUTO_BUF = HK_BUF_INIT;

	hk_buf_addstr(&text, "predicted availability ");
	add_percent(&text, reasons->out->availability);
	hk_buf_addstr(&text, ", asked for ");
	add_percent(&text, reasons->place->availability);
	say(reasons, &text);
}

/* First resource of which one more replica does not fit what the plan leaves free of the cluster; HK_NO_INDEX when it fits. *left: what is left. */
static size_t full_resource(const struct reasons *reasons, uint32_t cluster, double *left)
{
	const struct hk_decided *decided = reasons->decided;
	size_t n = decided->model->n_resources;

	for (size_t r = 0; r < n; r++) {
		double free = decided->problem->capacity[(size_t)cluster * n + r];

		if (reasons->place->request[r] <= 0 || !isfinite(free))
			continue;
		free -= decided->ours[(size_t)cluster * n + r];
		if (free < reasons->place->request[r] * (1 - 1e-9)) {
			*left = fmax(0, free);
			return r;
		}
	}
	return HK_NO_INDEX;
}

static bool say_full(struct reasons *reasons, uint32_t cluster)
{
	struct hk_buf text HK_AUTO_BUF = HK_BUF_INIT;
	double left, capacity;
	size_t resource = full_resource(reasons, cluster, &left);

	if (resource == HK_NO_INDEX)
		return false;
	const char *name = reasons->decided->model->resources[resource];

	capacity = reasons->decided->problem->capacity[(size_t)cluster * reasons->decided->model->n_resources + resource];
	hk_buf_addf(&text, "%s has no room for %s replica: ", cluster_name(reasons, cluster), replicas_in(reasons, cluster) ? "another" : "a");
	hk_buf_addround(&text, capacity > 0 ? 100 * (1 - left / capacity) : 100, 4);
	hk_buf_addf(&text, "%% of the free %s is taken", name);
	say(reasons, &text);
	return true;
}

/* The candidates' replica cost: is this one the least? */
static void say_cheapest(struct reasons *reasons)
{
	struct hk_buf text HK_AUTO_BUF = HK_BUF_INIT;
	const struct hk_place_workload *place = reasons->place;
	double used = 0, least = (double)INFINITY;
	uint32_t cheaper = HK_NO_INDEX, only = HK_NO_INDEX;

	for (uint32_t c = 0; c < place->n_candidates; c++) {
		if (reasons->pipeline->replicas[reasons->w][c] > 0) {
			used = fmax(used, place->candidates[c].replica_cost);
			only = c;
		} else if (place->candidates[c].replica_cost < least) {
			least = place->candidates[c].replica_cost;
			cheaper = c;
		}
	}
	if (only == HK_NO_INDEX || used <= 0 || cheaper == HK_NO_INDEX || used > least)
		return;
	const char *name = cluster_name(reasons, place->candidates[only].cluster);

	if (reasons->out->n_placements == 1)
		hk_buf_addf(&text, "no other cluster it may run in is cheaper than %s", name);
	else
		hk_buf_addf(&text, "no other cluster it may run in is cheaper than these %zu", reasons->out->n_placements);
	say(reasons, &text);
}

/* Replicas that are apart because that is asked for are where they are for that, whatever it costs there. */
static bool say_spread(struct reasons *reasons)
{
	struct hk_buf text HK_AUTO_BUF = HK_BUF_INIT;

	if (!reasons->workload->has_spread || reasons->workload->spread_min < 2 || reasons->out->n_placements < 2)
		return false;
	hk_buf_addf(&text, "in %zu clusters, as at least %u different values of %s are asked for", reasons->out->n_placements, reasons->workload->spread_min,
		    reasons->workload->spread_over);
	say(reasons, &text);
	return true;
}

struct quantity { const char *verb; enum hk_unit unit; double value; const struct hk_bound *bound; };

/* "not in cloud-1: connection cameras -> decode from edge-a would take 38ms, limit 12ms" */
static bool say_beyond(struct reasons *reasons, const struct hk_edge *edge, uint32_t from, uint32_t to)
{
	const struct hk_connection *connection = &reasons->pipeline->pipeline->connections[edge->connection];
	const struct hk_model *model = reasons->decided->model;
	const struct hk_site *site = NULL;
	struct hk_buf text HK_AUTO_BUF = HK_BUF_INIT;

	if (!connection->bounds.latency.has_limit && !connection->bounds.jitter.has_limit && !connection->bounds.loss.has_limit)
		return false;
	const struct hk_route route = hk_route_between(reasons->decided->problem->routes, from, to);

	if (connection->from_input != HK_NO_INDEX && reasons->pipeline->pipeline->inputs[connection->from_input].site != HK_NO_INDEX)
		site = &model->sites[reasons->pipeline->pipeline->inputs[connection->from_input].site];
	if (!route.reachable)
		return false;
	struct quantity quantities[] = {
		{ "would take ", HK_UNIT_DURATION, route.latency + (site ? site->latency : 0), &connection->bounds.latency },
		{ "would have a jitter of ", HK_UNIT_DURATION, route.jitter + (site ? site->jitter : 0), &connection->bounds.jitter },
		{ "would lose ", HK_UNIT_RATIO, 1 - (1 - route.loss) * (1 - (site ? site->loss : 0)), &connection->bounds.loss },
	};

	for (size_t q = 0; q < HK_COUNT(quantities); q++) {
		if (!quantities[q].bound->has_limit || quantities[q].value <= quantities[q].bound->limit * (1 + 1e-9))
			continue;
		hk_buf_addf(&text, "not in %s: connection %s -> %s from %s %s", model->clusters[to].name,
			    hk_connection_from(reasons->pipeline->pipeline, connection), hk_connection_to(reasons->pipeline->pipeline, connection),
			    model->clusters[from].name, quantities[q].verb);
		hk_unit_print(quantities[q].unit, quantities[q].value, &text);
		hk_buf_addstr(&text, ", limit ");
		hk_unit_print(quantities[q].unit, quantities[q].bound->limit, &text);
		say(reasons, &text);
		return true;
	}
	return false;
}

/* An input whose traffic must come here in one hop, or a workload all of whose replicas are too far: a limit keeps the workload out of the cluster. */
static bool say_limit(struct reasons *reasons, uint32_t cluster)
{
	const struct hk_block *block = reasons->pipeline->block;

	for (uint32_t e = 0; e < block->n_edges; e++) {
		const struct hk_edge *edge = &block->edges[e];

		if (edge->to_kind != HK_END_WORKLOAD || edge->to != reasons->w)
			continue;
		if (edge->from_kind == HK_END_FIXED) {
			if (say_beyond(reasons, edge, edge->from, cluster))
				return true;
			continue;
		}
		const struct hk_place_workload *source = &block->workloads[edge->from];

		for (uint32_t c = 0; c < source->n_candidates; c++)
			if (reasons->pipeline->load[edge->from][c] > 0 && say_beyond(reasons, edge, source->candidates[c].cluster, cluster))
				return true;
	}
	return false;
}

static bool say_dearer(struct reasons *reasons, uint32_t candidate)
{
	struct hk_buf text HK_AUTO_BUF = HK_BUF_INIT;
	const struct hk_place_workload *place = reasons->place;
	double used = 0;

	for (uint32_t c = 0; c < place->n_candidates; c++)
		if (reasons->pipeline->replicas[reasons->w][c] > 0)
			used = fmax(used, place->candidates[c].replica_cost);
	if (place->candidates[candidate].replica_cost <= used * (1 + 1e-9))
		return false;
	hk_buf_addf(&text, "not in %s: a replica costs ", cluster_name(reasons, place->candidates[candidate].cluster));
	hk_buf_addround(&text, place->candidates[candidate].replica_cost, 4);
	hk_buf_addstr(&text, "/h there, at most ");
	hk_buf_addround(&text, used, 4);
	hk_buf_addstr(&text, "/h where it is");
	say(reasons, &text);
	return true;
}

static bool has_accepting_node(const struct reasons *reasons, const struct hk_cluster *cluster)
{
	for (size_t g = 0; g < cluster->n_nodes; g++)
		if (hk_node_group_accepts(reasons->decided->model, &cluster->nodes[g], reasons->workload))
			return true;
	return cluster->unlimited;
}

/* One pass per kind of reason, the most telling kind first, until enough is said. */
enum elsewhere { BY_LIMIT, BY_ROOM, BY_NODES, BY_COST };

static bool say_elsewhere(struct reasons *reasons, uint32_t cluster, enum elsewhere kind)
{
	const struct hk_cluster *there = &reasons->decided->model->clusters[cluster];
	uint32_t candidate = candidate_of(reasons, cluster);
	struct hk_buf text HK_AUTO_BUF = HK_BUF_INIT;

	switch (kind) {
	case BY_LIMIT: return say_limit(reasons, cluster);
	case BY_ROOM: return candidate != HK_NO_INDEX && say_full(reasons, cluster);
	case BY_COST: return candidate != HK_NO_INDEX && say_dearer(reasons, candidate);
	case BY_NODES: break;
	}
	if (candidate != HK_NO_INDEX || has_accepting_node(reasons, there))
		return false;
	hk_buf_addf(&text, "not in %s: none of its nodes accepts the pod", there->name);
	say(reasons, &text);
	return true;
}

/* Clusters that match placement.require, ascending, in decided->fitting. */
static void find_matching(struct reasons *reasons)
{
	const struct hk_model *model = reasons->decided->model;
	struct hk_cluster_list *list = &reasons->decided->fitting;
	size_t kept = 0;

	if (!hk_cluster_index_narrow(&reasons->decided->by_label, &reasons->workload->require, list))
		for (uint32_t c = 0; c < model->n_clusters; c++)
			hk_vec_push(list, c);
	for (size_t i = 0; i < list->n; i++)
		if (hk_selector_matches(&reasons->workload->require, &model->clusters[list->v[i]].labels))
			list->v[kept++] = list->v[i];
	list->n = kept;
}

static void say_not_elsewhere(struct reasons *reasons)
{
	const struct hk_model *model = reasons->decided->model;
	struct hk_cluster_list *list = &reasons->decided->fitting;
	size_t kept = 0;

	find_matching(reasons);
	if (list->n < model->n_clusters) {
		struct hk_buf text HK_AUTO_BUF = HK_BUF_INIT;

		hk_buf_addf(&text, "%zu of %zu clusters match placement.require", list->n, model->n_clusters);
		say(reasons, &text);
	}
	for (size_t i = 0; i < list->n; i++)
		if (replicas_in(reasons, list->v[i]) == 0)
			list->v[kept++] = list->v[i];
	list->n = kept;
	/* What is explained leaves the list. */
	for (enum elsewhere kind = BY_LIMIT; kind <= BY_COST; kind++) {
		kept = 0;
		for (size_t i = 0; i < list->n && reasons->elsewhere < MOST_ELSEWHERE; i++) {
			if (say_elsewhere(reasons, list->v[i], kind))
				reasons->elsewhere++;
			else
				list->v[kept++] = list->v[i];
		}
		list->n = kept;
	}
}

static void explain(struct reasons *reasons)
{
	reasons->out->reasons = hk_arena_array(&reasons->decided->plan->arena, MOST_REASONS, sizeof *reasons->out->reasons);
	for (uint32_t c = 0; c < reasons->place->n_candidates; c++)
		reasons->total += reasons->pipeline->replicas[reasons->w][c];
	say_count(reasons);
	if (!say_spread(reasons))
		say_cheapest(reasons);
	/* A cluster that could take no more replica explains why others were taken too. */
	if (reasons->out->n_placements > 1)
		for (uint32_t c = 0; c < reasons->place->n_candidates; c++)
			if (reasons->pipeline->replicas[reasons->w][c] > 0 && say_full(reasons, reasons->place->candidates[c].cluster))
				break;
	say_not_elsewhere(reasons);
}

void hk_plan_fill_reasons(struct hk_decided *decided, struct hk_decided_pipeline *pipeline)
{
	for (uint32_t w = 0; w < pipeline->block->n_workloads; w++) {
		const struct hk_place_workload *place = &pipeline->block->workloads[w];
		struct reasons reasons = {
			.decided = decided, .pipeline = pipeline, .w = w, .place = place, .workload = &pipeline->pipeline->workloads[place->workload],
			.out = &pipeline->plan->workloads[place->workload],
		};

		explain(&reasons);
	}
}
