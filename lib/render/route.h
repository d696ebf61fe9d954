/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Routes: with what probability callers in one cluster reach the replicas of a service in each cluster. A row of the matrix belongs to the SOURCE cluster, so
 * every source cluster gets objects of its own. Private to lib/render.
 */
#ifndef HK_RENDER_ROUTE_H
#define HK_RENDER_ROUTE_H

#include "render/job.h"

/* One caller in one source cluster. Weights per model cluster sum to 100. */
struct hk_route_row {
	const char *from;
	const struct hk_workload *caller;     /* NULL: traffic that enters there */
	double rate;                          /* messages/s */
	double *shares;                       /* [model cluster]: rate * weight, summed over the connections */
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

/*
 * Weights of all rows (or those without a caller) averaged by rate, summing to 100; a note when a live destination is rounded away. NULL when there is no such
 * row.
 */
const int64_t *hk_route_mean(struct hk_job *job, const struct hk_route_group *group, bool only_entering);
/* The user's manifests rule traffic to the service by an object of one of these kinds already, which a finding tells: then ours is not written. */
bool hk_route_ruled(struct hk_job *job, const struct hk_entry *service, const char *const *kinds, size_t n_kinds, const char *what);
/*
 * Where the only replicas are the caller's neighbours no rule is needed; where they are all elsewhere, one is, so that replicas that come later get no traffic
 * the plan does not know.
 */
bool hk_route_needless(const struct hk_route_set *set, const struct hk_route_group *group);
/* The weights of all callers as one; a finding when they differ and `what` cannot tell them apart. */
const int64_t *hk_route_single(struct hk_job *job, const struct hk_route_group *group, const char *what);
/* apiVersion, kind, metadata with the service's namespace; the caller adds spec. */
struct hk_value *hk_route_object(struct hk_job *job, const struct hk_entry *service, const char *api_version, const char *kind, const char *name);
/* Put it among the files to be. */
void hk_route_add(struct hk_job *job, const struct hk_entry *service, uint32_t cluster, const struct hk_value *object);
/* A DNS label made of text: other bytes become '-', and a hash is added when anything was changed or it is too long. */
const char *hk_route_label(struct hk_arena *arena, const char *text, size_t budget);

void hk_istio_plan(struct hk_job *job, const struct hk_route_set *set);
/* Gateway API and SMI weight Services that each have a name of their own; what they refer to is noted in `use`. */
struct hk_mcs_use {
	bool *copied;                         /* [model cluster]: a Service under its own name is needed there */
	bool *exported;                       /* and others refer to it */
};
void hk_gateway_plan(struct hk_job *job, const struct hk_route_set *set, struct hk_mcs_use *use);
void hk_smi_plan(struct hk_job *job, const struct hk_route_set *set, struct hk_mcs_use *use);
/* mcs.c. After those: the Services, their exports, and with HK_MESH_MCS imports too. */
void hk_mcs_plan(struct hk_job *job, const struct hk_route_set *set, struct hk_mcs_use *use);
const char *hk_mcs_name(struct hk_job *job, const struct hk_entry *service, size_t cluster);     /* "<service>-<cluster>", a DNS label */
#define HK_MCS_GROUP "multicluster.x-k8s.io"

#endif
