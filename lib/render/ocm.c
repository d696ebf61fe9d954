/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Open Cluster Management. For each workload a Placement that the hub's own scheduler leaves alone, and the PlacementDecision it would have made: consumers
 * (ManifestWorkReplicaSet, Argo CD's clusterDecisionResource generator) follow either. For each cluster an AddOnPlacementScore, by which Placements of others
 * may choose.
 *
 * Decisions and scores are in status, a subresource: kubectl apply alone leaves it out, see docs/rendering.md.
 */
#include "render/decide.h"
#include "render/value.h"
#include <math.h>
#include <string.h>

#define GROUP "cluster.open-cluster-management.io"
#define SYSTEM "ocm"
enum { SLICE = 100 };

static void write_placement(struct hk_job *job, const struct hk_decided *decided, size_t clusters)
{
	struct hk_arena *arena = &job->arena;
	struct hk_value *metadata = hk_value_put_str(arena, hk_value_map(arena), "name", decided->name), *object = hk_value_map(arena);
	hk_value_put_str(arena, metadata, "namespace", decided->folder);
	hk_value_put(arena, metadata, "labels", hk_value_put_str(arena, hk_value_map(arena), HK_MANAGED_BY, "hkctl"));
	hk_value_put(arena, metadata, "annotations", hk_value_put_str(arena, hk_value_map(arena), GROUP "/experimental-scheduling-disable", "true"));
	hk_value_put_str(arena, object, "apiVersion", GROUP "/v1beta1");
	hk_value_put_str(arena, object, "kind", "Placement");
	hk_value_put(arena, object, "metadata", metadata);
	struct hk_value *spec = hk_value_put(arena, hk_value_map(arena), "numberOfClusters", hk_value_int(arena, (int64_t)clusters));
	hk_decision_add(job, SYSTEM, decided->folder, hk_value_put(arena, object, "spec", spec));
}

static void write_slice(struct hk_job *job, const struct hk_decided *decided, size_t index, const struct hk_value *decisions)
{
	struct hk_arena *arena = &job->arena;
	const char *name = hk_arena_printf(arena, "%s-decision-%zu", decided->name, index + 1);
	struct hk_value *metadata = hk_value_put_str(arena, hk_value_map(arena), "name", name), *labels = hk_value_map(arena), *object = hk_value_map(arena);
	hk_value_put_str(arena, metadata, "namespace", decided->folder);
	hk_value_put_str(arena, labels, HK_MANAGED_BY, "hkctl");
	hk_value_put_str(arena, labels, GROUP "/placement", decided->name);
	hk_value_put_str(arena, labels, GROUP "/decision-group-index", "0");
	hk_value_put_str(arena, labels, GROUP "/decision-group-name", "");
	hk_value_put(arena, metadata, "labels", labels);
	hk_value_put_str(arena, object, "apiVersion", GROUP "/v1beta1");
	hk_value_put_str(arena, object, "kind", "PlacementDecision");
	hk_value_put(arena, object, "metadata", metadata);
	hk_decision_add(job, SYSTEM, decided->folder, hk_value_put(arena, object, "status", hk_value_put(arena, hk_value_map(arena), "decisions", decisions)));
}

/* The score is the number of replicas, which templates of generators can read. */
static void plan_workload(struct hk_job *job, const struct hk_decided *decided)
{
	struct hk_arena *arena = &job->arena;
	struct hk_value *decisions = hk_value_seq(arena);
	size_t clusters = 0;
	for (size_t i = 0; i < decided->planned->n_placements; i++) {
		const struct hk_plan_placement *placement = &decided->planned->placements[i];
		if (placement->replicas == 0)
			continue;
		if (decisions->count == SLICE) {
			write_slice(job, decided, clusters / SLICE - 1, decisions);
			decisions = hk_value_seq(arena);
		}
		struct hk_value *decision = hk_value_put_str(arena, hk_value_map(arena), "clusterName", placement->cluster);
		hk_value_put_str(arena, decision, "reason", hk_decision_reason(job, decided, placement));
		hk_value_push(arena, decisions, hk_value_put(arena, decision, "score", hk_value_int(arena, placement->replicas)));
		clusters++;
	}
	write_slice(job, decided, (clusters - 1) / SLICE, decisions);
	write_placement(job, decided, clusters);
}

/* Scores */

static void add_score(struct hk_job *job, struct hk_value *scores, const char *name, double value)
{
	struct hk_arena *arena = &job->arena;
	double bounded = fmin(100, fmax(-100, value));
	struct hk_value *score = hk_value_put_str(arena, hk_value_map(arena), "name", name);
	hk_value_push(arena, scores, hk_value_put(arena, score, "value", hk_value_int(arena, (int64_t)floor(bounded + 0.5))));
}

/* Messages/s that the plan sends to each cluster, and their mean latency. */
struct arrivals { double rate, waiting; };

static void add_arrivals(const struct hk_job *job, const struct hk_plan_connection *connection, const struct hk_plan_route *route, struct arrivals *sums)
{
	for (size_t i = 0; i < route->n_targets; i++) {
		const struct hk_plan_target *target = &route->targets[i];
		double rate = connection->rate * route->share * target->probability;
		uint32_t cluster = hk_model_cluster(job->model, target->cluster);
		if (cluster == HK_NO_INDEX || !(rate > 0) || !isfinite(target->latency))
			continue;
		sums[cluster].rate += rate;
		sums[cluster].waiting += rate * target->latency;
	}
}

static const struct arrivals *all_arrivals(struct hk_job *job)
{
	struct arrivals *sums = hk_arena_array(&job->arena, job->model->n_clusters + 1, sizeof *sums);
	for (size_t i = 0; i < job->plan->n_pipelines; i++)
		for (size_t j = 0; j < job->plan->pipelines[i].n_connections; j++) {
			const struct hk_plan_connection *connection = &job->plan->pipelines[i].connections[j];
			for (size_t k = 0; k < connection->n_routes; k++)
				add_arrivals(job, connection, &connection->routes[k], sums);
		}
	return sums;
}

/* Free share of each resource in percent, and 100 less 2 for each millisecond that messages are on their way: 0 at 50 ms, -100 from 100 ms on. */
static void write_scores(struct hk_job *job, const struct hk_plan_cluster *cluster, const struct arrivals *arrivals)
{
	struct hk_arena *arena = &job->arena;
	struct hk_value *scores = hk_value_seq(arena);
	for (size_t i = 0; i < cluster->n_resources; i++) {
		const struct hk_plan_resource *resource = &cluster->resources[i];
		double used = isfinite(resource->capacity) ? resource->capacity > 0 ? resource->used / resource->capacity : 1 : 0;
		add_score(job, scores, hk_arena_printf(arena, "free-%s", resource->name), 100 * (1 - used));
	}
	if (arrivals->rate > 0)
		add_score(job, scores, "latency", 100 - 2000 * arrivals->waiting / arrivals->rate);
	if (scores->count == 0)
		return;
	struct hk_value *object = hk_decision_object(job, GROUP "/v1alpha1", "AddOnPlacementScore", "hkctl", cluster->name);
	hk_decision_add(job, SYSTEM, cluster->name, hk_value_put(arena, object, "status", hk_value_put(arena, hk_value_map(arena), "scores", scores)));
}

void hk_ocm_plan(struct hk_job *job, const struct hk_decided_list *list)
{
	for (size_t i = 0; i < list->all.n; i++)
		plan_workload(job, &list->all.v[i]);
	const struct arrivals *arrivals = all_arrivals(job);
	for (size_t i = 0; i < job->plan->n_clusters; i++) {
		uint32_t cluster = hk_model_cluster(job->model, job->plan->clusters[i].name);
		if (cluster != HK_NO_INDEX)
			write_scores(job, &job->plan->clusters[i], &arrivals[cluster]);
	}
}
