/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside of lib/import: a Topology on its way to text. */
#ifndef HK_IMPORT_TOPOLOGY_H
#define HK_IMPORT_TOPOLOGY_H

#include "import/reading.h"

struct hk_draft_node {
	const char *name;
	uint32_t count;                         /* interchangeable ones; 0 counts as 1 */
	struct hk_labels labels;
	struct hk_taint *taints; size_t n_taints;
	bool unschedulable;
	struct hk_amounts allocatable;          /* freed by hk_draft_topology_release */
	const struct hk_node *stated;           /* amounts written as they stand there, where nothing was deducted */
	const char *note;                       /* behind the amounts */
};

struct hk_draft_cluster {
	const char *name, *provider, *region, *zone;   /* NULL when not known */
	struct hk_labels labels, node_selector;
	HK_VEC(const char *) remarks;           /* comment lines above it */
	HK_VEC(struct hk_draft_node) nodes;
	bool unlimited;                         /* no list of nodes is written */
};

struct hk_draft_link {
	const char *from, *to;
	bool both;
	double latency;                         /* s */
	double bandwidth;                       /* bit/s; negative when not known */
	const char *note;
};

struct hk_draft_topology {
	const char *name;
	HK_VEC(const char *) remarks;           /* on top of the document */
	HK_VEC(struct hk_draft_cluster) clusters;
	HK_VEC(struct hk_draft_link) links;
};

/*
 * Clusters with their nodes, without what pods use, from the Node and Pod objects of the files; -1 and a finding when there are none. label: of nodes, NULL for
 * a cluster a file.
 */
int hk_import_inventory(struct hk_import *import, const char *label, bool need_pods, struct hk_draft_topology *topology);
/* Clusters, nodes and links are sorted by name. */
void hk_draft_topology_write(struct hk_buf *out, struct hk_draft_topology *topology);
void hk_draft_topology_release(struct hk_draft_topology *topology);

#endif
