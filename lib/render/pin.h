/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which nodes of a cluster a set of replicas may use, said in terms a scheduler understands.
 *
 * A node that stands alone in the inventory is named by the value of its kubernetes.io/hostname label (which need not equal its name), or, without one, by
 * matchFields metadata.name. Nodes of a group with count > 1 have no individual names: the group is named by labels no other group has.
 */
#ifndef HK_RENDER_PIN_H
#define HK_RENDER_PIN_H

#include "base/arena.h"
#include "model/model.h"
#include "plan/plan.h"

#define HK_HOSTNAME_LABEL "kubernetes.io/hostname"

/* key In (values): of matchExpressions, or of matchFields. */
struct hk_requirement { const char *key; const char **values; size_t n_values; bool field; };
struct hk_node_term { struct hk_requirement *all; size_t n; };      /* ANDed */
struct hk_node_set { struct hk_node_term *any; size_t n; };         /* ORed; n == 0 restricts nothing */

/* The nodes of one group that got replicas, with the least and the most on any node of the group. */
struct hk_pin_unit {
	const struct hk_node_group *group;
	uint32_t replicas, listed, low, high;
};
struct hk_pin {
	struct hk_pin_unit *units; size_t n;        /* in the order of the cluster's groups */
	bool even;                                  /* counts of all these nodes differ by at most one */
	bool everywhere;                            /* every group that may run the workload is in it: no need to name any */
	uint32_t nodes;                             /* number of nodes in it */
	const char *unnamed;                        /* a group that no labels tell from the others, or NULL */
};

/* Units of a placement; n == 0 when the plan has no nodes for it. */
void hk_pin_read(struct hk_arena *arena, const struct hk_model *model, const struct hk_cluster *cluster, const struct hk_workload *workload,
		 const struct hk_plan_placement *placement, struct hk_pin *pin);
/* Terms for the cluster's node selector and, when n > 0, these units. */
struct hk_node_set hk_pin_set(struct hk_arena *arena, const struct hk_cluster *cluster, const struct hk_pin_unit *units, size_t n);

#endif
