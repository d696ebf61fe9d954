/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The plan's decisions in the formats of systems that spread work over clusters: decisions/<system>/<folder>/<file>.yaml, beside the clusters' own folders.
 * What a hub is given is said once for all clusters, so it is made after every cluster's files are finished. Private to lib/render.
 */
#ifndef HK_RENDER_DECIDE_H
#define HK_RENDER_DECIDE_H

#include "render/job.h"

#define HK_DECISIONS "decisions"

/* A workload with at least one replica. */
struct hk_decided {
	const struct hk_plan_workload *planned;
	const struct hk_entry *entry;         /* NULL: no manifest is named for it */
	const char *name, *folder;            /* "<pipeline>-<workload>", a DNS label; its namespace */
	uint32_t total;
};
struct hk_decided_list { HK_VEC(struct hk_decided) all; };
void hk_decided_list_fill(struct hk_job *job, struct hk_decided_list *list);      /* in the order of the plan */

/* apiVersion, kind, metadata with name, namespace (NULL: none) and our label; the caller adds the rest. */
struct hk_value *hk_decision_object(struct hk_job *job, const char *api_version, const char *kind, const char *name, const char *name_space);
/* decisions/<system>/<folder>/<kind>-<name>.yaml; *job->err and job->broken when it cannot be written. */
void hk_decision_add(struct hk_job *job, const char *system, const char *folder, const struct hk_value *object);
/* The same under a file name of its own. bytes live as long as the job. */
void hk_decision_file(struct hk_job *job, const char *system, const char *folder, const char *file, const struct hk_value *object);
void hk_decision_bytes(struct hk_job *job, const char *path, struct hk_str bytes);
/* "2 of 5 replicas, 40% of the load" */
const char *hk_decision_reason(struct hk_job *job, const struct hk_decided *decided, const struct hk_plan_placement *placement);

/*
 * override.c: JSON patch operations as Karmada writes them ({path, operator, value}) that make `to` of `from`, appended to the sequence ops. Mappings are
 * entered, anything else that differs is set whole. Paths listed in skip are left alone.
 */
void hk_override_diff(struct hk_arena *arena, const struct hk_node *from, const struct hk_node *to, const char *const *skip, size_t n_skip,
		      struct hk_value *ops);

/* One system each. */
void hk_karmada_plan(struct hk_job *job);
void hk_ocm_plan(struct hk_job *job, const struct hk_decided_list *list);
void hk_kep5313_plan(struct hk_job *job, const struct hk_decided_list *list);
void hk_kubefed_plan(struct hk_job *job, const struct hk_decided_list *list);
void hk_argocd_plan(struct hk_job *job);
void hk_descheduler_plan(struct hk_job *job);

#endif
