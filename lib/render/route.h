/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Routes: with what probability callers in one cluster reach the replicas of a service in each cluster. A row of the matrix belongs to the SOURCE cluster, so every source cluster gets
 * objects of its own. Private to lib/render.
 */
#ifndef HK_RENDER_ROUTE_H
#define HK_RENDER_ROUTE_H

#include "render/job.h"

/* One caller in one source cluster. Weights per model cluster sum to 100. */
struct hk_route_row {
	const char *from;
	const struct hk_workload *caller;     /* NULL: traffic that enters there */
	double rate;                          /* messages/s */
	int64_t *weights;
};
struct hk_route_group {
	struct hk_entry *service;
	uint32_t source;                      /* model cluster */
	struct hk_route_row *rows; size_t n;  /* sorted by from, at least one */
	bool differ;                          /* rows have different weights */
};
/* All groups of one service. */
struct hk_route_set {
	struct hk_entry *service;
	const bool *hosts;                    /* [model cluster]: replicas of what the service selects run there */
	size_t n_hosts;
	struct hk_route_group *groups; size_t n;
};

enum hk_port_class { HK_PORT_HTTP, HK_PORT_TCP, HK_PORT_AUTO /* detected by the mesh */, HK_PORT_OTHER /* TLS, UDP, SCTP */ };
enum hk_port_class hk_port_classify(const struct hk_service_port *port);

/* Weights of all rows (or those without a caller) averaged by rate, summing to 100; a note when a live destination is rounded away. NULL when there is no such row. */
const int64_t *hk_route_mean(struct hk_job *job, const struct hk_route_group *group, bool only_entering);
/* apiVersion, kind, metadata with the service's namespace; the caller adds spec. */
struct hk_value *hk_route_object(struct hk_job *job, const struct hk_entry *service, const char *api_version, const char *kind, const char *name);
/* Put it among the files to be. */
void hk_route_add(struct hk_job *job, const struct hk_entry *service, uint32_t cluster, const struct hk_value *object);
/* A DNS label made of text: other bytes become '-', and a hash is added when anything was changed or it is too long. */
const char *hk_route_label(struct hk_arena *arena, const char *text, size_t budget);

void hk_istio_plan(struct hk_job *job, const struct hk_route_set *set);
void hk_gateway_plan(struct hk_job *job, const struct hk_route_set *set);

#endif
