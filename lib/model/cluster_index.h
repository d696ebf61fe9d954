/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Clusters by label, so that a workload that names a zone or a region does not have to be held against every cluster of a large topology. */
#ifndef HK_MODEL_CLUSTER_INDEX_H
#define HK_MODEL_CLUSTER_INDEX_H

#include "base/vec.h"
#include "model/model.h"

struct hk_cluster_index_entry { const char *key, *value; uint32_t cluster; };
struct hk_cluster_index { struct hk_cluster_index_entry *entries; size_t n; };
struct hk_cluster_list { uint32_t *v; size_t n, cap; };

/* Everything is kept in the arena; labels are borrowed. */
void hk_cluster_index_open(struct hk_cluster_index *index, const struct hk_model *model, struct hk_arena *arena);
/*
 * Replaces *list by clusters, ascending and each once, that hold all that the selector matches: those of its most telling term. False, and the list empty, when
 * no term tells anything: it may match any cluster.
 */
bool hk_cluster_index_narrow(const struct hk_cluster_index *index, const struct hk_selector *selector, struct hk_cluster_list *list);
/* Ascending, each once. */
void hk_cluster_list_sort(struct hk_cluster_list *list);

#endif
