/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where the replicas of each workload may be, before connections are looked at, and what they cost there. */
#include "place/build_internal.h"

#include "place/pack.h"
#include "place/route.h"

#include <math.h>

/* Clusters that are not worth a look at the routes to leave some out. */
enum { FEW = 64 };

/* ceil(rate / capacity), forgiving 1e-9 relative, at least 1. */
static double replicas_needed(double rate, double capacity)
{
	return capacity > 0 && isfinite(capacity) ? fmax(1, ceil(rate / capacity * (1 - 1e-9))) : 1;
}

int hk_build_needs(struct hk_build *build, struct hk_err *err)
{
	const struct hk_pipeline *pipeline = build->pipeline;
	struct hk_block *block = build->block;

	block->n_workloads = (uint32_t)pipeline->n_workloads;
	block->workloads = hk_arena_array(&build->problem->arena, block->n_workloads, sizeof *block->workloads);
	build->works = hk_arena_array(&build->scratch, block->n_workloads, sizeof *build->works);
	for (uint32_t w = 0; w < block->n_workloads; w++) {
		const struct hk_workload *workload = &pipeline->workloads[w];
		struct hk_place_workload *place = &block->workloads[w];
		double need = replicas_needed(pipeline->rate[w], workload->capacity);

		if (!(need <= HK_BUILD_NEED_MAX))
			return hk_err_set(err, HK_INVALID, "workload '%s' of pipeline '%s' needs %.0f replicas for its rate; at most %u can be planned",
					  workload->name, pipeline->name, need, HK_BUILD_NEED_MAX);
		build->works[w].model = workload;
		*place = (struct hk_place_workload){ .workload = w, .rate = pipeline->rate[w], .capacity = workload->capacity, .need = (uint32_t)need,
						     .max_replicas = workload->max_replicas, .availability = workload->availability,
						     .request = workload->request,
						     .move_cost = pipeline->objective.moves };
	}
	return 0;
}

bool hk_build_one_in_domain(const struct hk_workload *workload, uint32_t index)
{
	for (size_t a = 0; a < workload->n_apart; a++)
		if (workload->apart[a].with == index && workload->apart[a].required && workload->apart[a].level != HK_LEVEL_NODE)
			return true;
	return false;
}

static void add_near(struct hk_build *build, uint32_t from, double farthest)
{
	uint32_t *clusters;
	size_t n = hk_routes_within(build->problem->routes, from, farthest, &clusters);

	for (size_t i = 0; i < n; i++)
		if (!build->marked[clusters[i]]) {
			build->marked[clusters[i]] = true;
			hk_vec_push(&build->near, clusters[i]);
		}
	hk_cleanup_free(&clusters);
}

/* Clusters that messages can reach from where they may come from; false when some entering connection has no limit of latency, or nothing enters. */
static bool find_near(struct hk_build *build, uint32_t w)
{
	const struct hk_build_list *in = &build->works[w].in;

	build->near.n = 0;
	for (uint32_t k = 0; k < in->n; k++)
		if (build->edges[in->v[k]].share_in > 0 &&
		    !isfinite(hk_build_farthest(build, &build->pipeline->connections[build->edges[in->v[k]].connection])))
			return false;
	for (uint32_t k = 0; k < in->n; k++) {
		const struct hk_edge *edge = &build->edges[in->v[k]];
		const struct hk_build_work *source = edge->from_kind == HK_END_FIXED ? NULL : &build->works[edge->from];
		double farthest = hk_build_farthest(build, &build->pipeline->connections[edge->connection]);

		if (!source && edge->share_in > 0)
			add_near(build, edge->from, farthest);
		for (uint32_t i = 0; source && edge->share_in > 0 && i < source->n_places; i++)
			if (source->places[i].carries)
				add_near(build, source->places[i].cluster, farthest);
	}
	for (size_t i = 0; i < build->near.n; i++)
		build->marked[build->near.v[i]] = false;
	hk_cluster_list_sort(&build->near);
	return in->n > 0;
}

static void add_place(struct hk_build *build, uint32_t w, uint32_t cluster)
{
	struct hk_build_work *work = &build->works[w];
	struct hk_build_place *place = &work->places[work->n_places];

	if (!hk_selector_matches(&work->model->require, &build->model->clusters[cluster].labels))
		return;
	struct hk_pack_room room = hk_pack_room(build->problem, cluster, build->pipeline_index, w);

	*place = (struct hk_build_place){ .cluster = cluster, .most = room.most, .nodes = room.nodes, .on_one_node = room.on_one_node };
	place->possible = place->carries = place->most > 0;
	work->n_places += place->possible;
}

void hk_build_places(struct hk_build *build, uint32_t w)
{
	struct hk_build_work *work = &build->works[w];
	bool fitting = hk_cluster_index_narrow(&build->index, &work->model->require, &build->fitting);
	bool near = (!fitting || build->fitting.n > FEW) && find_near(build, w);
	const struct hk_cluster_list *list = fitting && (!near || build->fitting.n <= build->near.n) ? &build->fitting : near ? &build->near : NULL;
	size_t n = list ? list->n : build->model->n_clusters;

	work->places = hk_arena_array(&build->scratch, n, sizeof *work->places);
	for (size_t i = 0; i < n; i++)
		add_place(build, w, list ? list->v[i] : (uint32_t)i);
}

/* Mark the domains in which the workload may have replicas. */
static void mark_domains(const struct hk_build *build, const struct hk_build_work *work, const uint32_t *domain, bool *marked)
{
	for (size_t c = 0; c < build->model->n_clusters; c++)
		marked[c] = false;
	for (uint32_t i = 0; i < work->n_places; i++)
		if (work->places[i].possible)
			marked[domain[work->places[i].cluster]] = true;
}

/* Rule 11: no replicas of w where those it must be together with cannot be. */
static bool keep_beside(struct hk_build *build, uint32_t w, const struct hk_pairing *pairing, bool *marked)
{
	const uint32_t *domain = build->domain[pairing->level];
	struct hk_build_work *work = &build->works[w];
	bool changed = false;

	mark_domains(build, &build->works[pairing->with], domain, marked);
	for (uint32_t i = 0; i < work->n_places; i++) {
		if (!work->places[i].possible || marked[domain[work->places[i].cluster]])
			continue;
		work->places[i].possible = work->places[i].carries = false;
		changed = true;
	}
	return changed;
}

static bool keep_together(struct hk_build *build, bool *marked)
{
	bool changed = false;

	for (uint32_t w = 0; w < build->block->n_workloads; w++)
		for (size_t t = 0; t < build->works[w].model->n_together; t++)
			if (build->works[w].model->together[t].required)
				changed |= keep_beside(build, w, &build->works[w].model->together[t], marked);
	return changed;
}

void hk_build_keep_together(struct hk_build *build)
{
	bool *marked = hk_arena_array(&build->scratch, build->model->n_clusters, sizeof *marked);

	while (keep_together(build, marked))
		;
}

double hk_build_replica_cost(const struct hk_build *build, uint32_t workload, uint32_t cluster)
{
	const double *price = build->model->clusters[cluster].price, *request = build->pipeline->workloads[workload].request;
	double sum = 0;

	for (size_t r = 0; price && r < build->model->n_resources; r++)
		sum += request[r] * price[r];
	return build->pipeline->objective.cost * sum;
}

static bool condition_holds(const struct hk_build *build, const struct hk_prefer *prefer, uint32_t cluster)
{
	const struct hk_endpoint *input = prefer->from_input != HK_NO_INDEX ? &build->pipeline->inputs[prefer->from_input] : NULL;
	struct hk_hop hop = hk_route_hop(build->problem, input ? input->cluster : prefer->from_cluster, input ? input->site : HK_NO_INDEX, cluster,
					 HK_NO_INDEX);
	double value = 0;

	switch (prefer->metric) {
	case HK_METRIC_LATENCY: value = hop.latency; break;
	case HK_METRIC_JITTER: value = hop.jitter; break;
	case HK_METRIC_LOSS: value = hop.loss; break;
	case HK_METRIC_BANDWIDTH: value = hop.bandwidth; break;
	}
	return hop.reachable && (prefer->below ? value < prefer->value : value > prefer->value);
}

/* Does some node that takes the workload have what the policies would like it to have? A cluster that grows as needed has. */
static bool meets_wishes(const struct hk_build *build, const struct hk_workload *workload, const struct hk_cluster *cluster)
{
	bool wishes = false;

	for (size_t r = 0; workload->node_request && r < build->model->n_resources; r++)
		wishes = wishes || workload->node_request[r] > 0;
	if (!wishes || cluster->unlimited)
		return true;
	for (size_t g = 0; g < cluster->n_nodes; g++) {
		const struct hk_node_group *group = &cluster->nodes[g];
		bool meets = hk_node_group_accepts(build->model, group, workload);

		for (size_t r = 0; meets && r < build->model->n_resources; r++)
			meets = !(workload->node_request[r] > 0) || group->allocatable[r] >= workload->node_request[r];
		if (meets)
			return true;
	}
	return false;
}

double hk_build_load_cost(const struct hk_build *build, uint32_t workload, uint32_t cluster)
{
	const struct hk_workload *model = &build->pipeline->workloads[workload];
	const struct hk_cluster *where = &build->model->clusters[cluster];
	double weight = meets_wishes(build, model, where) ? 0 : 10;

	for (size_t i = 0; i < model->n_prefer; i++) {
		const struct hk_prefer *prefer = &model->prefer[i];
		bool matches = hk_selector_matches(&prefer->selector, &where->labels) && (!prefer->has_when || condition_holds(build, prefer, cluster));

		weight += prefer->weight >= 0 && !matches ? prefer->weight : 0;
		weight -= prefer->weight < 0 && matches ? prefer->weight : 0;
	}
	return build->pipeline->objective.affinity * weight;
}
