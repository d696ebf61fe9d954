/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside of lib/import: what the placement policies of several systems have in common. */
#ifndef HK_IMPORT_POLICIES_H
#define HK_IMPORT_POLICIES_H

#include "import/pipeline.h"

struct hk_import_share { const char *cluster; int64_t weight; };
struct hk_import_shares { HK_VEC(struct hk_import_share) list; };

/* Labels a schema takes; the others are told and dropped. */
void hk_import_valid_labels(struct hk_import *import, const struct hk_import_object *object, struct hk_labels *labels);
/* Terms a selector of clusters can have: In, NotIn, Exists, DoesNotExist with legal keys and values. */
void hk_import_valid_terms(struct hk_import *import, const struct hk_import_object *object, struct hk_selector *selector);
/* A term on the label "name", which every cluster has. */
void hk_import_require_names(struct hk_import *import, struct hk_selector *selector, const struct hk_node *names, enum hk_selector_op op);
/* Preferences in proportion to the weights, at most 100. */
void hk_import_prefer_shares(struct hk_import *import, struct hk_draft_workload *workload, const struct hk_import_shares *shares);
/* Bounds of replicas; 0 leaves one out. note says whose they are. */
void hk_import_replicas(struct hk_draft_workload *workload, int64_t min, int64_t max, const char *note);
/*
 * The workload a policy is about, with its manifest when the files have it. A workload that has one already is told, and its index is below the number of
 * workloads before. name_space NULL: that of the policy.
 */
size_t hk_import_policy_workload(struct hk_import *import, struct hk_draft_pipeline *pipeline, const struct hk_import_object *policy, const char *kind,
				 const char *name, const char *name_space);
/* The same without a finding: several objects may be about one workload. */
size_t hk_import_find_or_add(struct hk_import *import, struct hk_draft_pipeline *pipeline, const struct hk_import_object *policy, const char *kind,
			     const char *name, const char *name_space);
/* Topology and pipeline, whichever has anything; releases both. -1 and a finding when neither has. */
int hk_import_policies_write(struct hk_import *import, struct hk_draft_topology *topology, struct hk_draft_pipeline *pipeline, const char *nothing);

#endif
