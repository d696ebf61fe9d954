/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The optimum of a small model by trying everything: all replica counts, for each of them a plain linear program for the traffic (path limits by forbidding,
 * one after the other, the pairs of a chain that is too slow), all ways onto the nodes, availability by listing which domains and nodes are up. Written from
 * docs/optimisation-model.md; shares nothing with lib/place.
 */
#ifndef HK_TESTS_PROPERTY_BRUTE_H
#define HK_TESTS_PROPERTY_BRUTE_H

#include "model/model.h"
#include "plan/plan.h"

#define BRUTE_CLUSTERS 4
#define BRUTE_WORKLOADS 4
#define BRUTE_CONNECTIONS 12
#define BRUTE_ARCS (BRUTE_CONNECTIONS * BRUTE_CLUSTERS * BRUTE_CLUSTERS)
#define BRUTE_NODES 8
#define BRUTE_LINKS 24

enum brute_result { BRUTE_FOUND, BRUTE_NONE, BRUTE_GAVE_UP };

/*
 * The cheapest plan below `cutoff` (infinity: any). BRUTE_GAVE_UP when there is too much to try. *programs counts the linear programs solved.
 */
enum brute_result brute_force(const struct hk_model *model, const struct hk_plan *previous, double cutoff, double *objective, uint64_t *programs);
/* Currency/h that a whole unit of share on every connection can cost: what the tolerance on shares is worth. */
double brute_slope(const struct hk_model *model);

/* What the parts share. */
struct brute_quality { bool reachable; double latency, jitter, loss, bandwidth, price, bandwidth_given /* nothing bought */; uint32_t links[BRUTE_LINKS];
		       double parts[BRUTE_LINKS]; uint32_t n_links; };
struct brute_workload { const struct hk_pipeline *pipeline; const struct hk_workload *model; uint32_t index, first /* of its pipeline */; double rate;
			uint32_t need; bool entered; };
struct brute_connection {
	const struct hk_pipeline *pipeline;
	const struct hk_connection *model;
	uint32_t first;                        /* global index of the pipeline's first workload */
	uint32_t from, to;                     /* global workloads or HK_NO_INDEX */
	uint32_t from_cluster, to_cluster;     /* where inputs and outputs are */
	double rate, part;                     /* part: of the load of `to` */
};
struct brute {
	const struct hk_model *model;
	const struct hk_plan *previous;
	struct brute_workload workloads[BRUTE_WORKLOADS]; uint32_t n_workloads;
	struct brute_connection connections[BRUTE_CONNECTIONS]; uint32_t n_connections;
	struct brute_quality between[BRUTE_CLUSTERS][BRUTE_CLUSTERS];       /* with what is bought */
	struct brute_quality given[BRUTE_CLUSTERS][BRUTE_CLUSTERS];
	bool faster[BRUTE_LINKS];                         /* the lower latency is bought */
	double more[BRUTE_LINKS];                         /* bit/s bought; of links without steps at least so much */
	bool holds[BRUTE_WORKLOADS][BRUTE_CLUSTERS];      /* may replicas be there at all? */
	uint32_t x[BRUTE_WORKLOADS][BRUTE_CLUSTERS];
	double best;
	bool found, gave_up;
	uint64_t programs, steps;
};

/* Workloads, connections, rates and routes; false when the model is too large. */
bool brute_open(struct brute *brute, const struct hk_model *model);
void brute_routes(struct brute *brute);
/* Most bit/s on offer for the link. */
double brute_offer(const struct hk_link *link);
struct brute_quality brute_along(const struct brute *brute, const struct brute_connection *connection, uint32_t from, uint32_t to);
/* May the connection send messages between these clusters, wherever replicas are? */
bool brute_allowed(const struct brute *brute, const struct brute_connection *connection, uint32_t from, uint32_t to);
/* Fills holds. */
void brute_hold(struct brute *brute);
bool brute_same_domain(const struct hk_model *model, enum hk_level level, uint32_t a, uint32_t b);
/* Cheapest traffic for brute->x on top of `fixed`, if that is below brute->best; infinity otherwise. */
double brute_traffic(struct brute *brute, double fixed);
/* Can brute->x be put onto the nodes so that every availability target holds? */
bool brute_packs(struct brute *brute);
/* Groups of replicas that share their fate. */
struct brute_group { uint32_t cluster, replicas; };
double brute_availability(const struct brute *brute, uint32_t need, const struct brute_group *groups, uint32_t n_groups);

#endif
