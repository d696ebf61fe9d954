/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the parts of the checker share. Written from docs/optimisation-model.md alone: nothing of the problem builder or the solver is included, so that a
 * mistake there cannot hide itself. Private to lib/place/check*.c.
 */
#ifndef HK_PLACE_CHECK_INTERNAL_H
#define HK_PLACE_CHECK_INTERNAL_H

#include "place/check.h"

#define HK_CHECK_SHARE 1e-7        /* tolerance on shares */
#define HK_CHECK_RELATIVE 1e-9     /* on capacities and limits */
#define HK_CHECK_MONEY 1e-6        /* on the objective and on predictions, relative */
#define HK_CHECK_ZERO 1e-9         /* a flow below is none */

struct hk_check_place { uint32_t cluster, replicas; double load; const struct hk_plan_placement *plan; };
struct hk_check_workload {
	const struct hk_workload *model;
	const struct hk_plan_workload *plan;
	struct hk_check_place *places; size_t n_places;     /* sorted by cluster */
	double rate;
	uint64_t total, need;
};
/* Traffic of one connection between two clusters. */
struct hk_check_flow { uint32_t connection, from, to; double share /* of the connection's traffic */; const struct hk_plan_target *target; };

struct hk_check_pipeline {
	const struct hk_pipeline *model;
	const struct hk_plan_pipeline *plan;
	struct hk_check_workload *workloads;
	double *connection_rate;
	struct hk_check_flow *flows; size_t n_flows;        /* by connection, then source, then destination; shares of at least HK_CHECK_ZERO */
};

struct hk_check {
	const struct hk_model *model;
	const struct hk_plan *plan, *previous;
	struct hk_check_report *report;
	struct hk_diags *diags;
	struct hk_arena arena;
	struct hk_check_pipeline *pipelines; size_t n_pipelines;
	uint32_t **steps;                                   /* by destination, filled on demand: the link each cluster takes towards it */
	uint32_t *links_from, *links_of;                    /* links leaving cluster c: links_of[links_from[c]] .. links_of[links_from[c + 1] - 1] */
	uint32_t *links_to, *links_into;                    /* the same of links that enter it */
	int64_t *nanoseconds; uint32_t *hops, *queue; bool *queued;     /* per cluster, for the destination at hand; queued all false between uses */
	double *domain_availability;                        /* per cluster: the least of its failure domain; filled on demand */
	double *arrives;                                    /* per cluster, all 0 between uses */
	bool equal;                                         /* some link shares traffic with others */
	const struct hk_plan_network_change **changes;      /* per link: what the plan says is bought, NULL when nothing */
	/* which network qualities are asked of: with what is bought, without, with all that is on offer */
	enum { HK_CHECK_BOUGHT, HK_CHECK_GIVEN, HK_CHECK_EVERYTHING } network;
	double compute, egress, latency, requests, affinity, moves, bought;
};

/* Qualities of the traffic between two clusters. */
struct hk_check_quality { bool reachable; double latency, jitter, loss, bandwidth, price, bandwidth_given /* nothing bought */; };

void hk_check_violation(struct hk_check *check, enum hk_rule_id rule, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* People's text for a number, in the checker's arena. */
const char *hk_check_number(struct hk_check *check, double value);
/* Is the stated value the recomputed one, within HK_CHECK_MONEY? NaN equals NaN and infinity equals infinity. */
bool hk_check_agrees(double stated, double computed);
/* Violation HK0834 when it does not; what names the number. */
void hk_check_stated(struct hk_check *check, double stated, double computed, const char *format, ...) __attribute__((format(printf, 4, 5)));

/* check_route.c */
void hk_check_routes_open(struct hk_check *check);
/* Link to take from `at` towards `to`; HK_NO_INDEX when there is none or at == to. */
uint32_t hk_check_next_link(struct hk_check *check, uint32_t at, uint32_t to);
/* check_equal.c: where links share traffic. saved: seconds that what is bought takes off. False without a route. */
bool hk_check_equal_quality(struct hk_check *check, uint32_t from, uint32_t to, struct hk_check_quality *quality, double *saved);
/* Adds the amount, in parts, to the links it crosses. */
void hk_check_equal_traffic(struct hk_check *check, uint32_t from, uint32_t to, double amount, double *used);
struct hk_check_quality hk_check_between(struct hk_check *check, uint32_t from, uint32_t to);
/* Between the two clusters of a flow of this connection, with the access of sites at its ends. */
struct hk_check_quality hk_check_connection_quality(struct hk_check *check, const struct hk_pipeline *pipeline, const struct hk_connection *connection,
						    uint32_t from, uint32_t to);

/* check_network.c: what is bought, against what is on offer. To be called before routes are asked for. */
void hk_check_network(struct hk_check *check);
/* Of the link, in check->network: bit/s, and whole nanoseconds that are taken off its latency. */
double hk_check_link_bandwidth(const struct hk_check *check, uint32_t link);
int64_t hk_check_link_saved(const struct hk_check *check, uint32_t link);

/* check_match.c: the plan's names against the documents. False when a pipeline cannot be compared any further. */
bool hk_check_match(struct hk_check *check, struct hk_check_pipeline *pipeline);
/* check_flow.c: rates, probabilities, loads, replica counts; fills flows. */
void hk_check_flows(struct hk_check *check, struct hk_check_pipeline *pipeline);
/* check_capacity.c: where pods may run; clusters and nodes. */
void hk_check_places(struct hk_check *check, struct hk_check_pipeline *pipeline);
void hk_check_capacity(struct hk_check *check);
/* allocatable * (1 - reserve) - used of one node, at least 0. */
double hk_check_node_free(const struct hk_cluster *cluster, const struct hk_node_group *group, size_t resource);
/* check_hold.c: replicas without load stand where load could go. */
void hk_check_holding(struct hk_check *check, struct hk_check_pipeline *pipeline);
/* check_limits.c: limits of connections and links, their predictions. */
void hk_check_connections(struct hk_check *check, struct hk_check_pipeline *pipeline);
void hk_check_links(struct hk_check *check);
/* check_path.c: limits and predictions of paths; adds their lateness to the objective. */
void hk_check_paths(struct hk_check *check, struct hk_check_pipeline *pipeline);
/* check_domain.c: availability, spread, together, apart. */
void hk_check_domains(struct hk_check *check, struct hk_check_pipeline *pipeline);
/* Do two clusters count as one place at this level? */
bool hk_check_same_domain(const struct hk_model *model, enum hk_level level, uint32_t a, uint32_t b);
/* check_cost.c: the objective and its parts, moves. */
void hk_check_costs(struct hk_check *check, struct hk_check_pipeline *pipeline);
void hk_check_moves(struct hk_check *check);
void hk_check_objective(struct hk_check *check);

uint32_t hk_check_replicas(const struct hk_check_workload *workload, uint32_t cluster);
double hk_check_load(const struct hk_check_workload *workload, uint32_t cluster);

#endif
